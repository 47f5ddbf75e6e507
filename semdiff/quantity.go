package semdiff

import (
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/semdiff/wordnet"
)

// quantity is a number with its comparator and unit.
type quantity struct {
	op     string // "", "le", "ge", "gt", "lt", "range"
	value  string // in the base unit
	upper  string // of a range
	base   string // base unit; "" for a plain number
	raw    string
	number string // as written, for people
	unit   string // as written
}

func (q quantity) key() string {
	return "#" + q.op + " " + q.value + " " + q.upper + " " + q.base
}

var complement = map[string]string{"le": "gt", "ge": "lt", "gt": "le", "lt": "ge"}

// quantities finds the numbers in rewritten tokens. Each is put back as one
// token of kind tokenNumber whose text is a key; the quantities are returned
// by that key.
func quantities(in []token, found map[string]quantity) []token {
	out := make([]token, 0, len(in))
	for i := 0; i < len(in); {
		q, n := quantityAt(in, i, out)
		if n == 0 {
			out = append(out, in[i])
			i++
			continue
		}
		if k := deniedBefore(out); k >= 0 && (q.op == "gt" || q.op == "lt") {
			q.op, out = complement[q.op], append(out[:k:k], out[k+1:]...) // never set above 25: at most 25
		} else if q.op != "" && len(out) > 0 && complement[q.op] != "" {
			k := len(out)
			if out[k-1].text == "be" {
				k--
			}
			if k > 0 && out[k-1].text == "@not" {
				q.op, out = complement[q.op], out[:k-1]
			} else if k > 1 && out[k-1].text == "@may" && out[k-2].text == "@not" {
				q.op, out = complement[q.op], out[:k-2]
			}
		}
		if k := len(out); k > 0 && q.op == "" && (out[k-1].text == "to" || out[k-1].text == "at") {
			if at := lastLimit(out); at >= 0 { // limit the answer to 100 words
				q.op = "le"
				out[at].text = "keep"
				out = out[:k-1]
			}
		}
		if k := len(out); k > 1 && q.op == "le" && out[k-1].text == "and" && out[k-2].kind == tokenNumber {
			if low := found[out[k-2].text]; low.op == "ge" && low.base == q.base { // at least 3 and at most 12
				low.op, low.upper, low.number = "range", q.value, low.number+"–"+q.number
				found[low.key()] = low
				out[k-2].text = low.key()
				out = out[:k-1]
				i += n
				continue
			}
		}
		if q.value == "0" && q.op == "" && q.base == "" && i+n < len(in) && countable(in[i+n]) {
			out = append(out, token{tokenWord, "@not", q.raw})
			i += n
			continue
		}
		found[q.key()] = q
		out = append(out, token{tokenNumber, q.key(), q.raw})
		i += n
	}
	return out
}

// countable reports whether a token may be what a number counts.
func countable(t token) bool {
	return t.kind == tokenWord && t.text[0] != '@' && !dropped[t.text] && !prepositions[t.text] && t.text != "and" && t.text != "or"
}

// lastLimit finds the verb of a clause that sets a limit, -1 without.
func lastLimit(ts []token) int {
	for k := len(ts) - 1; k >= 0 && ts[k].kind != tokenPunct && !boundaries[ts[k].text]; k-- {
		if ts[k].text == "limit" && ts[k].kind == tokenWord {
			return k
		}
	}
	return -1
}

// deniedBefore finds the one negation of the clause that ends here, -1
// without.
func deniedBefore(ts []token) int {
	at := -1
	for k := len(ts) - 1; k >= 0; k-- {
		if ts[k].kind == tokenPunct || boundaries[ts[k].text] {
			break
		}
		if ts[k].text == "@not" {
			if at >= 0 {
				return -1
			}
			at = k
		}
	}
	return at
}

func quantityAt(ts []token, i int, before []token) (quantity, int) {
	q, n := quantity{}, 0
	var raw []string
	take := func() token {
		t := ts[i+n]
		raw = append(raw, t.raw)
		n++
		return t
	}
	at := func(k int) token {
		if i+n+k < len(ts) {
			return ts[i+n+k]
		}
		return token{kind: tokenPunct}
	}
	if op, ok := comparators[at(0).text]; ok && at(0).kind == tokenWord {
		q.op = op
		take()
		for s := at(0).text; s == "a" || s == "the" || s == "of" || s == ":" || s == "an"; s = at(0).text {
			take()
		}
	}
	currency := ""
	if u, ok := units()[strings.ToLower(at(0).text)]; ok && (at(0).kind == tokenSymbol && at(0).text != "%" || currencyCodes[at(0).text]) && at(1).kind == tokenNumber {
		currency = at(0).text
		if symbol := currencySigns[u.base]; symbol != "" {
			currency = symbol
		}
		q.base = u.base
		take()
	}
	switch {
	case at(0).kind == tokenNumber:
		q.number = take().text
	case n > 0 && q.op != "" && isTime(at(0).text), (at(0).text == "a" || at(0).text == "an") && isTime(at(1).text):
		if at(0).text == "a" || at(0).text == "an" {
			take()
		}
		q.number = "1"
	default:
		return quantity{}, 0
	}
	upper := ""
	if sep := at(0); (sep.text == "-" || sep.text == "to" || sep.text == "through" || sep.text == "and" && between(before)) && rangeEnd(at(1), at(2)) {
		take()
		if at(0).kind == tokenSymbol {
			take()
		}
		upper = take().text
	}
	u := measure{base: q.base, factor: 1}
	if w, size, ok := unitAt(at); ok && currency == "" {
		u, q.unit = units()[w], w
		for range size {
			take()
		}
	}
	if t, ok := units()[wordnet.Lemma(at(1).text)]; ok && t.base == "s" && u.base == "m" && (at(0).text == "/" || at(0).text == "@all" || at(0).text == "per") {
		u, q.unit = measure{base: "m/s", factor: u.factor / t.factor}, q.unit+"/"+at(1).text
		take()
		take()
	}
	q.base = u.base
	if isTime(q.unit) && at(0).text == "and" && (at(1).text == "a" || at(1).text == "an") && at(2).text == "@half" {
		for range 3 {
			take()
		}
		q.number += ".5"
	}
	q.value = u.scaled(q.number)
	q.addSmaller(u, at, take)
	if upper != "" {
		q.op, q.upper = "range", u.scaled(upper)
		q.number += "–" + upper
	} else {
		q.suffix(at, take)
	}
	q.unit = strings.TrimSpace(currency + q.unit)
	q.raw = strings.Join(raw, " ")
	return q, n
}

// currencyCodes are the units that stand before the number, too.
var currencyCodes = wordSet("usd eur gbp jpy")

var currencySigns = map[string]string{"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}

// addSmaller reads the rest of 1 h 30 min, of 2 hours and 15 minutes.
func (q *quantity) addSmaller(u measure, at func(int) token, take func() token) {
	skip := 0
	if at(0).text == "and" {
		skip = 1
	}
	t, ok := units()[wordnet.Lemma(at(skip+1).text)]
	if !ok || u.base != "s" && u.base != "month" || t.base != u.base || t.factor >= u.factor || at(skip).kind != tokenNumber || at(skip+1).kind != tokenWord {
		return
	}
	for range skip {
		take()
	}
	x, err1 := strconv.ParseFloat(q.value, 64)
	more := take().text
	y, err2 := strconv.ParseFloat(t.scaled(more), 64)
	if unit := take().raw; err1 == nil && err2 == nil {
		q.value = formatNumber(x + y)
		q.unit += " " + more + " " + unit
	}
}

var comparators = map[string]string{"@le": "le", "@ge": "ge", "@gt": "gt", "@lt": "lt", "@about": "about"}

func between(before []token) bool {
	for k := len(before) - 1; k >= 0 && k >= len(before)-2; k-- {
		if before[k].text == "between" {
			return true
		}
	}
	return false
}

func rangeEnd(a, b token) bool {
	return a.kind == tokenNumber || a.kind == tokenSymbol && a.text != "%" && b.kind == tokenNumber
}

// unitAt reads a unit: "s", "ms", "°C", "%".
func unitAt(at func(int) token) (string, int, bool) {
	t := at(0)
	w := strings.ToLower(t.text)
	if t.kind == tokenSymbol && w == "°" {
		w += strings.ToLower(at(1).text)
		_, ok := units()[w]
		return w, 2, ok
	}
	if w == "degree" {
		w = strings.ToLower(at(1).text)
		_, ok := units()[w]
		return w, 2, ok
	}
	if t.kind != tokenWord && t.text != "%" && t.kind != tokenSymbol {
		return "", 0, false
	}
	if t.kind == tokenWord {
		w = wordnet.Lemma(w)
	}
	_, ok := units()[w]
	return w, 1, ok && w != "m" && w != "l" && w != "d" || ok && t.raw != "" && t.raw == strings.ToLower(t.raw) && len(w) > 0
}

// suffix reads what a comparator looks like behind a number: "5 or more",
// "5 sentences or fewer". The word between stays a word.
func (q *quantity) suffix(at func(int) token, take func() token) {
	switch {
	case q.op != "":
	case at(0).text == "@ormore" || at(0).text == "+":
		take()
		q.op = "ge"
	case at(0).text == "@orless":
		take()
		q.op = "le"
	default:
		for k := 1; k <= 3; k++ {
			if t := at(k); t.text == "@ormore" {
				q.op = "ge"
			} else if t.text == "@orless" {
				q.op = "le"
			} else if at(k-1).kind != tokenWord {
				return
			}
			if q.op != "" {
				return // the token itself is dropped with the other operators
			}
		}
	}
}
