package semdiff

import (
	"strings"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/semdiff/wordnet"
)

// names lists the variables of a document in the order of their mentions.
func (d *document) names() (list []string, count map[string]int) {
	count = map[string]int{}
	add := func(name string) {
		if name == "" || name == "this" || strings.HasPrefix(name, "this.") || strings.HasPrefix(name, "@") {
			return
		}
		if count[name]++; count[name] == 1 {
			list = append(list, name)
		}
	}
	for _, m := range d.marks {
		add(m.name)
		if m.logic {
			if f := strings.Fields(m.key); len(f) == 2 && (f[0] == "#if" || f[0] == "#unless" || f[0] == "#each" || f[0] == "#with") {
				add(f[1])
			}
		}
	}
	return list, count
}

// renames finds variables that have another name everywhere, and makes both
// sides use the new one. A name that the front matter of the new side still
// declares is not renamed: its place in the text is wrong.
func (b *builder) renames(c *comparer, front map[string]any) {
	namesA, countA := c.a.names()
	namesB, countB := c.b.names()
	onlyA, onlyB := missing(namesA, countB), missing(namesB, countA)
	if len(onlyA) == 0 || len(onlyA) != len(onlyB) {
		return
	}
	rename := map[string]string{}
	for i, a := range onlyA {
		if countA[a] == countB[onlyB[i]] && !declares(front, a) && c.sameName(a, onlyB[i]) {
			rename[a] = onlyB[i]
		}
	}
	c.a.rename = rename
	for i := range c.a.marks {
		m := &c.a.marks[i]
		if f := strings.Fields(m.key); m.logic && len(f) == 2 && rename[f[1]] != "" {
			m.key = f[0] + " " + rename[f[1]]
		}
	}
	for i := range c.a.pieces {
		for from, to := range rename {
			if g := c.a.pieces[i].guard + " "; strings.Contains(g, " "+from+" ") {
				c.a.pieces[i].guard = strings.TrimSpace(strings.ReplaceAll(g, " "+from+" ", " "+to+" "))
			}
		}
	}
	for _, a := range onlyA {
		if to := rename[a]; to != "" {
			b.unit(Unit{What: "variable", Before: a, After: to, BeforeSpan: c.a.mention(a), AfterSpan: c.b.mention(to)}, []finding{{KindVariable, Reworded, .3, "variable " + a + " is now called " + to, a, to}})
		}
	}
}

// declares reports whether the input schema of front matter has a key for the
// variable.
func declares(front map[string]any, name string) bool {
	for _, l := range leaves(tree(front)) {
		rest, ok := strings.CutPrefix(l.path, "input.schema.")
		rest = strings.TrimPrefix(rest, "properties.")
		if rest, found := strings.CutPrefix(rest, name); ok && found && (rest == "" || strings.ContainsAny(rest[:1], "?(.[")) {
			return true
		}
	}
	return false
}

func missing(names []string, count map[string]int) []string {
	var out []string
	for _, n := range names {
		if count[n] == 0 {
			out = append(out, n)
		}
	}
	return out
}

// sameName reports whether two names of variables mean the same: one says
// more than the other, or what differs are synonyms.
func (c *comparer) sameName(a, b string) bool {
	x, y := nameWords(a), nameWords(b)
	restX, restY := subtract(x, y), subtract(y, x)
	if len(restX) == 0 || len(restY) == 0 {
		return len(restX) < len(x) || len(restY) < len(y) || len(x) == len(y)
	}
	if len(restX) != len(restY) {
		for _, x := range restX {
			for _, y := range restY {
				p, q := wordAtom(x), wordAtom(y)
				if r := c.relate(&p, &q); r == synonym || r == derived || r == near || len(min(x, y)) > 2 && (strings.Contains(x, y) || strings.Contains(y, x)) {
					return true
				}
			}
		}
		return false
	}
	for i := range restX {
		p, q := wordAtom(restX[i]), wordAtom(restY[i])
		r := c.relate(&p, &q)
		if r == opposite || r == sister || r != same && r != synonym && r != derived && r != near && c.cosine(restX[i], restY[i]) < .12 && !strings.Contains(restX[i], restY[i]) && !strings.Contains(restY[i], restX[i]) {
			return false
		}
	}
	return true
}

func wordAtom(w string) atom {
	a := atom{key: w}
	if l := words(); len(l.phrases[w]) > 0 {
		for _, p := range l.phrases[w] {
			if len(p.from) == 1 && len(p.to) == 1 {
				a.key = p.to[0]
			}
		}
	}
	a.entry, a.known = wordnet.Look(a.key)
	return a
}

// nameWords cuts a name at dots, underscores, hyphens and capitals.
func nameWords(name string) []string {
	var b strings.Builder
	last := ' '
	for _, r := range name {
		switch {
		case r == '_' || r == '-' || r == '.':
			b.WriteByte(' ')
		case r >= 'A' && r <= 'Z' && last >= 'a' && last <= 'z':
			b.WriteByte(' ')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		last = r
	}
	list := strings.Fields(strings.ToLower(b.String()))
	for i, w := range list {
		list[i] = wordnet.Lemma(w)
	}
	return list
}

func subtract(a, b []string) []string {
	count := map[string]int{}
	for _, w := range b {
		count[w]++
	}
	var out []string
	for _, w := range a {
		if count[w]--; count[w] < 0 {
			out = append(out, w)
		}
	}
	return out
}

// variables adds a breaking change for each variable that only one side has.
func (b *builder) variables(c *comparer) {
	namesA, countA := c.a.names()
	namesB, countB := c.b.names()
	for _, n := range missing(namesA, countB) {
		if c.a.rename[n] == "" {
			b.unit(Unit{What: "variable", Before: n, BeforeSpan: c.a.mention(n)}, []finding{{KindVariable, Breaking, .97, "variable " + n + " removed", n, ""}})
		}
	}
	renamed := map[string]bool{}
	for _, to := range c.a.rename {
		renamed[to] = true
	}
	for _, n := range missing(namesB, countA) {
		if !renamed[n] {
			b.unit(Unit{What: "variable", After: n, AfterSpan: c.b.mention(n)}, []finding{{KindVariable, Breaking, .97, "variable " + n + " added", "", n}})
		}
	}
}

// mention is where a variable stands first in a document's body.
func (d *document) mention(name string) Span {
	for i := range d.pieces {
		p := &d.pieces[i]
		for rest := p.text; ; {
			at := strings.IndexRune(rest, markOpen)
			if at < 0 {
				break
			}
			n, m := d.markAt(rest[at:])
			if m.name == name || m.logic && strings.HasSuffix(m.key, " "+name) {
				return Span{File: p.file, Line: p.line, End: p.end}
			}
			rest = rest[at+max(n, utf8.RuneLen(markOpen)):]
		}
	}
	return Span{}
}
