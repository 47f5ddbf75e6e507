package main

import (
	"maps"
	"slices"
)

// hasBelow reports whether other synsets may point up to this one. Nouns and
// verbs nearly always have some; it saves nothing to look.
func (b *builder) hasBelow(key string) bool { return key[0] != 'r' }

// opposites numbers the pairs of antonyms; a satellite adjective takes part in
// the pair of its cluster's head.
func (b *builder) opposites() map[string][]int {
	sides := map[string][]int{}
	ofSynset := map[string][]int{}
	next := 1
	for _, key := range slices.Sorted(maps.Keys(b.synsets)) {
		s := b.synsets[key]
		for _, a := range s.antonym {
			other := b.synsets[a.key]
			from, to := a.from, a.to
			if other == nil || from == 0 || to == 0 || from > len(s.words) || to > len(other.words) {
				continue
			}
			v, w := s.words[from-1], other.words[to-1]
			if v == "" || w == "" || v >= w { // each pair stands twice
				continue
			}
			sides[v] = append(sides[v], 2*next)
			sides[w] = append(sides[w], 2*next+1)
			if s.pos == 'a' {
				ofSynset[key] = append(ofSynset[key], 2*next)
				ofSynset[a.key] = append(ofSynset[a.key], 2*next+1)
			}
			next++
		}
	}
	for w, all := range b.words {
		for _, sense := range all {
			s := b.synsets[sense.key]
			if s.pos != 'a' || len(s.antonym) > 0 || sense.rank > 2 {
				continue
			}
			for _, head := range s.above {
				sides[w] = append(sides[w], ofSynset[head]...)
			}
		}
	}
	return sides
}

// families groups words that are derived from each other and begin alike.
func (b *builder) families(names []string) map[string]int {
	parent := map[string]string{}
	find := func(w string) string {
		for parent[w] != "" && parent[w] != w {
			w = parent[w]
		}
		return w
	}
	for _, key := range slices.Sorted(maps.Keys(b.synsets)) {
		s := b.synsets[key]
		for _, d := range s.derived {
			other := b.synsets[d.key]
			from, to := d.from, d.to
			if other == nil || from == 0 || to == 0 || from > len(s.words) || to > len(other.words) {
				continue
			}
			v, w := s.words[from-1], other.words[to-1]
			if len(v) < 3 || len(w) < 3 || v[:2] != w[:2] {
				continue
			}
			if x, y := find(v), find(w); x != y {
				parent[max(x, y)] = min(x, y)
			}
		}
	}
	count := map[string]int{}
	for _, w := range names {
		count[find(w)]++
	}
	numbers, of := map[string]int{}, map[string]int{}
	for _, w := range names {
		root := find(w)
		if count[root] < 2 {
			continue
		}
		if numbers[root] == 0 {
			numbers[root] = len(numbers) + 1
		}
		of[w] = numbers[root]
	}
	return of
}
