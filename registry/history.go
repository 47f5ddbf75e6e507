package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// place is where a reference leads in git's history.
type place struct {
	commit  string
	version string   // "2.1.0"; "" when the reference leads to no version
	tag     string   // of the version
	label   string   // by which it was found
	notes   []string // what was ambiguous, and what was taken
}

// find resolves what stands behind the "@" of a reference. A version goes
// before a label, and a label before a branch or tag of git of the same name.
// What none has is fs.ErrNotExist.
func (r *repository) find(ctx context.Context, ref ref) (place, lineage, error) {
	h, err := r.history(ctx, ref.kind, ref.name, "refs/heads/"+ref.at, "refs/tags/"+ref.at)
	if err != nil {
		return place{}, h, err
	}
	p, err := r.findIn(ctx, ref, &h)
	return p, h, err
}

func (r *repository) findIn(ctx context.Context, ref ref, h *lineage) (place, error) {
	if ref.version.numbers != nil {
		for _, t := range h.versions {
			if ref.version.matches(t.version) {
				return versionPlace(ref, h, t)
			}
		}
	}
	for _, l := range h.labels {
		if l.label == ref.at {
			return labelPlace(ref, h, l)
		}
	}
	p, err := r.commit(ctx, ref.at)
	if err != nil {
		return place{}, err
	}
	switch {
	case p.commit == "":
		return place{}, r.unknown(ctx, ref, h)
	case ref.version.numbers != nil && !strings.HasPrefix(p.commit, ref.at): // seven digits may begin a commit
		p.notes = append(p.notes, fmt.Sprintf("%s %s has no version %s; taken: what git calls %q", ref.kind, ref.name, ref.at, ref.at))
	}
	return p, nil
}

// versionPlace tells when a label, branch or tag elsewhere has the version's
// name, too, and refuses a version that two tags claim.
func versionPlace(ref ref, h *lineage, t tagged) (place, error) {
	if other := h.double(t); other != "" {
		return place{}, fmt.Errorf("%s %q: two tags claim to be version %s and hold different commits: %s and %s; delete the wrong one with `git tag -d`", ref.kind, ref, t.version, t.tag, other)
	}
	p := place{commit: t.commit, version: t.version.String(), tag: t.tag}
	p.notes = h.otherNames(ref, t.commit, fmt.Sprintf("a version of %s %s", ref.kind, ref.name), "version "+p.version)
	return p, nil
}

// labelPlace is the version that a label points at.
func labelPlace(ref ref, h *lineage, l labelled) (place, error) {
	where := labelsDir + string(ref.kind) + "/" + ref.name + "/" + l.label
	if l.commit == "" {
		return place{}, fmt.Errorf("%s %q: the label %s points at %.12s, which is gone from this repository; `genops fetch` may bring it back, `genops %s label %s@VERSION %s` points it elsewhere (ref %s)",
			ref.kind, ref, l.label, l.object, ref.kind, ref.name, l.label, where)
	}
	t, ok := h.versionOf(l)
	if !ok && l.object != l.commit {
		return place{}, fmt.Errorf("%s %q: the label %s points at a version whose tag is gone (commit %.12s); `git fetch --tags` may bring it back, `genops %s label %s@VERSION %s` points it elsewhere",
			ref.kind, ref, l.label, l.commit, ref.kind, ref.name, l.label)
	}
	p := place{commit: l.commit, label: l.label}
	if ok {
		p.version, p.tag = t.version.String(), t.tag
	} else {
		p.notes = append(p.notes, fmt.Sprintf("the label %s of %s %s points at commit %.12s, which is no version", l.label, ref.kind, ref.name, l.commit))
	}
	p.notes = append(p.notes, h.otherNames(ref, l.commit, fmt.Sprintf("a label of %s %s", ref.kind, ref.name), "the label")...)
	return p, nil
}

// versionOf is the version that a label points at: by its tag, else by its
// commit.
func (h *lineage) versionOf(l labelled) (tagged, bool) {
	for _, same := range []func(t tagged) bool{
		func(t tagged) bool { return t.object == l.object },
		func(t tagged) bool { return t.commit == l.commit && l.object == l.commit },
	} {
		if i := slices.IndexFunc(h.versions, same); i >= 0 {
			return h.versions[i], true
		}
	}
	return tagged{}, false
}

// otherNames notes the branches and tags that are called like what was taken.
func (h *lineage) otherNames(ref ref, commit, is, taken string) (notes []string) {
	for _, l := range h.others {
		if (l.name == "refs/heads/"+ref.at || l.name == "refs/tags/"+ref.at) && l.commit != commit {
			notes = append(notes, fmt.Sprintf("%q is %s and a name in git; taken: %s (%s@%s is the other)", ref.at, is, taken, ref.name, l.name))
		}
	}
	return notes
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
func (r *repository) unknown(ctx context.Context, ref ref, h *lineage) error {
	what := "no branch, tag or commit " + config.Shorten(ref.at)
	if ref.version.numbers != nil {
		what = "no version " + ref.at
	}
	hint := "it has no version yet; " + firstVersion(ref.kind, ref.name)
	var known []string
	for _, t := range h.versions {
		known = append(known, t.version.String())
	}
	if len(known) > 0 {
		hint = "known versions, newest first: " + some(known)
	}
	if len(h.labels) > 0 {
		hint += "; labels: " + some(h.labelNames())
	}
	near := config.Nearest(strings.TrimPrefix(ref.at, "v"), append(known, h.labelNames()...))
	if names, err := r.run(ctx, "for-each-ref", "--format=%(refname:short)", "--count=500", "--sort=-creatordate", "refs/heads", "refs/tags"); near == "" && err == nil {
		near = config.Nearest(ref.at, strings.Split(names, "\n"))
	}
	if near != "" {
		hint = fmt.Sprintf("did you mean %q? %s", near, hint)
	}
	if r.shallow {
		hint += "; this clone is shallow, so tags may be missing: `git fetch --tags`"
	} else if len(h.versions) == 0 {
		hint += ", `git fetch --tags` gets those of the remote"
	}
	return &notExist{fmt.Sprintf("%s %q: %s (%s)", ref.kind, ref, what, hint)}
}

// firstVersion says how an object gets its first version.
func firstVersion(kind Kind, name string) string {
	return fmt.Sprintf("`genops %s tag %s 1.0.0` makes one", kind, name)
}

func (h *lineage) labelNames() []string {
	var names []string
	for _, l := range h.labels {
		names = append(names, l.label)
	}
	return names
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
		return "", &notExist{fmt.Sprintf("commit %.12s has no folder %s, where the project lies now", commit, r.prefix)}
	}
	return out, err
}
