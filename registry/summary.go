package registry

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// State says how the working tree differs from an object's latest version.
type State string

// The states of an object.
const (
	StateClean    State = "clean"    // it holds what the latest version holds
	StateModified State = "modified" // it, or what it includes, differs
	StateNew      State = "new"      // it has no version yet
	StateDeleted  State = "deleted"  // it has versions, and is no longer there
	StateBroken   State = "broken"   // it can't be read; see Problem
)

// Summary is an object in a list.
type Summary struct {
	Kind    Kind
	Name    string
	Path    string            // "" = deleted
	Latest  string            // version; pre-releases count only where there is nothing else; "" = none
	Tag     string            // of Latest
	Commit  string            // of Latest
	Labels  map[string]string // label → version, "" = it points at none
	State   State
	About   string
	Digest  string // of the working tree's content; "" where it was deleted or is broken
	Problem string // what is wrong; "" = nothing
}

// Dirty says whether the working tree differs from the latest version.
func (s Summary) Dirty() bool { return s.State != StateClean }

// Objects lists the objects of a kind in the working tree and in versions,
// sorted by name. It takes the same few calls of git for one prompt and for a
// thousand. A file that can't be read is listed with its problem.
func (g Registry) Objects(ctx context.Context, kind Kind) ([]Summary, error) {
	l, err := g.open(ctx, kind, false)
	defer l.close()
	if err != nil && !errors.Is(err, errNoCommit) {
		return nil, err
	}
	var past map[string]*lineage
	var read []*listed
	var wait sync.WaitGroup
	wait.Go(func() { past, err = l.past(ctx) })
	read = l.readAll() // meanwhile
	wait.Wait()
	if err != nil {
		return nil, err
	}
	all := withHistory(kind, read, past)
	if err := l.compare(ctx, all); err != nil {
		return nil, err
	}
	out := make([]Summary, len(all))
	for i, s := range all {
		out[i] = s.Summary
	}
	return out, nil
}

// past is what refs say of all objects of the kind; nothing without a
// repository.
func (l *loader) past(ctx context.Context) (map[string]*lineage, error) {
	if l.r == nil {
		var err error
		l.r, err = l.g.repository(ctx)
		if errors.Is(err, errNoRepository) {
			l.r = nil
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		l.content = l.r.content(ctx)
	}
	return l.r.histories(ctx, l.kind)
}

// listed is a summary under way.
type listed struct {
	Summary
	files map[string][]byte // what was read to make the object; nil bytes = looked for, and not there
}

// withHistory joins the files of the working tree with the versions.
func withHistory(kind Kind, all []*listed, past map[string]*lineage) []*listed {
	byName := map[string]*listed{}
	for _, s := range all {
		byName[s.Name] = s
	}
	for name, h := range past {
		s := byName[name]
		if s == nil && len(h.versions) == 0 {
			continue
		}
		if s == nil {
			s = &listed{Summary: Summary{Kind: kind, Name: name, State: StateDeleted}}
			all = append(all, s)
		}
		s.history(h)
	}
	slices.SortFunc(all, func(a, b *listed) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// history fills in what tags and labels say.
func (s *listed) history(h *lineage) {
	if t, ok := h.latest(); ok {
		s.Latest, s.Tag, s.Commit = t.version.String(), t.tag, t.commit
		if other := h.double(t); other != "" {
			s.Problem = fmt.Sprintf("two tags claim to be version %s and hold different commits: %s and %s", t.version, t.tag, other)
		}
	}
	for _, label := range h.labels {
		if s.Labels == nil {
			s.Labels = map[string]string{}
		}
		t, ok := h.versionOf(label)
		s.Labels[label.label] = ""
		if ok {
			s.Labels[label.label] = t.version.String()
		} else if label.commit == "" || label.object != label.commit {
			s.Problem = fmt.Sprintf("the label %s points at a version that is gone", label.label)
		}
	}
}

// latest is the newest release, else the newest pre-release.
func (h *lineage) latest() (tagged, bool) {
	for _, t := range h.versions {
		if t.version.pre == "" {
			return t, true
		}
	}
	if len(h.versions) > 0 {
		return h.versions[0], true
	}
	return tagged{}, false
}

// readAll reads the objects of the working tree, on all processors.
func (l *loader) readAll() (all []*listed) {
	if l.project == nil {
		return nil
	}
	byName := map[string]*listed{}
	for _, f := range objectFiles(l.project, l.kind) {
		if first := byName[f.name]; first != nil {
			first.Problem = fmt.Sprintf("two files have this name: %s and %s", first.Path, f.path)
			continue
		}
		s := &listed{Summary: Summary{Kind: l.kind, Name: f.name, Path: f.path, State: StateNew}}
		byName[f.name] = s
		all = append(all, s)
	}
	var wait sync.WaitGroup
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
				l.readOne(all[i])
			}
		})
	}
	wait.Wait()
	return all
}

func (l *loader) readOne(s *listed) {
	seen := &recorder{FS: l.project, files: map[string][]byte{}}
	o, err := l.readFile(seen, objectFile{s.Name, s.Path})
	if err == nil && s.Problem == "" {
		err = l.kind.CheckName(s.Name)
	}
	if err != nil {
		s.State, s.Problem = StateBroken, err.Error()
		return
	}
	s.files, s.About, s.Digest = seen.files, o.About(), o.Digest
	if l.kind == KindModel && o.Model.File != "" {
		if _, err := fs.Stat(l.project, o.Model.File); err != nil { // its bytes may be many: `show` reads them
			s.Problem = fmt.Sprintf("the weights file %s: %v", o.Model.File, bare(err))
		}
	}
}

// compare finds out which objects differ from their latest version, by what git
// calls the bytes of the files that each consists of.
func (l *loader) compare(ctx context.Context, all []*listed) error {
	var ask []string
	var want [][]byte
	var of []*listed
	for _, s := range all {
		if s.files == nil || s.Commit == "" {
			continue
		}
		s.State = StateClean
		if l.kind == KindAgent { // its globs may match other files there
			if o, err := l.read(treeFS{l.content, s.Commit, l.r.prefix}, s.Name); err != nil || o.Digest != s.Digest {
				s.State = StateModified
			}
			continue
		}
		for file, data := range s.files {
			ask, want, of = append(ask, s.Commit+":"+l.inRepository(file)), append(want, data), append(of, s)
		}
	}
	found, err := l.r.checkFiles(ctx, ask)
	if err != nil {
		return err
	}
	for i, s := range of {
		if !isBlob(found[i], want[i]) {
			s.State = StateModified
		}
	}
	return nil
}

func (l *loader) inRepository(file string) string {
	if l.r.prefix != "" {
		return l.r.prefix + "/" + file
	}
	return file
}

// isBlob says whether git keeps a file's bytes under the name: as they are, with
// the line ends that a checkout turned, or as a pointer of Git LFS. nil bytes are
// no file, "" is no name.
func isBlob(name string, data []byte) bool {
	switch {
	case data == nil || name == "":
		return data == nil && name == ""
	case blobName(len(name), data) == name:
		return true
	case bytes.Contains(data, []byte("\r\n")) && blobName(len(name), bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))) == name:
		return true
	}
	pointer := fmt.Sprintf("%sv1\noid %s\nsize %d\n", lfsStart, digest(data), len(data))
	return blobName(len(name), []byte(pointer)) == name
}

// blobName is what git calls a file's bytes, in a repository whose names have so
// many hex digits; "" for a file that is not there.
func blobName(digits int, data []byte) string {
	if data == nil {
		return ""
	}
	var h hash.Hash = sha1.New()
	if digits == 2*sha256.Size {
		h = sha256.New()
	}
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

// recorder remembers which files were read, and which were looked for in vain.
// What is opened is read at once.
type recorder struct {
	fs.FS
	files map[string][]byte
}

// ReadFile implements fs.ReadFileFS.
func (r *recorder) ReadFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(r.FS, name)
	switch {
	case err == nil && data == nil:
		r.files[name] = []byte{}
	case err == nil:
		r.files[name] = data
	case errors.Is(err, fs.ErrNotExist):
		r.files[name] = nil
	}
	return data, err
}

// Open implements fs.FS.
func (r *recorder) Open(name string) (fs.File, error) {
	data, err := r.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // a folder
		return r.FS.Open(name)
	}
	if err != nil {
		return nil, err
	}
	return &treeFile{info: treeInfo{path.Base(name), int64(len(data)), 0o644}, data: bytes.NewReader(data)}, nil
}

// Stat implements fs.StatFS: it reads nothing.
func (r *recorder) Stat(name string) (fs.FileInfo, error) { return fs.Stat(r.FS, name) }
