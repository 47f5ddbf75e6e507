package procedural

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

var (
	//go:embed data/vocabulary.txt
	vocabularyText string
	//go:embed data/palettes.txt
	palettesText string
	//go:embed data/colors.txt
	colorsText string
)

// meaning is what a word or phrase stands for.
type meaning struct {
	kind, name string // kind: thing, palette, hint, light, camera, look, color, filler
	votes      []vote
	color      color // of kind color
}

type vote struct {
	scene  string
	weight int
}

// longest is the number of words in the longest phrase that is looked up.
const longest = 5

// vocabulary maps phrases, words joined by single spaces, to their meanings.
// Read once, at the first image.
var vocabulary = sync.OnceValue(func() map[string][]meaning {
	words := map[string][]meaning{}
	for line := range dataLines(vocabularyText) {
		head, list, _ := strings.Cut(line, "=")
		m := parseMeaning(strings.Fields(head))
		for phrase := range strings.SplitSeq(list, ",") {
			key := strings.Join(tokens(phrase), " ")
			words[key] = append(words[key], m)
		}
	}
	for line := range dataLines(colorsText) {
		code, list, _ := strings.Cut(line, " ")
		for phrase := range strings.SplitSeq(list, ",") {
			key := strings.Join(tokens(phrase), " ")
			words[key] = append(words[key], meaning{kind: "color", name: key, color: mustHex(code)})
		}
	}
	return words
})

func parseMeaning(head []string) meaning {
	m := meaning{kind: head[0], name: head[1]}
	for _, v := range head[2:] {
		scene, weight, _ := strings.Cut(v, ":")
		n, err := strconv.Atoi(weight)
		if err != nil {
			panic(fmt.Sprintf("data/vocabulary.txt: %q is no scene:weight", v))
		}
		m.votes = append(m.votes, vote{scene, n})
	}
	return m
}

// dataLines yields the lines of an embedded table that say something.
func dataLines(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

// mustHex reads rrggbb of an embedded table.
func mustHex(code string) color {
	v, err := strconv.ParseUint(code, 16, 32)
	if err != nil || len(code) != 6 {
		panic(fmt.Sprintf("data: %q is no colour", code))
	}
	return hex(uint32(v))
}

// parseHex reads #rgb or #rrggbb.
func parseHex(s string) (color, bool) {
	digits, ok := strings.CutPrefix(s, "#")
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	v, err := strconv.ParseUint(digits, 16, 32)
	return hex(uint32(v)), ok && err == nil && len(digits) == 6
}

// tokens splits text into lower-case words of letters and digits.
func tokens(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\''
	})
}

// look finds the longest phrase at the beginning of words.
func lookUp(words []string) (ms []meaning, n int) {
	table := vocabulary()
	for n = min(len(words), longest); n > 0; n-- {
		key := strings.Join(words[:n], " ")
		if ms, ok := table[key]; ok {
			return ms, n
		}
		for _, single := range singulars(key) {
			if ms, ok := table[single]; ok {
				return ms, n
			}
		}
	}
	return nil, 1
}

// singulars lists what a word could be the plural of.
func singulars(word string) []string {
	var out []string
	if s, ok := strings.CutSuffix(word, "ies"); ok {
		out = append(out, s+"y")
	}
	if s, ok := strings.CutSuffix(word, "es"); ok {
		out = append(out, s)
	}
	if s, ok := strings.CutSuffix(word, "s"); ok {
		out = append(out, s)
	}
	return out
}
