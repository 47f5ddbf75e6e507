package script

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/dop251/goja"
)

// FuzzDecode holds the decoder against JSON.parse: what both read is the same,
// and what JSON.parse takes is taken.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`["a", 1, -0, 1.5e3, 1e400, null, true, false]`, `[{"a": {"b": [1, {"c": "\\u00e9\\n"}]}}]`, `[{"__proto__": {"x": 1}}]`, `[{"a":1,"a":2,"2":0,"1":0}]`,
		`[9007199254740993, 12345678901234567890, 0.1]`, `["\\ud83d\\ude00😀"]`, `[ ]`, `[[[[]]]]`, `[1,]`, `[,1]`, `[tru]`, `["`, `[{"a"}]`, `[] x`, "[\"\\xff\"]",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		vm := goja.New()
		got, gotErr := decodeArgs(vm, body, 1)
		if !json.Valid(body) {
			return // it is never sent
		}
		parse, _ := goja.AssertFunction(vm.Get("JSON").ToObject(vm).Get("parse"))
		stringify, _ := goja.AssertFunction(vm.Get("JSON").ToObject(vm).Get("stringify"))
		want, err := parse(nil, vm.ToValue(string(body)))
		if err != nil {
			return
		}
		if o, ok := want.(*goja.Object); !ok || o.ClassName() != "Array" {
			return
		}
		if errors.Is(gotErr, errDeep) {
			return
		}
		if gotErr != nil {
			t.Fatalf("%q: %v", body, gotErr)
		}
		first := want.ToObject(vm).Get("0")
		if first == nil {
			first = goja.Undefined()
		}
		a, errA := stringify(nil, got[0])
		b, errB := stringify(nil, first)
		if (errA == nil) != (errB == nil) || errA == nil && a.String() != b.String() {
			t.Fatalf("%q is %v here, %v by JSON.parse", body, a, b)
		}
	})
}
