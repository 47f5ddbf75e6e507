package registry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// checkoutsDir holds the versions of a project, in folders named by the digest
// that git gives to their content.
var checkoutsDir = filepath.Join(".genops", "checkouts")

// checkout is the project's folder as a commit has it. Beside the folder TREE
// stand TREE.manifest, TREE.lock and what builds leave.
type checkout struct {
	store string // folder of all checkouts
	tree  string
}

func (c checkout) dir() string               { return filepath.Join(c.store, c.tree) }
func (c checkout) beside(what string) string { return c.dir() + "." + what }

// checkout makes the folder of a tree, or takes the one that is there: whole
// and unchanged in either case. Processes that need the same one wait for each
// other. r may be nil; then the repository is opened when it is needed.
func (g Registry) checkout(ctx context.Context, r *repository, tree string) (checkout, error) {
	c := checkout{filepath.Join(g.Root, checkoutsDir), tree}
	if err := os.MkdirAll(c.store, 0o755); err != nil {
		return c, err
	}
	unlock, err := g.lock(ctx, c.beside("lock"), "checks out the same version")
	if err != nil {
		return c, err
	}
	defer unlock()
	if info, err := os.Stat(c.dir()); err == nil && info.IsDir() {
		return c, c.verify()
	}
	if r == nil {
		if r, err = g.repository(ctx); err != nil {
			return c, err
		}
	}
	return c, c.fill(ctx, r)
}

// drop removes a checkout, so that it is made anew.
func (g Registry) drop(ctx context.Context, c checkout) error {
	unlock, err := g.lock(ctx, c.beside("lock"), "checks out the same version")
	if err != nil {
		return err
	}
	defer unlock()
	return os.RemoveAll(c.dir())
}

// fill writes the files beside the folder and gives them its name at last. The
// caller holds the lock.
func (c checkout) fill(ctx context.Context, r *repository) (err error) {
	temporary := c.beside("tmp")
	if err := os.RemoveAll(temporary); err != nil { // of a process that was killed
		return err
	}
	if err := os.Mkdir(temporary, 0o755); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(temporary))
		}
	}()
	root, err := os.OpenRoot(temporary)
	if err != nil {
		return err
	}
	m, err := r.export(ctx, c.tree, root)
	if err = errors.Join(err, root.Close()); err != nil {
		return err
	}
	if err := replaceFile(c.beside("manifest"), m.bytes()); err != nil {
		return err
	}
	return os.Rename(temporary, c.dir())
}

// verify compares the folder with its manifest. Files that came later, such as
// what a build or the agent makes, are none of its business.
func (c checkout) verify() error {
	changed, err := c.changed()
	if err != nil {
		return c.broken(err.Error())
	}
	if len(changed) > 0 {
		return c.broken("changed since: " + some(changed))
	}
	return nil
}

// changed names the files that are missing or not what the manifest says.
func (c checkout) changed() (names []string, err error) {
	m, err := readManifest(c.beside("manifest"))
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(c.dir())
	if err != nil {
		return nil, err
	}
	defer root.Close()
	for name, want := range m {
		if got, err := digestIn(root, name); err != nil || got != want {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names, nil
}

func (c checkout) broken(why string) error {
	return fmt.Errorf("the checkout %s is no longer what git holds (%s); remove that folder, and it is made anew", c.dir(), why)
}
