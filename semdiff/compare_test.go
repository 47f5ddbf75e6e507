package semdiff

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/config"
)

var update = flag.Bool("update", false, "write the golden files anew")

func side(kind, ref string, files ...File) Side {
	return Side{Kind: kind, Name: "x", Ref: ref, Files: files}
}

func file(name, path, text string) File { return File{name, path, []byte(text)} }

func compare(t *testing.T, a, b Side) *Report {
	t.Helper()
	r, err := Compare(context.Background(), a, b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// says writes a report as the golden files have it.
func says(r *Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Verdict)
	for _, c := range r.Changes {
		fmt.Fprintf(&b, "%s %s: %s", c.Verdict, c.Kind, c.Say)
		for _, p := range c.Places {
			fmt.Fprintf(&b, " @%d→%d", p.Before.Line, p.After.Line)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestGoldenPrompts(t *testing.T) {
	befores, err := filepath.Glob("testdata/golden/*.before")
	if err != nil || len(befores) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, name := range befores {
		read := func(end string) string {
			text, err := os.ReadFile(strings.TrimSuffix(name, "before") + end)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		r := compare(t, side("prompt", "1.0.0", file("", "prompts/x.prompt", read("before"))), side("prompt", "1.1.0", file("", "prompts/x.prompt", read("after"))))
		got := says(r)
		if *update {
			if err := os.WriteFile(strings.TrimSuffix(name, "before")+"golden", []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if want := read("golden"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

func has(r *Report, v Verdict, k Kind, say string) bool {
	for _, c := range r.Changes {
		if c.Verdict == v && c.Kind == k && c.Say == say {
			return true
		}
	}
	return false
}

func TestAgent(t *testing.T) {
	before := side("agent", "", file("", "agents/a.yaml", "id: A-1\ndescription: old\nmodel: small\nparameters: {temperature: 0.2}\ntools: [a]\nprompt: greet\n"), file("prompt greet", "prompts/greet.prompt", "Say hello.\n"), file("tool a", "tools/a.yaml", "description: does a\n"))
	after := side("agent", "", file("", "agents/a.yaml", "id: A-1\ndescription: new\nmodel: big\nparameters: {temperature: 0.9}\ntools: [a, b]\nprompt: greet\n"), file("prompt greet", "prompts/greet.prompt", "Do not say hello.\n"), file("tool a", "tools/a.yaml", "description: does a\n"), file("tool b", "tools/b.yaml", "description: does b\n"))
	r := compare(t, before, after)
	for _, w := range []struct {
		v   Verdict
		k   Kind
		say string
	}{
		{Changed, KindParameter, "temperature 0.2 → 0.9"},
		{Changed, KindModel, "model small → big"},
		{Changed, KindTool, "tool b added"},
		{Formatting, KindMetadata, "description old → new"},
	} {
		if !has(r, w.v, w.k, w.say) {
			t.Errorf("no %v %s %q in\n%s", w.v, w.k, w.say, says(r))
		}
	}
	if !strings.Contains(says(r), "negation") || r.Verdict != Changed {
		t.Error(says(r))
	}
}

func TestModelAndEquals(t *testing.T) {
	a := side("model", "", file("", "models/m.yaml", "provider: p\nparameters: {temperature: 0.20}\n"))
	b := side("model", "", file("", "models/m.yaml", "parameters:\n  temperature: 0.2\nprovider: p\n"))
	if r := compare(t, a, b); r.Verdict != Identical {
		t.Error(says(r))
	}
}

func TestTestSet(t *testing.T) {
	set := func(rows string) Side { return side("testset", "", file("", "testsets/s.jsonl", rows)) }
	r := compare(t, set(`{"id":"a","input":"x","expected":"refund"}
{"id":"b","input":"y","expected":"other"}
`), set(`{"id":"a","input":"x","expected":"billing"}
{"id":"c","input":"z","expected":"other"}
`))
	if !has(r, Changed, KindExample, `case a: expected "refund" → "billing"`) || !has(r, Changed, KindAdded, "case c added") || !has(r, Changed, KindRemoved, "case b removed") {
		t.Error(says(r))
	}
}

func TestAddedAndRemovedSides(t *testing.T) {
	full := side("prompt", "1.0.0", file("", "prompts/x.prompt", "Say {{a}}. Be kind.\n"))
	for _, r := range []*Report{compare(t, Side{Kind: "prompt"}, full), compare(t, full, Side{Kind: "prompt"})} {
		if r.Verdict < Changed || len(r.Units) != 2 {
			t.Error(says(r))
		}
	}
}

func TestRenamedVariable(t *testing.T) {
	p := func(name string) Side { return side("prompt", "", file("", "x.prompt", "Answer {{"+name+"}}.\n")) }
	if r := compare(t, p("question"), p("user_question")); r.Verdict != Breaking {
		t.Error("a prompt's callers break:", says(r))
	}
	if r := Text("Answer {{question}}.", "Answer {{user_question}}."); r.Verdict != Reworded {
		t.Error(says(r))
	}
}

func TestGrouping(t *testing.T) {
	a := "- SUMMARY: 16 words.\n- IDEAS: bullets of 16 words.\n- FACTS: bullets of 16 words.\n"
	r := Text(a, strings.ReplaceAll(a, "16", "15"))
	if len(r.Changes) != 1 || len(r.Changes[0].Places) != 3 || r.Changes[0].Say != "16 → 15" {
		t.Error(says(r))
	}
}

func TestErrors(t *testing.T) {
	for kind, text := range map[string]string{"prompt": "---\nmodel: [\n---\nhi\n", "agent": "id: a\n  b: c\n", "model": "a: 1\na: 2\n"} {
		_, err := Compare(context.Background(), side(kind, "", file("", "dir/f", "")), side(kind, "", file("", "dir/f", text)), Options{})
		var ce *config.Error
		if !errors.As(err, &ce) || ce.File != "dir/f" || ce.Line == 0 {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := Compare(context.Background(), side("x", "", file("", "f", "")), side("x", "", file("", "f", "")), Options{}); err == nil {
		t.Error("an unknown kind passes")
	}
}

type entailer struct {
	p     float64
	calls int
}

func (e *entailer) Entails(context.Context, string, string) (float64, error) {
	e.calls++
	if e.p < 0 {
		return 0, errors.New("no answer")
	}
	return e.p, nil
}

func TestEntailer(t *testing.T) {
	a, b := side("text", "", file("", "a", "Mention the warranty.")), side("text", "", file("", "a", "Mention the guarantee period."))
	run := func(p float64) (*Report, error) {
		return Compare(context.Background(), a, b, Options{Entailer: &entailer{p: p}})
	}
	if r, err := run(.99); err != nil || r.Verdict != Reworded {
		t.Error(err, says(r))
	}
	if r, err := run(.1); err != nil || r.Verdict != Changed {
		t.Error(err, says(r))
	}
	if _, err := run(-1); err == nil {
		t.Error("an entailer's failure is swallowed")
	}
	e := &entailer{p: 1} // what rules decide is not asked
	if r, err := Compare(context.Background(), side("text", "", file("", "a", "Use 3 words.")), side("text", "", file("", "a", "Use 4 words.")), Options{Entailer: e}); err != nil || r.Verdict != Changed || e.calls > 0 {
		t.Error(err, e.calls)
	}
}

func TestPolicy(t *testing.T) {
	var p Policy
	for v, want := range map[Verdict]Gate{Identical: Skip, Formatting: Skip, Reworded: Smoke, Changed: Full, Breaking: Block} {
		if got := p.Gate(v); got != want {
			t.Errorf("%v: %s", v, got)
		}
	}
	if got := (Policy{Reworded: Full}).Gate(Reworded); got != Full {
		t.Error(got)
	}
}
