package main

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

func wordMutators() []mutator {
	return []mutator{
		{"contraction", "", always(contractions.edits)},
		{"synonym", "", always(synonyms.edits)},
		{"paraphrase", "", always(paraphrases.edits)},
		{"comparator synonym", "", always(comparatorSynonyms)},
		{"British or American", "", always(spelling)},
		{"typing error", "", typos},
		{"politeness", "", always(politeness)},
		{"abbreviation", "", always(abbreviations.edits)},
	}
}

var contractions = phrases{
	"do not = don't", "does not = doesn't", "is not = isn't", "are not = aren't", "cannot = can't",
	"should not = shouldn't", "must not = mustn't", "has not = hasn't", "have not = haven't", "will not = won't",
	"you are = you're", "it is = it's", "would not > wouldn't", "that is > that's",
}

// synonyms are safe in any prompt: neither a limit nor a duty hangs on them.
var synonyms = phrases{
	"ensure that = make sure that", "mention the > refer to the", "start with = begin with", "big > large", "choose = pick", "select = choose", "clerk > case handler",
	"immediately = at once", "explicitly = expressly", "mistakes = errors",
	"the text below = the following text", "the document below > the following document",
	"whenever = each time", "difference = discrepancy",
	"for instance = for example", "such as > like", "carry out = perform", "fix = repair",
	"nothing else = nothing more", "in case > if", "in total = altogether",
	"newspaper articles > press articles", "typing errors = typos",
	"readers > people who read", "handles > deals with", "handle = deal with", "give reasons > state reasons",
	"e-mail = email", "often = frequently", "brief = short", "help with = assist with", "quickly = fast",
	"propose = suggest", "leave out = omit", "reveal = disclose", "speak = talk", "carrier = shipping company",
	"wrong = incorrect", "buy > purchase", "begins = starts", "ask for > request",
	"hand over to = pass on to", "point out = call attention to", "contradict = conflict with",
	"completely = in full", "look for = search for", "invent = make up", "take part = participate",
	"plain language = simple language", "plain words = simple words", "short sentences = brief sentences",
	"merge = combine", "receives = gets", "permitted = allowed", "several = multiple",
	"return the label = output the label", "if possible = where possible", "rarely = seldom",
}

// paraphrases are whole turns of instructions.
var paraphrases = phrases{
	"you must = you have to", "make sure to = be sure to", "do not share = do not pass on",
	"you are not a doctor and must say so > you are no doctor and have to say so",
	"ask one question at a time = ask only a single question at a time",
	"answer with the label only = answer with nothing but the label",
	"nothing else = nothing besides", "write in English = use English",
	"is not in the text = does not appear in the text", "keep the order of = preserve the order of",
	"use at most = do not use more than", "write at most = do not write more than",
	"has at most = does not have more than", "only if = only when", "return only = output nothing except",
	"stop and ask = pause and ask", "if you are not sure = when in doubt", "when you are unsure > if you are in doubt",
	"return a JSON object = answer with a JSON object", "return json = answer in JSON", "return yaml > answer in YAML",
	"step by step = one step at a time", "read the text completely = read the text in full",
	"even if = even when", "as long as = provided that", "is required = is needed", "are required = are needed",
	"do not guess = never guess", "do not invent = never invent", "do not give = never give",
	"is not allowed = is forbidden", "are not allowed = are forbidden", "in this order = in the order given here",
	"you can use these tools > the following tools are at your disposal", "must have = needs to have",
	"you help = you assist", "you support = you assist", "your task is to > you have to",
	"use plain language > write plainly", "a human > a person", "you write = you compose",
	"one of the following labels = one of these labels", "one of these levels > one of the following levels",
	"ignore = disregard",
}

// limit is a count with what it counts; what follows must not negate it.
var (
	atMost  = regexp.MustCompile(`(?i)\b(at most|no more than|up to|not more than) (\d[\d.,]*|two|three|four|five|six|ten|twelve)\b`)
	atLeast = regexp.MustCompile(`(?i)\b(at least|no fewer than|no less than) (\d[\d.,]*|two|three|four|five|six|ten|twelve)\b`)
	more    = regexp.MustCompile(`(?i)\b(more than|above) (\d[\d.,]*)\b`)
	less    = regexp.MustCompile(`(?i)\b(fewer than|less than|below|under) (\d[\d.,]*)\b`)
	denied  = regexp.MustCompile(`(?i)\b(not|no|never|n't)\b|n't\b`)
)

func comparatorSynonyms(d *document) []edit {
	to := func(re *regexp.Regexp, words ...string) (all []edit) {
		for _, w := range words {
			all = append(all, d.matches(re, func(m []string) (string, bool) {
				return like(w, m[0]) + " " + m[2], !strings.EqualFold(w, m[1]) && !strings.EqualFold(m[1], "up to")
			})...)
		}
		return all
	}
	all := slices.Concat(to(atMost, "at most", "no more than", "a maximum of"), to(atLeast, "at least", "no fewer than", "a minimum of"), to(more, "over"), to(less, "under"))
	return slices.DeleteFunc(all, func(e edit) bool { // "do not use at most" would read badly, "over" needs an amount
		s := e.splices[0]
		before := d.text[d.sentenceAt(s.start).start:s.start]
		return denied.MatchString(before) || strings.HasSuffix(before, "any of ")
	})
}

var spellings = phrases{
	"summarise = summarize", "summarises = summarizes", "apologise = apologize", "normalise = normalize", "normalised = normalized",
	"colour = color", "colours = colors", "licence = license", "litres = liters", "millilitres = milliliters",
	"organisation = organization", "recognise = recognize", "centre = center", "grey = gray", "behaviour = behavior",
	"cancelled = canceled", "traveller = traveler", "parameterised = parameterized", "jewellery = jewelry",
	"catalogue = catalog", "favour = favor", "metres = meters", "kilometres = kilometers", "adviser = advisor",
	"analyse = analyze", "watercolour = watercolor", "moustache = mustache", "fulfil = fulfill",
	"artefacts = artifacts", "paediatrician = pediatrician",
}

// spelling leaves lists of labels alone: there the letters are part of the
// interface.
func spelling(d *document) []edit {
	return slices.DeleteFunc(spellings.edits(d), func(e edit) bool {
		return strings.Contains(d.str(d.lines[d.lineAt(e.splices[0].start)]), " one of: ")
	})
}

var abbreviations = phrases{
	"e.g. = for example", "for instance > e.g.", "that is, = i.e.", "approx. = approximately", "and so on > etc.",
	"information = info", "percent = per cent", "versus = vs.", "maximum > max.",
}

var longWord = regexp.MustCompile(`\b[a-z]{7,}\b`)

// kept are words whose letters a reader may depend on, or that a slip turns
// into another word.
var kept = regexp.MustCompile(`(?i)^(unless|without|nothing|nobody|neither|optional|required|forbidden|allowed|disallowed|negative|positive|minimum|maximum|.*tion|un.*|in.*|dis.*|im.*)$`)

// typos swaps two letters inside a long word, or repairs such a slip.
func typos(d *document, r *rand.Rand) []edit {
	var all []edit
	for _, e := range d.matches(longWord, func(m []string) (string, bool) {
		w := []byte(m[0])
		i := 2 + r.IntN(len(w)-4)
		if kept.MatchString(m[0]) || w[i] == w[i+1] {
			return "", false
		}
		w[i], w[i+1] = w[i+1], w[i]
		return string(w), true
	}) {
		s := e.splices[0]
		slip := splice{s.start, s.end, s.text}
		all = append(all, e, edit{plant: &slip, splices: []splice{{s.start, s.end, d.text[s.start:s.end]}}})
	}
	return all
}

var request = regexp.MustCompile(`^(Ask|Answer|Use|Write|Give|Keep|Return|Mention|Include|Report|Name|List|Explain|Check|Add|Set|Choose|Send|Show|Convert|Merge|Replace|Describe|Decide|Read|Quote|Do not|Don't|Avoid|Confirm|Translate|Rewrite|Summarise|Extract|Solve|Draft|Label)\b`)

// politeness asks for the first rule, or for one rule, with "please".
func politeness(d *document) []edit {
	var all []edit
	for _, s := range d.sentences() {
		if m := request.FindString(d.text[s.start:s.end]); m != "" && d.free(s.start, s.start+len(m)) {
			all = append(all, one(s.start, s.start+1, "Please "+lower(m[:1])))
			if d.text[s.end-1] == '.' && !strings.HasPrefix(m, "D") {
				all = append(all, one(s.end-1, s.end, ", please."))
			}
		}
	}
	return all
}
