package judged

import (
	"context"
	"math"
	"strings"
	"testing"
)

// one answers every question with the next of some replies.
type replies struct {
	texts []string
	asked []Question
}

func (r *replies) Ask(_ context.Context, q Question) (Reply, error) {
	r.asked = append(r.asked, q)
	return Reply{Text: r.texts[min(len(r.asked), len(r.texts))-1]}, nil
}

func TestTogether(t *testing.T) {
	out := "an answer"
	c := &Case{Input: "q", Output: &out}
	aspects := []Aspect{{Name: "coherence", About: "clear", Threshold: 0.25}, {Name: "toxicity", About: "kind", Needs: []Field{Input, ActualOutput}, Threshold: math.NaN()}}
	ask := func(texts ...string) ([]Scored, int, error) {
		r := &replies{texts: texts}
		scores, err := Together(t.Context(), r, c, aspects, 1)
		if q := r.asked[0]; q.Prompt != "together-scores" || q.Data["count"] != 2 || q.Data["actual_output"] != out {
			t.Errorf("%+v", q)
		}
		return scores, len(r.asked), err
	}
	const good = `{"scores":[{"metric":"toxicity","reason":"r","score":10},{"metric":"coherence","reason":"r","score":2.5}]}`
	if scores, n, err := ask(good); err != nil || n != 1 || scores[0] != (Scored{0.25, true, "r"}) || scores[1] != (Scored{1, true, "r"}) {
		t.Errorf("%v %d %v", scores, n, err)
	}
	for _, bad := range []string{`{}`, `{"scores":[]}`, `{"scores":[{"metric":"coherence","score":5}]}`, strings.Replace(good, "10", "11", 1), strings.Replace(good, "10", `"10"`, 1),
		strings.Replace(good, "10", "true", 1), strings.Replace(good, "toxicity", "coherence", 1), strings.Replace(good, "10", "null", 1), `{"scores":[1,2]}`, "no", strings.Replace(good, "10", "-1", 1)} {
		if scores, n, err := ask(bad, good); err != nil || n != 2 || scores[1].Score != 1 {
			t.Errorf("%s, then a good one: %v %d %v", bad, scores, n, err)
		}
		if scores, n, err := ask(bad); err == nil || n != 2 {
			t.Errorf("%s: %v %d", bad, scores, n)
		}
	}
}

// Each metric passes by its own threshold; what one question can't know is refused.
func TestAspects(t *testing.T) {
	m, err := Lookup("faithfulness")
	if err != nil {
		t.Fatal(err)
	}
	for params, want := range map[string]float64{"": 0.5, `{}`: 0.5, `{"threshold":0.8}`: 0.8, `{"strict_mode":true}`: 1, `{"threshold":null,"include_reason":false}`: -1} {
		a, err := NewAspect(m, []byte(params))
		if err != nil || !(a.Threshold == want || want < 0 && math.IsNaN(a.Threshold)) {
			t.Errorf("%s: %+v, %v", params, a, err)
		}
		if want == 0.8 && (a.scored(0.79, "").Pass || !a.scored(0.8, "").Pass) {
			t.Error("passes by another threshold")
		}
	}
	for params, want := range map[string]string{`{"penalize_ambiguous_claims":true}`: "has the parameter penalize_ambiguous_claims", `{"threshold":"x"}`: "parameters", `[]`: "parameters"} {
		if _, err := NewAspect(m, []byte(params)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", params, err)
		}
	}
}

// What a metric needs must be there, as when it is asked apart.
func TestTogetherNeeds(t *testing.T) {
	out, blank := "an answer", " "
	r := &replies{texts: []string{"{}"}}
	for _, c := range []*Case{{Output: &out}, {Output: &blank, Context: []string{"a"}}, {Context: []string{"a"}}} {
		if _, err := Together(t.Context(), r, c, []Aspect{{Name: "hallucination", Needs: []Field{ActualOutput, Context}}}, 1); err == nil || len(r.asked) > 0 {
			t.Errorf("%+v: %v", c, err)
		}
	}
	var names []string
	for _, m := range Known() {
		if m.Joinable() {
			names = append(names, m.Name)
		}
	}
	if got := strings.Join(names, " "); got != "answer_relevancy faithfulness hallucination contextual_relevancy summarization bias toxicity pii_leakage task_completion coherence" {
		t.Error(got)
	}
}
