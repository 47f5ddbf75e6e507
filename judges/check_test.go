package judges

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func word(score float64) Word { return Word{Score: score, Pass: score >= 0.5} }

func TestAgreeWithSelf(t *testing.T) {
	none := Word{Why: "down"}
	s := AgreeWithSelf([]string{"a", "b", "c", "d"}, [][]Word{
		{word(0.9), word(0.6), word(0.1), none},
		{word(0.8), word(0.4), word(0.1), word(1)},
		{word(0.9), word(0.6), none, none},
	})
	if s.Times != 3 || s.Same.N != 3 || s.Same.Value != 2./3 || len(s.Flips) != 1 || s.Flips[0] != "b" || math.Abs(s.Spread.Value-0.1) > 1e-12 || s.Alpha == nil || s.Alpha.N != 3 {
		t.Errorf("%+v", s)
	}
	empty := AgreeWithSelf(nil, nil)
	if _, err := json.Marshal(empty); err != nil || empty.Same.Interval != [2]float64{0, 1} {
		t.Errorf("%+v, %v", empty, err)
	}
}

func TestShiftBetween(t *testing.T) {
	s := ShiftBetween([]string{"a", "b", "c", "d"}, []Word{word(0.4), word(0.5), word(0.7), {Why: "x"}}, []Word{word(0.6), word(0.7), word(0.4), word(1)})
	if s.Score.N != 3 || math.Abs(s.Score.Value-0.1/3) > 1e-12 || len(s.Up) != 1 || s.Up[0] != "a" || len(s.Down) != 1 || s.Pass.Value != 0 {
		t.Errorf("%+v", s)
	}
}

func TestPositionOf(t *testing.T) {
	p := PositionOf([]string{"a", "b", "c", "d"}, []Choice{1, 1, 0, 1}, []Choice{-1, 1, 0, 0}, 2)
	if p.Consistent.Value != 0.5 || len(p.Swayed) != 2 || p.Swayed[0] != "b" || math.Abs(p.First.Value-1.5/4) > 1e-12 || p.Unjudged != 2 {
		t.Errorf("%+v", p)
	}
	always := PositionOf([]string{"a", "b"}, []Choice{1, 1}, []Choice{1, 1}, 0)
	if always.First.Value != 1 || always.Consistent.Value != 0 {
		t.Errorf("%+v", always)
	}
}

func TestRepliesOf(t *testing.T) {
	r := RepliesOf(100, 10, 3, [][]Word{{word(1), {Why: "x"}}, {word(1), word(0)}}, 0.5)
	if r.Calls != 110 || r.Malformed.Value != 0.1 || r.Refused.Value != 3./110 || r.Unjudged.Value != 0.25 || r.USD != 0.5 {
		t.Errorf("%+v", r)
	}
}

func TestRefusal(t *testing.T) {
	for reply, want := range map[string]bool{
		"I'm sorry, but I can't help with that.":   true,
		"As an AI, I must decline to judge this.":  true,
		`{"verdict":"no","reason":"I can't tell"}`: false,
		"yes": false, "": false,
	} {
		if Refusal(reply, "stop") != want {
			t.Errorf("%q: %v", reply, !want)
		}
	}
	if !Refusal("", "content_filter") {
		t.Error("stopped by its provider")
	}
}

func TestPadOnlyAdds(t *testing.T) {
	for _, text := range []string{"", "yes", strings.Repeat("long answer ", 500)} {
		padded := Pad(text)
		if !strings.Contains(padded, text) || len(padded) < len(text)+200 || len(padded) > len(text)+4000 {
			t.Errorf("%d bytes become %d", len(text), len(padded))
		}
	}
}
