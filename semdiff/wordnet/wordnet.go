// Package wordnet tells synonyms, antonyms and derivations of English words,
// from a table made of WordNet 3.1 (build/main.go makes it). The table is
// searched where it lies in the program: nothing is loaded or parsed, and all
// functions may be called from any number of goroutines.
package wordnet

import (
	_ "embed"
	"encoding/binary"
	"slices"
	"strings"
)

//go:embed wordnet.table
var table string

// Parts of speech, as bits.
const (
	Noun = 1 << iota
	Verb
	Adjective
	Adverb
)

// Entry is what the table knows about one word in its base form. Numbers only
// mean something when two entries share one.
type Entry struct {
	Pos       int   // bits of the parts of speech that the word occurs as
	synsets   []int // of its frequent senses, ascending
	above     []int // hypernyms of its first senses, or heads of their clusters
	opposites []int // 2n and 2n+1 are antonyms
	family    int   // words derived from each other share it; 0 = none
}

// Look returns the entry of a word in its base form and lower case; false if
// WordNet does not have it. It takes about a microsecond.
func Look(word string) (Entry, bool) {
	blocks := int(u32(4))
	lo, hi := 0, blocks
	for lo < hi { // the last block whose first word is not after word
		mid := (lo + hi) / 2
		if first(blocks, mid) <= word {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return Entry{}, false
	}
	return scan(blockAt(blocks, lo-1), word)
}

func u32(at int) uint32 {
	return uint32(table[at]) | uint32(table[at+1])<<8 | uint32(table[at+2])<<16 | uint32(table[at+3])<<24
}

func blockAt(blocks, i int) string { return table[8+4*blocks+int(u32(8+4*i)):] }

func first(blocks, i int) string {
	b := blockAt(blocks, i)
	return b[2 : 2+int(b[1])]
}

// scan searches a block of up to 16 words.
func scan(b, word string) (Entry, bool) {
	var buf [64]byte
	name := buf[:0]
	for range 16 {
		if len(b) < 2 {
			break
		}
		shared, own := int(b[0]), int(b[1])
		if shared == 0 && len(name) > 0 && own > 0 && b[2:2+own] < string(name) {
			break // the next block
		}
		name = append(name[:shared], b[2:2+own]...)
		b = b[2+own:]
		if string(name) == word {
			return read(b), true
		}
		b = skip(b[1:])
	}
	return Entry{}, false
}

func skip(b string) string {
	for range 3 {
		var n uint64
		n, b = uvarint(b)
		for range n {
			_, b = uvarint(b)
		}
	}
	_, b = uvarint(b)
	return b
}

func read(b string) Entry {
	e := Entry{Pos: int(b[0])}
	b = b[1:]
	e.synsets, b = list(b)
	e.above, b = list(b)
	e.opposites, b = list(b)
	family, _ := uvarint(b)
	e.family = int(family)
	return e
}

func list(b string) ([]int, string) {
	n, b := uvarint(b)
	var l []int
	last := 0
	for range n {
		var d uint64
		d, b = uvarint(b)
		last += int(d)
		l = append(l, last)
	}
	return l, b
}

func uvarint(b string) (uint64, string) {
	var x uint64
	for i := range min(len(b), binary.MaxVarintLen64) {
		x |= uint64(b[i]&0x7F) << (7 * i)
		if b[i] < 0x80 {
			return x, b[i+1:]
		}
	}
	return 0, ""
}

// Synonyms reports whether two words share a frequent sense.
func Synonyms(a, b Entry) bool { return common(a.synsets, b.synsets) }

// Kin reports whether a frequent sense of one word stands directly above, or
// in the same cluster of adjectives as, one of the other: mostly a more general
// word. It is much weaker than Synonyms.
func Kin(a, b Entry) bool {
	return common(a.synsets, b.above) || common(a.above, b.synsets) || a.Pos&b.Pos == Adjective && common(a.above, b.above)
}

// Sisters reports whether both words stand under the same more general one, as
// red and blue, or Germany and Austria do.
func Sisters(a, b Entry) bool { return common(a.above, b.above) }

// Antonyms reports whether two words are opposites, directly or through the
// adjective that one of them resembles.
func Antonyms(a, b Entry) bool {
	for _, x := range a.opposites {
		if _, ok := slices.BinarySearch(b.opposites, x^1); ok {
			return true
		}
	}
	return false
}

// Related reports whether one word is derived from the other, as brevity from
// brief, or both from a third.
func Related(a, b Entry) bool { return a.family != 0 && a.family == b.family }

func common(a, b []int) bool {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] == b[0]:
			return true
		case a[0] < b[0]:
			a = a[1:]
		default:
			b = b[1:]
		}
	}
	return false
}

// Known reports whether a word, in any of its forms, is in WordNet.
func Known(word string) bool {
	if _, ok := Look(word); ok {
		return true
	}
	return Lemma(word) != word || strings.Contains(functionWords, " "+word+" ")
}

// functionWords are common words that WordNet leaves out.
const functionWords = " a an the and or but nor of to in on at by for from with without into onto upon about above below " +
	"over under between among through during before after until since against toward towards within beyond beside besides " +
	"despite except like than as if unless when whenever while whereas because although though whether that this these those " +
	"it its he him his she her hers they them their theirs we us our ours you your yours i me my mine who whom whose which " +
	"what whatever whichever whoever how why where wherever there here not no yes do does did is am are was were be been being " +
	"has have had having will would shall should may might must can could ought need each every any some all both either neither " +
	"none nobody nothing nowhere anybody anyone anything everybody everyone everything somebody someone something oneself himself " +
	"herself itself themselves yourself yourselves myself ourselves another other others such same per via etc "
