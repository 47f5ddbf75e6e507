package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Where the repository keeps what it knows of a remote: as it was when it was
// last taken in, and as a fetch that is not taken in yet found it. A label that
// is not where it was last taken in was moved here.
const (
	seenDir     = "refs/genops-remotes/"
	incomingDir = "refs/genops-incoming/"
)

// syncing is a push or a fetch. What is named by "below" is the part of a ref
// behind refs/genops/: "log", "evidence", "prompt/refund/production".
type syncing struct {
	*journal
	remote string

	local, seen, incoming map[string]string // below → object
	conflicts             map[string]string // label's below → object
	tags                  map[string]string // version tag without refs/tags/ → object
	versions              map[string]string // object of such a tag → version
}

// syncing opens the repository for a push or a fetch. Others of this project
// wait until unlock.
func (g Registry) syncing(ctx context.Context, remote string) (s *syncing, unlock func(), err error) {
	j, err := g.journal(ctx)
	if err != nil {
		return nil, nil, err
	}
	remote, err = j.remoteName(ctx, remote)
	if err != nil {
		j.close()
		return nil, nil, err
	}
	free, err := g.lock(ctx, filepath.Join(j.common, "genops-sync"), "pushes or fetches")
	if err != nil {
		j.close()
		return nil, nil, err
	}
	s = &syncing{journal: j, remote: remote}
	return s, func() { free(); j.close() }, j.heal(ctx)
}

// remoteName is the remote that is meant: the named one, else that of the
// branch, else origin, else the only one.
func (r *repository) remoteName(ctx context.Context, name string) (string, error) {
	out, err := r.run(ctx, "remote")
	if err != nil {
		return "", err
	}
	known := strings.Fields(out)
	switch {
	case len(known) == 0:
		return "", errors.New("the repository has no remote: `git remote add origin URL` names one")
	case name != "" && !slices.Contains(known, name):
		return "", &notExist{fmt.Sprintf("there is no remote %q (known: %s); an address gets a name with `git remote add NAME URL`", name, strings.Join(known, ", "))}
	case name != "":
		return name, nil
	}
	branch, _ := r.run(ctx, "symbolic-ref", "--quiet", "--short", "HEAD")
	if branch != "" {
		if of, err := r.run(ctx, "config", "--get", "branch."+branch+".remote"); err == nil && slices.Contains(known, of) {
			return of, nil
		}
	}
	switch {
	case slices.Contains(known, "origin"):
		return "origin", nil
	case len(known) == 1:
		return known[0], nil
	}
	return "", &notValid{fmt.Sprintf("which remote? known: %s", strings.Join(known, ", "))}
}

// tagDirs are the refs of the version tags of all kinds.
func tagDirs() (all []string) {
	for _, k := range Kinds() {
		all = append(all, "refs/tags/"+k.Dir()+"/")
	}
	return all
}

// look reads all refs that a sync is about, in one call of git.
func (s *syncing) look(ctx context.Context) error {
	seen, incoming := seenDir+s.remote+"/", incomingDir+s.remote+"/"
	lines, err := s.refs(ctx, append(tagDirs(), labelsDir, seen, incoming, conflictsDir)...)
	if err != nil {
		return err
	}
	s.local, s.seen, s.incoming, s.conflicts = map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}
	s.tags, s.versions = map[string]string{}, map[string]string{}
	for _, l := range lines {
		for dir, into := range map[string]map[string]string{labelsDir: s.local, seen: s.seen, incoming: s.incoming, conflictsDir: s.conflicts, "refs/tags/": s.tags} {
			if below, ok := strings.CutPrefix(l.name, dir); ok {
				into[below] = l.object
			}
		}
	}
	for tag, object := range s.tags {
		s.versions[object] = versionOfTag(tag)
	}
	return nil
}

// versionOfTag is the version in "prompts/refund/v1.2.0".
func versionOfTag(tag string) string {
	return strings.TrimPrefix(tag[strings.LastIndexByte(tag, '/')+1:], "v")
}

// called is the version that an object is, for people; "" = none.
func (s *syncing) called(object string) string {
	if v := s.versions[object]; v != "" || object == "" {
		return v
	}
	return object[:12]
}

// parseLabel takes "prompt/refund/production" apart; false for the log and the
// evidence.
func parseLabel(below string) (at labelOf, ok bool) {
	kind, rest, _ := strings.Cut(below, "/")
	i := strings.LastIndexByte(rest, '/')
	if i < 0 || !slices.Contains(Kinds(), Kind(kind)) {
		return at, false
	}
	return labelOf{Kind(kind), rest[:i], rest[i+1:]}, true
}

// labelsIn lists the labels that any of the maps has, sorted.
func labelsIn(all ...map[string]string) []string {
	names := map[string]bool{}
	for _, m := range all {
		for below := range m {
			if _, ok := parseLabel(below); ok {
				names[below] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// LabelChange is a label that a push or fetch had to do with.
type LabelChange struct {
	Kind   Kind   `json:"kind"`
	Name   string `json:"name"`
	Label  string `json:"label"`
	Action string `json:"action"` // new, moved, removed; of a fetch also kept (moved here only) and conflict
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Theirs string `json:"theirs,omitempty"` // of a conflict: where the remote has it; "" = it was removed there
	By     *Entry `json:"by,omitempty"`     // the log's entry of the remote's move
}

func (s *syncing) change(below, from, to string) LabelChange {
	at, _ := parseLabel(below)
	c := LabelChange{Kind: at.kind, Name: at.name, Label: at.label, Action: "moved", From: s.called(from), To: s.called(to)}
	switch {
	case from == "":
		c.Action = "new"
	case to == "":
		c.Action = "removed"
	}
	return c
}

// String is the change in words.
func (c LabelChange) String() string {
	what := fmt.Sprintf("%s %s %s", c.Kind, c.Name, c.Label)
	switch c.Action {
	case "new":
		return what + ": on " + c.To
	case "removed":
		return what + ": removed, was on " + c.From
	case "kept":
		return what + ": stays on " + c.To + ", not pushed yet"
	case "conflict":
		return fmt.Sprintf("%s: is %s here and %s there", what, onOrRemoved(c.To), onOrRemoved(c.Theirs))
	}
	return fmt.Sprintf("%s: %s → %s", what, c.From, c.To)
}

func onOrRemoved(version string) string {
	if version == "" {
		return "removed"
	}
	return "on " + version
}

// told is how somebody's move is told.
func (e *Entry) told() string {
	if e == nil {
		return "the log does not tell by whom"
	}
	text := fmt.Sprintf("%s, %s, %s → %s", e.Who, e.Time.Local().Format("2006-01-02 15:04:05"), orNowhere(e.From), orNowhere(e.To))
	if e.Why != "" {
		text += ": " + e.Why
	}
	return text
}

// lastIn finds who moved a label to an object, in the log at a commit.
func (s *syncing) lastIn(commit, below, object string) *Entry {
	at, _ := parseLabel(below)
	a := newArchive(s.writer.format, s.archive.read)
	if _, err := a.load(commit); err != nil {
		return nil
	}
	entries, _, err := a.entriesOf(at.kind, at.name)
	if err != nil {
		return nil
	}
	if e, ok := lastMove(entries, at.label); ok && e.ToID == object {
		return &e
	}
	return nil
}
