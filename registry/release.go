package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Release is what runs: the digest of the agent file, the program file, every
// argument that names a file, and the declared files. Of a model agent it is
// the digest of the prompt with its partials, and of what the model is asked
// with, instead of the agent file's bytes.
type Release struct {
	Digest  string // "sha256:…"
	Version string // declared by the agent file, else the first 12 digits of Digest
	Parts   []Part // what the digest is made of, sorted by name
	// Untraceable, when not empty, says why the digest does not tell which
	// code runs. Such a release is neither resumed nor reused across runs.
	Untraceable string

	// Unseen names code that the digest can't cover, though it tells which
	// program runs: what a script imports. "" = none.
	Unseen string

	remote string // why calls of it can't be kept for other runs; "" = they can
}

// Cacheable says whether an answer of the release stands for its answers in
// other runs, and if not, why. It does when the digest tells all that runs here:
// of a program whose code can't be told it does not, and neither of an endpoint
// that declares no version, because what is behind it may change at any time. A
// model behind a prompt is named by the release.
func (r Release) Cacheable() (ok bool, why string) {
	switch {
	case r.Digest == "":
		return false, "the release has no digest"
	case r.Untraceable != "":
		return false, r.Untraceable
	}
	return r.remote == "", r.remote
}

// Part is one named piece of a release.
type Part struct {
	Name   string `json:"name"` // a path in the project, or "program NAME"
	Digest string `json:"digest"`
}

// Self is the running program, which agent files may name as "genops".
type Self struct {
	Path     string // the executable
	Identity string // stands in digests instead of its bytes: what its classifier and table are
}

// Release computes the agent's release in the project at root.
func (a *Agent) Release(root string, self Self) (Release, error) {
	own := partName(root, a.Path, filepath.Base(a.Path))
	parts := map[string]string{own: digest(a.data)}
	var r Release
	if p := a.Runtime.Process; p != nil {
		why, err := processParts(root, p.Command, self, parts)
		if err != nil {
			return r, fmt.Errorf("agent %s: %w", a.ID, err)
		}
		r.Untraceable = why
		if script := scriptOf(p.Command); why == "" && script != "" && a.Version == "" && len(a.Files) == 0 {
			r.Unseen = "what " + script + " imports"
		}
	}
	if a.Runtime.Model != nil {
		why, err := a.promptParts(own, root, self, parts)
		if err != nil {
			return r, err
		}
		r.Untraceable = why
	}
	if a.Runtime.HTTP != nil && a.Version == "" {
		r.remote = "what answers behind the agent's url may change at any time; declare version: in the agent file"
	}
	for _, pattern := range a.Files {
		if err := fileParts(root, pattern, parts); err != nil {
			return r, fmt.Errorf("agent %s: files: %w", a.ID, err)
		}
	}
	if a.Version != "" || len(a.Files) > 0 {
		r.Untraceable = ""
	}
	r.Parts = sortedParts(parts)
	r.Digest = partsDigest(parts)
	r.Version = a.Version
	if r.Version == "" {
		r.Version = strings.TrimPrefix(r.Digest, "sha256:")[:12]
	}
	return r, nil
}

func sortedParts(parts map[string]string) (all []Part) {
	for name, d := range parts {
		all = append(all, Part{name, d})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

// partsDigest is over the names and digests of parts, sorted by name.
func partsDigest(parts map[string]string) string {
	h := sha256.New()
	for _, p := range sortedParts(parts) {
		fmt.Fprintf(h, "%q %s\n", p.Name, p.Digest)
	}
	return sum(h)
}

// promptParts adds what a model agent is asked with: instead of its file's bytes
// the values that count, the prompt and its tools; of a model that is a program
// its files, too. why says what can't be told from them, "" when nothing.
func (a *Agent) promptParts(own, root string, self Self, parts map[string]string) (why string, err error) {
	p, err := a.Prompt()
	if err != nil {
		return "", err
	}
	m, f, err := a.Calls(p)
	if err != nil {
		return "", err
	}
	if parts[own], err = a.modelPart(m, f); err != nil {
		return "", fmt.Errorf("agent %s: %w", a.ID, err)
	}
	if line, ok := strings.CutPrefix(modelName(m.Model), "process:"); ok && strings.TrimSpace(line) != "" {
		if why, err = processParts(root, strings.Fields(line), self, parts); err != nil {
			return "", fmt.Errorf("agent %s: %w", a.ID, err)
		}
	}
	parts["prompt "+a.Runtime.Model.Prompt] = p.Digest()
	return why, a.toolFiles(p, func(file string, data []byte) error {
		parts[file] = digest(data)
		return nil
	})
}

// partName names a file in the digest by its path in the project. A file outside
// goes by what the agent file calls it, so that the digest does not depend on
// where the project lies.
func partName(root, path, called string) string {
	if name := display(root, path); !filepath.IsAbs(name) {
		return name
	}
	return filepath.ToSlash(called)
}

// fileParts adds the files of a pattern to the parts.
func fileParts(root, pattern string, parts map[string]string) error {
	matches, err := matching(os.DirFS(root), pattern)
	if err != nil {
		return err
	}
	for _, m := range matches {
		if parts[m], err = fileDigest(filepath.Join(root, m)); err != nil {
			return err
		}
	}
	return nil
}

// matching lists the project's files that a pattern of an agent file means: a
// glob, a file, or a folder with all below it.
func matching(project fs.FS, pattern string) ([]string, error) {
	if filepath.IsAbs(pattern) {
		return nil, fmt.Errorf("%q: must be relative to the project", pattern)
	}
	clean := filepath.ToSlash(filepath.Clean(pattern))
	if clean == ".." || strings.HasPrefix(clean, "../") {
		return nil, fmt.Errorf("%q: lies outside of the project", pattern)
	}
	if info, err := fs.Stat(project, clean); err == nil && info.IsDir() {
		clean += "/**"
	}
	matches, err := doublestar.Glob(project, clean, doublestar.WithFilesOnly(), doublestar.WithFailOnIOErrors())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w", pattern, err)
	}
	if len(matches) == 0 {
		return nil, fmt.Errorf("%q: no such file: %w", pattern, fs.ErrNotExist)
	}
	return slices.DeleteFunc(matches, made), nil
}

// made says whether a file comes about by running or by version control: it
// would make the same agent another release.
func made(path string) bool {
	return strings.HasPrefix(path, ".genops/") || strings.HasPrefix(path, ".git/") ||
		strings.Contains("/"+path, "/__pycache__/") || strings.HasSuffix(path, ".pyc") || strings.HasSuffix(path, "/.DS_Store")
}

func digest(b []byte) string {
	h := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(h[:])
}

func sum(h hash.Hash) string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }

func fileDigest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("reading %s: %w", path, err)
	}
	return sum(h), nil
}
