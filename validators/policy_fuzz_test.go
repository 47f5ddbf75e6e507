package validators

import (
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

// FuzzPolicy: no file of policy rules panics, and every error names it.
func FuzzPolicy(f *testing.F) {
	f.Add([]byte("policy:\n  deny:\n    - category: a\n      any: [gore, 'two words']\n      all: ['(x|y)']\n"))
	f.Add([]byte("policy: {deny: [{category: b, any: ['(a+)+$']}]}"))
	f.Add([]byte("policy: null"))
	f.Add([]byte("policy: {deny: [{any: ['[']}, {category: c}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePolicy("own.yaml", data)
		if err != nil {
			if !strings.Contains(err.Error(), "own.yaml") {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		p.Check(pipeline.MediaPrompt{Subject: "gore and two words x", Text: []string{"aaaaaaaaaaaaaaaaaaaaaaaa!"}})
	})
}
