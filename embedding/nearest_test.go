package embedding

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

var shopExamples = []Example{
	{"where is my parcel", "track_order"},
	{"when will my package arrive", "track_order"},
	{"i want my money back", "refund"},
	{"please refund my payment", "refund"},
	{"cancel my order", "cancel_order"},
	{"how do i reset my password", "reset_password"},
}

func shopClassifier(t testing.TB, threshold float64) *Classifier {
	t.Helper()
	c, err := NewClassifier(defaultModel(t), shopExamples, threshold, "oos")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestClassify(t *testing.T) {
	c := shopClassifier(t, 0.6)
	for text, want := range map[string]string{
		"Where is my package?":                 "track_order",
		"I'd like my money back!":              "refund",
		"I forgot my password":                 "reset_password",
		"what is the capital of France":        "oos",
		"the orchestra rehearsed the symphony": "oos",
	} {
		if got, score := c.Classify(text); got != want {
			t.Errorf("%q: %s at %.3f, want %s", text, got, score, want)
		}
	}
	for _, e := range shopExamples {
		if got, score := c.Classify(e.Text); got != e.Label || score < 0.99999 || score > 1 {
			t.Errorf("%q, an example itself: %s at %v", e.Text, got, score)
		}
	}
}

func TestClassifyScoreBelowTheThreshold(t *testing.T) {
	text := "what is the capital of France"
	_, open := shopClassifier(t, -1).Classify(text)
	label, closed := shopClassifier(t, 1).Classify(text)
	if label != "oos" || closed != open {
		t.Errorf("%s at %v, want oos at the nearest example's %v", label, closed, open)
	}
	if label, _ := shopClassifier(t, open).Classify(text); label == "oos" {
		t.Error("a score at the threshold is out of scope, want in scope")
	}
}

func TestClassifyUnknownText(t *testing.T) {
	for _, threshold := range []float64{-1, 0, 1} {
		label, score := shopClassifier(t, threshold).Classify("🎉")
		if label != "oos" || !math.IsNaN(score) {
			t.Errorf("threshold %v: %s at %v, want oos at NaN", threshold, label, score)
		}
	}
}

func TestClassifyTiesByOrder(t *testing.T) {
	examples := []Example{{"a red car", "first"}, {"A RED CAR", "second"}}
	c, err := NewClassifier(defaultModel(t), examples, 0.5, "oos")
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := c.Classify("red car"); got != "first" {
		t.Errorf("%s, want the first of equal examples", got)
	}
}

func TestNewClassifierErrors(t *testing.T) {
	one := []Example{{"hello", "greet"}}
	for want, c := range map[string]struct {
		examples  []Example
		threshold float64
		oos       string
	}{
		"threshold 1.5 is not in [-1, 1]": {one, 1.5, "oos"},
		"threshold NaN":                   {one, math.NaN(), "oos"},
		"out-of-scope label is empty":     {one, 0.5, ""},
		"no examples":                     {nil, 0.5, "oos"},
		`example 2, "x", has no label`:    {append(one, Example{"x", ""}), 0.5, "oos"},
		`example 2 of label "party", "🎉"`: {append(one, Example{"🎉", "party"}), 0.5, "oos"},
	} {
		if _, err := NewClassifier(defaultModel(t), c.examples, c.threshold, c.oos); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func BenchmarkClassify(b *testing.B) {
	var examples []Example
	for i := range 400 {
		e := shopExamples[i%len(shopExamples)]
		examples = append(examples, Example{fmt.Sprint(e.Text, " ", i), e.Label})
	}
	c, err := NewClassifier(defaultModel(b), examples, 0.5, "oos")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		c.Classify("where is the parcel that I ordered")
	}
}
