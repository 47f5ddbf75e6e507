package script

import (
	"bytes"
	"testing"
)

func FuzzFrame(f *testing.F) {
	for _, s := range []string{
		"hello", "forget", "env {}", "ok 1 true", "threw 18446744073709551615 {\"message\":\"x\"}",
		"call 7 5000 0123456789abcdef0123456789abcdef [\"a b\"]", "program 0123456789abcdef0123456789abcdef {}",
		"bundle 1 2 {}", "call 7 -1 x []", "call", "ok 1", "ok 1 ", "hello ", "hello x", "nothing", "", "ok 01 1", "ok +1 1",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		got, err := parseFrame(line)
		if err != nil {
			return
		}
		text := got.append(nil)
		again, err := parseFrame(text)
		if err != nil || again.word != got.word || again.id != got.id || again.millis != got.millis || again.digest != got.digest || !bytes.Equal(again.body, got.body) {
			t.Fatalf("%q is %+v, written %q, read %+v, %v", line, got, text, again, err)
		}
	})
}
