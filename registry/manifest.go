package registry

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// manifest holds the digest of every file of a checkout, by its path.
type manifest map[string]string

// bytes has a line for each file, "DIGEST "PATH"", in the order of paths.
func (m manifest) bytes() []byte {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "%s %q\n", m[name], name)
	}
	return []byte(b.String())
}

func readManifest(file string) (manifest, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("its manifest is missing")
	}
	if err != nil {
		return nil, err
	}
	return parseManifest(string(data))
}

func parseManifest(text string) (manifest, error) {
	m := manifest{}
	for line := range strings.Lines(text) {
		digest, quoted, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		name, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, fmt.Errorf("its manifest can't be read at %q", line)
		}
		m[name] = digest
	}
	return m, nil
}

// digestIn is the digest of a file, or of where a link leads.
func digestIn(root *os.Root, name string) (string, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return "", err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := root.Readlink(name)
		return linkDigest(filepath.ToSlash(target)), err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is no file", name)
	}
	f, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return sum(h), err
}

// replaceFile writes a file whole or not at all. The caller holds a lock, so
// nobody else writes the temporary one.
func replaceFile(name string, data []byte) error {
	if err := os.WriteFile(name+".tmp", data, 0o644); err != nil {
		return err
	}
	return os.Rename(name+".tmp", name)
}
