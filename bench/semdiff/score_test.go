package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/semdiff"
)

func TestAUROC(t *testing.T) {
	for _, c := range []struct {
		high, low []float64
		want      float64
	}{
		{[]float64{2, 3}, []float64{0, 1}, 1},
		{[]float64{0, 1}, []float64{2, 3}, 0},
		{[]float64{1, 1}, []float64{1, 1, 1}, 0.5},
		{[]float64{3, 2, 1}, []float64{1, 0}, 5.5 / 6},
		// Hanley and McNeil's rating example: 51 abnormal and 58 normal images
		{repeat(3, 2, 2, 11, 33), repeat(33, 6, 6, 11, 2), 0.8931711},
	} {
		if got := auroc(c.high, c.low); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("AUROC of %v against %v is %v, want %v", c.high, c.low, got, c.want)
		}
	}
	if !math.IsNaN(auroc(nil, []float64{1})) || !math.IsNaN(auroc([]float64{1}, nil)) {
		t.Error("AUROC of one class is a number")
	}
}

// repeat gives the ratings 1, 2, … as often as the counts say.
func repeat(counts ...int) (all []float64) {
	for i, n := range counts {
		for range n {
			all = append(all, float64(i+1))
		}
	}
	return all
}

func TestMeasureAndSummary(t *testing.T) {
	p := func(label string, score float64, called bool) judged {
		return judged{pair{Label: label}, outcome{score: score, changed: called}}
	}
	f := measure([]judged{p("changed", .9, true), p("changed", .2, false), p("preserved", .1, false), p("preserved", .6, true)})
	if f.cost != 6.0/4 {
		t.Errorf("cost %v, want 1.5: a miss and a false flag in four pairs", f.cost)
	}
	if got, want := summary(f), "auroc=0.7500 caught=0.5000 flagged=0.5000"; got != want {
		t.Errorf("summary %q, want %q", got, want)
	}
	if got, want := summary(measure([]judged{p("changed", 1, true)})), "auroc=n/a caught=1.0000 flagged=n/a"; got != want {
		t.Errorf("summary %q, want %q", got, want)
	}
}

func TestMacroF1(t *testing.T) {
	said := func(truth kind, first semdiff.Kind) judged {
		j := judged{pair{Label: "changed", Kind: truth}, outcome{changed: first != "", report: &semdiff.Report{}}}
		if first != "" {
			j.report.Changes = []semdiff.Change{{Kind: first}}
		}
		return j
	}
	// number: 1 of 2 named, nothing else called so: F1 2/3; negation is right by its second name
	got := macroF1([]judged{said("number", semdiff.KindNumber), said("number", ""), said("negation", semdiff.KindModality)})
	if want := (2.0/3 + 1) / 2; math.Abs(got-want) > 1e-12 {
		t.Errorf("macro-F1 %v, want %v", got, want)
	}
}

func TestLocate(t *testing.T) {
	unit := func(v semdiff.Verdict, line, end int) semdiff.Unit {
		return semdiff.Unit{Verdict: v, BeforeSpan: semdiff.Span{Line: line, End: end}, AfterSpan: semdiff.Span{Line: line, End: end}}
	}
	j := judged{
		pair{Label: "changed", beforeLines: map[int]bool{3: true}, afterLines: map[int]bool{3: true}},
		outcome{changed: true, report: &semdiff.Report{Units: []semdiff.Unit{unit(semdiff.Formatting, 1, 1), unit(semdiff.Changed, 3, 4), unit(semdiff.Breaking, 9, 9)}}},
	}
	l := locate([]judged{j})
	if want := (location{units: 2, rightUnits: 1, truth: 2, found: 2, reported: 6, rightReported: 2}); l != want {
		t.Errorf("%+v, want %+v", l, want)
	}
	if got := l.unitF1(); math.Abs(got-2.0/3) > 1e-12 {
		t.Errorf("F1 of units %v", got)
	}
}

func TestOverlap(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"a b c", "a b c", 1}, {"a b", "c d", 0}, {"a a b", "a b b", 0.5}, {"", "", 1}} {
		if got := overlap(strings.Fields(c.a), strings.Fields(c.b)); got != c.want {
			t.Errorf("overlap of %q and %q is %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func TestParsePairs(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	pairs, err := parsePairs("f", strings.NewReader(`{"id":"a","before":"x","after":"y","label":"changed","kind":"number"}`+"\n\n"+
		`{"id":12,"before":"","after":"`+long+`","label":"preserved"}`))
	if err != nil {
		t.Fatal(err)
	}
	if len(pairs) != 2 || string(pairs[0].raw) != `"a"` || string(pairs[1].raw) != "12" || pairs[0].Kind != "number" || len(pairs[1].After) != len(long) {
		t.Errorf("read %d pairs, ids %s and %s", len(pairs), pairs[0].raw, pairs[1].raw)
	}
	for text, want := range map[string]string{
		"":                                      "no pairs",
		"{":                                     "line 1",
		`{"before":"a","label":"changed"}`:      `no "after"`,
		`{"after":"a","label":"changed"}`:       `no "before"`,
		`{"before":"a","after":1}`:              "line 1",
		`{"before":"a","after":"b","label":""}`: "known: preserved, changed",
		`{"id":{},"before":"a","after":"b","label":"changed"}`:                                         "neither a string nor a number",
		`{"before":"a","after":"b","label":"changed"}` + "\n" + `{"before":"","after":"","label":"x"}`: `line 2: unknown label "x"`,
	} {
		if _, err := parsePairs("f.jsonl", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "f.jsonl") {
			t.Errorf("%q gives the error %v, want one with %q", text, err, want)
		}
	}
}

func FuzzParsePairs(f *testing.F) {
	f.Add(`{"id":1,"before":"a","after":"b","label":"changed"}`)
	f.Add(`{"id":"x","before":"","after":"","label":"preserved","kind":null}` + "\n{}")
	f.Fuzz(func(t *testing.T, text string) {
		pairs, err := parsePairs("f", strings.NewReader(text))
		if err == nil && len(pairs) == 0 {
			t.Error("neither pairs nor an error")
		}
		for _, p := range pairs {
			if p.Label != "changed" && p.Label != "preserved" {
				t.Errorf("label %q", p.Label)
			}
		}
	})
}

// What is written can be scored, line by line.
func TestWriteAndScore(t *testing.T) {
	ps, err := corpus()
	if err != nil {
		t.Fatal(err)
	}
	pairs := pairsOf(ps[0], mutators())
	path := filepath.Join(t.TempDir(), "pairs.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := write(f, pairs); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var out, details bytes.Buffer
	if err := scoreOutside(&out, &details, path, true); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(got) != len(pairs)+1 || !strings.HasPrefix(got[len(pairs)], "auroc=") {
		t.Fatalf("%d lines for %d pairs, the last %q", len(got), len(pairs), got[len(got)-1])
	}
	for i, p := range pairs {
		var e struct {
			ID, Verdict string
			Score       float64
		}
		if err := json.Unmarshal([]byte(got[i]), &e); err != nil || e.ID != p.ID || e.Verdict == "" {
			t.Errorf("line %d is %s (%v), want the verdict of %s", i+1, got[i], err, p.ID)
		}
	}
	if !strings.Contains(details.String(), "changed negation") {
		t.Errorf("no figures by kind in %q", details.String())
	}
}
