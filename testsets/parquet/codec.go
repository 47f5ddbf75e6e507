package parquet

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// unpack returns the size bytes that a page holds.
func unpack(codec int64, src []byte, size int) ([]byte, error) {
	var dst []byte
	var err error
	switch codec {
	case 0:
		dst = src
	case 1:
		dst, err = unsnappy(src, size)
	case 2:
		dst, err = ungzip(src, size)
	case 6:
		dst, err = unzstd(src, size)
	default:
		return nil, fmt.Errorf("pages packed with %s are not read; known: SNAPPY, GZIP, ZSTD, UNCOMPRESSED", codecName(codec))
	}
	if err != nil {
		return nil, err
	}
	if len(dst) != size {
		return nil, damaged("a page has %d bytes, not the %d announced", len(dst), size)
	}
	return dst, nil
}

func codecName(codec int64) string {
	names := map[int64]string{3: "LZO", 4: "BROTLI", 5: "LZ4", 7: "LZ4_RAW"}
	if name := names[codec]; name != "" {
		return name
	}
	return fmt.Sprintf("codec %d", codec)
}

func ungzip(src []byte, size int) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(src))
	if err != nil {
		return nil, damaged("a page is not gzip: %v", err)
	}
	return readUpTo(z, size)
}

func unzstd(src []byte, size int) ([]byte, error) {
	z, err := zstd.NewReader(bytes.NewReader(src), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPage))
	if err != nil {
		return nil, damaged("a page is not zstd: %v", err)
	}
	defer z.Close()
	return readUpTo(z, size)
}

// readUpTo reads what is announced and one byte more, which would be one too
// many. Memory grows with what is there, not with what is announced.
func readUpTo(r io.Reader, size int) ([]byte, error) {
	var b bytes.Buffer
	if _, err := io.Copy(&b, io.LimitReader(r, int64(size)+1)); err != nil {
		return nil, damaged("a page can't be unpacked: %v", err)
	}
	return b.Bytes(), nil
}

// unsnappy decodes a block of Snappy.
// https://github.com/google/snappy/blob/main/format_description.txt
func unsnappy(src []byte, size int) ([]byte, error) {
	bad := damaged("a page is not valid Snappy")
	n, used := binary.Uvarint(src)
	if used <= 0 || n != uint64(size) {
		return nil, bad
	}
	src = src[used:]
	dst := make([]byte, 0, min(size, 64*len(src)+64))
	for len(src) > 0 {
		tag := src[0]
		src = src[1:]
		if tag&3 == 0 { // a literal
			length, rest, ok := literalLength(tag, src)
			if !ok || length > len(rest) || length > size-len(dst) {
				return nil, bad
			}
			dst, src = append(dst, rest[:length]...), rest[length:]
			continue
		}
		length, back, rest, ok := copyTag(tag, src)
		if !ok || back == 0 || back > len(dst) || length > size-len(dst) {
			return nil, bad
		}
		for range length { // the two may overlap: what is written is read again
			dst = append(dst, dst[len(dst)-back])
		}
		src = rest
	}
	return dst, nil
}

func literalLength(tag byte, src []byte) (length int, rest []byte, ok bool) {
	length = int(tag >> 2)
	if length < 60 {
		return length + 1, src, true
	}
	extra := length - 59
	if len(src) < extra {
		return 0, nil, false
	}
	length = 0
	for i := range extra {
		length |= int(src[i]) << (8 * i)
	}
	return length + 1, src[extra:], length >= 0 && length < maxPage
}

func copyTag(tag byte, src []byte) (length, back int, rest []byte, ok bool) {
	switch tag & 3 {
	case 1:
		if len(src) < 1 {
			return 0, 0, nil, false
		}
		return int(tag>>2&7) + 4, int(tag>>5)<<8 | int(src[0]), src[1:], true
	case 2:
		if len(src) < 2 {
			return 0, 0, nil, false
		}
		return int(tag>>2) + 1, int(binary.LittleEndian.Uint16(src)), src[2:], true
	}
	if len(src) < 4 {
		return 0, 0, nil, false
	}
	return int(tag>>2) + 1, int(binary.LittleEndian.Uint32(src)), src[4:], true
}
