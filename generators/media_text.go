package generators

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/pipeline"
)

// keywords are the texts of a prompt in the order in which diffusion models are
// told them: what it shows first.
func keywords(p *pipeline.MediaPrompt) []string {
	all := []string{strings.TrimSpace(p.Subject)}
	for _, field := range [][]string{p.Style, p.Mood, p.Lighting, p.Camera, p.Stimulus} {
		all = append(all, field...)
	}
	if len(p.Palette) > 0 {
		all = append(all, "color palette of "+strings.Join(p.Palette, " and "))
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// checkWeights is an error for a weight that means nothing.
func checkWeights(weights map[string]float64) error {
	for _, term := range slices.Sorted(maps.Keys(weights)) {
		if w := weights[term]; !(w > 0 && w <= 10) || strings.TrimSpace(term) == "" {
			return fmt.Errorf("weights[%q]: %v must be above 0 and at most 10, 1 = neutral", term, w)
		}
	}
	return nil
}

// weigher writes texts in the syntax of Stable Diffusion's front ends, with
// (term:1.3) for a weight, and everything else escaped.
type weigher struct {
	weights map[string]float64 // by term in small letters
	find    *regexp.Regexp     // nil = no weights
	used    map[string]bool
}

func newWeigher(weights map[string]float64) *weigher {
	w := &weigher{weights: map[string]float64{}, used: map[string]bool{}}
	var terms []string
	for term, weight := range weights {
		term = strings.ToLower(strings.TrimSpace(term))
		w.weights[term] = weight
		terms = append(terms, term)
	}
	if len(terms) == 0 {
		return w
	}
	slices.SortFunc(terms, func(a, b string) int { // the longest first: "red car" before "car"
		if d := len(b) - len(a); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for i, term := range terms {
		terms[i] = regexp.QuoteMeta(term)
	}
	w.find = regexp.MustCompile("(?i)" + strings.Join(slices.Compact(terms), "|"))
	return w
}

// write returns one text of the prompt.
func (w *weigher) write(text string) string {
	var out strings.Builder
	rest := text
	for at := 0; w.find != nil && at < len(rest); {
		found := w.find.FindStringIndex(rest[at:])
		if found == nil {
			break
		}
		from, to := at+found[0], at+found[1]
		term := strings.ToLower(rest[from:to])
		weight, known := w.weights[term]
		if !known || inWord(rest, from, to) {
			_, size := utf8.DecodeRuneInString(rest[from:])
			at = from + size
			continue
		}
		before := escapeWeights(rest[:from])
		if strings.HasSuffix(before, `\`) {
			before += " " // else it would take the bracket's meaning away
		}
		out.WriteString(before)
		fmt.Fprintf(&out, "(%s:%s)", escapeWeights(rest[from:to]), strconv.FormatFloat(weight, 'g', 4, 64))
		w.used[term] = true
		rest, at = rest[to:], 0
	}
	out.WriteString(escapeWeights(rest))
	return out.String()
}

// inWord reports whether text[from:to] is but a part of a word.
func inWord(text string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	first, _ := utf8.DecodeRuneInString(text[from:])
	last, _ := utf8.DecodeLastRuneInString(text[:to])
	after, _ := utf8.DecodeRuneInString(text[to:])
	wordy := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	return from > 0 && wordy(before) && wordy(first) || to < len(text) && wordy(last) && wordy(after)
}

// unused are the terms that stand nowhere in what was written.
func (w *weigher) unused() []string {
	var terms []string
	for term := range w.weights {
		if !w.used[term] {
			terms = append(terms, term)
		}
	}
	slices.Sort(terms)
	return terms
}

var (
	escapes = strings.NewReplacer(`\`, `\\`, `(`, `\(`, `)`, `\)`, `[`, `\[`, `]`, `\]`, `<`, `\<`, `>`, `\>`, `|`, `\|`)
	// A colon glued between a word and what follows makes tags: embedding:NAME,
	// <lora:NAME:1>, [from:to:0.5]. A space before it makes it a colon. One after
	// a digit (16:9, 12:30) makes none.
	gluedColon = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(\pL[\pL\pM_-]*):`) })
)

// escapeWeights takes the meaning away from whatever in the user's words would
// be a weight, a tag or an embedding.
func escapeWeights(text string) string {
	text = strings.Map(func(r rune) rune { // line breaks separate nothing in a prompt
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	var out strings.Builder
	at := 0
	for _, m := range gluedColon().FindAllStringSubmatchIndex(text, -1) {
		word, end := text[m[2]:m[3]], m[1]
		next, _ := utf8.DecodeRuneInString(text[end:])
		if end < len(text) && !unicode.IsSpace(next) || strings.EqualFold(word, "embedding") {
			out.WriteString(text[at:m[3]] + " :")
			at = end
		}
	}
	out.WriteString(text[at:])
	return escapes.Replace(out.String())
}
