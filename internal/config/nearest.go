package config

import "strings"

// Nearest returns the known word that is most likely meant by word, or "" when
// none is close. Distance is the number of insertions, deletions,
// substitutions and swaps of neighbours (optimal string alignment), ignoring
// case and the difference between "-", "_" and " "; a third of the word may
// differ, at least one character. Of equally near words the first wins.
func Nearest(word string, known []string) string {
	const longest = 64
	w := fold(word)
	if len(w) == 0 || len(w) > longest {
		return ""
	}
	best, bestDistance := "", max(1, len(w)/3)+1
	for _, k := range known {
		f := fold(k)
		if len(f) > longest {
			continue
		}
		if d := distance(w, f); d < bestDistance && d < len(f) {
			best, bestDistance = k, d
		}
	}
	return best
}

func fold(s string) []rune {
	return []rune(strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(s)))
}

// distance keeps three rows of the table: a swap looks two rows back.
func distance(a, b []rune) int {
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			substitute := prev[j-1]
			if a[i-1] != b[j-1] {
				substitute++
			}
			row[j] = min(substitute, prev[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(b)]
}
