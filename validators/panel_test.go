package validators

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

// scoring is a judge of coherence that always gives the same score; below 0 it
// talks nonsense.
func scoring(score int) model {
	return func(pipeline.Request) (pipeline.Asset, error) {
		if score < 0 {
			return pipeline.Asset{Text: "well, well"}, nil
		}
		return pipeline.Asset{Text: fmt.Sprintf(`{"reason":"r","score":%d}`, score), CostUSD: 0.01}, nil
	}
}

func panelOf(t *testing.T, scores ...int) pipeline.Validator {
	t.Helper()
	var members []*Judging
	for i, s := range scores {
		members = append(members, &Judging{Name: fmt.Sprintf("judge-%d", i), Judge: NewJudge(JudgeConfig{Release: fmt.Sprint(i), Width: 2, Generator: scoring(s)})})
	}
	p := NewPanel(members)
	if !p.Asks() || p.Width() != 2 {
		t.Errorf("%+v", p)
	}
	p.Open(t.Context(), nil)
	t.Cleanup(p.Close)
	v, err := New(testsets.Assertion{Type: "coherence"}, Deps{Judging: p})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPanelDecidesByMajority(t *testing.T) {
	for _, c := range []struct {
		scores []int
		pass   bool
		score  float64
	}{{[]int{9, 8, 1}, true, 0.6}, {[]int{9, 1, 2}, false, 0.4}, {[]int{9, 1}, false, 0.5}, {[]int{9, 7, -1}, true, 0.8}} {
		f, spent, err := panelOf(t, c.scores...).(*Judged).Judge(t.Context(), judgedSubject())
		if err != nil || f.Pass != c.pass || f.Score < c.score-1e-9 || f.Score > c.score+1e-9 || f.Metric != "coherence" || spent.Calls < len(c.scores) {
			t.Errorf("%v: %+v %+v %v", c.scores, f, spent, err)
		}
		for i := range c.scores {
			if !strings.Contains(f.Features["panel"], fmt.Sprintf("judge-%d: ", i)) {
				t.Errorf("%v: %q", c.scores, f.Features["panel"])
			}
		}
	}
}

// Most of a panel must have come to a verdict, and a judge that can't be asked
// at all ends it.
func TestPanelThatCannotJudge(t *testing.T) {
	if f, err := panelOf(t, 9, -1, -1).Validate(t.Context(), judgedSubject()); err == nil || !strings.Contains(err.Error(), "2 of 3 judges could not judge") {
		t.Errorf("%+v %v", f, err)
	}
	bad := NewPanel([]*Judging{{Name: "a", Judge: NewJudge(JudgeConfig{Width: 1, Generator: scoring(9)})},
		{Name: "b", Judge: NewJudge(JudgeConfig{Width: 1, Generator: model(func(pipeline.Request) (pipeline.Asset, error) {
			return pipeline.Asset{}, &pipeline.Unusable{Reason: "the key is wrong"}
		})})}})
	bad.Open(t.Context(), nil)
	t.Cleanup(bad.Close)
	v, err := New(testsets.Assertion{Type: "coherence"}, Deps{Judging: bad})
	if err != nil {
		t.Fatal(err)
	}
	var unusable *pipeline.Unusable
	if _, err := v.Validate(t.Context(), judgedSubject()); !errors.As(err, &unusable) {
		t.Errorf("%v", err)
	}
}

// The release of a panel is that of all its members.
func TestPanelRelease(t *testing.T) {
	of := func(second string) string {
		p := NewPanel([]*Judging{{Name: "a", Judge: NewJudge(JudgeConfig{Release: "1"})}, {Name: "b", Judge: NewJudge(JudgeConfig{Release: second})}})
		r, err := p.Release("coherence")
		if err != nil || r.Judge != "panel of a + b" || r.Metric != "coherence" {
			t.Errorf("%+v, %v", r, err)
		}
		return r.Digest()
	}
	if of("1") == of("2") {
		t.Error("another model in the panel makes no other release")
	}
}
