package junit

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// reference is a character by its number.
var reference = regexp.MustCompile(`&#(x[0-9a-fA-F]{1,8}|[0-9]{1,10});`)

// clean makes of a report what an XML parser takes: runners write control
// characters of a test's output as they are, or as references that XML forbids.
func clean(data []byte) []byte {
	data = fromUTF16(data)
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	data = bytes.Map(func(r rune) rune {
		if !allowed(r) {
			return '\uFFFD'
		}
		return r
	}, data)
	return reference.ReplaceAllFunc(data, func(ref []byte) []byte {
		text := string(ref[2 : len(ref)-1])
		base := 10
		if text[0] == 'x' {
			text, base = text[1:], 16
		}
		n, err := strconv.ParseInt(text, base, 64)
		if err != nil || n > 0x10FFFF || !allowed(rune(n)) {
			return []byte("\uFFFD")
		}
		return ref
	})
}

// allowed is the production Char of XML 1.0.
func allowed(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// fromUTF16 turns text that begins with a byte order mark into UTF-8.
func fromUTF16(data []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return data
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 2; i+1 < len(data); i += 2 {
		units = append(units, order.Uint16(data[i:]))
	}
	return []byte(string(utf16.Decode(units)))
}

var declared = regexp.MustCompile(`^<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)["']`)

// decode reads the encodings that runners declare. Bytes of Latin-1 and its
// relatives become the characters of the same number.
func decode(data []byte) ([]byte, error) {
	m := declared.FindSubmatch(data[:min(len(data), 200)])
	if m == nil {
		return clean(data), nil
	}
	switch name := strings.ToLower(string(m[1])); name {
	case "utf-8", "utf8", "us-ascii", "ascii", "utf-16":
		return clean(data), nil
	case "iso-8859-1", "latin1", "latin-1", "windows-1252", "cp1252", "iso-8859-15":
		runes := make([]rune, len(data))
		for i, b := range data {
			runes[i] = rune(b)
		}
		return clean([]byte(string(runes))), nil
	default:
		return nil, fmt.Errorf("the encoding %q is not read; known: utf-8, utf-16, iso-8859-1, windows-1252", name)
	}
}

// asDeclared hands the parser what decode has made UTF-8 already.
func asDeclared(_ string, in io.Reader) (io.Reader, error) { return in, nil }
