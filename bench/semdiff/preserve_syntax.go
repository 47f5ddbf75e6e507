package main

import (
	"regexp"
	"strings"
)

func syntaxMutators() []mutator {
	return []mutator{
		{"clause order", "", always(clauseOrder)},
		{"double negation", "", always(doubleNegation)},
		{"passive or active", "", always(passive)},
		{"sentences joined", "", always(joinSentences)},
	}
}

var (
	conditionFirst = regexp.MustCompile(`^(If|When|Whenever) ([^,;:.]+), ([a-z][^,;:.]+)\.$`)
	conditionLast  = regexp.MustCompile(`^([A-Z][^,;:.]+?),? (if|unless|when) ([^,;:.]+)\.$`)
)

// clauseOrder moves a condition within its sentence: "if A, do B" and "do B if
// A" are the same.
func clauseOrder(d *document) []edit {
	var all []edit
	for _, s := range d.sentences() {
		text := d.text[s.start:s.end]
		if m := conditionFirst.FindStringSubmatch(text); m != nil && !regexp.MustCompile(` (if|unless|when) `).MatchString(m[3]) && !ordered.MatchString(m[3]) && !strings.Contains(m[3], " then") {
			all = append(all, one(s.start, s.end, capital(m[3])+" "+strings.ToLower(m[1])+" "+m[2]+"."))
		}
		if m := conditionLast.FindStringSubmatch(text); m != nil && !regexp.MustCompile(`(?i)\b(only|even|except|so|say|decide|but|and|or|that)\b`).MatchString(m[1]) && !ordered.MatchString(m[3]) {
			if first, _, _ := strings.Cut(m[1], " "); first != "I" && d.free(s.start, s.start+len(first)) {
				all = append(all, one(s.start, s.end, capital(m[2])+" "+m[3]+", "+lower(m[1])+"."))
			}
		}
	}
	return all
}

var doubled = phrases{
	"always mention = never omit", "always check = never fail to check", "always add = never forget to add",
	"always ask = never fail to ask", "always explain = never fail to explain", "always convert = never fail to convert",
	"always write down > never fail to write down", "always quote > never fail to quote", "always escalate > never fail to escalate",
	"do not forget to = remember to", "always say = never fail to say", "is common = is not uncommon", "is possible = is not impossible",
	"it is not unusual that = it is usual that", "always name = never fail to name", "always refer = never fail to refer",
	"always wears > is never without", "are always invited > are never left uninvited",
	"always choose = never fail to choose", "mention the > do not omit the", "keep all > do not drop any of the", "must have a = must not lack a",
	"answer every question > leave no question unanswered",
	"is allowed = is not forbidden", "are allowed = are not forbidden", "is missing > is not there", "must contain a = must not lack a",
}

// doubleNegation says the same with two negations, or without.
func doubleNegation(d *document) []edit {
	var all []edit
	for _, e := range doubled.edits(d) {
		s := e.splices[0]
		sentence := d.sentenceAt(s.start)
		old := strings.ToLower(d.text[s.start:s.end])
		if single := old == "mention the" || old == "keep all"; single && s.start != sentence.start {
			continue // only as an order
		}
		if denied.MatchString(d.text[sentence.start:s.start]) || strings.Contains(d.text[sentence.start:sentence.end], " only ") || strings.HasPrefix(d.text[s.end:], ",") {
			continue
		}
		all = append(all, e)
	}
	return all
}

// participles of verbs that rules are often written with.
var participles = map[string]string{
	"rejected": "reject", "removed": "remove", "reported": "report", "escalated": "escalate", "marked": "mark",
	"deleted": "delete", "masked": "mask", "stored": "store", "pinned": "pin", "tested": "test", "hashed": "hash",
	"inspected": "inspect", "confirmed": "confirm", "signed": "sign", "disclosed": "disclose", "replaced": "replace",
	"returned": "return", "granted": "grant", "listed": "list", "shown": "show", "written": "write", "addressed": "address",
}

var passiveRule = regexp.MustCompile(`^((?:[A-Z][a-z]+ )(?:[a-z0-9]+ ){0,6}?)(must not|must|should) be ([a-z]+)((?: [^,;:]*)?)\.$`)

// passive turns "X must be rejected" into "You must reject X".
func passive(d *document) []edit {
	var all []edit
	for _, s := range d.sentences() {
		m := passiveRule.FindStringSubmatch(d.text[s.start:s.end])
		if m == nil || participles[m[3]] == "" || strings.Contains(m[4], " by ") || regexp.MustCompile(`(?i)^(he|she|it|they|nobody|this|that|if|when)\b`).MatchString(m[1]) {
			continue
		}
		all = append(all, one(s.start, s.end, "You "+m[2]+" "+participles[m[3]]+" "+lower(strings.TrimSpace(m[1]))+m[4]+"."))
	}
	return all
}

var imperative = regexp.MustCompile(`^(Use|Write|Give|Keep|Return|Mention|Name|List|Add|Cite|Quote|Say|Sort|Round|Mark|Describe) [^,;:]*\.$`)

// joinSentences joins two orders that follow each other by "and".
func joinSentences(d *document) []edit {
	var all []edit
	for _, l := range d.lines {
		if !l.rule() {
			continue
		}
		ss := d.sentencesOf(l)
		for i := 1; i < len(ss); i++ {
			a, b := d.text[ss[i-1].start:ss[i-1].end], d.text[ss[i].start:ss[i].end]
			if imperative.MatchString(a) && imperative.MatchString(b) && !regexp.MustCompile(` (if|unless|when|until|and|or|not|as|than) `).MatchString(a+b) {
				all = append(all, one(ss[i-1].end-1, ss[i].start+1, " and "+lower(b[:1])))
			}
		}
	}
	return all
}
