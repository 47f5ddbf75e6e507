package main

import (
	"regexp"
	"slices"
	"strings"
)

func negationMutators() []mutator {
	return []mutator{
		{"negation dropped", "negation", always(dropNegation)},
		{"negation added", "negation", always(addNegation)},
		{"always or never", "negation", always(phrases{"always = never"}.edits)},
		{"one of two negations lost", "negation", always(loseNegation)},
		{"antonym", "negation", always(antonyms)},
	}
}

var (
	forbids   = regexp.MustCompile(`^(Do not|Don't|Never) ([a-z]+)`)
	negations = phrases{
		"must not > must", "should not > should", "cannot > can", "may not > may", "is not > is", "are not > are", "isn't > is",
		"aren't > are", "can't > can", "do not > do", "does not apply > applies", "if you are not sure > if you are sure",
		"is never > is always", "are never > are always",
	}
	orders = regexp.MustCompile(`^(Ask|Answer|Use|Give|Keep|Return|Mention|Include|Report|Name|List|Offer|Explain|Check|Add|Set|Choose|Send|Show|Convert|Merge|Ignore|Replace|Describe|Quote|Address|Start|Begin|Confirm|Translate|Round|Convert|Mark|Flag|Restart|Reject|Accept|Block|Repeat|Sort|Cite|Compare|Correct|Delete|Remove|Escalate|Hand|Inform|Page|Treat|Propose|Suggest|Draw|Speak|Split|Validate|Write|Search|Approve|Squash|Rebase|Merge|Pin|Link|Praise|Roll|Read|Save|Summarise|Interrupt|Cover|Count|Document|Handle|Leave) ([a-z\x60"])`)
	narrow = regexp.MustCompile(`(?i)\b(at most|at least|no more|exactly|only|except|unless|not|never|no|as [a-z ]+ as|up to|between)\b|n't`)
)

// dropNegation turns an order not to do something into the order to do it.
func dropNegation(d *document) []edit {
	all := negations.edits(d)
	all = slices.DeleteFunc(all, func(e edit) bool {
		s := e.splices[0]
		return strings.EqualFold(d.text[s.start:s.end], "do not") && (s.start == d.sentenceAt(s.start).start || strings.HasPrefix(d.text[s.end:], " forget"))
	})
	for _, s := range d.sentences() {
		if m := forbids.FindStringSubmatchIndex(d.text[s.start:s.end]); m != nil && d.text[s.start+m[4]:s.start+m[5]] != "forget" {
			all = append(all, one(s.start, s.start+m[5], capital(d.text[s.start+m[4]:s.start+m[5]])))
		}
	}
	return all
}

// addNegation forbids what was ordered or allowed.
func addNegation(d *document) []edit {
	all := d.matches(regexp.MustCompile(`\b(must|should|may|can) (be|have|use|contain|work|come|appear|cite|rename|rephrase|read|match|finish|expire|stay|take|name|pass|play) `), func(m []string) (string, bool) {
		return m[1] + " not " + m[2] + " ", true
	})
	all = append(all, phrases{"is allowed > is not allowed", "are allowed > are not allowed", "is required > is not required", "are required > are not required", "is covered > is not covered"}.edits(d)...)
	for _, s := range d.sentences() {
		text := d.text[s.start:s.end]
		if m := orders.FindString(text); m != "" && !narrow.MatchString(text) && d.free(s.start, s.start+1) {
			all = append(all, one(s.start, s.start+1, "Do not "+lower(text[:1])))
		}
	}
	return all
}

var (
	without = regexp.MustCompile(`^(Do not|Don't|Never) ([a-z]+)( [^.]*\bwithout\b)`)
	inverse = regexp.MustCompile(`\bwithout (a|the|approval|consent|violence|asking|citing|naming|opening|confirming|changing|explaining) `)
)

// loseNegation keeps one of the two negations that cancel each other.
func loseNegation(d *document) []edit {
	all := phrases{"not unusual > unusual", "not uncommon > uncommon", "do not forget to > forget to", "not impossible > impossible"}.edits(d)
	for _, s := range d.sentences() {
		text := d.text[s.start:s.end]
		if m := without.FindStringSubmatchIndex(text); m != nil {
			all = append(all, one(s.start, s.start+m[5], capital(text[m[4]:m[5]])))
			if at := inverse.FindStringSubmatchIndex(text); at != nil {
				word := "with"
				if strings.HasSuffix(text[at[2]:at[3]], "ing") {
					word = "after"
				}
				all = append(all, one(s.start+at[0], s.start+at[0]+len("without"), word))
			}
		}
	}
	return slices.DeleteFunc(all, func(e edit) bool { return strings.Contains(e.splices[0].text, "orget") })
}

// opposites can stand for each other in the same place and mean the reverse.
var opposites = phrases{
	"newest = oldest", "newer = older", "short = long", "shorter = longer", "polite = rude", "formal = informal", "plain = technical",
	"include = exclude", "accept = reject", "approve = reject", "allowed = forbidden", "optional = required", "lower case > upper case",
	"smaller = larger", "present tense = past tense", "open = closed", "cheapest > most expensive", "increase = decrease", "lower = raise",
	"first person = third person", "same = different", "internal = external", "positive = negative", "known = unknown", "high = low",
	"warm = cold", "friendly = hostile", "private = public", "correct = wrong", "official > unofficial", "most important > least important",
	"independent > dependent", "reversible > irreversible", "complete = incomplete",
	"early = late", "recent > outdated", "general > expert", "valid > invalid", "passed = failed",
	"oldest first > newest first", "explicitly > implicitly", "reliable > unreliable", "signed > unsigned", "calm > agitated",
	"stable > unstable", "similar > dissimilar", "better = worse", "smallest > largest", "patient tutor > impatient tutor", "strong = weak",
}

// vague opposites need a context to be opposites.
var together1 = regexp.MustCompile(`(?i)^(with|before|after|open|same|high|low|first|early|late|inside|outside|found|general|lower|long|short|plain|complete)$`)

func antonyms(d *document) []edit {
	return slices.DeleteFunc(opposites.edits(d), func(e edit) bool {
		s := e.splices[0]
		old := d.text[s.start:s.end]
		next := d.text[s.end:min(len(d.text), s.end+16)]
		prev := d.text[max(0, s.start-12):s.start]
		switch {
		case !together1.MatchString(old):
			return false
		case strings.EqualFold(old, "same"):
			return !strings.HasPrefix(prev[max(0, len(prev)-4):], "the ") || regexp.MustCompile(`^ (time|number|breath|as|commit|form|language)`).MatchString(next)
		case strings.EqualFold(old, "short"), strings.EqualFold(old, "long"):
			return !regexp.MustCompile(`^ (sentence|name|answer|mail|title)`).MatchString(next)
		case strings.EqualFold(old, "plain"):
			return !regexp.MustCompile(`^ (words|language|English)`).MatchString(next)
		case strings.EqualFold(old, "lower"):
			return !strings.HasPrefix(next, " the ")
		case strings.EqualFold(old, "complete"):
			return !strings.HasPrefix(next, " function")
		default:
			return true // the others are in the table for planted sentences and longer phrases
		}
	})
}
