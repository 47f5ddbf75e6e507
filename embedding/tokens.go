package embedding

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxWord is the length, in runes, above which a word is unknown.
const maxWord = 100

// Tokens appends the WordPiece ids of text to dst, without [CLS] and [SEP], as
// BERT's uncased tokeniser does (BertNormalizer, BertPreTokenizer, WordPiece).
// Ids are in [0, size of the vocabulary). A literal "[SEP]" or "[MASK]" is
// ordinary text. Bytes that are not UTF-8, control and zero-width characters
// vanish: "can\u200bcel" is "cancel".
func (m *Model) Tokens(dst []int32, text string) []int32 {
	var buf [256]byte
	b, ok := foldASCII(buf[:0], text)
	if !ok {
		b = foldUnicode(text)
	}
	for len(b) > 0 {
		if b[0] == ' ' {
			b = b[1:]
			continue
		}
		n, hash := nextWord(b)
		dst = m.vocab.appendPieces(dst, b[:n], hash)
		b = b[n:]
	}
	return dst
}

// foldASCII appends text to dst in lower case, white space as ' ', without
// control characters; false if text is not ASCII.
func foldASCII(dst []byte, text string) ([]byte, bool) {
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= utf8.RuneSelf:
			return nil, false
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case c == '\t' || c == '\n' || c == '\r':
			c = ' '
		case c < ' ' || c == 0x7F:
			continue
		}
		dst = append(dst, c)
	}
	return dst, true
}

// foldUnicode is foldASCII for any text. It also sets CJK ideographs apart and
// strips accents: decompose, drop the marks, only then lower case, so that a
// dotted capital I becomes a plain i.
func foldUnicode(text string) []byte {
	clean := make([]byte, 0, len(text)+16)
	for _, r := range text { // a byte that is not UTF-8 reads as U+FFFD
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			clean = append(clean, ' ')
		case r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co):
		case unicode.IsSpace(r):
			clean = append(clean, ' ')
		case isIdeograph(r):
			clean = append(clean, ' ')
			clean = utf8.AppendRune(clean, r)
			clean = append(clean, ' ')
		default:
			clean = utf8.AppendRune(clean, r)
		}
	}
	decomposed := norm.NFD.Bytes(clean)
	folded := make([]byte, 0, len(decomposed)+16)
	for len(decomposed) > 0 {
		r, size := utf8.DecodeRune(decomposed)
		decomposed = decomposed[size:]
		if !unicode.Is(unicode.Mn, r) {
			folded = utf8.AppendRune(folded, unicode.ToLower(r))
		}
	}
	return folded
}

// isIdeograph tells the blocks that BERT splits into single characters; other
// scripts, kana and hangul among them, are left in words.
func isIdeograph(r rune) bool {
	return 0x4E00 <= r && r <= 0x9FFF || 0x3400 <= r && r <= 0x4DBF || 0x20000 <= r && r <= 0x2A6DF ||
		0x2A700 <= r && r <= 0x2B73F || 0x2B740 <= r && r <= 0x2B81F || 0x2B920 <= r && r <= 0x2CEAF ||
		0xF900 <= r && r <= 0xFAFF || 0x2F800 <= r && r <= 0x2FA1F
}

// nextWord measures and hashes the word, or the one punctuation mark, that the
// folded text b starts with. In folded ASCII what is neither letter, digit nor
// space is punctuation, "$+<=>^`|~" included.
func nextWord(b []byte) (n int, hash uint64) {
	for n < len(b) && b[n] != ' ' {
		size := 1
		if c := b[n]; !('a' <= c && c <= 'z' || '0' <= c && c <= '9') {
			mark := true
			if c >= utf8.RuneSelf {
				var r rune
				r, size = utf8.DecodeRune(b[n:])
				mark = unicode.Is(unicode.P, r)
			}
			if mark && n > 0 {
				return n, hash
			}
			if mark {
				return size, extend(hash, b[:size])
			}
		}
		hash = extend(hash, b[n:n+size])
		n += size
	}
	return n, hash
}
