package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/internal/config"
)

// conflictsDir holds what a fetch could not decide: refs/genops-conflicts/KIND/NAME/LABEL.
const conflictsDir = "refs/genops-conflicts/"

var labelForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`) })

// CheckLabel says what is wrong with a label's name. The error is fs.ErrInvalid.
func CheckLabel(label string) error {
	why := ""
	v, isVersion := parseVersion(label)
	switch {
	case !labelForm().MatchString(label):
		why = "a label has 1 to 64 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit"
	case label == "latest":
		why = "latest is reserved"
	case isVersion:
		why = fmt.Sprintf("%s is the form of a version", v)
	case strings.HasSuffix(label, ".lock") || strings.HasSuffix(label, ".") || strings.Contains(label, ".."):
		why = "git refuses it"
	default:
		return nil
	}
	return &notValid{fmt.Sprintf("label %s: %s", config.Shorten(label), why)}
}

// Move asks for a label to be put on a version, or to be taken away.
type Move struct {
	Kind   Kind
	Ref    string // NAME@VERSION; with Remove NAME alone
	Label  string
	Why    string
	Remove bool
	From   *string    // the version that the label must be on now, "" = none; nil = any
	Rules  Protection // of the labels; nil = free

	action string
}

// Moved is what became of a Move.
type Moved struct {
	Entry
	Unchanged bool     `json:"unchanged,omitempty"` // the label was there already; nothing was written
	Notes     []string `json:"notes,omitempty"`
}

// TakenError is a move that came too late: somebody else moved the label after
// this one had looked at it. The attempt is in the log.
type TakenError struct {
	Kind        Kind
	Name, Label string
	Wanted      string  // version
	Now         string  // where the label is; "" = nowhere
	Expected    *string // where it had to be for the move; nil = anywhere
	By          Entry   // who moved it; zero when the log does not tell
}

func (e *TakenError) Error() string {
	where := "is on version " + e.Now
	if e.Now == "" {
		where = "was removed"
	}
	how := "it was moved without genops"
	if e.By.Who != "" {
		how = fmt.Sprintf("moved by %s at %s", e.By.Who, e.By.Time.Local().Format("2006-01-02 15:04:05"))
		if e.By.Why != "" {
			how += ": " + e.By.Why
		}
	}
	switch {
	case e.Expected != nil && *e.Expected == "":
		return fmt.Sprintf("label %s of %s %s was not moved: it exists already, on %s (%s)", e.Label, e.Kind, e.Name, e.Now, how)
	case e.Expected != nil:
		return fmt.Sprintf("label %s of %s %s was not moved: it is on %s, not on %s (%s)", e.Label, e.Kind, e.Name, orNowhere(e.Now), *e.Expected, how)
	}
	return fmt.Sprintf("label %s of %s %s was not moved: somebody else was faster, and now it %s (%s); look at `genops %s log %s`, and move it again if it has to go to %s",
		e.Label, e.Kind, e.Name, where, how, e.Kind, e.Name, orNowhere(e.Wanted))
}

func orNowhere(version string) string {
	if version == "" {
		return "nowhere"
	}
	return version
}

// MoveLabel moves a label and adds the move to the log: both or neither, also
// when this process is killed. Of moves at the same time one is made; the others
// are a *TakenError and entries of the log. A move that a rule forbids is a
// *ProtectedError. Safe for concurrent use, by any number of processes.
func (g Registry) MoveLabel(ctx context.Context, m Move) (*Moved, error) {
	at, err := m.check()
	if err != nil {
		return nil, err
	}
	j, err := g.journal(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", m.Kind, m.Ref, err)
	}
	defer j.close()
	if err := j.heal(ctx); err != nil {
		return nil, err
	}
	return j.moveLabel(ctx, at, m)
}

func (m *Move) check() (ref, error) {
	at, err := parseObject(m.Kind, m.Ref)
	if err == nil {
		err = CheckLabel(m.Label)
	}
	switch {
	case err != nil:
		return at, err
	case m.Remove && at.at != "":
		return at, &notValid{fmt.Sprintf("%s %q: to take a label away name the %s alone: %s", m.Kind, m.Ref, m.Kind, at.name)}
	case !m.Remove && at.at == "":
		return at, &notValid{fmt.Sprintf("%s %q: a label points at a version: write %s@VERSION", m.Kind, m.Ref, at.name)}
	}
	if m.action == "" {
		m.action = ActionLabel
		if m.Remove {
			m.action = ActionRemove
		}
	}
	return at, nil
}

// labelRef is the ref of a label.
func labelRef(kind Kind, name, label string) string {
	return labelsDir + string(kind) + "/" + name + "/" + label
}

func conflictRef(kind Kind, name, label string) string {
	return conflictsDir + string(kind) + "/" + name + "/" + label
}

// standing is what there is before a move.
type standing struct {
	name     string
	h        lineage
	label    labelled // object "" = there is no such label
	from     string   // version of label; "" = none, or not known
	tip      string   // of the log
	conflict string   // object behind the conflict's ref
	entries  []Entry
}

func (j *journal) standing(ctx context.Context, at ref, label string) (s standing, err error) {
	s.name = at.name
	conflict := conflictRef(at.kind, at.name, label)
	if s.h, err = j.history(ctx, at.kind, at.name, logRef, conflict, "refs/heads/"+at.at, "refs/tags/"+at.at); err != nil {
		return s, err
	}
	for _, l := range s.h.others {
		switch l.name {
		case logRef:
			s.tip = l.object
		case conflict:
			s.conflict = l.object
		}
	}
	for _, l := range s.h.labels {
		if l.label == label {
			s.label = l
			s.from = s.h.called(l)
		}
	}
	if err = j.load(s.tip); err != nil {
		return s, err
	}
	s.entries, _, err = j.entriesOf(at.kind, at.name)
	return s, err
}

// called is the version that a label is on; of one that is on none the begin of
// what git calls it.
func (h *lineage) called(l labelled) string {
	if t, ok := h.versionOf(l); ok {
		return t.version.String()
	}
	return fmt.Sprintf("%.12s", l.object)
}

// patience is for how long a move is tried while others change the same refs.
const patience = 30 * time.Second

func (j *journal) moveLabel(ctx context.Context, at ref, m Move) (*Moved, error) {
	var first *standing
	for try, until := 0, time.Now().Add(patience); ; try++ {
		s, err := j.standing(ctx, at, m.Label)
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", m.Kind, m.Ref, err)
		}
		if first == nil {
			first = &s
		}
		target, notes, err := j.target(ctx, at, m, &s)
		if err != nil {
			return nil, err
		}
		if wrong := m.elsewhere(&s); wrong || s.label.object != first.label.object {
			return nil, j.refuse(ctx, at, m, target, first)
		}
		out, err := j.tryMove(ctx, at, m, &s, target)
		if out != nil {
			out.Notes = append(notes, out.Notes...)
		}
		if err == nil {
			return out, nil
		}
		if !raced(err) || time.Now().After(until) {
			return nil, m.beside(at, err)
		}
		if err := pause(ctx, try); err != nil {
			return nil, err
		}
	}
}

// beside explains a label whose ref would stand where git keeps those of another
// object.
func (m *Move) beside(at ref, err error) error {
	var git *gitError
	if errors.As(err, &git) && strings.Contains(git.complaint, "exists; cannot create") {
		return fmt.Errorf("label %s of %s %s can't be set: git keeps refs as files, and a %s beside it has labels at that place; choose another label (%w)", m.Label, m.Kind, at.name, m.Kind, err)
	}
	return err
}

// elsewhere says that the label is not where the user thinks.
func (m *Move) elsewhere(s *standing) bool { return m.From != nil && *m.From != s.from }

// pause waits a little, another time for each process.
func pause(ctx context.Context, try int) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(2+rand.IntN(10*min(try+1, 10))) * time.Millisecond):
		return nil
	}
}

// target is the version that the label shall be on; its zero value is none.
func (j *journal) target(ctx context.Context, at ref, m Move, s *standing) (t tagged, notes []string, err error) {
	if m.Remove {
		if s.label.object == "" && s.conflict == "" {
			return t, nil, &notExist{fmt.Sprintf("%s %s has no label %s (labels: %s)", m.Kind, at.name, m.Label, orNone(s.h.labelNames()))}
		}
		return t, nil, nil
	}
	p, err := j.leads(ctx, at, m, s)
	if err != nil {
		return t, nil, err
	}
	for _, t := range s.h.versions {
		if p.tag == t.tag || p.version == "" && p.commit == t.commit {
			return t, p.notes, nil
		}
	}
	return t, nil, &notValid{fmt.Sprintf("%s %q is commit %.12s, which is no version; a label points at a version: tag it first, `genops %s tag %s VERSION --commit %s`",
		m.Kind, m.Ref, p.commit, m.Kind, at.name, at.at)}
}

// leads is where a reference leads, digests included.
func (j *journal) leads(ctx context.Context, at ref, m Move, s *standing) (place, error) {
	if at.digest == "" {
		p, err := j.findIn(ctx, at, &s.h)
		if errors.Is(err, fs.ErrNotExist) && len(s.h.versions) == 0 {
			if _, unknown := j.g.Object(ctx, m.Kind, at.name); errors.Is(unknown, fs.ErrNotExist) {
				err = unknown // a wrong name, rather than no version
			}
		}
		return p, err
	}
	o, err := j.g.Object(ctx, m.Kind, at.String())
	if err != nil {
		return place{}, err
	}
	if o.Version == "" {
		return place{}, &notValid{fmt.Sprintf("%s %q is what the working tree holds, and no version; a label points at a version: tag it first", m.Kind, at)}
	}
	return place{commit: o.Commit, version: o.Version, tag: o.Tag, notes: o.Notes}, nil
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return some(names)
}

// tryMove makes the move unless a ref has changed since s.
func (j *journal) tryMove(ctx context.Context, at ref, m Move, s *standing, target tagged) (*Moved, error) {
	e := Entry{Time: after(s.entries, time.Now()), Who: j.who, Kind: m.Kind, Name: at.name, Label: m.Label, Action: m.action,
		From: s.from, FromID: s.label.object, Why: m.Why}
	if !m.Remove {
		e.To, e.ToID = target.version.String(), target.object
	}
	if e.FromID == e.ToID {
		if s.conflict == "" {
			return &Moved{Entry: e, Unchanged: true}, nil
		}
		e.Action = ActionDecide
	}
	if err := j.permit(ctx, m, s, target); err != nil {
		return nil, err
	}
	changes := []refChange{}
	if e.FromID != e.ToID {
		changes = append(changes, refChange{labelRef(m.Kind, at.name, m.Label), e.FromID, e.ToID})
	}
	if s.conflict != "" {
		changes = append(changes, refChange{conflictRef(m.Kind, at.name, m.Label), s.conflict, ""})
	}
	return &Moved{Entry: e}, j.log(ctx, s.tip, e, changes)
}

// refuse adds the lost move to the log, and says who was faster.
func (j *journal) refuse(ctx context.Context, at ref, m Move, target tagged, first *standing) error {
	for try, until := 0, time.Now().Add(patience); ; try++ {
		s, err := j.standing(ctx, at, m.Label)
		if err != nil {
			return err
		}
		lost := &TakenError{Kind: m.Kind, Name: at.name, Label: m.Label, Now: s.from}
		if m.From != nil && *m.From != first.from {
			lost.Expected = m.From
		}
		if last, ok := lastMove(s.entries, m.Label); ok && last.ToID == s.label.object {
			lost.By = last
		}
		e := Entry{Time: after(s.entries, time.Now()), Who: j.who, Kind: m.Kind, Name: at.name, Label: m.Label, Action: ActionRefused, From: first.from, FromID: first.label.object, Why: m.Why}
		if m.From != nil {
			e.From, e.FromID = *m.From, ""
		}
		if !m.Remove {
			e.To, e.ToID = target.version.String(), target.object
			lost.Wanted = e.To
		}
		err = j.log(ctx, s.tip, e, nil)
		if err == nil {
			return lost
		}
		if !raced(err) || time.Now().After(until) {
			return errors.Join(lost, fmt.Errorf("adding this to the log: %w", err))
		}
		if err := pause(ctx, try); err != nil {
			return errors.Join(lost, err)
		}
	}
}
