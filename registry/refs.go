package registry

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// labelsDir is where git keeps labels: refs/genops/KIND/NAME/LABEL.
const labelsDir = "refs/genops/"

// tagged is one version of an object: the tag KINDs/NAME/vVERSION.
type tagged struct {
	version version
	tag     string // without refs/tags/
	object  string // the tag's own object; of a lightweight tag the commit
	commit  string
}

// labelled is a label of an object.
type labelled struct {
	label  string
	object string // what it points at, a version's tag object
	commit string // "" = gone
}

// lineage is what refs say of one object.
type lineage struct {
	versions []tagged // newest first
	labels   []labelled
	doubles  map[string][]tagged // all tags that claim to be a version, by its name without what orders nothing
	others   []refLine           // branches and tags that were asked for besides
}

// versions lists the object's tagged versions, newest first. Tags of another
// form are not versions.
func (r *repository) versions(ctx context.Context, kind Kind, name string) ([]tagged, error) {
	h, err := r.history(ctx, kind, name)
	return h.versions, err
}

// history reads the versions and labels of one object, and the further refs, in
// one call of git.
func (r *repository) history(ctx context.Context, kind Kind, name string, further ...string) (lineage, error) {
	lines, err := r.refs(ctx, append(further, "refs/tags/"+kind.Dir()+"/"+name+"/", labelsDir+string(kind)+"/"+name+"/")...)
	if err != nil {
		return lineage{}, err
	}
	all, others := sortOut(kind, lines)
	h := lineage{}
	if all[name] != nil {
		h = *all[name]
	}
	h.others = others
	return h, nil
}

// histories reads the versions and labels of all objects of a kind, by their
// names, in one call of git.
func (r *repository) histories(ctx context.Context, kind Kind) (map[string]*lineage, error) {
	lines, err := r.refs(ctx, "refs/tags/"+kind.Dir()+"/", labelsDir+string(kind)+"/")
	all, _ := sortOut(kind, lines)
	return all, err
}

// sortOut gives each object its versions and labels.
func sortOut(kind Kind, lines []refLine) (all map[string]*lineage, others []refLine) {
	all = map[string]*lineage{}
	of := func(name string) *lineage {
		if all[name] == nil {
			all[name] = &lineage{}
		}
		return all[name]
	}
	tags, labels := "refs/tags/"+kind.Dir()+"/", labelsDir+string(kind)+"/"
	for _, l := range lines {
		full, isTag := strings.CutPrefix(l.name, tags)
		isLabel := false
		if !isTag {
			full, isLabel = strings.CutPrefix(l.name, labels)
		}
		i := strings.LastIndexByte(full, '/')
		switch {
		case isTag && i > 0 && l.commit != "":
			of(full[:i]).addTag(l, full[i+1:])
		case isLabel && i > 0:
			h := of(full[:i])
			h.labels = append(h.labels, labelled{full[i+1:], l.object, l.commit})
		case !isLabel:
			others = append(others, l)
		}
	}
	for _, h := range all {
		slices.SortFunc(h.versions, func(a, b tagged) int { return b.version.compare(a.version) })
	}
	return all, others
}

// addTag takes a tag for a version, for another writing of one, or for nothing.
func (h *lineage) addTag(l refLine, last string) {
	v, ok := parseVersion(strings.ToLower(last))
	if !ok || !v.whole() {
		return
	}
	t := tagged{v, strings.TrimPrefix(l.name, "refs/tags/"), l.object, l.commit}
	if last == "v"+v.String() {
		h.versions = append(h.versions, t)
	}
	if h.doubles == nil {
		h.doubles = map[string][]tagged{}
	}
	plain := v
	plain.build = ""
	h.doubles[plain.String()] = append(h.doubles[plain.String()], t)
}

// double names the tags that claim to be the version of t and hold something
// else; "" when there are none.
func (h *lineage) double(t tagged) string {
	plain := t.version
	plain.build = ""
	var others []string
	for _, o := range h.doubles[plain.String()] {
		if o.tag != t.tag && o.commit != t.commit {
			others = append(others, o.tag)
		}
	}
	return some(others)
}

// refLine is one ref with what it points at.
type refLine struct {
	name   string
	object string
	commit string // behind a tag; "" = it leads to no commit, or to nothing
}

const refFormat = "--format=%(refname) %(objecttype) %(objectname) %(*objecttype) %(*objectname)"

// refs lists the refs below the given ones. One that points at something that
// is gone has no commit.
func (r *repository) refs(ctx context.Context, below ...string) ([]refLine, error) {
	out, err := r.run(ctx, append([]string{"for-each-ref", refFormat}, below...)...)
	var git *gitError
	if errors.As(err, &git) && strings.Contains(git.complaint, "missing object") {
		return r.brokenRefs(ctx, below)
	}
	if err != nil {
		return nil, err
	}
	var all []refLine
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		if len(words) < 3 {
			return nil, fmt.Errorf("git for-each-ref answered %q", line)
		}
		l := refLine{name: words[0], object: words[2]}
		if target := words[len(words)-2:]; target[0] == "commit" { // a tag of its own stands before what it tags
			l.commit = target[1]
		}
		all = append(all, l)
	}
	return all, nil
}

// brokenRefs is refs where objects are missing: git then lists names only.
func (r *repository) brokenRefs(ctx context.Context, below []string) ([]refLine, error) {
	out, err := r.run(ctx, append([]string{"for-each-ref", "--format=%(refname) %(objectname)"}, below...)...)
	if err != nil {
		return nil, err
	}
	var all []refLine
	var ask []string
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		if len(words) != 2 {
			return nil, fmt.Errorf("git for-each-ref answered %q", line)
		}
		all = append(all, refLine{name: words[0], object: words[1]})
		ask = append(ask, words[1]+"^{commit}")
	}
	found, err := r.check(ctx, ask)
	for i := range found {
		all[i].commit = found[i]
	}
	return all, err
}

// check returns the object names of revisions, "" for what does not exist, in
// one call of git.
func (r *repository) check(ctx context.Context, revisions []string) ([]string, error) {
	return r.batchCheck(ctx, revisions)
}

// checkFiles is check for files, COMMIT:PATH, and follows symbolic links.
func (r *repository) checkFiles(ctx context.Context, files []string) ([]string, error) {
	return r.batchCheck(ctx, files, "--follow-symlinks")
}

func (r *repository) batchCheck(ctx context.Context, revisions []string, options ...string) ([]string, error) {
	if len(revisions) == 0 {
		return nil, nil
	}
	cmd := r.command(ctx, append([]string{"cat-file", "--batch-check=%(objectname)"}, options...)...)
	cmd.Stdin = strings.NewReader(strings.Join(revisions, "\n") + "\n")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, r.failed(ctx, "cat-file", err, stderr.String())
	}
	names := make([]string, 0, len(revisions))
	for line, rest := cutLine(string(out)); line != ""; line, rest = cutLine(rest) {
		name := ""
		if objectName().MatchString(line) {
			name = line
		} else if m := brokenLink().FindStringSubmatch(line); m != nil { // and then its text, which may hold anything
			if n, err := strconv.Atoi(m[1]); err == nil && n < len(rest) {
				rest = rest[n+1:]
			}
		}
		names = append(names, name) // of "REV missing" and "REV ambiguous" none
	}
	if len(names) != len(revisions) {
		return nil, fmt.Errorf("git cat-file answered %d lines to %d questions", len(names), len(revisions))
	}
	return names, nil
}

// brokenLink is how git cat-file --follow-symlinks tells of a link that leads
// nowhere; so many bytes of text follow.
var brokenLink = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:symlink|dangling|loop|notdir) ([0-9]+)$`) })

func cutLine(text string) (line, rest string) {
	line, rest, _ = strings.Cut(text, "\n")
	return line, rest
}
