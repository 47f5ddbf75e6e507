package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// Registry finds prompts, agents, models and test sets by reference: in the
// project's working tree, and in the versions that its git repository keeps. It
// holds no state of its own, so any number of goroutines and processes may use
// it at once. Objects are read without a checkout; what runs, an agent that is
// resolved, is checked out below .genops/checkouts.
type Registry struct {
	Root   string            // of the project, an absolute path
	Prefix string            // of the project in a bare repository; "" = the whole
	Dir    string            // where relative paths of agent files start; "" = Root
	Self   Self              // what agent files mean by "genops"
	Env    []string          // of build commands; nil = that of this process
	Notify func(text string) // is told what takes long; may be nil
}

// Resolved is an agent that can run.
type Resolved struct {
	Agent   *Agent
	Root    string // Agent.Root: where its relative paths start and its commands run
	Release Release
	Version string   // "2.1.0"; "" when the reference was no version
	Commit  string   // "" = the working tree
	Notes   []string // what was ambiguous in the reference, and what was taken
}

// Resolve finds an agent, runs its build if it has one, and computes its
// release. A reference is
//
//	ID, FILE           the working tree
//	ID@2.1.0           the tag agents/ID/v2.1.0; "v2.1.0" is the same
//	ID@2.1, ID@2       the latest version that begins so, pre-releases aside
//	ID@production      the version that this label points at
//	ID@sha256:DIGEST   a release that was resolved here before, by 12 or more digits
//	ID@NAME            a branch, tag or commit of git
//
// A name that is a version and something else means the version, a label goes
// before a branch, and a note says so. The release's digest is that of the content, wherever it lies.
// An unknown agent, version or name is fs.ErrNotExist, and nothing else is.
func (g Registry) Resolve(ctx context.Context, reference string) (*Resolved, error) {
	at, versioned, err := parseRef(KindAgent, reference)
	switch {
	case looksLikeFile(reference) && exists(g.file(reference)): // its name may have an "@"
	case err != nil:
		return nil, err
	case versioned && at.digest != "":
		return g.byDigest(ctx, at)
	case versioned:
		return g.version(ctx, at)
	}
	return g.workingTree(ctx, reference)
}

// file is a reference as a path.
func (g Registry) file(reference string) string {
	if filepath.IsAbs(reference) {
		return reference
	}
	return filepath.Join(g.dir(), reference)
}

func (g Registry) dir() string {
	if g.Dir == "" {
		return g.Root
	}
	return g.Dir
}

func (g Registry) say(text string) {
	if g.Notify != nil {
		g.Notify(text)
	}
}

func (g Registry) workingTree(ctx context.Context, reference string) (*Resolved, error) {
	a, err := LoadAgent(g.Root, g.dir(), reference)
	if err != nil {
		return nil, err
	}
	if err := g.buildHere(ctx, a); err != nil {
		return nil, known(err)
	}
	r, err := a.Release(g.Root, g.Self)
	if err != nil {
		return nil, known(err)
	}
	return &Resolved{Agent: a, Root: a.Root, Release: r}, nil
}

func (g Registry) version(ctx context.Context, at ref) (*Resolved, error) {
	r, err := g.repository(ctx)
	if errors.Is(err, errNoRepository) {
		return nil, fmt.Errorf("agent %q: %w, so there are no versions: `git init`, commit, `genops agent tag %s 1.0.0`", at, err, at.name)
	}
	if err != nil {
		return nil, fmt.Errorf("agent %q: %w", at, err)
	}
	p, _, err := r.find(ctx, at)
	if errors.Is(err, fs.ErrNotExist) {
		if _, unknown := agentPath(g.Root, g.Root, at.name); unknown != nil && !r.hadVersions(ctx, at) {
			return nil, unknown
		}
	}
	if err != nil {
		return nil, err
	}
	return g.at(ctx, r, at, p)
}

// at is the agent at a place in git's history.
func (g Registry) at(ctx context.Context, r *repository, at ref, p place) (*Resolved, error) {
	tree, err := r.tree(ctx, p.commit)
	if err != nil {
		return nil, fmt.Errorf("agent %q: %w", at, err)
	}
	c, err := g.checkout(ctx, r, tree)
	if err != nil {
		return nil, known(fmt.Errorf("checking out agent %s: %w", at, err))
	}
	return g.load(ctx, at, p, c)
}

func (r *repository) hadVersions(ctx context.Context, at ref) bool {
	all, err := r.versions(ctx, at.kind, at.name)
	return err == nil && len(all) > 0
}

// load makes a checkout's agent ready.
func (g Registry) load(ctx context.Context, at ref, p place, c checkout) (*Resolved, error) {
	a, err := LoadAgent(c.dir(), c.dir(), at.name)
	if err != nil {
		return nil, fmt.Errorf("%s (commit %.12s): %w", at, p.commit, err)
	}
	if arg := a.outside(g.Root); arg != "" {
		return nil, fmt.Errorf("%s (commit %.12s): %s: the command names %s, which lies outside of the project; a version holds the project's folder only", at, p.commit, display(c.dir(), a.Path), arg)
	}
	if err := g.buildVersion(ctx, a, c); err != nil {
		return nil, known(fmt.Errorf("%s (commit %.12s): %w", at, p.commit, err))
	}
	r, err := a.Release(c.dir(), g.Self)
	if err != nil {
		return nil, known(fmt.Errorf("%s (commit %.12s): %w", at, p.commit, err))
	}
	switch {
	case p.version != "":
		if a.Version != "" && strings.TrimPrefix(a.Version, "v") != p.version {
			p.notes = append(p.notes, fmt.Sprintf("the agent file of %s says version %s; taken: %s, which is its tag", at, a.Version, p.version))
		}
		r.Version = p.version
	case a.Version == "":
		r.Version = p.commit[:12]
	}
	out := &Resolved{Agent: a, Root: a.Root, Release: r, Version: p.version, Commit: p.commit, Notes: p.notes}
	return out, g.remember(out, c)
}

// known takes the kind from an error that is not about the reference.
func known(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New(err.Error())
	}
	return err
}
