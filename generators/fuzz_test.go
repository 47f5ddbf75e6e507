package generators

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

func FuzzReply(f *testing.F) {
	f.Add([]byte(`{"id":"c001#1","output":"x","usage":{"input_tokens":1}}`))
	f.Add([]byte(`{"choices":[{"message":{"content":[{"type":"text","text":"a"}]}}]}`))
	f.Add([]byte(`{"error":{"message":"m","type":null,"code":429}}`))
	f.Add([]byte("{\"id\":1,\"error\":{}}\xff"))
	path, _ := pathDecoder("choices.0.message")
	f.Add([]byte("{ \"a\\u0062\" : [ -1.5e3 , {} , \"]\\\"\" ] , \"c\":true }\n"))
	f.Fuzz(func(t *testing.T, line []byte) {
		checkChildren(t, bytes.TrimSpace(line))
		if r, ok := decodeReply(line); ok && r.err == nil && r.asset.JSON != nil && !json.Valid(r.asset.JSON) {
			t.Errorf("invalid JSON %q", r.asset.JSON)
		}
		errorOf(line)
		leadingID(line)
		for _, decode := range []func([]byte, string) (pipeline.Asset, error){decodeChat, path, wholeBody} {
			if a, err := decode(line, ""); err == nil && a.JSON != nil && !json.Valid(a.JSON) {
				t.Errorf("invalid JSON %q", a.JSON)
			}
		}
	})
}

// checkChildren compares child with encoding/json.
func checkChildren(t *testing.T, value []byte) {
	var object map[string]json.RawMessage
	var list []json.RawMessage
	switch {
	case !json.Valid(value):
	case json.Unmarshal(value, &object) == nil:
		for key, want := range object {
			if !strings.ContainsRune(key, 0xFFFD) { // invalid UTF-8 is replaced there
				if got, ok := child(value, key); !ok || !bytes.Equal(got, want) {
					t.Errorf("%q of %s: %s, want %s", key, value, got, want)
				}
			}
		}
	case json.Unmarshal(value, &list) == nil:
		for i, want := range list {
			if got, ok := child(value, strconv.Itoa(i)); !ok || !bytes.Equal(got, want) {
				t.Errorf("%d of %s: %s, want %s", i, value, got, want)
			}
		}
	}
}
