package export

import (
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/semdiff"
)

// units writes the texts with what changed in them.
func (x *textDiff) units(d *Diff) {
	all, rest := hunks(d.Units)
	for i := range all {
		h := &all[i]
		x.line("")
		x.gap(h.skipped, h.section)
		for j := range h.units {
			if x.Width >= sideBySide {
				x.beside(&h.units[j])
			} else {
				x.below(&h.units[j])
			}
		}
	}
	if len(all) > 0 && rest > 0 {
		x.line("")
		x.gap(rest, "")
	}
}

// gap stands for what is left out, and names the section that follows.
func (x *textDiff) gap(skipped int, section string) {
	text := ""
	if section != "" {
		text = "── " + cutText(section, 60) + " "
	}
	if skipped > 0 {
		text += fmt.Sprintf("── %d unchanged ", skipped)
	}
	if text != "" {
		x.line(x.paint(ansiDim, text+strings.Repeat("─", max(0, min(x.Width, 140)-widthOfText(text)))))
	}
}

// sides are the pieces of both texts of a unit.
func sides(u *semdiff.Unit) (before, after []piece) {
	switch {
	case u.Before == "":
		return nil, []piece{{u.After, true}}
	case u.After == "":
		return []piece{{u.Before, true}}, nil
	}
	before, after = wordDiff(u.Before, u.After)
	return joined(before), joined(after)
}

// beside writes a unit in two columns.
func (x *textDiff) beside(u *semdiff.Unit) {
	const number, between = 5, " │ "
	wide := (x.Width - len(" │ ") + 2 - 2*number) / 2
	before, after := sides(u)
	left, right := x.column(before, wide, false, u), x.column(after, wide, true, u)
	for i := range max(len(left), len(right)) {
		l, r := strings.Repeat(" ", wide), ""
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		x.line(x.number(u.BeforeSpan, i, before == nil) + l + x.paint(ansiDim, between) + x.number(u.AfterSpan, i, after == nil) + r)
	}
}

// number is the line's number where a unit begins.
func (x *textDiff) number(s semdiff.Span, i int, absent bool) string {
	if i > 0 || s.Line == 0 || absent {
		return "     "
	}
	return x.paint(ansiDim, fmt.Sprintf("%4d ", s.Line))
}

// column is one side of a unit in lines of exactly wide columns.
func (x *textDiff) column(pieces []piece, wide int, isNew bool, u *semdiff.Unit) (out []string) {
	if pieces == nil {
		return nil
	}
	whole := u.Before == "" || u.After == ""
	for _, line := range inkLines(pieces) {
		if !x.Color && !whole {
			line = bracketed(line, isNew)
		}
		for _, part := range wrap(line, wide) {
			out = append(out, x.ink(part, isNew, whole)+strings.Repeat(" ", max(0, wide-widthOf(part))))
		}
	}
	return out
}

// bracketed puts brackets or braces around changed words.
func bracketed(line []inked, isNew bool) (out []inked) {
	open, end := "[-", "-]"
	if isNew {
		open, end = "{+", "+}"
	}
	add := func(s string) {
		for _, r := range s {
			out = append(out, inked{r, false})
		}
	}
	for i, c := range line {
		if c.changed && (i == 0 || !line[i-1].changed) {
			add(open)
		}
		out = append(out, inked{c.r, false})
		if c.changed && (i == len(line)-1 || !line[i+1].changed) {
			add(end)
		}
	}
	return out
}

// ink writes a line with its changed words coloured.
func (x *textDiff) ink(line []inked, isNew, whole bool) string {
	color, all := ansiOld, ansiRed
	if isNew {
		color, all = ansiNew, ansiGreen
	}
	if whole {
		return x.paint(all, x.plainInk(line))
	}
	var b strings.Builder
	for i := 0; i < len(line); {
		j := i
		for j < len(line) && line[j].changed == line[i].changed {
			j++
		}
		part := x.plainInk(line[i:j])
		if line[i].changed {
			part = x.paint(color, part)
		}
		b.WriteString(part)
		i = j
	}
	return b.String()
}

// below writes a unit as lines one under the other.
func (x *textDiff) below(u *semdiff.Unit) {
	before, after := sides(u)
	if u.Verdict == semdiff.Identical && before != nil && after != nil {
		x.marked(" ", after, true, u)
		return
	}
	x.marked("-", before, false, u)
	x.marked("+", after, true, u)
}

func (x *textDiff) marked(sign string, pieces []piece, isNew bool, u *semdiff.Unit) {
	color := ansiRed
	if isNew {
		color = ansiGreen
	}
	for _, line := range x.column(pieces, x.Width-2, isNew, u) {
		if sign == " " {
			x.line("  " + line)
			continue
		}
		x.line(x.paint(color, sign) + " " + line)
	}
}
