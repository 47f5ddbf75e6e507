package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// FileChange is one file that differs between two places of the project.
type FileChange struct {
	Status string `json:"status"`         // added, modified, deleted or renamed
	Path   string `json:"path"`           // in the project, with slashes; of a deleted one where it was
	From   string `json:"from,omitempty"` // where a renamed one was
}

// Changes are what a branch changes in the project.
type Changes struct {
	Base   string // as it was asked for
	From   string // the commit from which the branch and its base went apart
	Head   string // commit of the branch; the working tree's changes come on top when Dirty
	Branch string // name of the branch; "" = HEAD is detached
	Dirty  bool   // the working tree was taken in, and differs from Head
	Files  []FileChange
	Notes  []string // what was ambiguous in Base, and what was taken
}

// Changes compares the project with the place from which its branch and base
// went apart: as committed, or with what the working tree holds on top of it,
// new files that git does not ignore included. An unknown base is
// fs.ErrNotExist.
func (g Registry) Changes(ctx context.Context, base string, committed bool) (*Changes, error) {
	r, err := g.repository(ctx)
	if err != nil {
		return nil, err
	}
	p, err := r.commit(ctx, base)
	if err != nil {
		return nil, err
	}
	if p.commit == "" {
		return nil, r.unknownBase(ctx, base)
	}
	c := &Changes{Base: base, Notes: p.notes}
	head, err := r.commit(ctx, "HEAD")
	if err != nil {
		return nil, err
	}
	if c.Head = head.commit; c.Head == "" {
		return nil, errNoCommit
	}
	if c.From, err = r.fork(ctx, p.commit, c.Head, base); err != nil {
		return nil, err
	}
	c.Branch, _ = r.run(ctx, "symbolic-ref", "--quiet", "--short", "HEAD")
	committed = committed || r.bare
	between := []string{c.From}
	if committed {
		between = append(between, c.Head)
	}
	if c.Files, err = r.differences(ctx, between...); err != nil || committed {
		return c, err
	}
	return c, r.addWorkingTree(ctx, c)
}

func (r *repository) unknownBase(ctx context.Context, base string) error {
	hint := ""
	if r.shallow {
		hint = "; this clone is shallow: `git fetch origin " + base + "`, in CI with the full history (fetch-depth: 0)"
	}
	all, _ := r.run(ctx, "for-each-ref", "--format=%(refname:short)", "--count=20", "--sort=-committerdate", "refs/heads", "refs/remotes")
	return &notExist{fmt.Sprintf("base %q: git knows no such branch, tag or commit (known: %s%s)", base, orNone(strings.Fields(all)), hint)}
}

// fork is where two commits went apart.
func (r *repository) fork(ctx context.Context, base, head, name string) (string, error) {
	from, err := r.run(ctx, "merge-base", base, head)
	var git *gitError
	if errors.As(err, &git) {
		why := "they have no common commit"
		if r.shallow {
			why = "this clone is shallow, and their common commit may be missing: fetch the full history (`git fetch --unshallow`, in CI fetch-depth: 0)"
		}
		return "", fmt.Errorf("base %q and HEAD can't be compared: %s", name, why)
	}
	return from, err
}

// addWorkingTree adds the files that git does not know yet.
func (r *repository) addWorkingTree(ctx context.Context, c *Changes) error {
	out, err := r.run(ctx, "ls-files", "-z", "--others", "--exclude-standard")
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(out, "\x00") {
		if name == "" || made(name) {
			continue
		}
		c.Dirty = true
		at := slices.IndexFunc(c.Files, func(f FileChange) bool { return f.Path == name })
		if at >= 0 { // removed from the index, and still there
			c.Files[at].Status = "modified"
			continue
		}
		c.Files = append(c.Files, FileChange{Status: "added", Path: name})
	}
	slices.SortStableFunc(c.Files, func(a, b FileChange) int { return strings.Compare(a.Path, b.Path) })
	if !c.Dirty {
		own, err := r.differences(ctx, c.Head)
		c.Dirty = len(own) > 0
		return err
	}
	return nil
}

var statuses = map[byte]string{'A': "added", 'C': "added", 'D': "deleted", 'R': "renamed"}

// differences are the files of the project that differ between two commits, or
// between a commit and the working tree. Where only the time of a file changed
// there is none.
func (r *repository) differences(ctx context.Context, commits ...string) ([]FileChange, error) {
	relative := "--relative"
	if r.bare && r.prefix != "" {
		relative += "=" + r.prefix + "/"
	}
	args := append([]string{"diff", "--no-ext-diff", "--no-textconv", "--name-status", "-z", "-M", relative, "--ignore-submodules=none"}, commits...)
	out, err := r.run(ctx, append(args, "--")...)
	if err != nil {
		return nil, err
	}
	words := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
	var all []FileChange
	for i := 0; i+1 < len(words); i += 2 {
		status := words[i]
		if status == "" {
			return nil, fmt.Errorf("git diff answered %q", words)
		}
		f := FileChange{Status: statuses[status[0]], Path: words[i+1]}
		if f.Status == "" {
			f.Status = "modified"
		}
		if status[0] == 'R' || status[0] == 'C' {
			if i+2 >= len(words) {
				return nil, fmt.Errorf("git diff answered %q", words)
			}
			f.Path = words[i+2]
			if status[0] == 'R' {
				f.From = words[i+1]
			}
			i++
		}
		if !made(f.Path) {
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b FileChange) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// CommitOf resolves what git calls a place in history; "" for HEAD. What it
// does not know is fs.ErrNotExist.
func (g Registry) CommitOf(ctx context.Context, name string) (commit string, err error) {
	r, err := g.repository(ctx)
	if err != nil {
		return "", err
	}
	if name == "" {
		name = "HEAD"
	}
	p, err := r.commit(ctx, name)
	if err == nil && p.commit == "" {
		err = fmt.Errorf("git knows no %q: %w", name, fs.ErrNotExist)
	}
	return p.commit, err
}

// Folder is where the project lies in its repository, with slashes; "" = at the
// top.
func (g Registry) Folder(ctx context.Context) (string, error) {
	r, err := g.repository(ctx)
	if err != nil {
		return "", err
	}
	return r.prefix, nil
}
