package registry

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// entry is one file of a tree.
type entry struct {
	mode   string // as git writes it
	object string
	path   string // with slashes, below the tree
}

const (
	modeLink      = "120000"
	modeProgram   = "100755"
	modeSubmodule = "160000"
)

// entries lists the files of a tree, and refuses what can't be made from it.
func (r *repository) entries(ctx context.Context, tree string) ([]entry, error) {
	out, err := r.run(ctx, "ls-tree", "-r", "-z", "--full-tree", tree)
	if err != nil {
		return nil, err
	}
	var all []entry
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		if line == "" {
			continue
		}
		meta, name, _ := strings.Cut(line, "\t")
		words := strings.Fields(meta)
		if len(words) != 3 {
			return nil, fmt.Errorf("git ls-tree answered %q", line)
		}
		e := entry{words[0], words[2], name}
		switch {
		case e.mode == modeSubmodule:
			return nil, fmt.Errorf("%s is a git submodule: a version holds the files of its own repository only; copy them in, or name them as an image or package that the agent starts", name)
		case !localPath(name):
			return nil, fmt.Errorf("%q can't be a file here", name)
		}
		all = append(all, e)
	}
	return all, nil
}

// localPath refuses what would leave the folder or be git's own.
func localPath(name string) bool {
	if name == "." || !filepath.IsLocal(filepath.FromSlash(name)) || path.Clean(name) != name {
		return false
	}
	return !slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return strings.EqualFold(part, ".git") })
}

// export writes the files of a tree into dst, which is empty, and returns what
// it wrote. The bytes are those that git keeps: no line ends are turned, no
// attribute leaves a file out, so a tree is the same files everywhere.
func (r *repository) export(ctx context.Context, tree string, dst *os.Root) (manifest, error) {
	all, err := r.entries(ctx, tree)
	if err != nil {
		return nil, err
	}
	var ids, stderr bytes.Buffer
	for _, e := range all {
		ids.WriteString(e.object + "\n")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends git when a file can't be written
	cmd := r.command(ctx, "cat-file", "--batch")
	cmd.Stdin, cmd.Stderr = &ids, &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	m, err := r.exportAll(bufio.NewReaderSize(out, 64<<10), all, dst)
	if err != nil {
		cancel()
		cmd.Wait()
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			err = r.failed(ctx, "cat-file", err, stderr.String())
		}
		return nil, err
	}
	if err := cmd.Wait(); err != nil {
		return nil, r.failed(ctx, "cat-file", err, stderr.String())
	}
	return m, nil
}

func (r *repository) exportAll(in *bufio.Reader, all []entry, dst *os.Root) (manifest, error) {
	m := make(manifest, len(all))
	for _, e := range all {
		head, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		var object, kind string
		var size int64
		if _, err := fmt.Sscanf(head, "%s %s %d", &object, &kind, &size); err != nil || kind != "blob" {
			return nil, fmt.Errorf("%s: git has no content for it: %s", e.path, strings.TrimSpace(head))
		}
		content := &io.LimitedReader{R: in, N: size}
		if m[e.path], err = r.write(dst, e, content, in); err != nil {
			return nil, fmt.Errorf("%s: %w", e.path, err)
		}
		if content.N > 0 {
			return nil, io.ErrUnexpectedEOF
		}
		if _, err := in.Discard(1); err != nil { // the newline behind it
			return nil, err
		}
	}
	return m, nil
}

// write makes one file or link and returns its digest as manifests hold it.
func (r *repository) write(dst *os.Root, e entry, content *io.LimitedReader, peek *bufio.Reader) (string, error) {
	if dir := path.Dir(e.path); dir != "." {
		if err := dst.MkdirAll(dir, 0o755); err != nil {
			return "", err
		}
	}
	if e.mode == modeLink {
		target, err := io.ReadAll(io.LimitReader(content, 4096))
		if err != nil {
			return "", err
		}
		if !insideLink(e.path, string(target)) {
			return "", fmt.Errorf("is a symbolic link to %q, which may lie outside of the project: a version can't follow it", target)
		}
		return linkDigest(string(target)), dst.Symlink(string(target), e.path)
	}
	var from io.Reader = content
	if start, _ := peek.Peek(int(min(content.N, int64(len(lfsStart))))); content.N <= lfsLargest && string(start) == lfsStart {
		pointer, err := io.ReadAll(content)
		if err != nil {
			return "", err
		}
		file, err := r.large(pointer)
		if err != nil {
			return "", err
		}
		defer file.Close()
		from = file
	}
	perm := fs.FileMode(0o644)
	if e.mode == modeProgram {
		perm = 0o755
	}
	file, err := dst.OpenFile(e.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, perm)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(file, h), from)
	return sum(h), errors.Join(err, file.Close())
}
