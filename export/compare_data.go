package export

import (
	"maps"
	"slices"
	"strconv"

	"github.com/GaboBase/arch-genops/evals"
)

// What the page of a comparison holds at most: cases, and bytes of all their
// texts together as long as each can be cut no shorter than leastText.
const (
	comparedCases = 20_000
	compareBudget = 16 << 20
	mostText      = 4 << 10
	leastText     = 120
)

// listed are the cases that the page shows: all, or when there are too many
// those that differ, then those that some run did not pass, in their order.
func (c *Comparison) listed() []*comparedCase {
	rank := func(x *comparedCase) int {
		switch {
		case x.kind != "":
			return 0
		case slices.ContainsFunc(x.rows, func(r *evals.CaseRow) bool { return r != nil && r.State != "passed" }):
			return 1
		}
		return 2
	}
	keep := [3]int{}
	for i := range c.cases {
		keep[rank(&c.cases[i])]++
	}
	free := comparedCases
	for k := range keep {
		keep[k] = min(keep[k], free)
		free -= keep[k]
	}
	out := make([]*comparedCase, 0, min(len(c.cases), comparedCases))
	for i := range c.cases {
		if k := rank(&c.cases[i]); keep[k] > 0 {
			keep[k]--
			out = append(out, &c.cases[i])
		}
	}
	return out
}

// texts numbers distinct texts: answers repeat, and the page holds each once.
type texts struct {
	at  map[string]int
	all []string
}

func (t *texts) number(s string) int {
	n, ok := t.at[s]
	if !ok {
		n = len(t.all)
		t.at[s] = n
		t.all = append(t.all, s)
	}
	return n
}

// letters of the states, by index into states; "-" is a case not asked.
const letters = "feup"

// data writes what the script shows, as JSON in columns: ids, kinds, slices,
// and numbers of texts. Every string is escaped so that it ends neither its
// string nor the script element, and cut with a note.
func (p *page) data(c *Comparison, listed []*comparedCase) {
	t := &texts{at: map[string]int{}}
	p.raw(`<script type="application/json" id="data">{"ids":`)
	p.column(listed, func(x *comparedCase) { p.str(x.id, 2*nameLimit) })
	p.raw(`,"kinds":"`)
	for _, x := range listed {
		p.raw(kindLetter(x))
	}
	p.raw(`","input":`)
	p.column(listed, func(x *comparedCase) { p.int(t.number(x.first().Input)) })
	p.raw(`,"expected":`)
	p.column(listed, func(x *comparedCase) { p.expected(t, x) })
	p.sliceColumns(listed)
	p.raw(`,"runs":[`)
	for k := range c.Runs {
		p.comma(k)
		p.runColumns(t, listed, k)
	}
	p.raw(`],"texts":[`)
	limit := textLimit(t.all, compareBudget)
	for i, s := range t.all {
		p.comma(i)
		p.str(s, limit)
	}
	p.raw(`]}</script>`)
}

func kindLetter(x *comparedCase) markup {
	switch x.kind {
	case "regression":
		return "r"
	case "improvement":
		return "i"
	case "other":
		return "o"
	}
	if x.other {
		return "a" // the same judgement of another answer
	}
	return "-"
}

func (p *page) runColumns(t *texts, listed []*comparedCase, k int) {
	state := make([]byte, len(listed))
	for i, x := range listed {
		state[i] = '-'
		if row := x.rows[k]; row != nil {
			state[i] = letters[stateIndex(row.State)]
		}
	}
	p.raw(`{"states":"`)
	p.w.Write(state)
	p.raw(`","out":`)
	each := func(value func(*evals.CaseRow) int) {
		p.column(listed, func(x *comparedCase) {
			n := -1
			if row := x.rows[k]; row != nil {
				n = value(row)
			}
			p.int(n)
		})
	}
	each(func(row *evals.CaseRow) int { return t.number(row.Output) })
	p.raw(`,"why":`)
	each(func(row *evals.CaseRow) int {
		if row.State == "passed" {
			return -1
		}
		return t.number(clip(whyNot(row), reasonLimit))
	})
	p.raw(`,"ms":`)
	each(func(row *evals.CaseRow) int { return int(min(max(row.LatencyMS, 0), 1e12) + 0.5) })
	p.raw(`}`)
}

// expected is the number of the case's expected text in the first run that
// asked it, and -1 without one.
func (p *page) expected(t *texts, x *comparedCase) {
	if one := x.first(); one.Expected != nil {
		p.int(t.number(expectedText(one.Expected)))
		return
	}
	p.int(-1)
}

// sliceColumns numbers the slices, at most shownSlices of them.
func (p *page) sliceColumns(listed []*comparedCase) {
	seen := map[string]bool{}
	for _, x := range listed {
		for k, v := range x.first().Slice {
			if len(seen) < shownSlices {
				seen[clip(k+"="+v, nameLimit)] = true
			}
		}
	}
	names := slices.Sorted(maps.Keys(seen))
	at := map[string]int{}
	p.raw(`,"sliceNames":[`)
	for i, name := range names {
		at[name] = i
		p.comma(i)
		p.str(name, 2*nameLimit)
	}
	p.raw(`],"slices":`)
	p.column(listed, func(x *comparedCase) {
		p.raw(`[`)
		n := 0
		for _, k := range slices.Sorted(maps.Keys(x.first().Slice)) {
			if i, ok := at[clip(k+"="+x.first().Slice[k], nameLimit)]; ok {
				p.comma(n)
				p.int(i)
				n++
			}
		}
		p.raw(`]`)
	})
}

// column writes a list with one value a case.
func (p *page) column(listed []*comparedCase, value func(*comparedCase)) {
	p.raw(`[`)
	for i, x := range listed {
		p.comma(i)
		value(x)
	}
	p.raw(`]`)
}

func (p *page) comma(i int) {
	if i > 0 {
		p.raw(`,`)
	}
}

func (p *page) int(n int) {
	p.buf = strconv.AppendInt(p.buf[:0], int64(n), 10)
	p.w.Write(p.buf)
}

// str writes a JSON string of at most limit bytes, with a note on what was cut.
func (p *page) str(s string, limit int) {
	p.raw(`"`)
	var rest int
	p.buf, rest = appendEscaped(p.buf[:0], s, jsonEscape, limit)
	p.w.Write(p.buf)
	if rest > 0 {
		p.w.WriteString("… (" + byteSize(rest) + " more in the run’s ledger)")
	}
	p.raw(`"`)
}

// textLimit is how many escaped bytes of each text fit into the budget.
func textLimit(all []string, budget int) int {
	sizes := make([]int, len(all))
	var buf []byte
	for i, s := range all {
		buf, _ = appendEscaped(buf[:0], s, jsonEscape, mostText)
		sizes[i] = len(buf)
	}
	return halve(sizes, budget, mostText, leastText)
}

// jsonEscape is for a JSON string within a script element: neither its end nor
// a comment can be written, whatever a parser of HTML looks for.
func jsonEscape(c byte) string {
	switch c {
	case '"':
		return `\"`
	case '\\':
		return `\\`
	case '\n':
		return `\n`
	case '\t':
		return `\t`
	case '<':
		return `\u003c`
	case '>':
		return `\u003e`
	case '&':
		return `\u0026`
	}
	return picture(c)
}
