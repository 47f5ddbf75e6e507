package validators

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestLabel(t *testing.T) {
	for _, c := range []struct{ output, json, want string }{
		{"track_order", "", "track_order"},
		{" Track order.\n", "", "Track order"},
		{`"track_order"`, "", "track_order"},
		{"", "", ""},
		{`{"label":"a","intent":"b"}`, "", "a"},
		{`{"intent":{"name":"b","confidence":0.9}}`, "", "b"},
		{"```json\n{\"output\": \"c\"}\n```", "", "c"},
		{"```\nc\n```", "", "c"},
		{`{"answer":"a"}`, "", `{"answer":"a"}`},
		{`{"label":null}`, "", `{"label":null}`},
		{`{"label":"a"`, "", `{"label":"a"`},
		{`{"label":"a"}`, `{"label":"a"}`, "a"},
		{`["a"]`, `["a"]`, "a"},
		{`["a","b"]`, `["a","b"]`, `["a","b"]`},
		{`[{"label":"a","score":0.9}]`, `[{"label":"a","score":0.9}]`, "a"},
		{"3", "3", "3"},
		{"true", "true", "true"},
		{"a\x1b[31mb", "", `a\x1b[31mb`},
		{strings.Repeat("x", 100), "", strings.Repeat("x", 80) + "…"},
	} {
		var raw json.RawMessage
		if c.json != "" {
			raw = json.RawMessage(c.json)
		}
		if got := Label(c.output, raw); got != c.want {
			t.Errorf("Label(%q, %s) = %q, want %q", c.output, c.json, got, c.want)
		}
	}
}

func TestLabelKey(t *testing.T) {
	for _, same := range [][]string{
		{"track_order", "Track Order", "track-order", " TRACK__ORDER. ", "“track order”", "track - order"},
		{"prüfung", "Prüfung", "PRU\u0308FUNG"},
		{"-", " - "},
	} {
		for _, label := range same[1:] {
			if LabelKey(label) != LabelKey(same[0]) {
				t.Errorf("%q and %q: %q and %q", same[0], label, LabelKey(same[0]), LabelKey(label))
			}
		}
	}
	for _, other := range [][2]string{{"track_order", "trackorder"}, {"a", "b"}, {"-", "_"}, {"", "-"}} {
		if LabelKey(other[0]) == LabelKey(other[1]) {
			t.Errorf("%q and %q are the same label", other[0], other[1])
		}
	}
}

func TestTally(t *testing.T) {
	rows := Tally([]Pair{
		{"a", "a"}, {"a", "A"}, {"a", "b"}, {"a", ""}, // 4 cases of a, 2 right
		{"b", "b"}, {"b", "x"},
		{"oos", "none"}, {"oos", "oos"}, {"oos", "a"}, {"oos", ""},
	})
	want := []LabelStats{
		{Label: "a", Support: 4, Given: 3, Right: 2, Got: map[string]int{"a": 2, "b": 1, "": 1}},
		{Label: "b", Support: 2, Given: 2, Right: 1, Got: map[string]int{"b": 1, "x": 1}},
		{Label: "none", Given: 1},
		{Label: "oos", Support: 4, Given: 1, Right: 1, Got: map[string]int{"none": 1, "oos": 1, "a": 1, "": 1}},
		{Label: "x", Given: 1},
	}
	if !reflect.DeepEqual(rows, want) {
		t.Fatalf("got  %+v\nwant %+v", rows, want)
	}
	if p, ok := rows[0].Precision(); !ok || p != 2.0/3 {
		t.Errorf("precision %v, %v", p, ok)
	}
	if r, ok := rows[0].Recall(); !ok || r != 0.5 {
		t.Errorf("recall %v, %v", r, ok)
	}
	if r, ok := rows[2].Recall(); ok {
		t.Errorf("recall of a label that was never expected: %v", r)
	}
	if _, ok := (LabelStats{Support: 1}).Precision(); ok {
		t.Error("precision of a label that was never given")
	}
	if rows := Tally(nil); len(rows) != 0 {
		t.Errorf("no pairs: %+v", rows)
	}
}

// A label lies a few levels deep; what is nested without end is a text like others.
func TestLabelInTheDepth(t *testing.T) {
	for depth, want := range map[int]string{1: "a", 8: "a", 9: "as it is", 9000: "as it is"} {
		raw := strings.Repeat("[", depth) + `"a"` + strings.Repeat("]", depth)
		if got := Label("as it is", json.RawMessage(raw)); got != want {
			t.Errorf("%d levels: %q, want %q", depth, got, want)
		}
	}
}
