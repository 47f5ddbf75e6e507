package parquet

import "encoding/binary"

// sized cuts off a block that begins with its length in four bytes.
func sized(src []byte) (block, rest []byte, ok bool) {
	if len(src) < 4 {
		return nil, nil, false
	}
	n := int64(binary.LittleEndian.Uint32(src))
	if n > int64(len(src)-4) {
		return nil, nil, false
	}
	return src[4 : 4+n], src[4+n:], true
}

// plain appends count values that stand one after the other.
func (r *chunkReader) plain(dst []Cell, body []byte, count int) ([]Cell, error) {
	width := 0
	switch r.column.physical {
	case physBool:
		return r.bits(dst, body, count)
	case physBytes:
	case physInt32, physFloat:
		width = 4
	default:
		width = 8
	}
	for range count {
		var raw []byte
		ok := width > 0 && len(body) >= width
		if width == 0 {
			raw, body, ok = sized(body)
		} else if ok {
			raw, body = body[:width], body[width:]
		}
		if !ok {
			return nil, damaged("values break off")
		}
		c, err := r.column.format(raw)
		if err != nil {
			return nil, err
		}
		dst = append(dst, c)
	}
	return dst, nil
}

// bits appends truth values, eight in a byte, the lowest bit first.
func (r *chunkReader) bits(dst []Cell, body []byte, count int) ([]Cell, error) {
	if count > 8*len(body) {
		return nil, damaged("values break off")
	}
	for i := range count {
		c, err := r.column.format([]byte{body[i/8] >> (i % 8) & 1})
		if err != nil {
			return nil, err
		}
		dst = append(dst, c)
	}
	return dst, nil
}

// indexed looks values up in the dictionary.
func (r *chunkReader) indexed(body []byte, count int) ([]Cell, error) {
	if count == 0 {
		return nil, nil
	}
	if len(body) == 0 || body[0] > 32 {
		return nil, damaged("indexes of an impossible width")
	}
	indexes, err := hybrid(make([]uint32, 0, count), body[1:], int(body[0]), count)
	if err != nil {
		return nil, err
	}
	values := make([]Cell, count)
	for i, at := range indexes {
		if int64(at) >= int64(len(r.dict)) {
			return nil, damaged("index %d is beyond the dictionary of %d values", at, len(r.dict))
		}
		values[i] = r.dict[at]
	}
	return values, nil
}

// runs reads truth values in runs.
func (r *chunkReader) runs(body []byte, count int) ([]Cell, error) {
	if count == 0 {
		return nil, nil
	}
	block, _, ok := sized(body)
	if !ok {
		return nil, damaged("values break off")
	}
	all, err := hybrid(make([]uint32, 0, count), block, 1, count)
	if err != nil {
		return nil, err
	}
	values := make([]Cell, count)
	for i, bit := range all {
		if values[i], err = r.column.format([]byte{byte(bit)}); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// hybrid appends count numbers of some bits each, in runs of one number and
// runs that are bit-packed, eight numbers at a time, the lowest bit first.
// https://parquet.apache.org/docs/file-format/data-pages/encodings/
func hybrid(dst []uint32, src []byte, bits, count int) ([]uint32, error) {
	width := (bits + 7) / 8
	for len(dst) < count {
		head, n := binary.Uvarint(src)
		if n <= 0 {
			return nil, damaged("a run breaks off")
		}
		src = src[n:]
		left := count - len(dst)
		if head&1 == 1 {
			groups := head >> 1
			if groups == 0 || groups*uint64(bits) > uint64(len(src))+uint64(bits) && groups > uint64(len(src)) {
				return nil, damaged("a packed run breaks off")
			}
			size := min(int(groups)*bits, len(src)) // the last group may be cut off
			if dst = packed(dst, src[:size], bits, min(left, 8*int(groups))); dst == nil {
				return nil, damaged("a packed run breaks off")
			}
			src = src[size:]
			continue
		}
		if len(src) < width || head>>1 == 0 {
			return nil, damaged("a run breaks off")
		}
		var v uint32
		for i := range width {
			v |= uint32(src[i]) << (8 * i)
		}
		src = src[width:]
		for range min(uint64(left), head>>1) {
			dst = append(dst, v)
		}
	}
	return dst, nil
}

// packed appends n numbers of some bits each; nil when there are too few bytes.
func packed(dst []uint32, src []byte, bits, n int) []uint32 {
	if n*bits > 8*len(src) {
		return nil
	}
	var hold uint64
	held, at := 0, 0
	mask := uint64(1)<<bits - 1
	for range n {
		for held < bits {
			hold |= uint64(src[at]) << held
			at++
			held += 8
		}
		dst = append(dst, uint32(hold&mask))
		hold >>= bits
		held -= bits
	}
	return dst
}
