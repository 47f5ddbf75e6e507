package semdiff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// left lists the atoms of one role without a counterpart.
func left(atoms []atom, to []int, r role) []*atom {
	var out []*atom
	for i := range atoms {
		if atoms[i].role == r && to[i] < 0 {
			out = append(out, &atoms[i])
		}
	}
	return out
}

// numbers compares quantities: value, unit, comparator.
func (c *comparer) numbers(o *outcome, m *matching, r residue) {
	as, bs := left(m.a.atoms, m.toB, roleNumber), left(m.b.atoms, m.toA, roleNumber)
	as, bs = dropEqualNumbers(m, as, bs)
	for len(as) > 0 && len(bs) > 0 {
		i, j := nearestNumbers(m, as, bs)
		kind, say := sayNumber(m.a.quantities[as[i].key], m.b.quantities[bs[j].key])
		o.hard(kind, .98, say, as[i].raw, bs[j].raw)
		as, bs = append(as[:i:i], as[i+1:]...), append(bs[:j:j], bs[j+1:]...)
	}
	one := func(a *atom, q quantity, verb, before, after string) {
		if q.value == "1" && q.op == "" && q.base == "" {
			if m.oneOfMany(a) {
				o.firm(KindQuantifier, .9, quote(a.raw)+" "+verb, before, after)
			} else if len(left(m.a.atoms, m.toB, roleQuantity))+len(left(m.b.atoms, m.toA, roleQuantity)) == 0 {
				o.soft(KindQuantifier, .3, `"`+a.raw+`" `+verb, before, after)
			}
			return
		}
		o.hard(KindNumber, .9, a.raw+" "+verb, before, after)
	}
	for _, a := range as {
		one(a, m.a.quantities[a.key], "removed", a.raw, "")
	}
	for _, b := range bs {
		one(b, m.b.quantities[b.key], "added", "", b.raw)
	}
}

// drop takes the finding about a number back that is part of another one.
func (o *outcome) drop(number *atom) {
	o.findings = slices.DeleteFunc(o.findings, func(f finding) bool {
		return f.say == number.raw+" added" || f.say == number.raw+" removed"
	})
}

// oneOfMany reports whether the number one stands before a word that is plural
// on the other side.
func (m *matching) oneOfMany(one *atom) bool {
	plural := func(own, other []atom, to []int) bool {
		for i := range own[:max(len(own)-1, 0)] {
			if j := to[i+1]; &own[i] == one && j >= 0 && own[i+1].role == roleContent {
				return !strings.HasSuffix(own[i+1].raw, "s") && strings.HasSuffix(other[j].raw, "s") && own[i+1].key == other[j].key
			}
		}
		return false
	}
	return plural(m.a.atoms, m.b.atoms, m.toB) || plural(m.b.atoms, m.a.atoms, m.toA)
}

// dropEqualNumbers takes out what is equal but written otherwise: 50 % and
// 0.5, fewer than 3 and at most 2.
func dropEqualNumbers(m *matching, as, bs []*atom) (restA, restB []*atom) {
	gone := map[*atom]bool{}
	for _, a := range as {
		equal := false
		for _, b := range bs {
			if !gone[b] && !equal && equalQuantities(m.a.quantities[a.key], m.b.quantities[b.key]) {
				gone[b], equal = true, true
			}
		}
		if !equal {
			restA = append(restA, a)
		}
	}
	for _, b := range bs {
		if !gone[b] {
			restB = append(restB, b)
		}
	}
	return restA, restB
}

func equalQuantities(a, b quantity) bool {
	x, err1 := strconv.ParseFloat(a.value, 64)
	y, err2 := strconv.ParseFloat(b.value, 64)
	if err1 != nil || err2 != nil {
		return false
	}
	if a.op == b.op && a.upper == b.upper && a.base != b.base {
		return a.base == "%" && b.base == "" && x == 100*y || b.base == "%" && a.base == "" && y == 100*x
	}
	if a.base != "" || b.base != "" || x != float64(int(x)) || y != float64(int(y)) {
		return false
	}
	whole := func(op string, v float64) (string, float64) {
		switch op {
		case "lt":
			return "le", v - 1
		case "gt":
			return "ge", v + 1
		}
		return op, v
	}
	opA, x := whole(a.op, x)
	opB, y := whole(b.op, y)
	return opA == opB && x == y && a.upper == b.upper
}

// nearestNumbers picks the pair that is most alike.
func nearestNumbers(m *matching, as, bs []*atom) (bi, bj int) {
	best := -1
	for i, a := range as {
		for j, b := range bs {
			qa, qb := m.a.quantities[a.key], m.b.quantities[b.key]
			s := 0
			for _, eq := range []bool{qa.value == qb.value, qa.base == qb.base, qa.op == qb.op, qa.number == qb.number} {
				if eq {
					s++
				}
			}
			if s > best {
				best, bi, bj = s, i, j
			}
		}
	}
	return bi, bj
}

var opWords = map[string]string{"": "exactly", "le": "at most", "ge": "at least", "lt": "fewer than", "gt": "more than", "range": "between", "about": "about"}

func sayNumber(a, b quantity) (Kind, string) {
	written := func(q quantity) string { return strings.TrimSpace(q.number + " " + q.unit) }
	switch {
	case a.op != b.op && a.value == b.value && a.base == b.base:
		return KindComparator, fmt.Sprintf("%s %s became %s %s", opWords[a.op], written(a), opWords[b.op], written(b))
	case a.number == b.number && a.unit != b.unit:
		return KindNumber, fmt.Sprintf("unit %s → %s", orNone(a.unit), orNone(b.unit))
	case a.op != b.op:
		return KindNumber, fmt.Sprintf("%s %s → %s %s", opWords[a.op], written(a), opWords[b.op], written(b))
	case a.op == "le" || a.op == "ge" || a.op == "lt" || a.op == "gt":
		return KindNumber, fmt.Sprintf("limit %s → %s", written(a), written(b))
	}
	return KindNumber, fmt.Sprintf("%s → %s", written(a), written(b))
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// exacts compares what must be equal letter by letter.
func (c *comparer) exacts(o *outcome, m *matching, r residue) {
	as, bs := left(m.a.atoms, m.toB, roleExact), left(m.b.atoms, m.toA, roleExact)
	for len(as) > 0 && len(bs) > 0 {
		a, b := as[0], bs[0]
		as, bs = as[1:], bs[1:]
		if kind := c.exactKind(a); kind == KindVariable && c.exactKind(b) == KindVariable {
			o.hard(kind, .93, fmt.Sprintf("variable %s became %s", variableName(a), variableName(b)), a.raw, b.raw)
		} else if o.json(a, b); !strings.HasPrefix(a.key, "json ") || !strings.HasPrefix(b.key, "json ") {
			o.firm(kind, .95, fmt.Sprintf("%s → %s", a.raw, b.raw), a.raw, b.raw)
		}
	}
	for _, a := range as {
		if !c.asWords(m.b.atoms, m.toA, a) {
			o.hard(c.exactKind(a), .9, c.sayExact(a)+" removed", a.raw, "")
		}
	}
	for _, b := range bs {
		if !c.asWords(m.a.atoms, m.toB, b) {
			o.hard(c.exactKind(b), .9, c.sayExact(b)+" added", "", b.raw)
		}
	}
}

// asWords reports whether a literal stands on the other side without quotes;
// the words are then taken.
func (c *comparer) asWords(atoms []atom, to []int, a *atom) bool {
	if a.kind != tokenLiteral && a.kind != tokenCode {
		return false
	}
	for i := range atoms {
		if to[i] < 0 && strings.EqualFold(atoms[i].raw, a.key) {
			to[i] = 0
			return true
		}
	}
	return false
}

func variableName(a *atom) string {
	return strings.TrimPrefix(a.key, "$")
}

func (c *comparer) sayExact(a *atom) string {
	if c.exactKind(a) == KindVariable {
		return "variable " + variableName(a)
	}
	return a.raw
}

func (c *comparer) exactKind(a *atom) Kind {
	switch {
	case a.kind == tokenWord:
		return KindComparator
	case a.kind == tokenMark && strings.HasPrefix(a.key, "json "):
		return KindSchema
	case a.kind == tokenMark && strings.HasPrefix(a.key, "#role"):
		return KindRole
	case a.kind == tokenMark && strings.HasPrefix(a.key, "#"):
		return KindLogic
	case a.kind == tokenMark:
		return KindVariable
	case a.kind == tokenLiteral:
		return KindLabel
	case a.kind == tokenIdent && isDate(a.key):
		return KindNumber
	case (a.kind == tokenCode || a.kind == tokenIdent) && strings.ContainsAny(a.key, "_(") || a.kind == tokenIdent && isCamel(a.key):
		return KindTool
	case a.kind == tokenCode && plainLabel(a.key):
		return KindLabel
	case a.kind == tokenSymbol:
		return KindFormat
	}
	return KindWording
}

// plainLabel reports whether code is one word, as the names of classes are.
func plainLabel(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '-' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return s != ""
}

func isCamel(s string) bool {
	return strings.ToLower(s) != s && !strings.ContainsAny(s, "/.:0123456789")
}

// json compares two JSON values that stand in sentences.
func (o *outcome) json(a, b *atom) {
	if !strings.HasPrefix(a.key, "json ") || !strings.HasPrefix(b.key, "json ") {
		return
	}
	for _, f := range diffJSON(a.key[5:], b.key[5:]) {
		o.add(f)
	}
}
