package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// BareProject finds the project file of that name at HEAD of the bare
// repository in dir: at its top, else the only one below. prefix is the folder in
// which it lies. Where dir is no bare repository, the error is fs.ErrNotExist.
func BareProject(ctx context.Context, dir, name string) (root, prefix string, data []byte, err error) {
	none := &notExist{dir + " is no bare repository"}
	if !looksBare(dir) {
		return "", "", nil, none
	}
	r, err := openRepository(ctx, dir)
	if err != nil || !r.bare {
		return "", "", nil, none
	}
	c := r.content(ctx)
	defer c.Close()
	if _, data, err = c.get("HEAD:" + name); err == nil {
		return dir, "", data, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", "", nil, err
	}
	if head, err := r.commit(ctx, "HEAD"); err != nil || head.commit == "" {
		return "", "", nil, errors.Join(err, errNoCommit)
	}
	out, err := r.run(ctx, "ls-tree", "-r", "-z", "--name-only", "HEAD")
	if err != nil {
		return "", "", nil, err
	}
	var found []string
	for file := range strings.SplitSeq(out, "\x00") {
		if path.Base(file) == name {
			found = append(found, file)
		}
	}
	switch len(found) {
	case 0:
		return "", "", nil, fmt.Errorf("the bare repository %s holds no %s at HEAD", dir, name)
	case 1:
		_, data, err = c.get("HEAD:" + found[0])
		return dir, path.Dir(found[0]), data, err
	}
	return "", "", nil, fmt.Errorf("the bare repository %s holds several projects at HEAD: %s", dir, some(found))
}

// repository is that of the project.
func (g Registry) repository(ctx context.Context) (*repository, error) {
	r, err := openRepository(ctx, g.Root)
	if err == nil && r.bare {
		r.prefix = g.Prefix
	}
	return r, err
}

// looksBare says whether a folder can be a bare repository.
func looksBare(root string) bool {
	for _, name := range []string{"HEAD", "objects", "refs"} {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			return false
		}
	}
	return true
}
