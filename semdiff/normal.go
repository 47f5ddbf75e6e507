package semdiff

import (
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/semdiff/wordnet"
)

// plainTokens are the tokens of a text without what is only writing:
// contractions, spelling variants, numbers in words, possessives.
func plainTokens(doc *document, text string) []token {
	in := lex(doc, text)
	out := make([]token, 0, len(in)+4)
	for i, t := range in {
		if t.kind == tokenWord {
			if stem, ok := strings.CutSuffix(t.text, "'s"); ok && i+1 < len(in) && followsIs[in[i+1].text] {
				out = append(out, token{tokenWord, spell(stem), t.raw}, token{tokenWord, "is", t.raw})
				continue
			}
			out = expand(out, t)
		} else {
			out = append(out, t)
		}
	}
	return spellNumbers(numerals(dates(out)))
}

var shortened = map[string]string{"n't": "not", "'re": "are", "'m": "am", "'ve": "have", "'ll": "will", "'d": "would"}

var followsIs = wordSet("a an the not")

var shortIs = []string{"it's", "that's", "there's", "here's", "he's", "she's", "what's", "who's", "where's", "how's", "everything's", "nothing's"}

// expand appends a word as the words that it is short for.
func expand(out []token, t token) []token {
	w := t.text
	word := func(text string) { out = append(out, token{tokenWord, text, t.raw}) }
	switch w {
	case "can't", "cannot", "cant":
		word("can")
		word("not")
		return out
	case "won't", "shan't":
		word("will")
		word("not")
		return out
	case "let's":
		word("let")
		word("us")
		return out
	case "ain't":
		word("is")
		word("not")
		return out
	case "dont", "doesnt", "didnt", "isnt", "arent", "shouldnt", "mustnt", "couldnt", "wouldnt", "wasnt", "werent":
		word(strings.TrimSuffix(w, "nt"))
		word("not")
		return out
	}
	for end, full := range shortened {
		if stem, ok := strings.CutSuffix(w, end); ok && stem != "" {
			word(stem)
			word(full)
			return out
		}
	}
	if slices.Contains(shortIs, w) {
		word(w[:len(w)-2])
		word("is")
		return out
	}
	w = strings.TrimSuffix(w, "'s")
	w = strings.TrimSuffix(w, "'")
	word(spell(w))
	return out
}

// spell is the American spelling of a word.
func spell(w string) string {
	if s, ok := words().spellings[w]; ok {
		return s
	}
	if len(w) < 5 {
		return w
	}
	if i := strings.LastIndex(w, "is"); i > 2 && slices.Contains([]string{"e", "es", "ed", "er", "ers", "ing", "ation", "ations", "able"}, w[i+2:]) {
		if z := w[:i] + "iz" + w[i+2:]; wordnet.Known(z) {
			return z
		}
	}
	if i := strings.Index(w, "our"); i > 1 {
		if o := w[:i] + "or" + w[i+3:]; wordnet.Known(o) {
			return o
		}
	}
	for _, re := range []string{"metre", "litre", "centre", "theatre", "fibre", "calibre", "meagre", "lustre", "spectre"} {
		if i := strings.Index(w, re); i >= 0 {
			return w[:i] + re[:len(re)-2] + "er" + w[i+len(re):]
		}
	}
	return w
}

// baseForms replaces the words of a sentence by their base forms.
func baseForms(in []token) []token {
	out := make([]token, len(in))
	for i, t := range in {
		if t.kind == tokenWord && !strings.HasPrefix(t.text, "@") {
			t.text = baseForm(t.text)
		}
		out[i] = t
	}
	return out
}

// baseForm is the base form of a word, also of a plural that WordNet does not
// know.
func baseForm(w string) string {
	base := wordnet.Lemma(w)
	if stem, ok := strings.CutSuffix(base, "s"); ok && base == w && len(w) > 4 && strings.IndexByte("sui'", stem[len(stem)-1]) < 0 && !wordnet.Known(w) {
		return stem
	}
	return base
}

// rewrite replaces phrases by their canonical forms, once, from left to right.
func rewrite(in []token) []token {
	l := words()
	out := make([]token, 0, len(in)+2)
	for i := 0; i < len(in); {
		p, n := l.phraseAt(in, i)
		if n == 0 {
			out = append(out, in[i])
			i++
			continue
		}
		var raw []string
		for _, t := range in[i : i+n] {
			raw = append(raw, t.raw)
		}
		for _, w := range p.to {
			out = append(out, token{tokenWord, w, strings.Join(raw, " ")})
		}
		i += n
	}
	return out
}

func (l *lexicon) phraseAt(ts []token, i int) (phrase, int) {
	if ts[i].kind != tokenWord {
		return phrase{}, 0
	}
	for _, p := range l.phrases[ts[i].text] {
		if n := matchAt(p, ts[i:]); n > 0 && fits(p, ts, i, n) {
			return p, n
		}
	}
	return phrase{}, 0
}

// matchAt is the count of tokens that a phrase takes; articles between its
// words don't matter.
func matchAt(p phrase, ts []token) int {
	n := 0
	for k, w := range p.from {
		for k > 0 && n < len(ts) && ts[n].kind == tokenWord && ts[n].text != w && (ts[n].text == "the" || ts[n].text == "a" || ts[n].text == "an") {
			n++
		}
		if n >= len(ts) || ts[n].kind != tokenWord || ts[n].text != w && (w[0] != '=' || !strings.EqualFold(ts[n].raw, w[1:])) {
			return 0
		}
		n++
	}
	return n
}

// fits refuses comparators without a number: "over the phone", "up to you".
func fits(p phrase, ts []token, i, n int) bool {
	if len(p.to) == 0 {
		return true
	}
	if p.from[len(p.from)-1] == "about" && p.to[0] != "@about" && i+n < len(ts) && ts[i+n].kind == tokenNumber {
		return false // ask about 6 questions
	}
	switch p.to[0] {
	case "@about":
		return i+n < len(ts) && ts[i+n].kind == tokenNumber
	case "@le", "@ge", "@gt", "@lt", "@eq":
		return numberFollows(ts[i+n:])
	case "@orless", "@ormore":
		if numberFollows(ts[i+n:]) {
			return false
		}
		for k := i - 1; k >= 0 && k >= i-4 && ts[k].kind != tokenPunct; k-- {
			if ts[k].kind == tokenNumber {
				return true
			}
		}
		return false
	}
	return true
}

func numberFollows(ts []token) bool {
	for i, t := range ts {
		switch {
		case t.kind == tokenNumber || t.kind == tokenMark:
			return true
		case i > 1 || t.kind != tokenSymbol && t.text != "a" && t.text != "the" && t.text != "an" && t.text != "of" && t.text != ":":
			return i == 1 && isTime(t.text)
		case (t.text == "a" || t.text == "an") && i+1 < len(ts) && isTime(ts[i+1].text):
			return true
		}
	}
	return false
}

func isTime(word string) bool {
	u, ok := units()[word]
	return ok && (u.base == "s" || u.base == "month") && len(word) > 2
}
