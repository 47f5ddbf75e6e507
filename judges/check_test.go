package judges

import (
	"encoding/json"
	"math"
	"slices"
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

// Shares are those of questions, replies and words; what a judge says again about
// the same answers makes no interval narrower.
func TestRepliesOf(t *testing.T) {
	words, cost := [][]Word{{word(1), {Why: "x"}}, {word(1), word(0)}}, 0.5
	r := RepliesOf(Heard{Questions: 100, Malformed: 10, Again: 20, Refused: 3}, words, &cost)
	if r.Calls != 120 || r.Malformed.Value != 0.1 || r.Refused.Value != 3./120 || r.Unjudged.Value != 0.25 || *r.USD != cost {
		t.Errorf("%+v", r)
	}
	once := RepliesOf(Heard{}, [][]Word{{word(1), {Why: "x"}}}, nil)
	often := RepliesOf(Heard{}, [][]Word{{word(1), {Why: "x"}}, {word(1), {Why: "x"}}, {word(1), {Why: "x"}}}, nil)
	if often.Unjudged != once.Unjudged || once.Unjudged.N != 2 {
		t.Errorf("asked thrice %+v, once %+v", often.Unjudged, once.Unjudged)
	}
	if none := RepliesOf(Heard{}, words, nil); none.Malformed.N != 0 {
		t.Errorf("no question: %+v", none.Malformed)
	}
}

// What rests on nothing has no value, and an α keeps its scale.
func TestFigureOfNothing(t *testing.T) {
	data, err := json.Marshal(map[string]any{"none": shareOf(0, 0), "some": shareOf(1, 2), "alpha": Alpha{shareOf(1, 2), "nominal"}})
	for _, want := range []string{`"none":{"value":null,"interval":[0,1],"n":0}`, `"some":{"value":0.5,`, `"scale":"nominal"`, `"alpha":{"value":0.5,`} {
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s, %v: no %s", data, err, want)
		}
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

// A verdict that one question about several does not bring is none that is the same.
func TestTogetherWithoutVerdicts(t *testing.T) {
	none := Word{Why: "malformed"}
	j := JointOf("m", []string{"a", "b", "c", "d"}, []Word{word(1), word(0), word(1), none}, []Word{word(1), none, word(0), word(1)})
	if j.Same.N != 3 || math.Abs(j.Same.Value-1./3) > 1e-9 || j.Shift.Score.N != 2 {
		t.Errorf("%+v", j)
	}
	all := Together{Joints: []Joint{JointOf("m", []string{"a"}, []Word{none}, []Word{word(1)})}}
	if why := all.Refuses(); why != "m: no answer got a verdict when it was asked alone" {
		t.Error(why)
	}
}

// TestReasons: why words are no verdict is told, the most frequent reasons first.
func TestReasons(t *testing.T) {
	no := func(why string) Word { return Word{Why: why} }
	r := RepliesOf(Heard{}, [][]Word{{word(1), no("busy"), no("a")}, {no("b"), no("busy"), no("c")}}, nil)
	if want := []Reason{{"busy", 2}, {"a", 1}, {"b", 1}}; !slices.Equal(r.Because, want) {
		t.Errorf("%+v", r.Because)
	}
}
