package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func numeralMutators() []mutator {
	return []mutator{
		{"number word", "", always(numberWords)},
		{"digit grouping", "", always(grouping)},
		{"unit reformatted", "", always(unitForms)},
		{"unit name", "", always(unitNames)},
	}
}

var (
	words    = []string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
	digits   = regexp.MustCompile(`\b(\d+)( (?:[a-z]{3,}|and|or))`)
	spelled  = regexp.MustCompile(`(?i)\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) ([a-z]{3,})\b`)
	grouped  = regexp.MustCompile(`\b(\d{1,3}),(\d{3})\b`)
	bare     = regexp.MustCompile(`\b(\d{1,3})(\d{3}) (EUR|euros|words|seconds|kcal|characters)\b`)
	quantity = regexp.MustCompile(`\b(\d+(?:\.\d+)?) (ms|s|seconds?|minutes?|hours?|days|weeks?|months|years?|km|cm|mm|kg|grams?)\b`)
)

var rangeStart = regexp.MustCompile(`\b(to|\d and) $`)

var notPlain = regexp.MustCompile(`^[:/_\-=)]|^[.,]\d`)

// isolated says whether the number at [start,end) is a plain amount: no part of
// a date, version, range, list marker or name.
func (d *document) isolated(start, end int) bool {
	before, after := d.text[max(0, start-2):start], d.text[end:min(len(d.text), end+2)]
	if strings.HasSuffix(before, "§ ") || strings.HasSuffix(d.text[:start], "ISO ") || rangeStart.MatchString(d.text[max(0, start-12):start]) || strings.HasPrefix(after, " to") {
		return false
	}
	return !strings.ContainsAny(before[max(0, len(before)-1):], ":-/.,=_#(<>") && !notPlain.MatchString(after)
}

func (d *document) amounts(re *regexp.Regexp, replace func(m []string) (string, bool)) []edit {
	return slices.DeleteFunc(d.matches(re, replace), func(e edit) bool { return !d.isolated(e.splices[0].start, e.splices[0].start+1) })
}

func numberWords(d *document) []edit {
	return append(d.amounts(digits, func(m []string) (string, bool) {
		n, _ := strconv.Atoi(m[1])
		if n < 2 || n > 12 {
			return "", false
		}
		return words[n] + m[2], true
	}), d.matches(spelled, func(m []string) (string, bool) {
		return strconv.Itoa(slices.Index(words, strings.ToLower(m[1]))) + " " + m[2], m[1] == strings.ToLower(m[1])
	})...)
}

func grouping(d *document) []edit {
	return append(d.matches(grouped, func(m []string) (string, bool) { return m[1] + m[2], true }),
		d.matches(bare, func(m []string) (string, bool) { return m[1] + "," + m[2] + " " + m[3], true })...)
}

// unit is a size in the smallest unit of its dimension.
type unit struct {
	names     string // singular and plural
	dimension string
	size      float64
}

// units of time up to weeks, and months: the two are never converted into
// each other, nor days into hours, since people count calendar days.
var units = []unit{
	{"ms ms", "time", 1}, {"s s", "time", 1000}, {"second seconds", "time", 1000}, {"minute minutes", "time", 60_000}, {"hour hours", "time", 3_600_000},
	{"day days", "days", 1}, {"week weeks", "days", 7}, {"month months", "months", 1}, {"year years", "months", 12},
	{"mm mm", "length", 1}, {"cm cm", "length", 10}, {"m m", "length", 1000}, {"km km", "length", 1_000_000},
	{"gram grams", "mass", 1}, {"kg kg", "mass", 1000},
}

func unitOf(name string) (unit, bool) {
	for _, u := range units {
		if slices.Contains(strings.Fields(u.names), name) {
			return u, true
		}
	}
	return unit{}, false
}

// unitForms writes the same amount in another unit.
func unitForms(d *document) []edit {
	var all []edit
	for _, to := range units {
		all = append(all, d.amounts(quantity, func(m []string) (string, bool) {
			from, ok := unitOf(m[2])
			x, err := strconv.ParseFloat(m[1], 64)
			n := x * from.size / to.size
			if !ok || err != nil || from.dimension != to.dimension || from.size == to.size || n < 0.1 || n > 5000 || n*10 != float64(int(n*10)) {
				return "", false
			}
			names := strings.Fields(to.names)
			if symbol := len(names[0]) <= 2; symbol != (len(m[2]) <= 2) || !symbol && n != float64(int(n)) {
				return "", false // nobody writes "900 s" for 15 minutes, or "0.2 hours"
			}
			if n == 1 {
				return "1 " + names[0], true
			}
			return strconv.FormatFloat(n, 'f', -1, 64) + " " + names[1], true
		})...)
	}
	return all
}

// unitNames writes the same unit in another way.
func unitNames(d *document) []edit {
	var all []edit
	for _, pair := range [][2]string{{"percent", "%"}, {"%", "percent"}, {"EUR", "euros"}, {"euros", "EUR"}, {"hours", "h"}, {"minutes", "min"}, {"seconds", "s"}, {"kilometres", "km"}, {"km", "kilometres"}, {"ms", "milliseconds"}, {"s", "seconds"}, {"°C", "degrees Celsius"}, {"MB", "megabytes"}} {
		re := regexp.MustCompile(fmt.Sprintf(`(\d) %s(\W|$)`, regexp.QuoteMeta(pair[0])))
		all = append(all, d.matches(re, func(m []string) (string, bool) { return m[1] + " " + pair[1] + m[2], true })...)
	}
	return all
}
