package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// Snapshot is the whole project at one place: the working tree, or a commit,
// read without a checkout. It is safe for concurrent use; Close ends what it
// started.
type Snapshot struct {
	Commit  string // "" = the working tree
	loader  *loader
	project fs.FS
}

// Snapshot opens the project at a commit's full name, or the working tree for
// "". It lives as long as ctx.
func (g Registry) Snapshot(ctx context.Context, commit string) (*Snapshot, error) {
	l := &loader{g: g}
	err := error(nil)
	if commit != "" || looksBare(g.Root) {
		if l.r, err = g.repository(ctx); err != nil {
			return nil, err
		}
		l.content = l.r.content(ctx)
	}
	if err := l.workingTree(ctx); err != nil {
		l.close()
		return nil, err
	}
	s := &Snapshot{Commit: commit, loader: l, project: l.project}
	if commit != "" {
		s.project = treeFS{l.content, commit, l.r.prefix}
	}
	return s, nil
}

// Close ends the snapshot.
func (s *Snapshot) Close() { s.loader.close() }

// Object reads an object by its name alone. An unknown one is fs.ErrNotExist.
func (s *Snapshot) Object(kind Kind, name string) (*Object, error) {
	l := *s.loader
	l.kind = kind
	o, err := l.read(s.project, name)
	if err != nil {
		if s.Commit != "" {
			err = fmt.Errorf("commit %.12s: %w", s.Commit, err)
		}
		return nil, err
	}
	o.Commit = s.Commit
	return o, nil
}

// Names lists the objects of a kind, sorted.
func (s *Snapshot) Names(kind Kind) (names []string) {
	for _, f := range objectFiles(s.project, kind) {
		if len(names) == 0 || names[len(names)-1] != f.name {
			names = append(names, f.name)
		}
	}
	return names
}

// Own is the path and the bytes of an object's own file, even if the object
// can't be read. What is not there is fs.ErrNotExist.
func (s *Snapshot) Own(kind Kind, name string) (file string, data []byte, err error) {
	if file, err = locate(s.project, kind, name); err != nil {
		return "", nil, err
	}
	data, err = fs.ReadFile(s.project, file)
	return file, data, err
}

// ReadFile reads a file of the project. What is not there is fs.ErrNotExist.
func (s *Snapshot) ReadFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(s.project, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return data, err
}

// Has says whether the project has a file of that path.
func (s *Snapshot) Has(file string) bool {
	if !fs.ValidPath(file) {
		return false
	}
	info, err := fs.Stat(s.project, file)
	return err == nil && !info.IsDir()
}
