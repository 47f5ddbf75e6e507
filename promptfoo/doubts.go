package promptfoo

import (
	"fmt"
	"slices"
	"strings"
)

// doubtKind is a reason why rows could not be judged.
type doubtKind struct {
	name string
	said string // by the judge of the first row, or what was wrong with it; "" = nothing
	rows int
}

// doubtful counts why a row could not be judged, each kind of reason once.
func (r *Results) doubtful(row string) {
	var seen []string
	for why := range strings.SplitSeq(row, "\n") {
		name, said := kindOfDoubt(why)
		if slices.Contains(seen, name) {
			continue
		}
		seen = append(seen, name)
		if r.doubts[name] == nil {
			r.doubts[name] = &doubtKind{name: name, said: said}
			r.reasons = append(r.reasons, r.doubts[name])
		}
		r.doubts[name].rows++
	}
}

// kindOfDoubt parts a reason from what its judge said.
func kindOfDoubt(why string) (name, said string) {
	before, rest, ok := strings.Cut(why, "(promptfoo: ")
	if known, said, ends := strings.Cut(rest, "): "); ok && ends {
		return before + "(promptfoo: " + known + ")", said
	}
	return why, ""
}

// Doubts are the reasons why rows could not be judged, the most frequent first,
// at most n, each with what the judge said in its first row. A row may have several.
func (r *Results) Doubts(n int) (lines []string) {
	order := slices.Clone(r.reasons)
	slices.SortStableFunc(order, func(a, b *doubtKind) int { return b.rows - a.rows })
	for _, d := range order[:min(len(order), n)] {
		line := fmt.Sprintf("%d × %s", d.rows, d.name)
		if d.said != "" {
			line += ", first: " + d.said
		}
		lines = append(lines, line)
	}
	return lines
}
