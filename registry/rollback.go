package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Rollback asks for a label to go back.
type Rollback struct {
	Kind   Kind
	Name   string
	Label  string
	To     string // version, or anything that leads to one; "" = the last good one
	Why    string // must be given
	Rules  Protection
	DryRun bool // only say what would be done
}

// RolledBack is what a rollback did.
type RolledBack struct {
	Moved
	Because    string      `json:"because"` // why that version
	Evidence   []string    `json:"evidence,omitempty"`
	Candidates []Candidate `json:"candidates"` // in the order in which they were looked at
	DryRun     bool        `json:"dry_run,omitempty"`
}

// Candidate is a version that held the label, and what speaks for or against
// going back to it.
type Candidate struct {
	Version string `json:"version"`
	Held    string `json:"held"` // since when, RFC 3339
	Verdict string `json:"verdict"`
	Taken   bool   `json:"taken"`
	target  tagged
	passes  bool
	runs    int
}

// NoWayBackError says why there is no version to go back to.
type NoWayBackError struct {
	Kind        Kind
	Name, Label string
	Now         string
	Candidates  []Candidate
	Bad         []string // versions that were rolled back from
}

func (e *NoWayBackError) Error() string {
	text := fmt.Sprintf("label %s of %s %s (on version %s) can't go back by itself: ", e.Label, e.Kind, e.Name, e.Now)
	if len(e.Candidates) == 0 {
		text += "no earlier version held it"
	} else {
		text += "no version that held it has passing evidence"
	}
	for _, c := range e.Candidates {
		text += fmt.Sprintf("\n  %s: %s", c.Version, c.Verdict)
	}
	for _, v := range e.Bad {
		text += fmt.Sprintf("\n  %s: it was rolled back from", v)
	}
	return text + "\n  name the version with --to"
}

// Rollback moves a label back: to the version in To, else to the last version
// that held it and has passing evidence; when no such version has any evidence,
// to the last that held it. Versions that were rolled back from and not labelled
// again since are passed over. Like MoveLabel, it moves the label and adds to
// the log or does neither.
func (g Registry) Rollback(ctx context.Context, b Rollback) (*RolledBack, error) {
	at, err := parseObject(b.Kind, b.Name)
	switch {
	case err == nil && at.at != "":
		err = &notValid{fmt.Sprintf("%s %q: name the %s alone; --to names the version to go back to", b.Kind, b.Name, b.Kind)}
	case err == nil && strings.TrimSpace(b.Why) == "":
		err = &notValid{"a rollback needs a reason"}
	}
	if err == nil {
		err = CheckLabel(b.Label)
	}
	if err != nil {
		return nil, err
	}
	j, err := g.journal(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", b.Kind, b.Name, err)
	}
	defer j.close()
	if err := j.heal(ctx); err != nil {
		return nil, err
	}
	return j.rollback(ctx, at, b)
}

func (j *journal) rollback(ctx context.Context, at ref, b Rollback) (*RolledBack, error) {
	s, err := j.standing(ctx, at, b.Label)
	if err != nil {
		return nil, err
	}
	if s.label.object == "" {
		return nil, &notExist{fmt.Sprintf("%s %s has no label %s (labels: %s)", b.Kind, at.name, b.Label, orNone(s.h.labelNames()))}
	}
	out := &RolledBack{Candidates: []Candidate{}, DryRun: b.DryRun}
	var target tagged
	if b.To != "" {
		target, err = j.namedTarget(ctx, at, b, &s, out)
	} else {
		target, err = j.lastGood(ctx, at, b, &s, out)
	}
	if err != nil {
		return nil, err
	}
	m := Move{Kind: b.Kind, Ref: at.name + "@" + target.version.String(), Label: b.Label, Why: b.Why, Rules: b.Rules, action: ActionRollback, From: &s.from}
	if b.DryRun {
		out.Entry = Entry{Who: j.who, Kind: b.Kind, Name: at.name, Label: b.Label, Action: ActionRollback, From: s.from, To: target.version.String(), Why: b.Why}
		return out, j.permit(ctx, m, &s, target)
	}
	at.at = target.version.String()
	at.version = target.version
	moved, err := j.moveLabel(ctx, at, m)
	if err != nil {
		return nil, err
	}
	out.Moved = *moved
	return out, nil
}

// namedTarget is the version that the user chose.
func (j *journal) namedTarget(ctx context.Context, at ref, b Rollback, s *standing, out *RolledBack) (tagged, error) {
	to, err := parseObject(b.Kind, at.name+"@"+b.To)
	if err != nil {
		return tagged{}, err
	}
	target, _, err := j.target(ctx, to, Move{Kind: b.Kind, Ref: at.name + "@" + b.To, Label: b.Label}, s)
	if err != nil {
		return target, err
	}
	if target.object == s.label.object {
		return target, &notValid{fmt.Sprintf("label %s of %s %s is on version %s already", b.Label, b.Kind, at.name, s.from)}
	}
	out.Because = "it was named"
	if err := j.weigh(ctx, at, s, []Candidate{{Version: target.version.String(), target: target}}, out); err != nil {
		return target, err
	}
	out.Candidates[0].Taken = true
	out.Evidence = []string{out.Candidates[0].Verdict}
	return target, nil
}

// lastGood is the version that the log and the evidence speak for.
func (j *journal) lastGood(ctx context.Context, at ref, b Rollback, s *standing, out *RolledBack) (tagged, error) {
	held, bad := holders(s, b.Label)
	if err := j.weigh(ctx, at, s, held, out); err != nil {
		return tagged{}, err
	}
	any := slices.ContainsFunc(out.Candidates, func(c Candidate) bool { return c.runs > 0 })
	for i := range out.Candidates {
		c := &out.Candidates[i]
		if c.target.object == "" || any && !c.passes {
			continue
		}
		c.Taken = true
		out.Because = "it is the last version that held the label and has passing evidence"
		if !any {
			out.Because = "it is the last version that held the label; no version that did has evidence"
		}
		out.Evidence = []string{c.Verdict}
		return c.target, nil
	}
	return tagged{}, &NoWayBackError{Kind: b.Kind, Name: at.name, Label: b.Label, Now: s.from, Candidates: out.Candidates, Bad: bad}
}

// holders are the versions that held the label, the last one first: without the
// one that holds it now, and without those that were rolled back from since they
// were labelled, which are bad.
func holders(s *standing, label string) (held []Candidate, bad []string) {
	rolled := map[string]bool{} // by object
	for _, e := range s.entries {
		if e.Label != label || !e.moves() {
			continue
		}
		if e.Action == ActionRollback {
			rolled[e.FromID] = true
		} else if e.ToID != "" {
			delete(rolled, e.ToID)
		}
	}
	seen := map[string]bool{s.label.object: true}
	for _, e := range slices.Backward(s.entries) {
		if e.Label != label || !e.moves() || e.ToID == "" || seen[e.ToID] {
			continue
		}
		seen[e.ToID] = true
		if rolled[e.ToID] {
			bad = append(bad, e.To)
			continue
		}
		c := Candidate{Version: e.To, Held: e.Time.Format("2006-01-02T15:04:05Z07:00")}
		for _, t := range s.h.versions {
			if t.object == e.ToID {
				c.target = t
			}
		}
		held = append(held, c)
	}
	return held, bad
}

// weigh adds what the evidence says of each candidate.
func (j *journal) weigh(ctx context.Context, at ref, s *standing, held []Candidate, out *RolledBack) error {
	all, err := j.evidence(ctx, j.archive.read, at.kind, at.name)
	if err != nil {
		return err
	}
	for _, c := range held {
		if c.target.object == "" {
			c.Verdict = "its tag is gone, or is another one now"
		} else if digest, err := j.digestAt(at.kind, at.name, c.target, s.h); err != nil {
			c.Verdict = "it can't be read: " + err.Error()
			c.target = tagged{}
		} else {
			standing := standingOf(about(all, digest))
			c.Verdict, c.passes, c.runs = standing.String(), standing.Passes(), standing.Runs
		}
		out.Candidates = append(out.Candidates, c)
	}
	return nil
}
