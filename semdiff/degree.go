package semdiff

import (
	"strings"

	"github.com/GaboBase/arch-genops/semdiff/wordnet"
)

// positive is the base form of a comparative or superlative: quick of
// quickest, easy of easier; "" for other words.
func positive(w string) string {
	stem, ok := strings.CutSuffix(w, "est")
	if !ok {
		stem, ok = strings.CutSuffix(w, "er")
	}
	if !ok || len(stem) < 2 {
		return ""
	}
	tries := []string{stem, stem + "e"}
	if n := len(stem); stem[n-1] == 'i' {
		tries = []string{stem[:n-1] + "y"}
	} else if n > 2 && stem[n-1] == stem[n-2] {
		tries = append(tries, stem[:n-1])
	}
	for _, t := range tries {
		if e, ok := wordnet.Look(t); ok && e.Pos&(wordnet.Adjective|wordnet.Adverb) != 0 {
			return t
		}
	}
	return ""
}

// oppositeDegrees reports whether two comparatives, or two superlatives, are
// those of opposites: quickest and slowest.
func oppositeDegrees(a, b string) bool {
	if strings.HasSuffix(a, "est") != strings.HasSuffix(b, "est") {
		return false
	}
	x, y := positive(a), positive(b)
	if x == "" || y == "" || x == y {
		return false
	}
	if words().opposite(x, y) {
		return true
	}
	ex, okX := wordnet.Look(x)
	ey, okY := wordnet.Look(y)
	return okX && okY && wordnet.Antonyms(ex, ey)
}
