package main

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

var whole = sync.OnceValues(func() ([]pair, error) { return benchmark("all") })

// all are the pairs of both halves; they are not to be written to.
func all(t *testing.T) []pair {
	t.Helper()
	pairs, err := whole()
	if err != nil {
		t.Fatal(err)
	}
	return pairs
}

func TestSizeOfTheBenchmark(t *testing.T) {
	ps, err := corpus()
	if err != nil {
		t.Fatal(err)
	}
	if len(ps) < 64 {
		t.Errorf("%d prompts, want 64 at least", len(ps))
	}
	preserving, changing := map[string]bool{}, map[string]bool{}
	for _, m := range mutators() {
		if preserving[m.name] || changing[m.name] {
			t.Errorf("two mutators are called %q", m.name)
		}
		if m.changes() {
			changing[m.name] = true
		} else {
			preserving[m.name] = true
		}
	}
	if len(preserving) < 12 || len(changing) < 16 {
		t.Errorf("%d preserving and %d changing mutators, want 12 and 16 at least", len(preserving), len(changing))
	}
	used := map[string]int{}
	for _, p := range all(t) {
		used[p.mutator]++
		if p.Before == p.After {
			t.Errorf("%s: before and after are the same", p.ID)
		}
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(preserving)), slices.Collect(maps.Keys(changing)), []string{mixedChanged, mixedPreserved}) {
		if used[name] < 2 {
			t.Errorf("%q gives %d pairs, want 2 at least", name, used[name])
		}
	}
}

func TestPairsAreStable(t *testing.T) {
	ps, err := corpus()
	if err != nil {
		t.Fatal(err)
	}
	ms := mutators()
	ids := map[string]bool{}
	for _, p := range ps[:20] {
		first := pairsOf(p, ms)
		if !reflect.DeepEqual(first, pairsOf(p, ms)) {
			t.Fatalf("%s gives other pairs the second time", p.name)
		}
		for _, q := range first {
			if ids[q.ID] {
				t.Errorf("two pairs are called %q", q.ID)
			}
			ids[q.ID] = true
		}
	}
}

// The split must never move: what was learned on the train half would be
// judged on itself.
func TestSplitIsStable(t *testing.T) {
	for name, want := range map[string]string{
		"agent-ops.md": "train", "code-sql.md": "test", "support-parcel.md": "test", "tiny-haiku.txt": "test",
	} {
		if got := half(name); got != want {
			t.Errorf("%s is in the half %s, want %s", name, got, want)
		}
	}
	ps, _ := corpus()
	n := map[string]int{}
	for _, p := range ps {
		n[half(p.name)]++
	}
	if n["train"] < len(ps)*2/5 || n["test"] < len(ps)*2/5 {
		t.Errorf("the halves have %d and %d prompts", n["train"], n["test"])
	}
}

func TestPlantedSentencesStayInTheirHalf(t *testing.T) {
	where := map[string]string{}
	for _, x := range traps {
		for _, s := range []string{x.before, x.after} {
			if h := where[s]; h != "" && h != half(x.before) {
				t.Errorf("%q is in both halves", s)
			}
			where[s] = half(x.before)
		}
		if x.before == x.after {
			t.Errorf("%q is the same in both forms", x.before)
		}
	}
}

// Without the lines that are said to be touched, both versions are the same.
func TestPlacesAreTrue(t *testing.T) {
	for _, p := range all(t) {
		if p.Kind == "" || p.mutator == mixedChanged {
			continue
		}
		if len(p.beforeLines)+len(p.afterLines) == 0 {
			t.Errorf("%s: no place of the change", p.ID)
		}
		if a, b := rest(p.Before, p.beforeLines), rest(p.After, p.afterLines); a != b {
			t.Errorf("%s: something changed outside the lines %v and %v", p.ID, p.beforeLines, p.afterLines)
		}
	}
}

func rest(text string, drop map[int]bool) string {
	var kept []string
	for i, l := range strings.Split(text, "\n") {
		if !drop[i+1] && strings.TrimSpace(l) != "" {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "\n")
}

var number = regexp.MustCompile(`-?\d+(?:[.,]\d+)*`)

func TestNumberMutatorChangesOneNumber(t *testing.T) {
	n := 0
	for _, p := range all(t) {
		if p.mutator != "number" {
			continue
		}
		n++
		a, b := number.FindAllString(p.Before, -1), number.FindAllString(p.After, -1)
		if len(a) != len(b) {
			t.Errorf("%s: %d numbers became %d", p.ID, len(a), len(b))
			continue
		}
		differ := 0
		for i := range a {
			if a[i] != b[i] {
				differ++
			}
		}
		if differ != 1 || number.ReplaceAllString(p.Before, "#") != number.ReplaceAllString(p.After, "#") {
			t.Errorf("%s: %d numbers differ, or words do", p.ID, differ)
		}
	}
	if n < 100 {
		t.Errorf("only %d pairs", n)
	}
}

var letters = regexp.MustCompile(`[\pL\d]+`)

// What is layout leaves all words and numbers as they are, and where they are.
func TestLayoutKeepsTheWords(t *testing.T) {
	layout := []string{"whitespace", "rewrapping", "heading case", "heading style", "emphasis", "bullet marker", "punctuation", "quotes", "list to prose", "prose to list"}
	for _, p := range all(t) {
		if !slices.Contains(layout, p.mutator) {
			continue
		}
		a, b := letters.FindAllString(strings.ToLower(p.Before), -1), letters.FindAllString(strings.ToLower(p.After), -1)
		if !slices.Equal(a, b) {
			t.Errorf("%s: the words differ", p.ID)
		}
	}
}

// Reordered bullets are the same lines.
func TestReorderKeepsTheLines(t *testing.T) {
	for _, p := range all(t) {
		if p.mutator != "reordered bullets" {
			continue
		}
		a, b := strings.Split(p.Before, "\n"), strings.Split(p.After, "\n")
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s: the lines differ", p.ID)
		}
	}
}

// Rewording leaves code, variables and front matter alone.
func TestRewordingKeepsCode(t *testing.T) {
	protected := regexp.MustCompile("`[^`\n]*`" + `|\{\{[^}\n]*\}\}|\{[a-z_]+\}|"[^"\n]*"`)
	for _, p := range all(t) {
		if !slices.Contains([]string{"contraction", "synonym", "paraphrase", "typing error", "British or American", "number word", "unit reformatted", "comparator synonym"}, p.mutator) {
			continue
		}
		if !slices.Equal(protected.FindAllString(p.Before, -1), protected.FindAllString(p.After, -1)) {
			t.Errorf("%s: code, quotes or variables differ", p.ID)
		}
	}
}

func TestUnitsKeepTheAmount(t *testing.T) {
	amount := regexp.MustCompile(`\b(\d+(?:\.\d+)?) (ms|s|seconds?|minutes?|hours?|days?|weeks?|months?|years?|km|cm|mm|m|kg|grams?)\b`)
	find := func(s string) (sum float64) {
		for _, m := range amount.FindAllStringSubmatch(s, -1) {
			if u, ok := unitOf(m[2]); ok {
				x, _ := strconv.ParseFloat(m[1], 64)
				sum += x * u.size
			}
		}
		return sum
	}
	n := 0
	for _, p := range all(t) {
		if p.mutator != "unit reformatted" {
			continue
		}
		n++
		if a, b := find(p.Before), find(p.After); a != b {
			t.Errorf("%s: amounts sum up to %v, then to %v", p.ID, a, b)
		}
	}
	if n < 20 {
		t.Errorf("only %d pairs", n)
	}
}

func TestParse(t *testing.T) {
	d := parse(prompt{"x", "---\nmodel: m\n---\n# Head\n\n- One. Two is \"A. B\".\n1. Three\n```\n- no\n```\nTitle\n=====\n<example>\nLabel: x\n</example>\n{{#if x}}\n"})
	want := []lineKind{front, front, front, heading, blank, bullet, numbered, code, code, code, heading, heading, tag, example, tag, logic}
	for i, l := range d.lines {
		if l.kind != want[i] {
			t.Errorf("line %d is of kind %d, want %d", i+1, l.kind, want[i])
		}
	}
	if got := d.str(d.lines[5]); got != `One. Two is "A. B".` {
		t.Errorf("the bullet says %q", got)
	}
	if ss := d.sentencesOf(d.lines[5]); d.text[ss[0].start:ss[0].end] != "One." || len(ss) < 2 {
		t.Errorf("sentences %v", ss)
	}
}

func TestSplices(t *testing.T) {
	text := "one\ntwo\nthree\n"
	s := []splice{{4, 8, ""}, {8, 13, "four"}}
	if got := apply(text, s); got != "one\nfour\n" {
		t.Errorf("%q", got)
	}
	before, after := touched(text, s, s)
	if !maps.Equal(before, map[int]bool{2: true, 3: true}) || !maps.Equal(after, map[int]bool{2: true}) {
		t.Errorf("touched %v and %v", before, after)
	}
	before, after = touched(text, []splice{{0, 3, "1"}, {3, 3, "\nnew"}}, []splice{{3, 3, "\nnew"}})
	if len(before) != 0 || !maps.Equal(after, map[int]bool{2: true}) {
		t.Errorf("an inserted line touches %v and %v", before, after)
	}
	if _, ok := joined(text, one(0, 1, "x"), one(2, 3, "y")); ok {
		t.Error("two edits of one line were joined")
	}
	if e, ok := joined("a\nb\nc\nd\n", one(6, 7, "y"), one(0, 1, "x")); !ok || apply("a\nb\nc\nd\n", e.splices) != "x\nb\nc\ny\n" {
		t.Errorf("joined %v %v", e, ok)
	}
}
