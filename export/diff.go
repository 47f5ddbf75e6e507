package export

import (
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/semdiff"
)

// Diff is what changed in one object, and what that calls for.
type Diff struct {
	semdiff.Report
	Status  string `json:"status"`            // modified, added, deleted or renamed
	Path    string `json:"path,omitempty"`    // of its own file in the project
	Gate    string `json:"gate"`              // skip, smoke, full or block
	Problem string `json:"problem,omitempty"` // why its texts alone were compared: it can't be read as what it is

	Notes []string `json:"notes,omitempty"` // what else there is to know
}

// Diffs are the diffs of one question: of an object, or of a branch.
type Diffs struct {
	Title   string          `json:"-"` // what they are about, for people
	Base    string          `json:"base,omitempty"`
	Head    string          `json:"head,omitempty"`
	Verdict semdiff.Verdict `json:"verdict"` // the most severe
	Gate    string          `json:"gate"`    // the strictest
	Diffs   []Diff          `json:"diffs"`
	Notes   []string        `json:"notes,omitempty"`
}

// gateWords say what a gate calls for.
func gateWords(gate string) string {
	switch gate {
	case "skip":
		return "no eval needed"
	case "smoke":
		return "smoke eval"
	case "full":
		return "full eval, then canary"
	case "block":
		return "blocked"
	}
	return gate
}

// label names the object.
func (d *Diff) label() string { return d.Kind + " " + d.Name }

// sentence counts the changes by what they mean.
func (d *Diff) sentence() string {
	switch d.Status {
	case "added":
		return "new: there is nothing to compare it with"
	case "deleted":
		return "removed"
	}
	if d.Kind == "file" {
		return "other content"
	}
	n := map[semdiff.Verdict]int{}
	for i := range d.Changes {
		n[d.Changes[i].Verdict]++
	}
	var parts []string
	for _, p := range []struct {
		v         semdiff.Verdict
		one, many string
	}{
		{semdiff.Breaking, "breaking change", "breaking changes"}, {semdiff.Changed, "change of meaning", "changes of meaning"},
		{semdiff.Reworded, "rewording", "rewordings"}, {semdiff.Formatting, "change of form", "changes of form"},
	} {
		if n[p.v] > 0 {
			parts = append(parts, plural(n[p.v], p.one, p.many))
		}
	}
	switch {
	case len(parts) == 0 && d.Problem != "":
		return "it can't be read"
	case len(parts) == 0:
		return "nothing changed"
	}
	return strings.Join(parts, ", ")
}

// liftedSentence says why the verdict is more than that of the changes.
const liftedSentence = "The rules found no change of meaning; the answers differ by more than their own noise, so this is a change."

// where is the first place of a change as FILE:LINE, and how many more there
// are. On the new side, where it has one.
func where(c *semdiff.Change, own string) string {
	if len(c.Places) == 0 {
		return ""
	}
	s := c.Places[0].After
	if s == (semdiff.Span{}) {
		s = c.Places[0].Before
	}
	text := s.File
	if text == "" {
		text = own
	}
	if s.Line > 0 {
		text += fmt.Sprintf(":%d", s.Line)
	}
	if more := len(c.Places) - 1; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// hunk is a run of units that a reader is shown together.
type hunk struct {
	section string
	skipped int // identical units before it
	units   []semdiff.Unit
}

// hunks leaves out identical units but for one on each side of a change.
func hunks(units []semdiff.Unit) (out []hunk, rest int) {
	const context = 1
	keep := make([]bool, len(units))
	for i := range units {
		if units[i].Verdict == semdiff.Identical && !units[i].Moved {
			continue
		}
		for j := max(0, i-context); j <= min(len(units)-1, i+context); j++ {
			keep[j] = keep[j] || units[j].Section == units[i].Section
		}
	}
	skipped := 0
	for i := range units {
		if !keep[i] {
			skipped++
			continue
		}
		if i == 0 || !keep[i-1] || units[i].Section != units[i-1].Section {
			out = append(out, hunk{section: units[i].Section, skipped: skipped})
			skipped = 0
		}
		h := &out[len(out)-1]
		h.units = append(h.units, units[i])
	}
	return out, skipped
}

// shownChanges are the changes that a list shows: those of form only where they
// are few.
func (d *Diff) shownChanges(most int) (shown []semdiff.Change, left int) {
	const form = 5
	formal := 0
	for _, c := range d.Changes {
		if c.Verdict <= semdiff.Formatting {
			if formal++; formal > form {
				continue
			}
		}
		if len(shown) < most {
			shown = append(shown, c)
		}
	}
	return shown, len(d.Changes) - len(shown)
}

// behaviourSentence says what the probe found, in words.
func behaviourSentence(b *semdiff.Behaviour) string {
	noise := "no more than asking the same version again"
	if b.Differs {
		noise = "more than asking the same version again"
	}
	text := fmt.Sprintf("On %s of %s, %d answers each, the versions differ %s (p = %s).", plural(b.Cases, "case"), b.TestSet, b.Samples, noise, shortest(round3(b.P)))
	if b.Judged > 0 {
		text += fmt.Sprintf(" Of %s with a right answer, the new version alone passes %d, the old one alone %d (e = %s); the share of passing answers moves by %s points (p = %s).",
			plural(b.Judged, "case"), b.Better, b.Worse, shortest(round3(b.E)), signedPoints(b.Rate), shortest(round3(b.RateP)))
	}
	return text
}

// signedPoints is a difference of shares in points of a hundred.
func signedPoints(x float64) string {
	return strings.Replace(fmt.Sprintf("%+.1f", 100*x), "-", "−", 1)
}

func round3(x float64) float64 {
	if x >= 100 {
		return float64(int(x + 0.5))
	}
	return float64(int(x*1000+0.5)) / 1000
}
