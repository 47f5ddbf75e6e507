package embedding

import (
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// spelled are the pieces of a text: a readable form of its ids.
func spelled(m *Model, text string) string {
	var pieces []string
	for _, id := range m.Tokens(nil, text) {
		pieces = append(pieces, m.vocab.piece(id))
	}
	return strings.Join(pieces, " ")
}

func TestTokens(t *testing.T) {
	m := defaultModel(t)
	for text, want := range map[string]string{
		"Where's MY\tparcel?\r\n":       "where ' s my parcel ?",
		"can\u200bcel \x00can\x07cel":   "cancel cancel",
		"Dónde ÉTÉ":                     "don ##de et ##e",
		"İstanbul":                      "istanbul",
		"a_b+c":                         "a _ b + c",
		"“quoted”—text…":                "“ quoted ” — text …",
		"[SEP]":                         "[ sep ]",
		"[unused5] ##ing":               "[ unused ##5 ] # # ing",
		"e\u0301te\u0301":               "et ##e",
		"a\u00a0b\u3000c":               "a b c",
		"\xffbank\xc3":                  "bank",
		"日本":                            "日 本",
		strings.Repeat("a", 101) + " b": "[UNK] b",
		strings.Repeat("é", 101) + " b": "[UNK] b",
	} {
		if got := spelled(m, text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// The limit counts characters, not bytes: 100 letters of two bytes are a word.
func TestLongestWord(t *testing.T) {
	m := defaultModel(t)
	for _, letter := range []string{"a", "ж"} {
		if n := len(m.Tokens(nil, strings.Repeat(letter, 100))); n < 2 {
			t.Errorf("100 times %q gives %d pieces", letter, n)
		}
		if got := spelled(m, strings.Repeat(letter, 101)); got != "[UNK]" {
			t.Errorf("101 times %q gives %s", letter, got)
		}
	}
}

func TestEveryPieceIsFound(t *testing.T) {
	v := &defaultModel(t).vocab
	for id := range int32(len(v.starts) - 1) {
		piece := v.piece(id)
		if got := v.find(extend(0, piece), "", []byte(piece)); got != id {
			t.Fatalf("piece %q of id %d is found as %d", piece, id, got)
		}
	}
}

// checkTokens holds what is true of every text, UTF-8 or not.
func checkTokens(t *testing.T, m *Model, text string) {
	ids := m.Tokens(nil, text)
	for _, id := range ids {
		if id < 0 || int(id) >= len(m.vocab.starts)-1 {
			t.Fatalf("%q: id %d is out of range", text, id)
		}
	}
	if got := m.Tokens([]int32{7}, text); got[0] != 7 || !slices.Equal(got[1:], ids) {
		t.Errorf("%q: appended %v, alone %v", text, got, ids)
	}
	if valid := strings.ToValidUTF8(text, ""); utf8.ValidString(valid) && !slices.Equal(m.Tokens(nil, valid), ids) {
		t.Errorf("%q: bytes that are not UTF-8 made a difference", text)
	}
	twice := m.Tokens(nil, text+" "+text)
	if !slices.Equal(twice, slices.Concat(ids, ids)) {
		t.Errorf("%q: tokens %v, of the text twice %v", text, ids, twice)
	}
}

func FuzzTokens(f *testing.F) {
	m := defaultModel(f)
	f.Fuzz(func(t *testing.T, text string) {
		checkTokens(t, m, text)
		v, ok := m.Embed(nil, text)
		if !ok {
			return
		}
		if length := math.Sqrt(float64(dot(v, v))); !(math.Abs(length-1) < 1e-5) {
			t.Errorf("%q: vector of length %v", text, length)
		}
	})
}
