// Package parquet reads the flat columns of Apache Parquet files: texts,
// numbers, truth values, dates and times, as data sets are published in. It is
// small on purpose: no nested columns, no encryption, no delta encodings.
//
// Nothing in a file is trusted: sizes are bounded before memory is taken, and a
// malformed file is an error, never a panic.
//
// The format: https://parquet.apache.org/docs/file-format/
package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// Bounds of what is read.
const (
	MaxRows    = 2_000_000 // rows of a file
	maxPage    = 256 << 20 // bytes of a page, unpacked
	maxColumns = 10_000
)

// Kind is the kind of a cell.
type Kind uint8

const (
	Null Kind = iota
	Bool
	Number
	Text
)

// Cell is one value.
type Cell struct {
	Kind Kind
	Text string // "true" or "false"; a number's JSON literal; a text: valid UTF-8
}

// Column is one column that can be read.
type Column struct {
	Name string

	index    int // among the leaves of the schema
	physical int64
	length   int64 // of fixed-length values
	optional bool
	format   format
}

// File is a Parquet file in memory. It is read-only and safe for concurrent use.
type File struct {
	Rows     int               // in all row groups
	Columns  []Column          // those that can be read, in file order
	Skipped  []string          // columns that can't be read, each with the reason
	Metadata map[string]string // of the file, as its writer left it

	data   []byte
	groups []node
}

// errDamaged is what malformed files are; it is wrapped with what is wrong.
var errDamaged = errors.New("not a valid Parquet file")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errDamaged, fmt.Sprintf(format, args...))
}

// Open reads the schema of a file. It keeps data, which must not change.
func Open(data []byte) (*File, error) {
	const magic = "PAR1"
	if len(data) < 12 || string(data[:4]) != magic {
		return nil, damaged("it does not begin with %s", magic)
	}
	switch end := string(data[len(data)-4:]); end {
	case magic:
	case "PARE":
		return nil, errors.New("the Parquet file is encrypted")
	default:
		return nil, damaged("it does not end with %s; the file may be cut off", magic)
	}
	size := int64(binary.LittleEndian.Uint32(data[len(data)-8:]))
	if size > int64(len(data)-12) {
		return nil, damaged("its footer of %d bytes is larger than the file", size)
	}
	footer, _, err := decode(data[int64(len(data)-8)-size : len(data)-8])
	if err != nil {
		return nil, err
	}
	f := &File{data: data, groups: footer.get(4).list, Metadata: map[string]string{}}
	for _, kv := range footer.get(5).list {
		f.Metadata[kv.get(1).text] = kv.get(2).text
	}
	if err := f.schema(footer.get(2).list); err != nil {
		return nil, err
	}
	return f, f.count(footer.get(3).n)
}

// count checks the numbers of rows.
func (f *File) count(total int64) error {
	var sum int64
	for i := range f.groups {
		n := f.groups[i].get(3).n
		if n < 0 || n > MaxRows || sum+n > MaxRows {
			return fmt.Errorf("the file has more than %d rows", MaxRows)
		}
		sum += n
	}
	if sum != total {
		return damaged("it announces %d rows, its row groups have %d", total, sum)
	}
	f.Rows = int(sum)
	return nil
}

// schema lists the leaves below the root. The list is a tree in depth-first
// order: nested groups are skipped whole.
func (f *File) schema(all []node) error {
	if len(all) == 0 || len(all) > maxColumns {
		return damaged("its schema has %d entries", len(all))
	}
	leaf := 0
	for i := 1; i < len(all); {
		name := all[i].get(4).text
		next, leaves := after(all, i, 0)
		if next < 0 {
			return damaged("its schema is not a tree")
		}
		if next == i+1 && leaves == 1 {
			c, why := column(&all[i], leaf)
			if why == "" {
				f.Columns = append(f.Columns, c)
			} else {
				f.Skipped = append(f.Skipped, fmt.Sprintf("%q: %s", clean(name), why))
			}
		} else {
			f.Skipped = append(f.Skipped, fmt.Sprintf("%q: it is nested", clean(name)))
		}
		leaf += leaves
		i = next
	}
	return nil
}

// after returns the index after the subtree at i and its number of leaves, or -1.
func after(all []node, i, depth int) (next, leaves int) {
	if i >= len(all) || depth > maxDepth {
		return -1, 0
	}
	children := all[i].get(5).n
	if children <= 0 {
		return i + 1, 1
	}
	next = i + 1
	for range children {
		n := 0
		if next, n = after(all, next, depth+1); next < 0 {
			return -1, 0
		}
		leaves += n
	}
	return next, leaves
}

func clean(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// Each calls row with the cells of every row, in the order of Columns, until it
// returns false. The cells are valid until row returns.
func (f *File) Each(row func(n int, cells []Cell) bool) error {
	n := 0
	cells := make([]Cell, len(f.Columns))
	for g := range f.groups {
		group := &f.groups[g]
		rows := int(group.get(3).n)
		if err := f.limit(rows); err != nil {
			return err
		}
		if rows == 0 {
			continue
		}
		columns := make([][]Cell, len(f.Columns))
		for i := range f.Columns {
			var err error
			if columns[i], err = f.chunk(&f.Columns[i], group, rows); err != nil {
				return fmt.Errorf("column %q, row group %d: %w", f.Columns[i].Name, g+1, err)
			}
		}
		for r := range rows {
			for i := range columns {
				cells[i] = columns[i][r]
			}
			if n++; !row(n, cells) {
				return nil
			}
		}
	}
	return nil
}

// limit refuses a row group that would need much more memory than a file of
// plain text: a page can repeat one value for ever.
func (f *File) limit(rows int) error {
	const most = 20_000_000
	if rows*len(f.Columns) > most {
		return fmt.Errorf("a row group has %d rows of %d columns: more than %d values at once", rows, len(f.Columns), most)
	}
	return nil
}
