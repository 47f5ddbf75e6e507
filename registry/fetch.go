package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// Fetched is what a fetch brought.
type Fetched struct {
	Remote   string        `json:"remote"`
	Versions []string      `json:"versions"` // tags that are new here
	Labels   []LabelChange `json:"labels"`
	Log      int           `json:"log"`      // entries that are new here
	Evidence int           `json:"evidence"` // records that are new here
	Warnings []string      `json:"warnings"`
	DryRun   bool          `json:"dry_run,omitempty"`
}

// Conflicts are the labels that both sides moved.
func (f *Fetched) Conflicts() (all []LabelChange) {
	for _, c := range f.Labels {
		if c.Action == "conflict" {
			all = append(all, c)
		}
	}
	return all
}

// Fetch takes in the versions, labels, log and evidence of a remote; "" is the
// branch's, else origin. Logs and evidence are merged: nothing that is known
// here is lost, also when the remote lost it. A label goes where the remote has
// it, unless it was moved here since the last fetch: when the remote moved it,
// too, it stays, and is a conflict that has to be decided with MoveLabel before
// the next Push. Versions that differ are a *TagsDifferError; then nothing was
// changed. progress may be nil.
func (g Registry) Fetch(ctx context.Context, remote string, dryRun bool, progress io.Writer) (*Fetched, error) {
	s, unlock, err := g.syncing(ctx, remote)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := s.look(ctx); err != nil {
		return nil, err
	}
	out := &Fetched{Remote: s.remote, Versions: []string{}, Labels: []LabelChange{}, Warnings: []string{}, DryRun: dryRun}
	if dryRun {
		return out, s.preview(ctx, out)
	}
	before := maps.Clone(s.tags)
	if err := s.receiveAll(ctx, progress); err != nil {
		return nil, err
	}
	for try, until := 0, time.Now().Add(patience); ; try++ {
		if err := s.look(ctx); err != nil {
			return nil, err
		}
		*out = Fetched{Remote: s.remote, Versions: newTags(before, s.tags), Labels: []LabelChange{}, Warnings: []string{}}
		err := s.takeIn(ctx, out, true)
		if err == nil || !raced(err) || time.Now().After(until) {
			return out, err
		}
		if err := pause(ctx, try); err != nil {
			return nil, err
		}
	}
}

// receiveAll is receive, tried again when the git of a process that was killed is
// still at it.
func (s *syncing) receiveAll(ctx context.Context, progress io.Writer) error {
	for try, until := 0, time.Now().Add(patience); ; try++ {
		err := s.receive(ctx, progress, true)
		if err == nil || !raced(err) || time.Now().After(until) {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
		if err := s.look(ctx); err != nil {
			return err
		}
	}
}

func newTags(before, after map[string]string) []string {
	all := []string{}
	for _, tag := range slices.Sorted(maps.Keys(after)) {
		if before[tag] == "" {
			all = append(all, tag)
		}
	}
	return all
}

// preview says what a fetch would bring, as far as the names of refs tell.
func (s *syncing) preview(ctx context.Context, out *Fetched) error {
	genops, tags, err := s.offered(ctx)
	if err != nil {
		return err
	}
	if differing := differ(s.tags, tags); len(differing) > 0 {
		return &TagsDifferError{s.remote, differing}
	}
	for tag, object := range tags {
		s.versions[object] = versionOfTag(tag)
	}
	out.Versions = newTags(s.tags, tags)
	s.incoming = genops
	s.labels(out, &merging{})
	return nil
}

// differ names the tags that both have and that are not the same.
func differ(here, there map[string]string) (tags []string) {
	for _, tag := range slices.Sorted(maps.Keys(there)) {
		if here[tag] != "" && here[tag] != there[tag] {
			tags = append(tags, tag)
		}
	}
	return tags
}

// merging gathers what one transaction will do: archives first, labels next,
// and what is remembered of the remote last, so that a machine that dies in
// between leaves nothing that looks like a move made here.
type merging struct {
	archives, labels, memory []refChange
}

// takeIn makes the incoming state part of this repository; without labels only
// the archives.
func (s *syncing) takeIn(ctx context.Context, out *Fetched, labels bool) error {
	m := &merging{}
	if labels {
		s.labels(out, m)
		if err := s.conflictNotes(ctx, out, m); err != nil {
			return err
		}
	}
	var err error
	if out.Log, err = s.mergeArchive(ctx, "log", out, m); err != nil {
		return err
	}
	if out.Evidence, err = s.mergeArchive(ctx, "evidence", out, m); err != nil {
		return err
	}
	all := slices.Concat(m.archives, m.labels, m.memory)
	if len(all) == 0 {
		return nil
	}
	return s.move(ctx, "genops fetch "+s.remote, all)
}

// labels compares each label here, at the remote, and as it was last seen there.
func (s *syncing) labels(out *Fetched, m *merging) {
	for _, below := range labelsIn(s.local, s.seen, s.incoming) {
		here, seen, there := s.local[below], s.seen[below], s.incoming[below]
		if there != seen {
			m.memory = append(m.memory, refChange{seenDir + s.remote + "/" + below, seen, there})
		}
		switch {
		case here == there:
			if old := s.conflicts[below]; old != "" {
				m.labels = append(m.labels, refChange{conflictsDir + below, old, ""})
			}
		case here == seen:
			out.Labels = append(out.Labels, s.change(below, here, there))
			m.labels = append(m.labels, refChange{labelsDir + below, here, there})
		case there == seen && s.conflicts[below] == "":
			c := s.change(below, seen, here)
			c.Action = "kept"
			out.Labels = append(out.Labels, c)
		default:
			c := s.change(below, seen, here)
			c.Action, c.Theirs = "conflict", s.called(there)
			out.Labels = append(out.Labels, c)
		}
	}
}

// conflictNotes keeps each conflict until it is decided, and finds who moved
// what.
func (s *syncing) conflictNotes(ctx context.Context, out *Fetched, m *merging) error {
	var blobs []gitObject
	for i := range out.Labels {
		c := &out.Labels[i]
		below := string(c.Kind) + "/" + c.Name + "/" + c.Label
		if c.Action != "kept" {
			c.By = s.lastIn(s.incoming["log"], below, s.incoming[below])
		}
		if c.Action != "conflict" {
			continue
		}
		data, err := json.Marshal(c)
		if err != nil {
			return err
		}
		o := gitObject{"blob", append(data, '\n')}
		if id := s.writer.format.id(o); id != s.conflicts[below] {
			blobs = append(blobs, o)
			m.labels = append(m.labels, refChange{conflictsDir + below, s.conflicts[below], id})
		}
	}
	return s.store(ctx, blobs)
}

// mergeArchive merges the remote's log or evidence into that here, and says
// what the remote lost. It returns how many files are new here.
func (s *syncing) mergeArchive(ctx context.Context, name string, out *Fetched, m *merging) (int, error) {
	here, seen, there := s.local[name], s.seen[name], s.incoming[name]
	if there != seen {
		if err := s.lost(ctx, name, seen, there, out); err != nil {
			return 0, err
		}
		m.memory = append(m.memory, refChange{seenDir + s.remote + "/" + name, seen, there})
	}
	if there == "" || there == here {
		return 0, nil
	}
	if err := s.load(there); err != nil {
		return 0, fmt.Errorf("the %s of %s: %w", name, s.remote, err)
	}
	theirs := s.tree
	if err := s.load(here); err != nil {
		return 0, err
	}
	added, clashing, err := s.merge(theirs)
	if err != nil {
		return 0, fmt.Errorf("merging the %s of %s: %w", name, s.remote, err)
	}
	for _, file := range clashing {
		out.Warnings = append(out.Warnings, fmt.Sprintf("%s of %s: the record %s is another one there; the one here is kept", name, s.remote, file))
	}
	next, err := s.tipOf(ctx, name, here, there, theirs, m)
	if err != nil || next == here {
		return len(added), err
	}
	m.archives = append(m.archives, refChange{labelsDir + name, here, next})
	return len(added), nil
}

// tipOf is the commit of the merged archive: that of the side that has it all
// already, else a new one on both.
func (s *syncing) tipOf(ctx context.Context, name, here, there, theirs string, m *merging) (string, error) {
	if here == "" {
		return there, nil
	}
	for _, side := range [][2]string{{there, here}, {here, there}} { // is the first part of the second?
		_, err := s.run(ctx, "merge-base", "--is-ancestor", side[0], side[1])
		if err == nil {
			return side[1], nil
		}
		if !exited(err, 1) {
			return "", err
		}
	}
	var moves []refChange
	if name == "log" {
		moves = m.labels
	}
	return s.seal(ctx, []string{here, there}, fmt.Sprintf("merge the %s of %s", name, s.remote), s.signing, moves)
}

// lost warns when the remote no longer has what it had.
func (s *syncing) lost(ctx context.Context, name, seen, there string, out *Fetched) error {
	if seen == "" {
		return nil
	}
	if there != "" {
		_, err := s.run(ctx, "merge-base", "--is-ancestor", seen, there)
		if err == nil {
			return nil
		}
		if !exited(err, 1) {
			return err
		}
	}
	var trees [2]string
	for i, commit := range []string{seen, there} {
		a := newArchive(s.writer.format, s.archive.read)
		if _, err := a.load(commit); err != nil {
			return err
		}
		trees[i] = a.tree
	}
	gone, err := s.missing(trees[0], trees[1])
	if err != nil {
		return err
	}
	out.Warnings = append(out.Warnings, fmt.Sprintf("the %s at %s was rewritten since the last fetch, and lacks records that it had (%d); they are kept here, and the next `genops push` brings them back", name, s.remote, len(gone)))
	return nil
}
