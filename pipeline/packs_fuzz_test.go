package pipeline

import (
	"strings"
	"testing"
	"testing/fstest"
)

// FuzzPacks: no file of packs panics, every error names it, and what is taken can be
// found and listed.
func FuzzPacks(f *testing.F) {
	f.Add([]byte("styles:\n  ours: {about: x, keywords: [soft light, grain], lighting: [softbox], negative: [text]}\nmoods:\n  glad: {from: calm, keywords: [bright]}\n"))
	f.Add([]byte("styles: {product: {begins_with: product, keywords: []}}"))
	f.Add([]byte("styles: {a: null, b: {}}\nmoods: []"))
	f.Add([]byte("styles: {'<lora:x:1>': {keywords: ['(a:1.5)', '{{b}}', '--param']}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := LoadPacks(fstest.MapFS{"packs/own.yaml": {Data: data}})
		if err != nil {
			if !strings.Contains(err.Error(), "packs/own.yaml") {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		for _, pack := range p.List() {
			if p.Find(pack.Kind, pack.Name) == nil {
				t.Errorf("%s %q is listed and not found", pack.Kind, pack.Name)
			}
		}
		if p.Find(StylePack, "product") == nil {
			t.Error("the built-in packs are gone")
		}
	})
}
