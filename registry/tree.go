package registry

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// treeFS is the project's folder as a commit has it, read without a checkout.
// Files that Git LFS keeps are those that they stand for. It is safe for
// concurrent use.
type treeFS struct {
	content *content
	commit  string
	prefix  string // of the project in the repository; "" = the whole
}

// Open implements fs.FS.
func (t treeFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	kind, data, err := t.content.get(t.commit + ":" + strings.TrimPrefix(path.Join(t.prefix, name), "."))
	if err == nil && kind == "tree" {
		entries, err := t.entries(name, data)
		return &treeFile{info: treeInfo{path.Base(name), 0, fs.ModeDir | 0o755}, entries: entries}, err
	}
	if err == nil && kind == "blob" {
		data, err = t.whole(data)
	}
	switch {
	case err == nil && kind == "commit":
		err = errors.New(submodule)
	case errors.Is(err, fs.ErrNotExist) && t.isSubmodule(name):
		err = errors.New(submodule)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &treeFile{info: treeInfo{path.Base(name), int64(len(data)), 0o644}, data: bytes.NewReader(data)}, nil
}

const submodule = "is a git submodule: a version holds the files of its own repository only; copy them in"

// whole is the file that a pointer of Git LFS stands for.
func (t treeFS) whole(data []byte) ([]byte, error) {
	if len(data) > lfsLargest || !bytes.HasPrefix(data, []byte(lfsStart)) {
		return data, nil
	}
	file, err := t.content.r.large(data)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// isSubmodule looks for a submodule at name or above it.
func (t treeFS) isSubmodule(name string) bool {
	for at := name; at != "."; at = path.Dir(at) {
		kind, data, err := t.content.get(t.commit + ":" + strings.TrimPrefix(path.Join(t.prefix, path.Dir(at)), "."))
		if err != nil || kind != "tree" {
			continue
		}
		entries, err := t.entries(path.Dir(at), data)
		return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == path.Base(at) && e.Type() == fs.ModeIrregular })
	}
	return false
}

// entries reads a tree object: "MODE NAME", a zero byte and the object's name in
// binary, one after the other. A link counts as what it leads to.
func (t treeFS) entries(dir string, data []byte) ([]fs.DirEntry, error) {
	var all []fs.DirEntry
	size := hex.DecodedLen(len(t.commit))
	for len(data) > 0 {
		head, rest, ok := bytes.Cut(data, []byte{0})
		mode, name, named := strings.Cut(string(head), " ")
		if !ok || !named || len(rest) < size {
			return nil, fmt.Errorf("git's tree of %s at commit %.12s can't be read", dir, t.commit)
		}
		data = rest[size:]
		if !localPath(name) || strings.Contains(name, "/") {
			continue // such a file can't be made
		}
		info := treeInfo{name, 0, 0o644}
		switch mode {
		case "40000":
			info.mode = fs.ModeDir | 0o755
		case modeSubmodule:
			info.mode = fs.ModeIrregular
		case modeLink:
			info.mode = fs.ModeSymlink
		}
		all = append(all, treeEntry{info, t, path.Join(dir, name)})
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

// treeEntry is a name in a folder; its size is known when it was read.
type treeEntry struct {
	treeInfo
	tree treeFS
	path string
}

func (e treeEntry) Type() fs.FileMode          { return e.mode.Type() }
func (e treeEntry) Info() (fs.FileInfo, error) { return fs.Stat(e.tree, e.path) }

type treeInfo struct {
	name string
	size int64
	mode fs.FileMode
}

func (i treeInfo) Name() string       { return i.name }
func (i treeInfo) Size() int64        { return i.size }
func (i treeInfo) Mode() fs.FileMode  { return i.mode }
func (i treeInfo) ModTime() time.Time { return time.Time{} }
func (i treeInfo) IsDir() bool        { return i.mode.IsDir() }
func (i treeInfo) Sys() any           { return nil }

// treeFile is an open file or folder.
type treeFile struct {
	data    *bytes.Reader // nil for a folder
	info    treeInfo
	entries []fs.DirEntry
}

func (f *treeFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *treeFile) Close() error               { return nil }

// Read implements fs.File.
func (f *treeFile) Read(p []byte) (int, error) {
	if f.data == nil {
		return 0, &fs.PathError{Op: "read", Path: f.info.name, Err: errors.New("is a folder")}
	}
	return f.data.Read(p)
}

// ReadDir implements fs.ReadDirFile.
func (f *treeFile) ReadDir(n int) ([]fs.DirEntry, error) {
	if f.data != nil {
		return nil, &fs.PathError{Op: "readdir", Path: f.info.name, Err: errors.New("is no folder")}
	}
	if n <= 0 {
		n = len(f.entries)
	} else if len(f.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(f.entries))
	out := f.entries[:n]
	f.entries = f.entries[n:]
	return out, nil
}
