package export

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/GaboBase/arch-genops/semdiff"
)

// Terminal says how text is shown.
type Terminal struct {
	Width int  // columns; 0 = 80
	Color bool // ANSI colours; without, changed words stand in [-brackets-] and {+braces+}
}

// sideBySide is the least width at which two columns are readable.
const sideBySide = 100

// ANSI sequences. Only the sixteen colours of the reader's own palette are used,
// so that light and dark terminals both can be read.
const (
	ansiReset = "\x1b[0m"
	ansiBold  = "\x1b[1m"
	ansiDim   = "\x1b[2m"
	ansiRed   = "\x1b[31m"
	ansiGreen = "\x1b[32m"
	ansiOld   = "\x1b[1;4;31m"
	ansiNew   = "\x1b[1;4;32m"
)

func verdictColor(v semdiff.Verdict) string {
	switch v {
	case semdiff.Breaking:
		return "\x1b[1;31m"
	case semdiff.Changed:
		return "\x1b[1;33m"
	case semdiff.Reworded:
		return "\x1b[1;34m"
	}
	return "\x1b[1;32m"
}

// Text writes diffs for a terminal or a file: what changed in words, then the
// texts, side by side where there is room. Control characters and what would
// change the direction of text are shown, not sent.
func (d *Diffs) Text(w io.Writer, t Terminal) error {
	if t.Width <= 0 {
		t.Width = 80
	}
	x := &textDiff{w: bufio.NewWriter(w), Terminal: t}
	for _, n := range d.Notes {
		x.line("note: " + shownText(n))
	}
	for i := range d.Diffs {
		if i > 0 {
			x.line("")
		}
		x.diff(&d.Diffs[i])
	}
	switch n := len(d.Diffs); {
	case n == 0:
		x.line("nothing changed")
	case n > 1:
		x.line("")
		x.line(x.paint(verdictColor(d.Verdict), strings.ToUpper(d.Verdict.String())) + fmt.Sprintf("  %s: %s", plural(n, "object"), gateWords(d.Gate)))
	}
	if err := x.w.Flush(); err != nil {
		return fmt.Errorf("writing diff: %w", err)
	}
	return nil
}

// textDiff writes text; the first write error sticks in w.
type textDiff struct {
	w *bufio.Writer
	Terminal
}

func (x *textDiff) line(s string) { x.w.WriteString(strings.TrimRight(s, " ") + "\n") }

func (x *textDiff) paint(color, s string) string {
	if !x.Color || s == "" {
		return s
	}
	return color + s + ansiReset
}

// shownText is a text of one line, fit to be shown.
func shownText(s string) string {
	b, rest := appendEscaped(nil, s, lineEscape, reasonLimit)
	if rest > 0 {
		return string(b) + "…"
	}
	return string(b)
}

func (x *textDiff) diff(d *Diff) {
	head := x.paint(ansiBold, shownText(d.label()))
	if d.From != "" || d.To != "" {
		head += "  " + shownText(d.From) + " → " + shownText(d.To)
	}
	x.line(head)
	x.line(x.paint(verdictColor(d.Verdict), strings.ToUpper(d.Verdict.String())) + "  " + d.sentence() + ": " + gateWords(d.Gate))
	if d.Lifted {
		x.line(liftedSentence)
	}
	if d.Problem != "" {
		x.line("! " + shownText(d.Problem))
	}
	for _, n := range d.Notes {
		x.line(shownText(n))
	}
	x.changes(d)
	if d.Behaviour != nil {
		x.behaviour(d.Behaviour)
	}
	if d.Status == "added" || d.Status == "deleted" {
		return
	}
	x.units(d)
}

func (x *textDiff) changes(d *Diff) {
	const most = 60
	shown, left := d.shownChanges(most)
	if len(shown) == 0 {
		return
	}
	x.line("")
	say := 20
	for i := range shown {
		say = max(say, min(widthOfText(shownText(shown[i].Say)), max(20, x.Width-50)))
	}
	for i := range shown {
		c := &shown[i]
		verdict := fmt.Sprintf("%-10s", c.Verdict)
		text := shownText(c.Say)
		pad := strings.Repeat(" ", max(0, say-widthOfText(text)))
		x.line("  " + x.paint(verdictColor(c.Verdict), verdict) + " " + fmt.Sprintf("%-11s", c.Kind) + " " + text + pad + "  " + x.paint(ansiDim, shownText(where(c, d.Path))))
	}
	if left > 0 {
		x.line("  " + fmt.Sprintf("and %s", plural(left, "further change")))
	}
}

func (x *textDiff) behaviour(b *semdiff.Behaviour) {
	x.line("")
	for _, line := range wrap(inkLines([]piece{{behaviourSentence(b), true}})[0], x.Width) {
		x.line(x.plainInk(line))
	}
	for i, f := range b.Flips {
		if i == 10 {
			x.line("  " + fmt.Sprintf("and %s", plural(len(b.Flips)-i, "further case")))
			break
		}
		color := verdictColor(semdiff.Changed)
		if f.Verdict == "better" {
			color = ansiGreen
		} else if f.Verdict == "worse" {
			color = ansiRed
		}
		x.line("  " + x.paint(color, fmt.Sprintf("%-8s", f.Verdict)) + " " + shownText(f.ID) + "  " + cutText(f.Input, 60) + "  " + cutText(f.Before, 40) + " → " + cutText(f.After, 40) +
			fmt.Sprintf("  (%d/%d → %d/%d)", f.PassedBy[0], b.Samples, f.PassedBy[1], b.Samples))
	}
}

// cutText is the beginning of a text as one line.
func cutText(s string, limit int) string {
	b, rest := appendEscaped(nil, strings.Join(strings.Fields(s), " "), lineEscape, limit)
	if rest > 0 {
		return string(b) + "…"
	}
	return string(b)
}

func (x *textDiff) plainInk(line []inked) string {
	var b strings.Builder
	for _, c := range line {
		b.WriteRune(c.r)
	}
	return b.String()
}
