package main

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func amountMutators() []mutator {
	return []mutator{
		{"number", "number", changeNumber},
		{"number in words", "number", changeNumberWord},
		{"number in many places", "number", manyNumbers},
		{"unit", "number", always(changeUnit)},
		{"comparator", "comparator", always(changeComparator)},
		{"comparator sign", "comparator", always(comparatorSigns)},
	}
}

var anyNumber = regexp.MustCompile(`\b\d+(?:,\d{3})*(?:\.\d+)?`)

// other is a different number that reads as well in the same place.
func other(n string, r *rand.Rand) string {
	if whole, frac, ok := strings.Cut(n, "."); ok {
		k, _ := strconv.Atoi(whole)
		return strconv.Itoa(k+1+r.IntN(3)) + "." + frac
	}
	k, err := strconv.Atoi(strings.ReplaceAll(n, ",", ""))
	if err != nil || k == 1 {
		return n // "1 hour" would need another noun
	}
	choices := []int{k + 1, k * 2, k*3 + 1}
	if k > 3 {
		choices = append(choices, k-1, k/2)
	}
	if k >= 10 {
		choices = append(choices, k+5, k*10, k-3)
	}
	m := choices[r.IntN(len(choices))]
	if k == 0 {
		m = 2
	}
	s := strconv.Itoa(m)
	if strings.Contains(n, ",") && m >= 1000 {
		s = s[:len(s)-3] + "," + s[len(s)-3:]
	}
	return s
}

// changeNumber changes exactly one number.
func changeNumber(d *document, r *rand.Rand) []edit {
	return d.amountsOf(anyNumber, func(m []string) (string, bool) { s := other(m[0], r); return s, s != m[0] })
}

var (
	glued  = regexp.MustCompile(`[:/_=#.\-A-Za-z,]$`)
	goesOn = regexp.MustCompile(`^[:/_=\-a-z]|^[.,]\d`)
)

// amountsOf is like amounts, but ranges count too.
func (d *document) amountsOf(re *regexp.Regexp, replace func(m []string) (string, bool)) []edit {
	return slices.DeleteFunc(d.matches(re, replace), func(e edit) bool {
		s := e.splices[0]
		before, after := d.text[:s.start], d.text[s.end:]
		return strings.HasSuffix(before, "ISO ") || glued.MatchString(before[max(0, len(before)-4):]) || goesOn.MatchString(after[:min(len(after), 4)])
	})
}

func changeNumberWord(d *document, r *rand.Rand) []edit {
	return d.matches(spelled, func(m []string) (string, bool) {
		n := slices.Index(words, strings.ToLower(m[1]))
		k := []int{n + 1, n + 2, max(2, n-1)}[r.IntN(3)]
		if k >= len(words) || k == n {
			k = n - 1
		}
		if k < 2 {
			k = 5
		}
		return like(words[k], m[1]) + " " + m[2], true
	})
}

// manyNumbers changes a number wherever it stands with the same next word, or
// wherever it stands at all if that is in three places or more.
func manyNumbers(d *document, r *rand.Rand) []edit {
	groups := map[string][]edit{}
	var order []string
	for _, e := range d.amountsOf(anyNumber, func(m []string) (string, bool) { return m[0] + "?", true }) {
		s := e.splices[0]
		n := d.text[s.start:s.end]
		if other(n, r) == n {
			continue
		}
		if groups[n] == nil {
			order = append(order, n)
		}
		groups[n] = append(groups[n], e)
		if s.end >= len(d.text) || d.text[s.end] != ' ' || strings.HasPrefix(d.text[s.end:], " to ") {
			continue
		}
		noun, _, _ := strings.Cut(d.text[s.end+1:]+" ", " ")
		key := n + " " + strings.Trim(noun, ".,;:")
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], e)
	}
	var all []edit
	for _, key := range order {
		n, noun, _ := strings.Cut(key, " ")
		if len(groups[key]) < 2 || noun == "" && len(groups[key]) < 3 {
			continue
		}
		to := other(n, r)
		var es []edit
		for _, e := range groups[key] {
			es = append(es, one(e.splices[0].start, e.splices[0].end, to))
		}
		all = append(all, together(es)...)
	}
	return all
}

// otherUnits have another size, so that the amount is another one.
var otherUnits = map[string]string{
	"seconds": "minutes", "minutes": "hours", "hours": "days", "days": "weeks", "weeks": "months", "months": "years", "years": "months",
	"words": "characters", "characters": "words", "sentences": "paragraphs", "lines": "characters", "ms": "s", "km": "m", "cm": "mm", "mm": "cm",
	"MB": "GB", "EUR": "USD", "euros": "dollars", "kcal": "kJ", "grams": "kilograms", "percent": "percentage points", "bullets": "pages", "litres": "millilitres",
	"kg": "g", "silver": "gold", "searches": "pages",
}

var withUnit = regexp.MustCompile(`(\d|\b(?:two|three|four|five|six|ten|twelve)) ([A-Za-z]+)\b`)

func changeUnit(d *document) []edit {
	return d.matches(withUnit, func(m []string) (string, bool) {
		to := otherUnits[m[2]]
		return m[1] + " " + to, to != ""
	})
}

var comparators = phrases{
	"at most = at least", "no more than = no fewer than", "more than = less than", "or fewer = or more", "above = below", "under > over",
	"fewer than = more than", "longer than = shorter than", "up to > at least", "older than = younger than", "or newer > or older",
	"more than > at least", "exceeds > is below", "maximum is > minimum is", "within > after", "exactly > at least", "less than > at most",
	"must not exceed > must exceed", "exceed > fall below", "larger than = smaller than", "exactly > about", "at least > more than",
}

// changeComparator turns a limit around. What stands "above" or "below" in the
// text is no limit.
func changeComparator(d *document) []edit {
	amount := regexp.MustCompile(`^ (\d|\{\{|that )`)
	return slices.DeleteFunc(comparators.edits(d), func(e edit) bool {
		s := e.splices[0]
		switch strings.ToLower(d.text[s.start:s.end]) {
		case "above", "below":
			return !amount.MatchString(d.text[s.end:])
		case "exactly":
			return strings.HasPrefix(d.text[s.end:], " as ") || strings.HasPrefix(d.text[s.end:], " one ") && s.text == "about"
		}
		return false
	})
}

var (
	sign      = regexp.MustCompile(`(>=|<=|>|<|≥|≤) (-?\d)`)
	otherSign = map[string]string{">=": ">", "<=": "<", ">": ">=", "<": "<=", "≥": ">", "≤": "<"}
)

// comparatorSigns includes or excludes the bound, also in code.
func comparatorSigns(d *document) []edit {
	var all []edit
	for _, l := range d.lines {
		if !l.rule() && l.kind != code {
			continue
		}
		for _, m := range sign.FindAllStringSubmatchIndex(d.str(l), -1) {
			old := d.str(l)[m[2]:m[3]]
			all = append(all, one(l.body+m[2], l.body+m[3], otherSign[old]))
			if reverse := map[string]string{">=": "<=", "<=": ">=", ">": "<", "<": ">"}[old]; reverse != "" {
				all = append(all, one(l.body+m[2], l.body+m[3], reverse))
			}
		}
	}
	return all
}
