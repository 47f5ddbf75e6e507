package export

import (
	"fmt"
	"unicode/utf8"
)

// escape returns what stands for an ASCII byte in a format; "" keeps the byte.
type escape func(c byte) string

// appendEscaped appends s to dst as visible, escaped text of at most limit
// bytes and returns how many bytes of s were left out. Invalid UTF-8 becomes
// U+FFFD, and what could hide or reorder text becomes ⟨U+XXXX⟩.
func appendEscaped(dst []byte, s string, esc escape, limit int) ([]byte, int) {
	end := len(dst) + limit
	for i := 0; i < len(s); {
		size, piece := 1, ""
		if c := s[i]; c < utf8.RuneSelf {
			piece = esc(c)
		} else {
			size, piece = visible(s[i:])
		}
		if piece == "" {
			piece = s[i : i+size]
		}
		if len(dst)+len(piece) > end {
			return dst, len(s) - i
		}
		dst = append(dst, piece...)
		i += size
	}
	return dst, 0
}

// visible measures the first rune of s; text is what to show in its place,
// "" for the rune itself.
func visible(s string) (size int, text string) {
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && size == 1, r&0xFFFE == 0xFFFE, r >= 0xFDD0 && r <= 0xFDEF:
		return size, "\uFFFD"
	case hides(r):
		return size, fmt.Sprintf("⟨U+%04X⟩", r)
	}
	return size, ""
}

// hides reports whether r is invisible or changes the direction of text:
// C1 controls, bidirectional and zero-width controls, line separators, tags.
// The joiners U+200C and U+200D stay: scripts and emoji need them.
func hides(r rune) bool {
	switch {
	case r < 0xA0, r == 0xAD, r == 0x61C, r == 0x180E, r == 0xFEFF,
		r == 0x200B, r == 0x200E, r == 0x200F,
		r >= 0x2028 && r <= 0x202E, r >= 0x2060 && r <= 0x206F,
		r >= 0xFFF9 && r <= 0xFFFB, r >= 0xE0000 && r <= 0xE007F:
		return true
	}
	return false
}

const pictures = "␀␁␂␃␄␅␆␇␈␉␊␋␌␍␎␏␐␑␒␓␔␕␖␗␘␙␚␛␜␝␞␟"

// picture shows an ASCII control as its Unicode picture; "" for other bytes.
func picture(c byte) string {
	switch {
	case c < 0x20:
		return pictures[3*int(c) : 3*int(c)+3]
	case c == 0x7F:
		return "␡"
	}
	return ""
}

// htmlEscape is for HTML text and quoted attributes.
func htmlEscape(c byte) string {
	switch c {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '"':
		return "&#34;"
	case '\'':
		return "&#39;"
	case '\n', '\t':
		return ""
	}
	return picture(c)
}

// xmlEscape is for XML text and attributes; the references keep line feeds
// and tabs of attributes, which a parser would make spaces.
func xmlEscape(c byte) string {
	switch c {
	case '\n':
		return "&#10;"
	case '\t':
		return "&#9;"
	}
	return htmlEscape(c)
}

// lineEscape is for plain text of one line.
func lineEscape(c byte) string {
	if c == '\t' {
		return " "
	}
	return picture(c)
}

// dataEscape is for the message of a workflow command, propertyEscape for its
// properties, as the runner's own toolkit escapes them.
func dataEscape(c byte) string {
	switch c {
	case '%':
		return "%25"
	case '\n':
		return "%0A"
	case '\r':
		return "%0D"
	case '\t':
		return ""
	}
	return picture(c)
}

func propertyEscape(c byte) string {
	switch c {
	case ':':
		return "%3A"
	case ',':
		return "%2C"
	}
	return dataEscape(c)
}
