package script

import (
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
)

//go:embed bytes.js
var bytesSource string

//go:embed url.js
var urlSource string

var (
	bytesJS = program1(bytesSource)
	urlJS   = program1(urlSource)
)

// installBytes brings what turns texts into bytes and back: TextEncoder,
// TextDecoder of UTF-8, and of Buffer what needs no memory layout.
func installBytes(m *machine) {
	m.runPolyfill(bytesJS, m.refuses("", firstArgument), m.encodeText, m.decodeText)
}

// installURL brings URL for ASCII hosts, and URLSearchParams.
func installURL(m *machine) { m.runPolyfill(urlJS, m.refuses("", firstArgument)) }

func firstArgument(c goja.FunctionCall) string { return c.Argument(0).String() }

// encodeText is the bytes of a text in an encoding, as an ArrayBuffer; null for
// an encoding that is not known. Like node's, it reads base64 and hex as far as
// they go.
func (m *machine) encodeText(c goja.FunctionCall) goja.Value {
	text := c.Argument(0).String()
	var raw []byte
	switch c.Argument(1).String() {
	case "utf8":
		raw = []byte(text)
	case "latin1":
		for _, r := range c.Argument(0).ToString().String() {
			raw = append(raw, byte(r))
		}
	case "base64":
		raw = lenientBase64(text)
	case "hex":
		end := 0
		for end < len(text) && strings.IndexByte("0123456789abcdefABCDEF", text[end]) >= 0 {
			end++
		}
		raw, _ = hex.DecodeString(text[:end&^1])
	default:
		return goja.Null()
	}
	return m.vm.ToValue(m.vm.NewArrayBuffer(raw))
}

func lenientBase64(text string) []byte {
	var b strings.Builder
	for _, c := range text {
		switch {
		case c == '=':
			raw, _ := base64.RawStdEncoding.DecodeString(whole(b.String()))
			return raw
		case c == '-':
			b.WriteByte('+')
		case c == '_':
			b.WriteByte('/')
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '+', c == '/':
			b.WriteRune(c)
		}
	}
	raw, _ := base64.RawStdEncoding.DecodeString(whole(b.String()))
	return raw
}

// whole drops a last digit that makes no byte.
func whole(digits string) string {
	if len(digits)%4 == 1 {
		return digits[:len(digits)-1]
	}
	return digits
}

// decodeText is the text of bytes in an encoding; null for what can't be told
// here.
func (m *machine) decodeText(c goja.FunctionCall) goja.Value {
	buffer, ok := c.Argument(0).Export().(goja.ArrayBuffer)
	if !ok {
		return goja.Null()
	}
	from, to := int(c.Argument(2).ToInteger()), int(c.Argument(3).ToInteger())
	raw := buffer.Bytes()
	if from < 0 || to < from || to > len(raw) {
		return goja.Null()
	}
	raw = raw[from:to]
	switch c.Argument(1).String() {
	case "utf8":
		if !utf8.Valid(raw) {
			return goja.Null()
		}
		return m.vm.ToValue(string(raw))
	case "latin1":
		runes := make([]rune, len(raw))
		for i, b := range raw {
			runes[i] = rune(b)
		}
		return m.vm.ToValue(string(runes))
	case "base64":
		return m.vm.ToValue(base64.StdEncoding.EncodeToString(raw))
	case "base64url":
		return m.vm.ToValue(base64.RawURLEncoding.EncodeToString(raw))
	case "hex":
		return m.vm.ToValue(hex.EncodeToString(raw))
	}
	return goja.Null()
}
