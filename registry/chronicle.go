package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Chronicle is what happened to one object.
type Chronicle struct {
	Kind    Kind       `json:"kind"`
	Name    string     `json:"name"`
	Labels  []LabelNow `json:"labels"`
	Events  []Event    `json:"events"` // newest first
	More    int        `json:"more,omitempty"`
	Damaged []string   `json:"damaged,omitempty"` // entries of the log that can't be trusted
}

// LabelNow is where a label is.
type LabelNow struct {
	Label    string    `json:"label"`
	Version  string    `json:"version"` // "" = it points at none
	Since    time.Time `json:"since,omitzero"`
	Who      string    `json:"who,omitempty"`
	Note     string    `json:"note,omitempty"`     // what is odd about it
	Conflict string    `json:"conflict,omitempty"` // where a remote has it, which nobody has decided yet
}

// Event is a version or a move of a label.
type Event struct {
	Time    time.Time     `json:"time"`
	Event   string        `json:"event"` // version, or the Action of the move
	Version *VersionEvent `json:"version,omitempty"`
	Move    *Entry        `json:"move,omitempty"`
}

// VersionEvent is a version with what changed in it and what evals found.
type VersionEvent struct {
	VersionInfo
	Digest   string     `json:"digest,omitempty"` // "" = it can't be read
	Before   string     `json:"before,omitempty"` // the version that Change compares with; "" = it is the first
	Change   *Change    `json:"change,omitempty"`
	Evidence []Recorded `json:"evidence"`
	Problem  string     `json:"problem,omitempty"`
}

// Chronicle tells the versions and the moves of labels of an object, interleaved
// and the newest first. compare may be nil; it is asked about each version shown
// and the one before it. At most limit versions are shown, with the moves since
// the oldest of them; 0 = all. A name that nothing has is fs.ErrNotExist.
func (g Registry) Chronicle(ctx context.Context, kind Kind, name string, limit int, compare Compare) (*Chronicle, error) {
	at, err := parseObject(kind, name)
	if err == nil && at.at != "" {
		err = &notValid{fmt.Sprintf("%s %q: name the %s alone", kind, name, kind)}
	}
	if err != nil {
		return nil, err
	}
	l, err := g.open(ctx, kind, true)
	if err != nil {
		return nil, l.explain(at, err)
	}
	defer l.close()
	versions, err := g.Versions(ctx, kind, at.name)
	if err != nil {
		return nil, err
	}
	k := &chronicler{loader: l, at: at, versions: versions, compare: compare, out: &Chronicle{Kind: kind, Name: at.name, Labels: []LabelNow{}, Events: []Event{}}}
	if len(versions) == 0 {
		if _, err := l.here(at); err != nil {
			return nil, err
		}
	}
	if err := k.tell(ctx, limit); err != nil {
		return nil, fmt.Errorf("%s %q: %w", kind, at.name, err)
	}
	return k.out, nil
}

type chronicler struct {
	*loader
	at       ref
	versions []VersionInfo
	compare  Compare
	h        lineage
	out      *Chronicle
}

func (k *chronicler) tell(ctx context.Context, limit int) error {
	conflicts := conflictsDir + string(k.kind) + "/" + k.at.name + "/"
	var err error
	if k.h, err = k.r.history(ctx, k.kind, k.at.name, logRef, conflicts); err != nil {
		return err
	}
	var entries []Entry
	for _, l := range k.h.others {
		if l.name != logRef {
			continue
		}
		a := newArchive(format{len(l.object) == 64}, k.content)
		if _, err := a.load(l.object); err != nil {
			return err
		}
		if entries, k.out.Damaged, err = a.entriesOf(k.kind, k.at.name); err != nil {
			return err
		}
	}
	k.now(entries, conflicts)
	if err := k.addVersions(ctx, limit); err != nil {
		return err
	}
	k.addMoves(entries)
	slices.SortStableFunc(k.out.Events, func(a, b Event) int { return b.Time.Compare(a.Time) })
	return nil
}

// now tells where the labels are.
func (k *chronicler) now(entries []Entry, conflicts string) {
	undecided := k.undecided(conflicts)
	for _, l := range k.h.labels {
		n := LabelNow{Label: l.label}
		if t, ok := k.h.versionOf(l); ok {
			n.Version = t.version.String()
		} else {
			n.Note = fmt.Sprintf("it points at %.12s, which is no version here", l.object)
		}
		last, ok := lastMove(entries, l.label)
		switch {
		case !ok && n.Note == "":
			n.Note = "it was set without genops"
		case ok && last.ToID != l.object && n.Note == "":
			n.Note = fmt.Sprintf("it was moved without genops: the log has it on %s", orNowhere(last.To))
		case ok && last.ToID == l.object:
			n.Since, n.Who = last.Time, last.Who
		}
		n.Conflict = undecided[l.label]
		delete(undecided, l.label)
		k.out.Labels = append(k.out.Labels, n)
	}
	for _, label := range slices.Sorted(maps.Keys(undecided)) {
		k.out.Labels = append(k.out.Labels, LabelNow{Label: label, Note: "it was removed here", Conflict: undecided[label]})
	}
}

// undecided tells where a remote has the labels that were moved on both sides.
func (k *chronicler) undecided(conflicts string) map[string]string {
	where := map[string]string{}
	for _, o := range k.h.others {
		label, ok := strings.CutPrefix(o.name, conflicts)
		if !ok {
			continue
		}
		var c LabelChange
		if _, data, err := k.content.get(o.object); err == nil && json.Unmarshal(data, &c) == nil {
			where[label] = orNowhere(c.Theirs)
		}
	}
	return where
}

func (k *chronicler) addVersions(ctx context.Context, limit int) error {
	evidence, err := k.r.evidence(ctx, k.content, k.kind, k.at.name)
	if err != nil {
		return err
	}
	var after *VersionEvent // the version above, with its object
	var newer *Object
	for i, v := range k.versions {
		shown := limit <= 0 || i < limit
		if !shown && after == nil {
			break
		}
		e := &VersionEvent{VersionInfo: v, Evidence: []Recorded{}}
		o, err := k.loader.at(ref{kind: k.kind, name: k.at.name, at: v.Version}, place{commit: v.Commit, version: v.Version, tag: v.Tag}, k.h)
		if err != nil {
			e.Problem = err.Error()
		} else {
			e.Digest = o.Digest
			e.Evidence = append(e.Evidence, about(evidence, o.Digest)...)
		}
		if after != nil {
			k.difference(ctx, e, o, after, newer)
		}
		after, newer = nil, nil
		if shown {
			k.out.Events = append(k.out.Events, Event{Time: v.When, Event: "version", Version: e})
			after, newer = e, o
		}
	}
	if limit > 0 {
		k.out.More = max(len(k.versions)-limit, 0)
	}
	return nil
}

// difference says of a version what changed since the one before.
func (k *chronicler) difference(ctx context.Context, before *VersionEvent, old *Object, after *VersionEvent, newer *Object) {
	after.Before = before.Version
	if k.compare == nil || old == nil || newer == nil {
		return
	}
	c, err := k.compare(ctx, old, newer)
	if err != nil {
		after.Problem = fmt.Sprintf("comparing with %s: %v", before.Version, err)
		return
	}
	after.Change = &c
}

// addMoves adds the moves of labels, of which those before the oldest version
// that is shown are left out when not all versions are.
func (k *chronicler) addMoves(entries []Entry) {
	var since time.Time
	if k.out.More > 0 {
		for i, e := range k.out.Events {
			if i == 0 || e.Time.Before(since) {
				since = e.Time
			}
		}
	}
	for _, e := range slices.Backward(entries) {
		if !e.Time.Before(since) {
			k.out.Events = append(k.out.Events, Event{Time: e.Time, Event: e.Action, Move: &e})
		}
	}
}
