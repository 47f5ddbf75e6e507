package semdiff

import (
	"math"
	"testing"
)

// FuzzText checks what holds for any two texts.
func FuzzText(f *testing.F) {
	for _, s := range [][2]string{
		{"", ""}, {"a", "b"}, {"---\nmodel: x\n---\nHi {{name}}", "---\nmodel: y\n---\nHi {name}"},
		{"{{#if a}}x{{else}}y{{/if}}", "{% if a %}x{% else %}y{% endif %}"}, {"- a\n  - b\n1. c", "* a\n* b"},
		{"```json\n{\"a\": 1}\n```", "```\nx\n```"}, {"| a | b |\n|---|---|\n| 1 | 2 |", "| a |"},
		{"at most 5 s, 10% of $3M", "no more than 5000 ms"}, {"\xff\xfe{{", "\uE0001\uE001"}, {"<a><b></a>", "`x` 'y' \"z"},
		{"between 3 and", "not not not"}, {"---\n---\n", "---\n: :\n---\n"}, {"Q: a\nA: b\nQ: c\nA: d", "Q: a\nA: x"},
		{"{\"a\": [\"b\", {\"c\": null}]}", "{\"a\": []}"}, {"用三句话。", "用五句话。"},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 4000 {
			return
		}
		if r := Text(a, a); r.Verdict != Identical || r.Score != 0 || len(r.Changes) > 0 {
			t.Fatalf("%q differs from itself: %v %v %+v", a, r.Verdict, r.Score, r.Changes)
		}
		r := Text(a, b)
		if math.IsNaN(r.Score) || r.Score < 0 || r.Score > 1 {
			t.Fatalf("score %v", r.Score)
		}
		if (r.Score >= threshold) != (r.Verdict >= Changed) {
			t.Fatalf("score %v of a %v", r.Score, r.Verdict)
		}
		for _, c := range r.Changes {
			if c.Say == "" || len(c.Places) == 0 {
				t.Fatalf("empty change %+v", c)
			}
			for _, p := range c.Places {
				if p.Unit < 0 || p.Unit >= len(r.Units) {
					t.Fatalf("unit %d of %d", p.Unit, len(r.Units))
				}
			}
		}
		if back := Text(b, a); (r.Verdict == Identical) != (back.Verdict == Identical) {
			t.Fatalf("%q, %q: %v there, %v back", a, b, r.Verdict, back.Verdict)
		}
	})
}
