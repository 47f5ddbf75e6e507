package semdiff

import (
	"embed"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/semdiff/wordnet"
)

//go:embed data/*.txt
var tables embed.FS

// lexicon holds the tables of data/, parsed. It is read-only.
type lexicon struct {
	phrases   map[string][]phrase // by first word; longest first
	opposites map[string][]int    // 2n and 2n+1 are opposites
	spellings map[string]string
	groups    map[string][]int // of a phrase: the lines that it stands in, canonical forms too
	lines     int
	fillers   map[string]bool // words that may say nothing
}

// phrase rewrites a sequence of words.
type phrase struct {
	from []string
	to   []string
}

// words is the lexicon; the first call parses it, in about 2 ms.
var words = sync.OnceValue(func() *lexicon {
	l := &lexicon{phrases: map[string][]phrase{}, opposites: map[string][]int{}, spellings: map[string]string{}, groups: map[string][]int{}, fillers: map[string]bool{}}
	eachLine("spelling.txt", func(line string) {
		f := strings.Fields(line)
		for _, other := range f[1:] {
			l.spellings[other] = f[0]
		}
	})
	eachLine("directives.txt", l.addPhrases)
	eachLine("operators.txt", l.addPhrases)
	eachLine("phrases.txt", l.addPhrases)
	n := 1
	eachLine("antonyms.txt", func(line string) {
		left, right, _ := strings.Cut(line, "|")
		l.addSide(left, 2*n)
		l.addSide(right, 2*n+1)
		n++
	})
	for _, list := range l.phrases {
		slices.SortStableFunc(list, func(a, b phrase) int { return len(b.from) - len(a.from) })
	}
	l.addFillers()
	return l
})

// addFillers lists the words that may say nothing: what is dropped anyway, and
// those of phrases that stand for nothing or for such a word.
func (l *lexicon) addFillers() {
	for _, list := range []map[string]bool{dropped, prepositions, ignoredOps} {
		maps.Copy(l.fillers, list)
	}
	for _, list := range l.phrases {
		for _, p := range list {
			if len(p.to) > 0 && !l.fillers[p.to[0]] {
				continue
			}
			for _, w := range p.from {
				l.fillers[strings.TrimPrefix(w, "=")] = true
			}
		}
	}
}

func eachLine(name string, each func(string)) {
	text, err := tables.ReadFile("data/" + name)
	if err != nil {
		panic(err) // the file is part of the program
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			each(line)
		}
	}
}

func (l *lexicon) addPhrases(line string) {
	canonical, variants, _ := strings.Cut(line, " = ")
	variants = strings.ReplaceAll(variants, "-", " ") // as the lexer reads compounds
	l.lines++
	l.group(strings.TrimSpace(canonical))
	var to []string
	if canonical = strings.TrimSpace(canonical); canonical != "-" && canonical != "" {
		to = strings.Fields(strings.ReplaceAll(canonical, "-", " "))
	}
	if len(to) > 1 && !strings.Contains(canonical, "@") && !l.has(to) {
		l.phrases[to[0]] = append(l.phrases[to[0]], phrase{to, to})
	}
	for v := range strings.SplitSeq(variants, "|") {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(v), "%make "); ok {
			for _, verb := range makers {
				l.addPhrases(canonical + " = " + verb + " " + rest)
			}
			continue
		}
		l.group(strings.TrimSpace(v))
		from := strings.Fields(v)
		for i, w := range from {
			if w[0] != '@' && w[0] != '=' {
				from[i] = wordnet.Lemma(w)
			}
		}
		behind := len(to) > 0 && (to[0] == "@orless" || to[0] == "@ormore") // a comparator after its number
		if len(from) == 0 || l.has(from) && !behind {
			continue // the first line that has a phrase wins
		}
		first := from[0]
		if first[0] == '=' {
			first = wordnet.Lemma(first[1:])
		}
		l.phrases[first] = append(l.phrases[first], phrase{from, to})
	}
}

// makers are the verbs that %make stands for in phrases.txt.
var makers = strings.Fields("give provide make write create produce generate prepare offer do compile return output")

func (l *lexicon) has(from []string) bool {
	return slices.ContainsFunc(l.phrases[from[0]], func(p phrase) bool { return slices.Equal(p.from, from) })
}

func (l *lexicon) addSide(side string, id int) {
	for _, w := range strings.Fields(side) {
		l.opposites[w] = append(l.opposites[w], id)
		for _, p := range l.phrases[w] { // as it reads after rewriting
			if len(p.from) == 1 && len(p.to) == 1 {
				l.opposites[p.to[0]] = append(l.opposites[p.to[0]], id)
			}
		}
	}
}

// group notes that a phrase stands in the line being read.
func (l *lexicon) group(phrase string) {
	if phrase != "" && phrase[0] != '@' && phrase[0] != '-' && phrase[0] != '=' {
		l.groups[phrase] = append(l.groups[phrase], l.lines)
	}
}

// alike reports whether two phrases in base form stand in one line: a phrase of
// several senses is rewritten to one of them only.
func (l *lexicon) alike(a, b string) bool {
	for _, x := range l.groups[a] {
		if slices.Contains(l.groups[b], x) {
			return true
		}
	}
	return false
}

func (l *lexicon) opposite(a, b string) bool {
	for _, x := range l.opposites[a] {
		if slices.Contains(l.opposites[b], x^1) {
			return true
		}
	}
	return false
}
