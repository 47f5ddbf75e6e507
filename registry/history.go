package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// tagged is one version of an agent: the tag agents/ID/vVERSION.
type tagged struct {
	version version
	commit  string
}

// versions lists the agent's tagged versions, newest first. Tags of another
// form are not versions.
func (r *repository) versions(ctx context.Context, id string) ([]tagged, error) {
	dir := "refs/tags/" + agentsDir + "/" + id + "/"
	out, err := r.run(ctx, "for-each-ref", "--format=%(refname) %(objecttype) %(objectname) %(*objecttype) %(*objectname)", dir)
	if err != nil {
		return nil, err
	}
	var all []tagged
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		name, found := strings.CutPrefix(words[0], dir+"v")
		v, ok := parseVersion(name)
		if !found || !ok || !v.whole() || v.String() != name {
			continue
		}
		// A tag of its own stands before what it tags.
		if target := words[len(words)-2:]; target[0] == "commit" {
			all = append(all, tagged{v, target[1]})
		}
	}
	slices.SortFunc(all, func(a, b tagged) int { return b.version.compare(a.version) })
	return all, nil
}

// place is where a reference leads in git's history.
type place struct {
	commit  string
	version string   // "2.1.0"; "" when the reference is no version
	notes   []string // what was ambiguous, and what was taken
}

// find resolves what stands behind the "@" of a reference. A version goes
// before a branch or tag of the same name. What neither has is fs.ErrNotExist.
func (r *repository) find(ctx context.Context, ref ref) (place, error) {
	known, err := r.versions(ctx, ref.id)
	if err != nil {
		return place{}, err
	}
	if ref.version.numbers != nil {
		for _, t := range known {
			if ref.version.matches(t.version) {
				return r.versionPlace(ctx, ref, t), nil
			}
		}
	}
	p, err := r.commit(ctx, ref.at)
	if err != nil {
		return place{}, err
	}
	switch {
	case p.commit == "":
		return place{}, r.unknown(ctx, ref, known)
	case ref.version.numbers != nil && !strings.HasPrefix(p.commit, ref.at): // seven digits may begin a commit
		p.notes = append(p.notes, fmt.Sprintf("agent %s has no version %s; taken: what git calls %q", ref.id, ref.at, ref.at))
	}
	return p, nil
}

// versionPlace tells when a branch or tag elsewhere has the version's name, too.
func (r *repository) versionPlace(ctx context.Context, ref ref, t tagged) place {
	p := place{commit: t.commit, version: t.version.String()}
	out, _ := r.run(ctx, "for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", "refs/heads/"+ref.at, "refs/tags/"+ref.at)
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		if strings.HasSuffix(words[0], "/"+ref.at) && !slices.Contains(words[1:], t.commit) { // "2/x" is another name
			p.notes = append(p.notes, fmt.Sprintf("%q is a version of agent %s and a name in git; taken: version %s (%s@%s is the other)",
				ref.at, ref.id, p.version, ref.id, words[0]))
		}
	}
	return p
}

// commit resolves a name as git does, and then as a branch of the remote, which
// is all that a CI machine may have. No commit and no error means unknown.
func (r *repository) commit(ctx context.Context, name string) (place, error) {
	for _, try := range []string{name, "refs/remotes/origin/" + name} {
		out, warnings, err := r.runBoth(ctx, "rev-parse", "--verify", try+"^{commit}")
		var git *gitError
		switch {
		case errors.As(err, &git):
			if strings.Contains(git.complaint, "is ambiguous") {
				return place{}, err
			}
			continue
		case err != nil:
			return place{}, err
		}
		p := place{commit: out}
		if strings.Contains(warnings, "is ambiguous") {
			all, _ := r.run(ctx, "for-each-ref", "--format=%(refname)", "refs/heads/"+name, "refs/tags/"+name, "refs/remotes/"+name)
			p.notes = append(p.notes, fmt.Sprintf("%q means several things in git (%s); taken: commit %.12s", name, strings.ReplaceAll(all, "\n", ", "), p.commit))
		}
		if try != name {
			p.notes = append(p.notes, fmt.Sprintf("%q is no branch here; taken: origin/%s", name, name))
		}
		return p, nil
	}
	return place{}, nil
}

// unknown says what there is instead of what was asked for.
func (r *repository) unknown(ctx context.Context, ref ref, known []tagged) error {
	what := "no branch, tag or commit " + config.Shorten(ref.at)
	if ref.version.numbers != nil {
		what = "no version " + ref.at
	}
	hint := fmt.Sprintf("it has no version yet; `git tag %s/%s/v1.0.0` makes one", agentsDir, ref.id)
	var versions []string
	for _, t := range known {
		versions = append(versions, t.version.String())
	}
	if len(versions) > 0 {
		hint = "known versions, newest first: " + some(versions)
	}
	near := config.Nearest(strings.TrimPrefix(ref.at, "v"), versions)
	if names, err := r.run(ctx, "for-each-ref", "--format=%(refname:short)", "--count=500", "--sort=-creatordate", "refs/heads", "refs/tags"); near == "" && err == nil {
		near = config.Nearest(ref.at, strings.Split(names, "\n"))
	}
	if near != "" {
		hint = fmt.Sprintf("did you mean %q? %s", near, hint)
	}
	if r.shallow {
		hint += "; this clone is shallow, so tags may be missing: `git fetch --tags`"
	} else if len(known) == 0 {
		hint += ", `git fetch --tags` gets those of the remote"
	}
	return fmt.Errorf("agent %q: %s (%s): %w", ref, what, hint, fs.ErrNotExist)
}

// some lists at most ten.
func some(names []string) string {
	if n := len(names); n > 10 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:10], ", "), n-10)
	}
	return strings.Join(names, ", ")
}

// tree is the content of the project's folder at a commit.
func (r *repository) tree(ctx context.Context, commit string) (string, error) {
	name := commit + "^{tree}"
	if r.prefix != "" {
		name = commit + ":" + r.prefix
	}
	out, err := r.run(ctx, "rev-parse", "--verify", name)
	var git *gitError
	if errors.As(err, &git) && r.prefix != "" {
		return "", fmt.Errorf("commit %.12s has no folder %s, where the project lies now: %w", commit, r.prefix, fs.ErrNotExist)
	}
	return out, err
}
