package registry

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// inputs are the files that a build can read, with their digests. nil means
// that they can't be told from what builds make.
type inputs map[string]string

func (in inputs) digest() string {
	if in == nil {
		return ""
	}
	return digest(manifest(in).bytes())
}

// sources are the files of the project that git knows or would add, without
// the program itself: that is what a build makes.
func sources(ctx context.Context, a *Agent) (inputs, error) {
	r, err := openRepository(ctx, a.Root)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, nil // no git, no repository
	}
	out, err := r.run(ctx, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(a.Root)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	program := ""
	if p := a.Runtime.Process; p != nil {
		program = filepath.ToSlash(filepath.Clean(p.Command[0]))
	}
	in := inputs{}
	for name := range strings.SplitSeq(out, "\x00") {
		if name == "" || name == program || made(name) {
			continue
		}
		if strings.HasSuffix(name, "/") {
			return nil, nil // a repository in the repository: git doesn't say what changes in it
		}
		info, err := root.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // deleted, and git was not told
		case err != nil:
			return nil, err
		case info.IsDir():
			return nil, nil // a submodule
		case info.Mode().IsRegular() || info.Mode()&fs.ModeSymlink != 0:
			if in[name], err = digestIn(root, name); err != nil {
				return nil, err
			}
		}
	}
	if in[display(a.Root, a.Path)] == "" {
		return nil, nil // a folder that git ignores
	}
	return in, nil
}
