package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/GaboBase/arch-genops/internal/config"
)

// maxGroups bounds how many pairs of opposites there are.
const maxGroups = 32

// stance is what a text says on each group of opposites: a bit for each side
// that it takes.
type stance [maxGroups]uint8

// contradicts says whether two texts take different sides of the same group.
func (a *stance) contradicts(b *stance) bool {
	for g, side := range a {
		if side != 0 && b[g] != 0 && side&b[g] == 0 {
			return true
		}
	}
	return false
}

func (a *stance) add(b *stance) {
	for g, side := range b {
		a[g] |= side
	}
}

// opposites knows which words contradict each other.
type opposites struct {
	phrases map[string][]phrase // by their first word, the longest first
}

type phrase struct {
	words []string
	group int
	side  uint8
}

func readOpposites(file string, data []byte) (*opposites, error) {
	var document struct {
		Opposites map[string][][]string `yaml:"opposites"`
	}
	if err := config.Decode(file, data, &document); err != nil {
		return nil, err
	}
	if n := len(document.Opposites); n > maxGroups {
		return nil, &config.Error{File: file, Msg: fmt.Sprintf("%d groups; at most %d", n, maxGroups)}
	}
	o := &opposites{phrases: map[string][]phrase{}}
	for g, name := range slices.Sorted(maps.Keys(document.Opposites)) {
		sides := document.Opposites[name]
		if len(sides) < 2 || len(sides) > 8 {
			return nil, &config.Error{File: file, Key: "opposites." + name, Msg: "has 2..8 sides"}
		}
		for s, texts := range sides {
			for _, text := range texts {
				words := wordsOf(text)
				if len(words) == 0 {
					return nil, &config.Error{File: file, Key: "opposites." + name, Msg: "an entry has no word"}
				}
				o.phrases[words[0]] = append(o.phrases[words[0]], phrase{words, g, 1 << s})
			}
		}
	}
	for _, list := range o.phrases {
		slices.SortStableFunc(list, func(a, b phrase) int { return len(b.words) - len(a.words) })
	}
	return o, nil
}

// read finds what a text says. A word counts within the longest phrase that it
// begins, and for each group.
func (o *opposites) read(words []string) (s stance) {
	for i := 0; i < len(words); {
		longest := 1
		for _, p := range o.phrases[words[i]] {
			if len(p.words) < longest || !slices.Equal(words[i:min(len(words), i+len(p.words))], p.words) {
				continue
			}
			longest = len(p.words)
			s[p.group] |= p.side
		}
		i += longest
	}
	return s
}

// wordsOf splits a text into words in small letters, plurals without their -s.
func wordsOf(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
	})
	for i, w := range words {
		words[i] = singular(w)
	}
	return words
}

func singular(w string) string {
	if len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us") {
		return w[:len(w)-1]
	}
	return w
}

// light words say too little for a repetition of them to matter.
var lightWords = map[string]bool{"a": true, "an": true, "the": true, "of": true, "and": true, "or": true, "in": true, "on": true, "at": true,
	"with": true, "from": true, "to": true, "by": true, "for": true, "under": true, "over": true, "into": true, "its": true, "is": true,
	"no": true, "left": true, "one": true, "two": true, "detail": true, "view": true, "mm": true, "len": true, "look": true}

// profile is what a text is about.
type profile struct {
	words  map[string]bool
	stance stance
}

func (o *opposites) profile(texts ...string) *profile {
	p := &profile{words: map[string]bool{}}
	p.add(o, texts...)
	return p
}

func (p *profile) add(o *opposites, texts ...string) {
	for _, t := range texts {
		words := wordsOf(t)
		s := o.read(words)
		p.stance.add(&s)
		for _, w := range words {
			p.words[w] = true
		}
	}
}

// repeats says whether a text has a word that is in the profile already.
func (p *profile) repeats(words []string) bool {
	for _, w := range words {
		if !lightWords[w] && p.words[w] {
			return true
		}
	}
	return false
}

// sayings is what a prompt says so far: profiles that many prompts share, and
// what was added to this one.
type sayings struct {
	shared []*profile
	words  []string
	stance stance
}

func (s *sayings) has(word string) bool {
	for _, p := range s.shared {
		if p.words[word] {
			return true
		}
	}
	return slices.Contains(s.words, word)
}

// repeats says whether a text has a word that is there already.
func (s *sayings) repeats(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return !lightWords[w] && s.has(w) })
}

func (s *sayings) add(one *part) {
	s.stance.add(&one.stance)
	s.words = append(s.words, one.words...)
}
