package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Clashes lists the plan's files that are in the project at root already, with
// other bytes.
func (p *Plan) Clashes(root string) (clashes []string) {
	for _, f := range p.Files {
		old, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.Path)))
		if err == nil && !bytes.Equal(old, f.Text) || err != nil && !errors.Is(err, fs.ErrNotExist) {
			clashes = append(clashes, f.Path)
		}
	}
	return clashes
}

// Write writes the plan's files into the project at root: all of them, or none
// when one can't be. What is there already with the same bytes stays. No file is
// overwritten, also not one that comes into being meanwhile.
func (p *Plan) Write(root string) (err error) {
	temporary, err := os.MkdirTemp(root, ".genops-import-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	project, err := os.OpenRoot(root)
	if err != nil {
		return err
	}
	defer project.Close()
	var made []string
	defer func() {
		if err != nil {
			for _, path := range made {
				err = errors.Join(err, project.Remove(path))
			}
		}
	}()
	for i, f := range p.Files {
		path := filepath.FromSlash(f.Path)
		if old, err := project.ReadFile(path); err == nil && bytes.Equal(old, f.Text) {
			continue
		}
		if err := project.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		next := filepath.Join(filepath.Base(temporary), fmt.Sprint(i))
		if err := project.WriteFile(next, f.Text, 0o644); err != nil {
			return err
		}
		if err := project.Link(next, path); err != nil { // fails where something is, unlike a rename
			return fmt.Errorf("writing %s: %w", f.Path, err)
		}
		made = append(made, path)
	}
	return nil
}
