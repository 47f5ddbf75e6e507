package embedding

import (
	"fmt"
	"math/bits"
	"strings"
	"unicode/utf8"
)

// vocabulary finds the id of a WordPiece. It is an open-addressing hash table
// of 4 bytes a slot over the pieces' own text: a third of a Go map's time to
// build, and a hash that a tokeniser can extend byte by byte, which makes the
// longest known prefix of a word one pass over it.
type vocabulary struct {
	text    string   // the pieces, each ended by a newline
	starts  []uint32 // of each piece in text, and one past the last
	slots   []uint32 // tag<<20 | id+1; 0 = free
	shift   uint     // a hash's first slot is hash>>shift
	longest int      // bytes of the longest piece
	unknown int32    // id of [UNK]
}

const (
	maxPieces    = 1<<20 - 1 // what a slot can hold
	continuation = "##"      // prefix of pieces that do not start a word
	unknownPiece = "[UNK]"
)

// extend continues the hash of a text, 0 at its start, with more of it. The
// upper bits are the good ones.
func extend[T string | []byte](hash uint64, more T) uint64 {
	for i := range len(more) {
		hash = (hash ^ uint64(more[i])) * 0x9E3779B97F4A7C15
	}
	return hash
}

// newVocabulary indexes text, which must hold exactly n distinct pieces.
func newVocabulary(text string, n int) (vocabulary, error) {
	size := bits.Len(uint(2 * n)) // at most half full
	v := vocabulary{text: text, starts: make([]uint32, 0, n+1), slots: make([]uint32, 1<<size), shift: uint(64 - size), unknown: -1}
	for start := 0; start < len(text); {
		length := strings.IndexByte(text[start:], '\n')
		id := len(v.starts)
		if length <= 0 || id == n {
			return vocabulary{}, fmt.Errorf("its vocabulary is not %d lines of pieces", n)
		}
		v.starts = append(v.starts, uint32(start))
		start += length + 1
	}
	v.starts = append(v.starts, uint32(len(text)))
	if len(v.starts) != n+1 {
		return vocabulary{}, fmt.Errorf("its vocabulary has %d pieces, not %d", len(v.starts)-1, n)
	}
	for id := range int32(n) {
		if err := v.insert(id); err != nil {
			return vocabulary{}, err
		}
	}
	v.unknown = v.find(extend(0, unknownPiece), "", []byte(unknownPiece))
	if v.unknown < 0 {
		return vocabulary{}, fmt.Errorf("its vocabulary has no piece %s", unknownPiece)
	}
	return v, nil
}

// insert enters a piece; a second piece of the same text is an error.
func (v *vocabulary) insert(id int32) error {
	piece := v.piece(id)
	h := extend(0, piece)
	i := h >> v.shift
	for ; v.slots[i] != 0; i = v.next(i) {
		if other := v.slots[i]; other>>20 == v.tag(h) && v.piece(pieceID(other)) == piece {
			return fmt.Errorf("its vocabulary has the piece %q twice", piece)
		}
	}
	v.slots[i] = v.tag(h)<<20 | uint32(id+1)
	v.longest = max(v.longest, len(piece))
	return nil
}

// find returns the id of the piece prefix+word, whose hash is h; -1 if there is
// none.
func (v *vocabulary) find(h uint64, prefix string, word []byte) int32 {
	for i := h >> v.shift; v.slots[i] != 0; i = v.next(i) {
		slot := v.slots[i]
		if slot>>20 != v.tag(h) {
			continue
		}
		rest, ok := strings.CutPrefix(v.piece(pieceID(slot)), prefix)
		if ok && rest == string(word) {
			return pieceID(slot)
		}
	}
	return -1
}

// appendPieces appends the ids of the longest pieces that make up word, or of
// [UNK] alone when some part of it has none. hash is that of the whole word.
func (v *vocabulary) appendPieces(dst []int32, word []byte, hash uint64) []int32 {
	if id := v.find(hash, "", word); id >= 0 {
		return append(dst, id)
	}
	if len(word) > maxWord && utf8.RuneCount(word) > maxWord {
		return append(dst, v.unknown)
	}
	start, prefix := len(dst), ""
	for len(word) > 0 {
		id, n := v.longestPrefix(prefix, word)
		if id < 0 {
			return append(dst[:start], v.unknown)
		}
		dst = append(dst, id)
		word, prefix = word[n:], continuation
	}
	return dst
}

// longestPrefix finds the longest piece that word starts with, and its length
// without prefix; -1 if there is none.
func (v *vocabulary) longestPrefix(prefix string, word []byte) (id int32, n int) {
	id = -1
	hash := extend(0, prefix)
	for end := 1; end <= min(len(word), v.longest); end++ {
		hash = extend(hash, word[end-1:end])
		if found := v.find(hash, prefix, word[:end]); found >= 0 {
			id, n = found, end
		}
	}
	return id, n
}

// piece is the text of an id.
func (v *vocabulary) piece(id int32) string { return v.text[v.starts[id] : v.starts[id+1]-1] }

// tag is what a slot keeps of a hash: 12 bits below those that chose the slot.
func (v *vocabulary) tag(h uint64) uint32 { return uint32(h << (64 - v.shift) >> 52) }

func (v *vocabulary) next(i uint64) uint64 { return (i + 1) & uint64(len(v.slots)-1) }

func pieceID(slot uint32) int32 { return int32(slot&(1<<20-1)) - 1 }
