package semdiff

import (
	"math"
	"slices"
	"strings"
)

// contents judges what is left of the words: replaced, added, removed.
func (c *comparer) contents(o *outcome, m *matching, r residue) {
	before, after := rawOf(m.a.atoms, r.a), rawOf(m.b.atoms, r.b)
	score := c.wordScore(m, r)
	if score == 0 {
		return
	}
	if r.synonyms+r.derived+r.nearly > 0 && before == "" && after == "" {
		o.soft(KindWording, score, "synonyms", "", "")
		return
	}
	kind, say := m.amountKind(r, before, after)
	if kind == KindWording {
		kind = c.contentKind(m, r)
	}
	switch {
	case say != "":
	case before == "" && after == "":
		say = "other small words"
	case before == "":
		say = quote(after) + " added"
	case after == "":
		say = quote(before) + " removed"
	default:
		say = before + " → " + after
	}
	if kind == KindLabel {
		switch {
		case before == "":
			say = "label " + after + " added to the list"
		case after == "":
			say = "label " + before + " removed from the list"
		}
	}
	if x, y := nameOf(m.a.atoms, r.a), nameOf(m.b.atoms, r.b); x != nil && y != nil && c.relate(x, y) == unrelated {
		o.sure, score = true, math.Max(score, .9) // one name in the place of another one
	}
	o.soft(kind, score, say, before, after)
}

// amountKind tells words that change an amount: the unit behind a number, and
// "nearly" before "every".
func (m *matching) amountKind(r residue, before, after string) (Kind, string) {
	behind := func(atoms []atom, at []int) bool {
		return len(at) == 1 && at[0] > 0 && atoms[at[0]-1].role == roleNumber
	}
	if behind(m.a.atoms, r.a) && behind(m.b.atoms, r.b) {
		return KindNumber, "unit " + before + " → " + after
	}
	unit := func(atoms []atom, at []int) bool {
		return len(at) > 0 && !slices.ContainsFunc(at, func(i int) bool { return !isTime(atoms[i].key) })
	}
	if unit(m.a.atoms, r.a) && len(r.b) == 0 || unit(m.b.atoms, r.b) && len(r.a) == 0 {
		return KindNumber, ""
	}
	ahead := func(atoms []atom, at []int) bool {
		return len(at) == 1 && at[0]+1 < len(atoms) && atoms[at[0]+1].role == roleQuantity
	}
	switch {
	case len(r.a) == 0 && ahead(m.b.atoms, r.b):
		q := m.b.atoms[r.b[0]+1].raw
		return KindQuantifier, q + " became " + after + " " + q
	case len(r.b) == 0 && ahead(m.a.atoms, r.a):
		q := m.a.atoms[r.a[0]+1].raw
		return KindQuantifier, before + " " + q + " became " + q
	}
	return KindWording, ""
}

// nameOf is the one unmatched word that is written as a name; nil without, or
// if there are several.
func nameOf(atoms []atom, at []int) *atom {
	var found *atom
	for _, i := range at {
		if atoms[i].name {
			if found != nil {
				return nil
			}
			found = &atoms[i]
		}
	}
	return found
}

// wordScore is how sure the words alone make a change of meaning. A word or
// two that differ in an otherwise equal sentence are a change; where all words
// differ it is a paraphrase if the embeddings say so.
func (c *comparer) wordScore(m *matching, r residue) float64 {
	small := .05*float64(min(r.synonyms, 3)) + .04*float64(min(r.derived, 3)) + .15*float64(min(r.nearly, 2)) + .3*float64(min(r.nearNouns, 2))
	if len(r.a)+len(r.b) == 0 {
		if r.nearNouns > 0 && r.frame > .6 {
			return .52 // a wider or narrower word in an otherwise equal sentence
		}
		return min(small+.1*math.Min(r.weightA+r.weightB, 2), .42)
	}
	if !mostlyEnglish(m.a.tokens) || !mostlyEnglish(m.b.tokens) {
		return .9
	}
	sub := math.Min(r.weightA, r.weightB)
	extra := math.Abs(r.weightA - r.weightB)
	share := r.share()
	x := -1.2 + 2.3*math.Min(sub, 1.5) + 2.2*math.Min(extra, 1.5)
	if share > .3 {
		x -= 4 * (share - .3) * math.Max(0, r.cos-.5) * 2
	}
	x -= 2.5 * math.Max(0, r.cos-.9)
	return 1 / (1 + math.Exp(-x))
}

func rawOf(atoms []atom, at []int) string {
	var list []string
	for _, i := range at {
		if n := len(list); n == 0 || list[n-1] != atoms[i].raw {
			list = append(list, atoms[i].raw)
		}
	}
	return strings.Join(list, " ")
}

var (
	formatWords = wordSet("json markdown yaml xml html csv table bullet point list plain text prose paragraph heading latex code block emoji bold italic tone formal informal language english german french spanish italian dutch uppercase lowercase upper lower case title comma separated array object string line sentence")
)

// contentKind says what the words that differ are about.
func (c *comparer) contentKind(m *matching, r residue) Kind {
	for _, side := range []struct {
		atoms []atom
		at    []int
	}{{m.a.atoms, r.a}, {m.b.atoms, r.b}} {
		for _, i := range side.at {
			if formatWords[side.atoms[i].key] {
				return KindFormat
			}
		}
	}
	if len(m.a.atoms) > 0 && len(m.b.atoms) > 0 && m.a.atoms[0].key == "act" && m.b.atoms[0].key == "act" {
		return KindRole
	}
	if inList(m.a.atoms, r.a) || inList(m.b.atoms, r.b) {
		return KindLabel
	}
	return KindWording
}

// inList reports whether all atoms stand in an enumeration.
func inList(atoms []atom, at []int) bool {
	for _, i := range at {
		comma := strings.ContainsAny(atoms[i].glue, ",;:") || i+1 < len(atoms) && (strings.ContainsAny(atoms[i+1].glue, ",;") || atoms[i+1].key == "or") || i > 0 && atoms[i-1].key == "or"
		if !comma {
			return false
		}
	}
	return len(at) > 0
}
