package main

import (
	"regexp"
	"slices"
	"strings"
)

func scopeMutators() []mutator {
	return []mutator{
		{"modality weaker or stronger", "modality", always(modality)},
		{"always or never softened", "modality", always(phrases{"always > usually", "never > rarely", "always > sometimes", "always > preferably", "never > preferably do not"}.edits)},
		{"quantifier", "quantifier", always(quantify)},
		{"exclusivity word dropped", "exclusivity", always(dropOnly)},
		{"exclusivity word added", "exclusivity", always(addOnly)},
		{"exception dropped", "exclusivity", always(dropException)},
		{"exception added", "exclusivity", always(addException)},
		{"exception word replaced", "exclusivity", always(phrases{"unless > even if", "except > including", "except > especially", "only if > even if", "even if > only if"}.edits)},
		{"condition moved", "condition", always(moveCondition)},
		{"condition dropped or added", "condition", always(changeCondition)},
	}
}

var capped = regexp.MustCompile(`\b(at most|no more|fewer|less|up to|no longer|shorter|only|exceed)\b`)

var modals = phrases{
	"must > should", "must > may", "should > may", "should > must", "must not > should not", "should not > may", "may > must", "may be > must be",
	"have to > may", "has to > should", "is required > is recommended", "are required > are recommended", "must > can",
}

func modality(d *document) []edit {
	all := slices.DeleteFunc(modals.edits(d), func(e edit) bool { // "may not" and "can not" are prohibitions: leave them
		s := e.splices[0]
		old := strings.ToLower(d.text[s.start:s.end])
		return strings.HasPrefix(d.text[s.end:], " not") && (old == "may" || strings.HasSuffix(s.text, "may") || strings.HasSuffix(s.text, "can")) ||
			old == "must" && strings.HasPrefix(d.text[s.end:], " not")
	})
	for _, s := range d.sentences() {
		if m := orders.FindString(d.text[s.start:s.end]); m != "" && d.free(s.start, s.start+1) {
			first := lower(d.text[s.start : s.start+1])
			all = append(all, one(s.start, s.start+1, "If possible, "+first), one(s.start, s.start+1, "You may "+first))
		}
	}
	return slices.DeleteFunc(all, func(e edit) bool { // "must have at most 3" and "may have at most 3" are the same limit
		s := e.splices[0]
		allows := strings.HasPrefix(s.text, "You may") || strings.HasSuffix(s.text, "may") || strings.HasSuffix(s.text, "can") || strings.HasSuffix(s.text, "may be")
		if s.text == "must" && strings.HasPrefix(d.text[s.end:], " only ") {
			return true // so are "may only" and "must only"
		}
		return allows && capped.MatchString(d.text[s.start:d.sentenceAt(s.start).end])
	})
}

var quantifiers = phrases{
	"all > most", "all > some", "every > nearly every", "each > the first", "every > the first", "at least one > every",
	"both > one of", "any of > all of", "none of > some of", "exactly one > at least one", "all other > some other",
	"nobody > hardly anybody", "everything > most things", "each of > one of", "every > at least one",
}

// quantify leaves "one call each" alone, which says no more than "one call".
func quantify(d *document) []edit {
	return slices.DeleteFunc(quantifiers.edits(d), func(e edit) bool {
		s := e.splices[0]
		next := d.text[s.end:]
		return strings.EqualFold(d.text[s.start:s.end], "each") && (!eachThing.MatchString(next) || strings.HasPrefix(next, " other"))
	})
}

var eachThing = regexp.MustCompile(`^ (?:of |[a-z]{3,})`)

// dropOnly removes "only", which widens what a rule allows or forbids.
func dropOnly(d *document) []edit {
	all := d.matches(regexp.MustCompile(`\bOnly ([a-z])`), func(m []string) (string, bool) { return capital(m[1]), true })
	all = append(all, d.matches(regexp.MustCompile(` only( (?:if|when|with|after|for|to|the|on|by|from|in|what|SELECT|questions|players|inside|because|explicitly|decisions|paid|lines|TLS|a|changes)\b)`), func(m []string) (string, bool) { return m[1], true })...)
	all = append(all, phrases{"with the label only > with the label", "return JSON only > return JSON", " and nothing else > "}.edits(d)...)
	return slices.DeleteFunc(all, func(e edit) bool { // "the only" and "only child" restrict nothing here
		return strings.HasSuffix(d.text[:e.splices[0].start], "not")
	})
}

// addOnly narrows an order to some things, or to a condition that was one of
// several so far.
func addOnly(d *document) []edit {
	all := d.matches(regexp.MustCompile(`^(Use|Answer|Mention|Quote|Cite|Report|List|Name|Explain|Merge|Reject|Accept|Include|Flag|Document|Delete|Remove) ((?:the )?[a-z]+s)\b`), func(m []string) (string, bool) {
		return m[1] + " only " + m[2], true
	})
	for _, s := range d.sentences() {
		if m := conditionLast.FindStringSubmatchIndex(d.text[s.start:s.end]); m != nil && d.text[s.start+m[4]:s.start+m[5]] != "unless" {
			all = append(all, one(s.start+m[4], s.start+m[4], "only "))
		}
	}
	all = append(all, phrases{"may rename > may only rename"}.edits(d)...)
	return slices.DeleteFunc(all, func(e edit) bool {
		s := d.sentenceAt(e.splices[0].start)
		return regexp.MustCompile(`(?i)\b(only|exactly|even|not|never|don't|so|say|decide)\b`).MatchString(d.text[s.start:s.end])
	})
}

var exception = regexp.MustCompile(`,? (unless|except|only if|only when) [^.;:]*`)

// dropException removes the clause that limits a rule.
func dropException(d *document) []edit {
	return slices.DeleteFunc(d.matches(exception, func([]string) (string, bool) { return "", true }), func(e edit) bool {
		return d.sentenceAt(e.splices[0].start).end-e.splices[0].end > 1
	})
}

var exceptions = []string{
	" unless the user insists", ", except on weekends", " unless a manager has agreed", ", except for new customers",
	" unless there is no other way", ", except in the first message", " unless the request is urgent", ", except for internal tests",
}

func addException(d *document) []edit {
	var all []edit
	for i, s := range d.sentences() {
		text := d.text[s.start:s.end]
		if strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "..") && (orders.MatchString(text) || forbids.MatchString(text) || strings.Contains(text, " must ")) &&
			!regexp.MustCompile(`(?i)\b(unless|except|only|if|when|e\.g|instead|otherwise)\b|:`).MatchString(text) {
			all = append(all, one(s.end-1, s.end-1, exceptions[i%len(exceptions)]))
		}
	}
	return all
}

// moveCondition lets a condition govern the neighbouring rule in place of its own.
func moveCondition(d *document) []edit {
	var all []edit
	ss := d.sentences()
	for i := 1; i < len(ss); i++ {
		a, b := d.text[ss[i-1].start:ss[i-1].end], d.text[ss[i].start:ss[i].end]
		if d.text[ss[i-1].end:ss[i].start] != " " && d.lineAt(ss[i].start)-d.lineAt(ss[i-1].start) != 1 {
			continue
		}
		if m := conditionFirst.FindStringSubmatch(a); m != nil && starts(b) {
			all = append(all, edit{splices: []splice{{ss[i-1].start, ss[i-1].end, capital(m[3]) + "."}, {ss[i].start, ss[i].start + 1, m[1] + " " + m[2] + ", " + lower(b[:1])}}})
		}
		if m := conditionFirst.FindStringSubmatch(b); m != nil && starts(a) {
			all = append(all, edit{splices: []splice{{ss[i-1].start, ss[i-1].start + 1, m[1] + " " + m[2] + ", " + lower(a[:1])}, {ss[i].start, ss[i].end, capital(m[3]) + "."}}})
		}
	}
	return all
}

// starts says whether a condition can be put in front of the sentence.
func starts(s string) bool {
	return (orders.MatchString(s) || forbids.MatchString(s)) && strings.HasSuffix(s, ".") && !regexp.MustCompile(`\b(if|when|unless|otherwise)\b|:`).MatchString(s)
}

var conditions = []string{"If the user asks for it, ", "When in doubt, ", "On weekends, ", "If time allows, ", "For new customers, ", "In the first reply, "}

// changeCondition drops the condition of a rule or gives one to a rule that had none.
func changeCondition(d *document) []edit {
	var all []edit
	for i, s := range d.sentences() {
		text := d.text[s.start:s.end]
		if m := conditionFirst.FindStringSubmatch(text); m != nil && !strings.Contains(m[3], " it") {
			all = append(all, one(s.start, s.end, capital(m[3])+"."))
		}
		if starts(text) && !strings.Contains(text, "at most") {
			all = append(all, one(s.start, s.start+1, conditions[i%len(conditions)]+lower(text[:1])))
		}
	}
	return all
}
