package semdiff

import (
	"slices"
	"strings"
)

var (
	focusWords = wordSet("only solely exclusively just")
	modalWords = wordSet("may can must should shall will could might")
	additive   = wordSet("too also likewise")
	hedges     = map[string]bool{"ideally": true, "preferably": true, "if time allows": true, "if time permits": true}
)

// focus tells whether the one word that limits a sentence stands before its one
// modal verb: there it limits who, behind it what. ok is false for any other
// sentence.
func focus(ts []token) (before, ok bool) {
	only, modal := -1, -1
	for i, t := range ts {
		if t.kind != tokenWord {
			continue
		}
		switch {
		case focusWords[t.text]:
			if only >= 0 {
				return false, false
			}
			only = i
		case modalWords[t.text]:
			if modal >= 0 {
				return false, false
			}
			modal = i
		}
	}
	return only < modal, only >= 0 && modal >= 0
}

// refocused finds "only" on another side of the modal verb of a sentence whose
// words are otherwise the same, or an "also" in its place.
func (o *outcome) refocused(ta, tb []token) {
	if onlyA, onlyB := holds(ta, focusWords), holds(tb, focusWords); onlyA != onlyB && (onlyA && holds(tb, additive) && !holds(ta, additive) || onlyB && holds(ta, additive) && !holds(tb, additive)) {
		o.firm(KindExclusivity, .95, "only became also, or also only", "", "")
		return
	}
	before, okA := focus(ta)
	after, okB := focus(tb)
	if okA && okB && before != after && slices.Equal(wordBag(ta), wordBag(tb)) {
		o.firm(KindExclusivity, .9, "“only” limits another part of the sentence", "", "")
	}
}

func holds(ts []token, words map[string]bool) bool {
	return slices.ContainsFunc(ts, func(t token) bool { return t.kind == tokenWord && words[t.text] })
}

// wordBag is the sorted words of a sentence.
func wordBag(ts []token) []string {
	var out []string
	for _, t := range ts {
		if t.kind == tokenWord {
			out = append(out, t.text)
		}
	}
	slices.Sort(out)
	return out
}

// hedged reports whether a modal is one that turns an order into a wish,
// however the rest is said.
func hedged(a *atom) bool { return a.key == "@should" && hedges[strings.ToLower(a.raw)] }
