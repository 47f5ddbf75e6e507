package embedding

import (
	"fmt"
	"math"
	"strings"
)

// A table is, in little endian: the magic, four uint32 (id of the first row's
// token, rows, dimensions, bytes of the vocabulary), the vocabulary (pieces in
// the order of their ids, each ended by a newline), zeros to a multiple of 4,
// a float32 scale for each row, and the rows of int8. A component is
// scale * int8; the token's weight is part of its row.
const (
	magic      = "SEMB1\x00\x00\x00"
	headerSize = len(magic) + 4*4
	maxDim     = 4096
)

// open checks a table and indexes its vocabulary; the rows stay where they are.
// Whatever opens can be used without panic.
func open(id, table string) (*Model, error) {
	m, err := parse(table)
	if err != nil {
		return nil, fmt.Errorf("embedding table %s is damaged: %w", id, err)
	}
	m.id = id
	return m, nil
}

func parse(table string) (*Model, error) {
	if len(table) < headerSize || !strings.HasPrefix(table, magic) {
		return nil, fmt.Errorf("it does not start with the header of a table")
	}
	field := func(i int) int64 { return int64(uint32At(table[len(magic):], i)) }
	first, rows, dim, vocabSize := field(0), field(1), field(2), field(3)
	if dim < 1 || dim > maxDim || first+rows > maxPieces {
		return nil, fmt.Errorf("%d rows of %d dimensions from id %d are not possible", rows, dim, first)
	}
	vocabEnd := int64(headerSize) + vocabSize
	scalesStart := (vocabEnd + 3) &^ 3
	rowsStart := scalesStart + 4*rows
	if size := rowsStart + rows*dim; size != int64(len(table)) {
		return nil, fmt.Errorf("it has %d bytes, its header says %d", len(table), size)
	}
	vocab, err := newVocabulary(table[headerSize:vocabEnd], int(first+rows))
	if err != nil {
		return nil, err
	}
	m := &Model{dim: int(dim), vocab: vocab, first: int32(first), scales: table[scalesStart:rowsStart], rows: table[rowsStart:]}
	for i := range m.values {
		m.values[i] = float32(int8(i))
	}
	for r := range int(rows) {
		// One bad scale would turn the vectors of all its texts into NaN.
		if s := float32At(m.scales, r); !(s >= 0 && s <= 1) {
			return nil, fmt.Errorf("scale %v of row %d is not in [0, 1]", s, r)
		}
	}
	return m, nil
}

// uint32At reads the i-th of a run of little-endian uint32.
func uint32At(s string, i int) uint32 {
	s = s[4*i : 4*i+4]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// float32At reads the i-th of a run of little-endian float32.
func float32At(s string, i int) float32 { return math.Float32frombits(uint32At(s, i)) }
