package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Change is what changed in meaning between two versions, as a semantic diff
// says it.
type Change struct {
	Verdict string   `json:"verdict"`        // identical, formatting, reworded, changed or breaking
	Say     []string `json:"say"`            // what changed, in words; the most severe first
	Rest    int      `json:"rest,omitempty"` // further changes
}

// Compare tells what changed from one object to another.
type Compare func(ctx context.Context, before, after *Object) (Change, error)

// Tagging asks for a version.
type Tagging struct {
	Kind    Kind
	Name    string
	Version string  // "1.3.0"; "" = the number that Compare calls for
	Commit  string  // anything that git resolves; "" = HEAD
	Message string  // "" = the object, the version, and what changed
	Older   bool    // the version may be below the newest, but not within its own minor line
	Same    bool    // a version may have the content already
	DryRun  bool    // only say what would be done
	Compare Compare // may be nil where Version is given
}

// Tagged is a version that was made.
type Tagged struct {
	Kind    Kind     `json:"kind"`
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Tag     string   `json:"tag"`
	Commit  string   `json:"commit"`
	Digest  string   `json:"digest"`           // of the object's content
	Before  string   `json:"before,omitempty"` // newest version until now; "" = there was none
	Change  *Change  `json:"change,omitempty"` // since Before; nil = not compared
	Why     string   `json:"why,omitempty"`    // of the number, where it was not given
	Message string   `json:"message"`
	DryRun  bool     `json:"dry_run,omitempty"`
	Notes   []string `json:"notes,omitempty"`
}

// ErrNothingNew is a tag on content that a version has already.
var ErrNothingNew = errors.New("there is nothing new to tag")

// Tag makes a version: an annotated tag, signed when git is told to sign tags.
// It refuses a number that exists or would be a downgrade, files of the object
// that are not committed as they are, and content that a version has already
// (ErrNothingNew). The tag is made by git in one step.
func (g Registry) Tag(ctx context.Context, t Tagging) (*Tagged, error) {
	at, err := parseObject(t.Kind, t.Name)
	if err == nil && at.at != "" {
		err = &notValid{fmt.Sprintf("%s %q: name the %s alone; --commit names what to tag", t.Kind, t.Name, t.Kind)}
	}
	var v version
	if ok := false; err == nil && t.Version != "" {
		if v, ok = parseVersion(t.Version); !ok || !v.whole() {
			err = &notValid{fmt.Sprintf("version %q: write three numbers as in 1.3.0, or 2.0.0-rc.1", t.Version)}
		}
	}
	if err != nil {
		return nil, err
	}
	l, err := g.open(ctx, t.Kind, true)
	if err != nil {
		return nil, l.explain(at, err)
	}
	defer l.close()
	k := &tagger{Tagging: t, loader: l, at: at, version: v}
	out, err := k.tag(ctx)
	if err != nil {
		return out, fmt.Errorf("tagging %s %s: %w", t.Kind, at.name, err)
	}
	return out, nil
}

// tagger is a Tagging under way.
type tagger struct {
	Tagging
	*loader
	at      ref
	version version
	h       lineage
	newest  tagged // version.numbers nil = there is none
}

func (k *tagger) tag(ctx context.Context) (*Tagged, error) {
	o, err := k.committed(ctx)
	if err != nil {
		return nil, err
	}
	if k.h, err = k.r.history(ctx, k.Kind, k.at.name); err != nil {
		return nil, err
	}
	var known []version
	for _, t := range k.h.versions {
		known = append(known, t.version)
	}
	if best := newestRelease(known); best != nil {
		k.newest = k.h.versions[slices.IndexFunc(k.h.versions, func(t tagged) bool { return t.version.compare(*best) == 0 })]
	}
	out := &Tagged{Kind: k.Kind, Name: k.at.name, Commit: o.Commit, Digest: o.Digest, DryRun: k.DryRun, Notes: o.Notes}
	if k.Version != "" { // a wrong number is told before content that is not new
		if err := admit(known, k.version, k.Older); err != nil {
			return nil, err
		}
	}
	if err := k.fresh(o); err != nil {
		return nil, err
	}
	if err := k.number(ctx, o, out); err != nil {
		return nil, err
	}
	if k.Version == "" {
		if err := admit(known, k.version, k.Older); err != nil {
			return nil, err
		}
	}
	out.Version = k.version.String()
	out.Tag = k.Kind.Dir() + "/" + k.at.name + "/v" + out.Version
	if out.Message = k.Message; out.Message == "" {
		out.Message = out.describe()
	}
	if k.DryRun {
		return out, nil
	}
	return out, k.make(ctx, out)
}

// committed is the object as the commit has it, after making sure that the
// working tree has nothing else.
func (k *tagger) committed(ctx context.Context) (*Object, error) {
	what := k.Commit
	if what == "" {
		what = "HEAD"
	}
	p, err := k.r.commit(ctx, what)
	switch {
	case err != nil:
		return nil, err
	case p.commit == "" && k.Commit == "":
		return nil, errNoCommit
	case p.commit == "":
		return nil, &notExist{fmt.Sprintf("--commit %s: no such branch, tag or commit", k.Commit)}
	}
	o, err := k.loader.at(ref{kind: k.Kind, name: k.at.name, at: what}, p, lineage{})
	if errors.Is(err, fs.ErrNotExist) && k.Commit == "" {
		if here, missing := k.here(ref{kind: k.Kind, name: k.at.name}); missing == nil {
			return nil, fmt.Errorf("%s is not committed yet: `git add %s && git commit`", here.Path, here.Path)
		}
	}
	if err != nil {
		return nil, err
	}
	if k.Commit == "" && k.head == "" {
		err = k.clean(ctx, o)
	}
	return o, err
}

// clean says which of the object's files differ between working tree and HEAD.
func (k *tagger) clean(ctx context.Context, o *Object) error {
	files := map[string]bool{}
	for _, f := range o.Files {
		files[f.Path] = true
	}
	here, err := k.here(ref{kind: k.Kind, name: k.at.name})
	if err != nil {
		return fmt.Errorf("in the working tree: %w (to tag what is committed: --commit HEAD)", err)
	}
	for _, f := range here.Files {
		files[f.Path] = true
	}
	dirty, err := k.r.dirty(ctx, files)
	if err == nil && len(dirty) > 0 {
		err = fmt.Errorf("%s: the working tree is not what HEAD has; commit first, or tag what is committed with --commit HEAD", some(dirty))
	}
	return err
}

// dirty names those of the project's files that git status has something to say
// about.
func (r *repository) dirty(ctx context.Context, files map[string]bool) (names []string, err error) {
	args := []string{"status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--"}
	const most = 500 // a longer command line may be refused
	if len(files) > most {
		args = append(args, ".")
	} else {
		for f := range files {
			args = append(args, ":(literal)"+f)
		}
	}
	out, err := r.run(ctx, args...)
	if err != nil {
		return nil, err
	}
	for line := range strings.SplitSeq(out, "\x00") {
		if len(line) < 4 {
			continue
		}
		name := line[3:]
		if r.prefix != "" {
			name = strings.TrimPrefix(name, r.prefix+"/")
		}
		if files[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// fresh refuses content that a version has already.
func (k *tagger) fresh(o *Object) error {
	if k.Same {
		return nil
	}
	for _, t := range k.h.versions {
		old, err := k.loader.at(k.at, place{commit: t.commit, version: t.version.String(), tag: t.tag}, k.h)
		if err == nil && old.Digest == o.Digest {
			return fmt.Errorf("version %s has the same content: %w (--force tags it again)", t.version, ErrNothingNew)
		}
	}
	return nil
}

// number finds the version's number, where it was not given, and what changed.
func (k *tagger) number(ctx context.Context, o *Object, out *Tagged) error {
	if k.newest.version.numbers == nil {
		if k.Version == "" {
			k.version, out.Why = version{numbers: []string{"1", "0", "0"}}, "it is the first version"
		}
		return nil
	}
	out.Before = k.newest.version.String()
	if k.Compare == nil {
		if k.Version == "" {
			return errors.New("the version is missing")
		}
		return nil
	}
	old, err := k.loader.at(k.at, place{commit: k.newest.commit, version: out.Before, tag: k.newest.tag}, k.h)
	if err != nil {
		return fmt.Errorf("comparing with version %s: %w", out.Before, err)
	}
	change, err := k.Compare(ctx, old, o)
	if err != nil {
		return fmt.Errorf("comparing with version %s: %w", out.Before, err)
	}
	out.Change = &change
	if k.Version == "" && change.Verdict == "identical" && !k.Same {
		return fmt.Errorf("version %s means the same: %w (--force tags it again)", out.Before, ErrNothingNew)
	}
	if k.Version == "" {
		k.version = k.newest.version.bump(change.Verdict)
		out.Why = fmt.Sprintf("%s since %s", change.Verdict, out.Before)
	}
	return nil
}

// describe is the message of a tag that was given none.
func (t *Tagged) describe() string {
	text := fmt.Sprintf("%s %s %s", t.Kind, t.Name, t.Version)
	if t.Change == nil {
		return text
	}
	text += fmt.Sprintf("\n\n%s since %s\n", t.Change.Verdict, t.Before)
	for _, say := range t.Change.Say {
		text += "- " + strings.Join(strings.Fields(say), " ") + "\n"
	}
	if t.Change.Rest > 0 {
		text += fmt.Sprintf("- and %d more\n", t.Change.Rest)
	}
	return text
}

// make lets git make the tag: it knows whether to sign, and with what.
func (k *tagger) make(ctx context.Context, t *Tagged) error {
	_, warnings, err := k.r.changeBoth(ctx, []byte(t.Message), "tag", "-a", "--cleanup=whitespace", "-F", "-", t.Tag, t.Commit)
	if err == nil && strings.Contains(warnings, "error:") {
		err = k.unsigned(ctx, t, warnings)
	}
	var git *gitError
	switch {
	case !errors.As(err, &git):
		return err
	case strings.Contains(git.complaint, "tell me who you are") || strings.Contains(git.complaint, "empty ident name"):
		return unknownUser(err)
	case strings.Contains(git.complaint, "already exists"):
		return fmt.Errorf("version %s exists already", t.Version)
	case strings.Contains(git.complaint, "sign"):
		return fmt.Errorf("no tag was made: git is told to sign tags (tag.gpgSign) and can't: %w", err)
	}
	return explainLock(err)
}

// unsigned takes a tag back that git made without the signature that it was told
// to make: for a key of ssh that is not there some versions of git only
// complain.
func (k *tagger) unsigned(ctx context.Context, t *Tagged, warnings string) error {
	name := "refs/tags/" + t.Tag
	_, data, err := k.content.get(name)
	if err != nil || strings.Contains(string(data), "\n-----BEGIN ") {
		return err
	}
	lines, err := k.r.refs(ctx, name)
	if err == nil && len(lines) == 1 {
		_, err = k.r.change(ctx, nil, "update-ref", "-d", name, lines[0].object)
	}
	return errors.Join(&gitError{"tag", "can't sign: " + tail(warnings), nil}, err)
}
