package semdiff

import (
	"strings"

	"github.com/GaboBase/arch-genops/semdiff/wordnet"
)

// named are the words after which a list holds names that programs read.
var named = wordSet("column field key header property attribute")

// keyCase finds a name of a column, field or key that is written in another
// case. Both texts have the same words.
func (o *outcome) keyCase(a, b []token) bool {
	if len(a) != len(b) {
		return false
	}
	in, depth := false, 0 // in a list of names
	for i, t := range a {
		switch {
		case t.kind == tokenWord && named[wordnet.Lemma(t.text)]:
			in, depth = true, 0
			continue
		case t.kind == tokenPunct && strings.Contains(".;!?", t.text):
			in = false
		case t.kind == tokenPunct || t.text == "and" || t.text == "or":
			depth = 0
		case in:
			if depth++; depth > 3 {
				in = false // prose again
			}
		}
		if in && depth > 0 && t.kind == tokenWord && t.raw != b[i].raw && strings.EqualFold(t.raw, b[i].raw) && strings.ToUpper(t.raw) != t.raw && strings.ToUpper(b[i].raw) != b[i].raw {
			o.hard(KindSchema, .9, "case of a name: "+t.raw+" → "+b[i].raw, t.raw, b[i].raw)
			return true
		}
	}
	return false
}

// keyNames finds a name of a column, field or key that gave way to another
// one; there, synonyms are other names.
func (c *comparer) keyNames(o *outcome, m *matching) {
	in := false
	for i := range m.a.atoms {
		a := &m.a.atoms[i]
		if named[a.key] && strings.HasSuffix(strings.ToLower(a.raw), "s") {
			in = true
			continue
		}
		if in && i > 0 && !named[m.a.atoms[i-1].key] && !strings.ContainsAny(a.glue, ",") && !strings.Contains(a.glue, "and") {
			in = false
		}
		if j := m.toB[i]; in && j >= 0 && a.role == roleContent && m.rel[i] != same && !strings.EqualFold(a.raw, m.b.atoms[j].raw) {
			o.hard(KindSchema, .93, a.raw+" → "+m.b.atoms[j].raw, a.raw, m.b.atoms[j].raw)
		}
	}
}
