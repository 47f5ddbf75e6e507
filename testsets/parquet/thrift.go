package parquet

import (
	"encoding/binary"
	"math"
)

// maxDepth is how deep structures may nest.
const maxDepth = 64

// node is one value of Thrift's compact protocol: the footer and the heads of
// pages are written in it.
type node struct {
	id   int16 // of a field
	n    int64
	text string
	list []node // items of a list, or fields of a structure
}

// get returns a field, a zero node when it is absent. The result is read-only.
func (v *node) get(id int16) *node {
	for i := range v.list {
		if v.list[i].id == id {
			return &v.list[i]
		}
	}
	return &node{}
}

// has says whether a field is there.
func (v *node) has(id int16) bool {
	for i := range v.list {
		if v.list[i].id == id {
			return true
		}
	}
	return false
}

// thrift reads the compact protocol.
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
type thrift struct {
	src []byte
	pos int
	bad bool
}

// decode reads the structure at the start of src and returns its length.
func decode(src []byte) (v node, size int, err error) {
	t := thrift{src: src}
	v.list = t.fields(0)
	if t.bad {
		return node{}, 0, damaged("a structure breaks off or is malformed")
	}
	return v, t.pos, nil
}

func (t *thrift) byte() byte {
	if t.pos >= len(t.src) {
		t.bad = true
		return 0
	}
	t.pos++
	return t.src[t.pos-1]
}

func (t *thrift) uvarint() uint64 {
	x, n := binary.Uvarint(t.src[min(t.pos, len(t.src)):])
	if n <= 0 {
		t.bad = true
		return 0
	}
	t.pos += n
	return x
}

func (t *thrift) varint() int64 {
	x := t.uvarint()
	return int64(x>>1) ^ -int64(x&1)
}

// Types of the compact protocol.
const (
	typeTrue   = 1
	typeFalse  = 2
	typeByte   = 3
	typeI16    = 4
	typeI32    = 5
	typeI64    = 6
	typeDouble = 7
	typeBinary = 8
	typeList   = 9
	typeSet    = 10
	typeMap    = 11
	typeStruct = 12
)

func (t *thrift) fields(depth int) (all []node) {
	id := int16(0)
	for !t.bad {
		head := t.byte()
		if head == 0 {
			return all
		}
		if delta := int16(head >> 4); delta > 0 {
			id += delta
		} else {
			id = int16(t.varint())
		}
		v := t.value(head&15, depth)
		if head&15 == typeTrue {
			v.n = 1
		}
		v.id = id
		all = append(all, v)
	}
	return nil
}

func (t *thrift) value(kind byte, depth int) (v node) {
	if depth > maxDepth {
		t.bad = true
	}
	if t.bad {
		return v
	}
	switch kind {
	case typeTrue, typeFalse:
	case typeByte:
		v.n = int64(int8(t.byte()))
	case typeI16, typeI32, typeI64:
		v.n = t.varint()
	case typeDouble:
		if t.pos += 8; t.pos > len(t.src) {
			t.bad = true
			return v
		}
		v.n = int64(math.Float64frombits(binary.LittleEndian.Uint64(t.src[t.pos-8:])))
	case typeBinary:
		size := t.uvarint()
		if size > uint64(len(t.src)-min(t.pos, len(t.src))) {
			t.bad = true
			return v
		}
		v.text = string(t.src[t.pos : t.pos+int(size)])
		t.pos += int(size)
	case typeList, typeSet:
		v.list = t.items(depth)
	case typeMap:
		t.entries(depth)
	case typeStruct:
		v.list = t.fields(depth + 1)
	default:
		t.bad = true
	}
	return v
}

func (t *thrift) items(depth int) (all []node) {
	head := t.byte()
	n, kind := uint64(head>>4), head&15
	if n == 15 {
		n = t.uvarint()
	}
	if n > uint64(len(t.src)) { // every item takes a byte
		t.bad = true
	}
	for i := uint64(0); i < n && !t.bad; i++ {
		all = append(all, t.item(kind, depth))
	}
	return all
}

// item reads a value in a list or map, where a truth value takes a byte.
func (t *thrift) item(kind byte, depth int) node {
	if kind == typeTrue || kind == typeFalse {
		return node{n: int64(t.byte() & 1)}
	}
	return t.value(kind, depth+1)
}

// entries skips a map: the format has none that matters here.
func (t *thrift) entries(depth int) {
	n := t.uvarint()
	if n == 0 {
		return
	}
	kinds := t.byte()
	if n > uint64(len(t.src)) { // every entry takes bytes
		t.bad = true
	}
	for i := uint64(0); i < n && !t.bad; i++ {
		t.item(kinds>>4, depth)
		t.item(kinds&15, depth)
	}
}
