package validators

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

// parse reads an assertion as it stands in a test set.
func parse(t testing.TB, text string) testsets.Assertion {
	t.Helper()
	var a testsets.Assertion
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return a
}

func compile(t testing.TB, text string) pipeline.Validator {
	t.Helper()
	v, err := New(parse(t, text), Deps{Embedder: letters{}})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func judgeText(t testing.TB, v pipeline.Validator, s pipeline.Subject) pipeline.Finding {
	t.Helper()
	f, err := v.Validate(context.Background(), s)
	if err != nil {
		t.Fatalf("could not judge %q: %v", s.Asset.Text, err)
	}
	if !(f.Score >= 0 && f.Score <= 1) {
		t.Fatalf("score %v is not in [0,1]", f.Score)
	}
	if f.Pass != (f.Reason == "") {
		t.Fatalf("pass %v with reason %q", f.Pass, f.Reason)
	}
	if len(f.Reason) > 4000 || strings.ContainsAny(f.Reason, "\n\r\x1b\x00") {
		t.Fatalf("the reason is not one short line: %q", f.Reason)
	}
	return f
}

func text(s string) pipeline.Subject {
	return pipeline.Subject{Asset: pipeline.Asset{Text: s}}
}

// letters is a tiny embedder: the share of letters two texts have in common.
// Texts without a letter are unknown to it.
type letters struct{}

func (letters) Similarity(a, b string) (float64, bool) {
	set := func(s string) map[rune]bool {
		m := map[rune]bool{}
		for _, r := range s {
			if r >= 'a' && r <= 'z' {
				m[r] = true
			}
		}
		return m
	}
	x, y := set(a), set(b)
	if len(x) == 0 || len(y) == 0 {
		return 0, false
	}
	both := 0
	for r := range x {
		if y[r] {
			both++
		}
	}
	return float64(both) / float64(len(x)+len(y)-both), true
}
