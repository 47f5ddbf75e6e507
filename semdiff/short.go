package semdiff

import (
	"strings"

	"github.com/GaboBase/arch-genops/semdiff/wordnet"
)

// joinShort pairs abbreviations with what they are short for: an acronym with a
// run of words that begin with its letters, a clipped word with the whole one.
func (m *matching) joinShort(left, right []int) {
	free := func(to []int, at int) bool { return to[at] < 0 }
	for _, i := range left {
		for _, j := range right {
			a, b := &m.a.atoms[i], &m.b.atoms[j]
			if !free(m.toB, i) || !free(m.toA, j) {
				continue
			}
			if n := spelledOut(a, m.b.atoms, m.toA, j); n > 0 {
				m.join(i, j, same)
				for k := j + 1; k < j+n; k++ {
					m.toA[k] = i
				}
			} else if n := spelledOut(b, m.a.atoms, m.toB, i); n > 0 {
				m.join(i, j, same)
				for k := i + 1; k < i+n; k++ {
					m.toB[k], m.rel[k] = j, same
				}
			} else if clipped(a, b) || clipped(b, a) {
				m.join(i, j, synonym)
			}
		}
	}
}

// spelledOut is the count of unmatched words from at on whose initials are the
// acronym; 0 if they are not.
func spelledOut(acronym *atom, atoms []atom, to []int, at int) int {
	letters := strings.ToLower(strings.TrimSuffix(acronym.raw, "s"))
	if n := len(letters); n < 2 || n > 5 || acronym.raw[0] < 'A' || acronym.raw[0] > 'Z' || strings.ToUpper(letters) != strings.TrimSuffix(acronym.raw, "s") || at+n > len(atoms) {
		return 0
	}
	for k := range len(letters) {
		x := &atoms[at+k]
		if to[at+k] >= 0 || x.role != roleContent || len(x.raw) < 2 || strings.ToLower(x.raw[:1]) != letters[k:k+1] {
			return 0
		}
	}
	return len(letters)
}

// clipped reports whether short is a usual way to shorten long: its beginning
// (docs, temps, approx.), or its first letter and consonants (cmd, msg), and is
// no word of its own.
func clipped(short, long *atom) bool {
	s, l := short.key, long.key
	if short.base != "" || len(s) < 3 || len(l) < len(s)+3 || s[0] != l[0] || wordnet.Known(s) && !clippings[s] {
		return false
	}
	if strings.HasPrefix(l, s) {
		return true
	}
	if strings.ContainsAny(s, "aeiou") {
		return false
	}
	at := 0
	for k := range len(s) {
		i := strings.IndexByte(l[at:], s[k])
		if i < 0 {
			return false
		}
		at += i + 1
	}
	return true
}

// clippings are short forms that are words, too.
var clippings = wordSet("temp doc dev app spec rep prep exam ad lab demo photo intro info max min temps admin vet")
