package parquet

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// Physical types.
const (
	physBool   = 0
	physInt32  = 1
	physInt64  = 2
	physInt96  = 3
	physFloat  = 4
	physDouble = 5
	physBytes  = 6
	physFixed  = 7
)

// format turns a physical value into a cell.
type format func(raw []byte) (Cell, error)

// column describes a leaf of the schema, or says why it can't be read.
func column(e *node, leaf int) (c Column, why string) {
	c = Column{Name: clean(e.get(4).text), index: leaf, physical: e.get(1).n, length: e.get(2).n, optional: e.get(3).n == 1}
	switch {
	case !e.has(1):
		return c, "it has no type"
	case e.get(3).n == 2:
		return c, "it is a list"
	case c.physical == physFixed && (c.length <= 0 || c.length > 1<<20):
		return c, "its values have an impossible length"
	}
	switch c.physical {
	case physBool:
		c.format = func(raw []byte) (Cell, error) {
			return Cell{Bool, strconv.FormatBool(raw[0] != 0)}, nil
		}
	case physInt32, physInt64:
		c.format, why = integers(e)
	case physFloat:
		c.format = func(raw []byte) (Cell, error) {
			return float(float64(math.Float32frombits(binary.LittleEndian.Uint32(raw))), 32), nil
		}
	case physDouble:
		c.format = func(raw []byte) (Cell, error) {
			return float(math.Float64frombits(binary.LittleEndian.Uint64(raw)), 64), nil
		}
	case physBytes:
		if !isText(e) {
			return c, "its values are bytes, not text"
		}
		c.format = func(raw []byte) (Cell, error) {
			if !utf8.Valid(raw) {
				return Cell{}, fmt.Errorf("a text is not valid UTF-8")
			}
			return Cell{Text, string(raw)}, nil
		}
	default:
		why = "its type is not read"
	}
	return c, why
}

// float has no literal for what JSON can't hold: NaN, which stands for a
// missing value in tables, is null.
func float(x float64, bits int) Cell {
	switch {
	case math.IsNaN(x):
		return Cell{}
	case math.IsInf(x, 0):
		return Cell{Text, strconv.FormatFloat(x, 'g', -1, bits)}
	}
	return Cell{Number, strconv.FormatFloat(x, 'g', -1, bits)}
}

// Converted types, and the fields of the logical type, that matter here.
const (
	convertedUTF8      = 0
	convertedEnum      = 4
	convertedDecimal   = 5
	convertedDate      = 6
	convertedTimeMS    = 7
	convertedTimeUS    = 8
	convertedMillis    = 9
	convertedMicros    = 10
	convertedUint8     = 11
	convertedUint64    = 14
	convertedJSON      = 19
	logicalString      = 1
	logicalEnum        = 4
	logicalDecimal     = 5
	logicalDate        = 6
	logicalTime        = 7
	logicalTimestamp   = 8
	logicalInteger     = 10
	logicalJSON        = 12
	fieldConverted     = 6
	fieldLogical       = 10
	unitMilli          = 1
	unitMicro          = 2
	unitNano           = 3
	microsecond, milli = int64(time.Microsecond), int64(time.Millisecond)
)

func isText(e *node) bool {
	l := e.get(fieldLogical)
	if l.has(logicalString) || l.has(logicalEnum) || l.has(logicalJSON) {
		return true
	}
	if !e.has(fieldConverted) {
		return false
	}
	c := e.get(fieldConverted).n
	return c == convertedUTF8 || c == convertedEnum || c == convertedJSON
}

// integers formats whole numbers, and the dates and times that are stored as
// such: a date as 2024-01-31, a time stamp as RFC 3339 in UTC.
func integers(e *node) (f format, why string) {
	l, converted := e.get(fieldLogical), int64(-1)
	if e.has(fieldConverted) {
		converted = e.get(fieldConverted).n
	}
	switch {
	case l.has(logicalDecimal), converted == convertedDecimal:
		return nil, "it is a decimal"
	case l.has(logicalTime), converted == convertedTimeMS, converted == convertedTimeUS:
		return nil, "it is a time of day"
	case l.has(logicalDate), converted == convertedDate:
		return func(raw []byte) (Cell, error) {
			return Cell{Text, time.Unix(signed(raw)*86400, 0).UTC().Format("2006-01-02")}, nil
		}, ""
	case l.has(logicalTimestamp), converted == convertedMillis, converted == convertedMicros:
		unit := milli
		u := l.get(logicalTimestamp).get(2)
		switch {
		case u.has(unitNano):
			unit = 1
		case u.has(unitMicro), converted == convertedMicros && !u.has(unitMilli):
			unit = microsecond
		}
		return func(raw []byte) (Cell, error) { return Cell{Text, stamp(signed(raw), unit)}, nil }, ""
	}
	unsigned := converted >= convertedUint8 && converted <= convertedUint64
	if l.has(logicalInteger) {
		unsigned = l.get(logicalInteger).get(2).n == 0
	}
	return func(raw []byte) (Cell, error) {
		if unsigned && len(raw) == 8 {
			return Cell{Number, strconv.FormatUint(binary.LittleEndian.Uint64(raw), 10)}, nil
		}
		n := signed(raw)
		if unsigned {
			n = int64(uint32(n))
		}
		return Cell{Number, strconv.FormatInt(n, 10)}, nil
	}, ""
}

func stamp(n, unit int64) string {
	perSecond := int64(time.Second) / unit
	return time.Unix(n/perSecond, n%perSecond*unit).UTC().Format(time.RFC3339Nano)
}

func signed(raw []byte) int64 {
	if len(raw) == 4 {
		return int64(int32(binary.LittleEndian.Uint32(raw)))
	}
	return int64(binary.LittleEndian.Uint64(raw))
}
