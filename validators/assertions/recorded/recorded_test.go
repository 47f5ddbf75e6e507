package recorded

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/script"
	"github.com/GaboBase/arch-genops/validators/assertions"
)

func TestMain(m *testing.M) {
	if rest, ok := script.Child(os.Args[1:]); ok {
		os.Exit(script.Serve(rest, os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// deps runs scripts as a run does.
func deps(t *testing.T) assertions.Deps {
	engine, err := script.New(script.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	return assertions.Deps{JavaScript: engine, Regexps: engine}
}

// TestRecorded holds the package to what promptfoo 0.123.1 did with the same
// tests: the verdict, the score, the scores of the assertions and of the names.
func TestRecorded(t *testing.T) {
	files, err := filepath.Glob("../testdata/*.jsonl")
	if err != nil || len(files) < 5 {
		t.Fatalf("only %d files of recorded cases: %v", len(files), err)
	}
	d := deps(t)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !Is(data) {
				t.Fatal("the file is not recognised")
			}
			records, err := Read(data)
			if err != nil {
				t.Fatal(err)
			}
			d := d
			if filepath.Base(file) == "python.jsonl" {
				d.Python = python(t)
			}
			for i := range records {
				checkRecord(t, &records[i], d)
			}
		})
	}
}

func python(t *testing.T) assertions.Script {
	r, err := script.NewRunner(script.RunnerConfig{Runtime: script.Python})
	if errors.Is(err, script.ErrUnavailable) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func checkRecord(t *testing.T, r *Record, d assertions.Deps) {
	got, err := r.Run(context.Background(), d, assertions.Exact)
	if r.BeyondLimits {
		if got.Pass {
			t.Errorf("%s: passes on a reply that can't be read", r.ID)
		}
		return
	}
	verdict, score := r.Expect.Compare(got, err)
	if !verdict || !score {
		t.Errorf("%s: %s on %s: promptfoo %v %v (%s), here %v %v (%s), error %v", r.ID, r.Assert, r.Output, r.Expect.Pass, r.Expect.Score, r.Expect.ReasonClass, got.Pass, got.Score, got.Reason, err)
		return
	}
	if err != nil {
		return
	}
	if !got.Pass && got.Reason == "" {
		t.Errorf("%s: failed without a reason", r.ID)
	}
	if said := first(got.Components); r.Expect.Reason != "" && !strings.Contains(said.Reason+said.Note, strings.TrimRight(r.Expect.Reason, " \n\t")) {
		t.Errorf("%s: the judge said %q, and the result %q %q", r.ID, r.Expect.Reason, said.Reason, said.Note)
	}
	if n := len(r.Expect.Components); n > 0 {
		if n != len(got.Components) {
			t.Errorf("%s: %d scores of assertions, promptfoo has %d", r.ID, len(got.Components), n)
			return
		}
		for i, c := range r.Expect.Components {
			if g := got.Components[i]; c.Pass != g.Pass || !same(c.Score, g.Score) {
				t.Errorf("%s: assertion %d: promptfoo %v %v, here %v %v", r.ID, i, c.Pass, c.Score, g.Pass, g.Score)
			}
		}
	}
	for name, want := range r.Expect.NamedScores {
		if got, ok := got.Named[name]; !ok || math.Abs(got-want) > 1e-9 && got == got {
			t.Errorf("%s: score of %s: promptfoo %v, here %v", r.ID, name, want, got)
		}
	}
}

// TestRead: what a file may look like beside the usual.
func TestRead(t *testing.T) {
	const file = `[{"id":"no output","output":null,"vars":null,"assert":[{"type":"equals","value":"x"}],"provider":null,"expect":{"pass":false,"score":0,"reason_class":"error"}},
{"id":"cost in text","type":"cost","output":"x","assert":[{"type":"cost","threshold":1}],"provider":{"cost":"0.5"},"expect":{"pass":false,"score":0,"reason_class":"error"}},
{"id":"replies to all","output":"x","vars":{},"assert":[{"type":"llm-rubric","value":"good"}],"replies":["{\"pass\":true,\"score\":1,\"reason\":\"r\"}"],"expect":{"pass":true,"score":1}},
{"id":"one reply","output":"x","vars":{},"assert":[{"type":"llm-rubric","value":"good"}],"replies":{"*":"{\"pass\":false,\"score\":0,\"reason\":\"r\"}"},"expect":{"pass":false,"score":0}}]`
	if !Is([]byte(file)) {
		t.Fatal("the file is not recognised")
	}
	records, err := Read([]byte(file))
	if err != nil || len(records) != 4 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	d := deps(t)
	for i := range records {
		checkRecord(t, &records[i], d)
	}
}

func first(all []assertions.Result) assertions.Result {
	if len(all) == 0 {
		return assertions.Result{}
	}
	return all[0]
}

// TestStrict: beside the listed deviations the strict mode judges as the exact
// one, and never passes what that one does not pass.
func TestStrict(t *testing.T) {
	files, _ := filepath.Glob("../testdata/*.jsonl")
	d := deps(t)
	seen := map[assertions.Deviation]bool{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		records, err := Read(data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range records {
			r := &records[i]
			got, err := r.Run(context.Background(), d, assertions.Strict)
			if r.BeyondLimits {
				r.Expect.ReasonClass = "error"
			}
			var doubt *assertions.Doubt
			switch verdict, score := r.Expect.Compare(got, err); {
			case errors.As(err, &doubt):
				seen[doubt.ID] = true
			case verdict && score || errors.Is(err, script.ErrUnavailable) || errors.Is(err, assertions.ErrUnavailable):
			case err == nil && r.StrictDifference(got) != "":
				seen[r.StrictDifference(got)] = true
			default:
				t.Errorf("%s: %s on %s: promptfoo %v %v, here %v %v, error %v", r.ID, r.Assert, r.Output, r.Expect.Pass, r.Expect.Score, got.Pass, got.Score, err)
			}
		}
	}
	for _, x := range assertions.Deviations() {
		if x.When == "" || x.Exact == "" || x.Why == "" {
			t.Errorf("deviation %s is not described", x.ID)
		}
		if !seen[x.ID] {
			t.Logf("no recorded case shows the deviation %s", x.ID)
		}
	}
	if len(seen) < 12 {
		t.Errorf("only %d deviations are shown", len(seen))
	}
}
