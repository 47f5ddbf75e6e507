package registry

import (
	"strings"
	"testing"
)

// Whatever is typed: a reference holds a name that is good for a tag, or there is
// an error.
func FuzzObjectRef(f *testing.F) {
	for _, s := range []string{"support", "billing/refund@1.2.0", "a@sha256:0123456789ab", "../x", "a.lock", "prompts/a.prompt@HEAD~3", "cafe\u0301@production", "_x", "a@{1}", "x/v1.0.0", "\u202ea", "agents/A.yaml@1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, kind := range Kinds() {
			r, err := parseObject(kind, s)
			if err != nil {
				if r.name != "" {
					t.Errorf("%q: %v and %+v", s, err, r)
				}
				continue
			}
			if kind.CheckName(r.name) != nil || strings.Contains(r.name, "@") || r.kind != kind || strings.HasPrefix(r.at, "-") {
				t.Errorf("%s %q: %+v", kind, s, r)
			}
			again, err := parseObject(kind, r.String())
			if err != nil || again.String() != r.String() {
				t.Errorf("%s %q: %q is read as %q, %v", kind, s, r, again, err)
			}
		}
	})
}

// A model file is read whole or refused with its file and line.
func FuzzParseModel(f *testing.F) {
	for _, s := range []string{"provider: openai\nmodel: m\n", "file: w.bin\nsha256: " + strings.Repeat("a", 64), "prices: {input: -1}", "parameters: {temperature: hot}", "provider: x\nmodel: y\nprices: {input: 1, output: 2, long_context: {above: 1, input: 1, output: 2}}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseModel("models/x.yaml", data)
		switch {
		case err != nil && !strings.HasPrefix(err.Error(), "models/x.yaml"):
			t.Errorf("%q: %v", data, err)
		case err == nil && (m.Ref() == "") == (m.File == ""):
			t.Errorf("%q: %+v", data, m)
		case err == nil && m.Prices != nil && (m.Prices.Input < 0 || m.Prices.Output < 0):
			t.Errorf("%q: %+v", data, m.Prices)
		}
	})
}

// Git's trees are read whole or refused.
func FuzzTreeEntries(f *testing.F) {
	f.Add([]byte("100644 a\x0001234567890123456789"))
	f.Add([]byte("40000 sub\x0001234567890123456789160000 m\x0001234567890123456789"))
	f.Add([]byte("100644 ../x\x0001234567890123456789"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := treeFS{commit: strings.Repeat("0", 40)}.entries(".", data)
		for _, e := range entries {
			if err == nil && (strings.ContainsAny(e.Name(), "/") || e.Name() == "..") {
				t.Errorf("%q: %q", data, e.Name())
			}
		}
	})
}
