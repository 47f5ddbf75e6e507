package usermetric_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/internal/script"
	"github.com/GaboBase/arch-genops/validators/judged"
	"github.com/GaboBase/arch-genops/validators/usermetric"
)

// own stands where the user's file is.
const own = `
import asyncio, os, sys, time

calls = []

class Polite:
    """As DeepEval's BaseMetric, without the package."""
    def __init__(self, threshold=0.5, word="please"):
        self.threshold, self.word, self.model = threshold, word, None

    async def a_measure(self, case, *args, **kwargs):
        await asyncio.sleep(0)
        return self.measure(case)

    def measure(self, case):
        if case.actual_output == "raise":
            raise ValueError("no such thing")
        if case.actual_output == "exit":
            sys.exit(3)
        if case.actual_output == "die":
            os._exit(3)
        if case.actual_output == "none":
            return None
        self.score = 1.0 if self.word in case.actual_output else 0.2
        if case.actual_output == "seven":
            self.score = 7
        if case.actual_output == "nan":
            self.score = float("nan")
        self.reason = "it says " + case.actual_output
        self.success = self.score >= self.threshold
        if case.actual_output == "maybe":
            self.success = "yes"
        if case.actual_output == "skip":
            self.skipped = True

    def is_successful(self):
        return self.success

made = Polite(word="made")

class Slow(Polite):
    a_measure = None
    def measure(self, case):
        if case.actual_output == "endless":
            while True:
                time.sleep(0.01)
        self.score, self.success = 1, True

def factory():
    return Polite(word="factory")

def length(case):
    return {"score": min(len(case.actual_output), 10) / 10, "success": len(case.actual_output) < 5, "reason": None}

def fields(case):
    tools = [t.name for t in case.tools_called or []]
    return {"score": 1, "success": True, "reason": "|".join([case.input, case.expected_output, case.context[0], case.retrieval_context[0], tools[0], case.turns[0]["content"]])}

def share(case):
    return 0.4

def boolean(case):
    return True

def text(case):
    return "good"

number = 3
`

type python struct{ *script.Runner }

func (p python) Run(ctx context.Context, body string, request any) (json.RawMessage, error) {
	v, err := p.Call(ctx, script.Code{Kind: script.KindFunctionBody, Source: body, Params: []string{"request"}}, map[string]any{"request": request})
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// shared runs the metrics of all tests: Python takes its time to start.
var shared = sync.OnceValues(func() (*script.Runner, error) {
	return script.NewRunner(script.RunnerConfig{Runtime: script.Python, Deadline: time.Minute, Workers: 1})
})

func TestMain(m *testing.M) {
	code := m.Run()
	if _, err := script.Find(script.Python, os.Getenv); err == nil {
		if r, err := shared(); err == nil {
			r.Close()
		}
	}
	os.Exit(code)
}

func start(t *testing.T, cfg usermetric.Config, files map[string]string) *usermetric.Metrics {
	t.Helper()
	if _, err := script.Find(script.Python, os.Getenv); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	r, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Root, cfg.Python = t.TempDir(), python{r}
	for name, text := range files {
		path := filepath.Join(cfg.Root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return usermetric.New(context.Background(), cfg)
}

func output(text string) *judged.Case { return &judged.Case{Input: "question", Output: &text} }

func TestScores(t *testing.T) {
	m := start(t, usermetric.Config{}, map[string]string{"metrics/own.py": own})
	for _, c := range []struct {
		name, params, output string
		score                float64
		success              bool
		reason, err          string
	}{
		{name: "Polite", output: "yes please", score: 1, success: true, reason: "it says yes please"},
		{name: "Polite", output: "no", score: 0.2, reason: "it says no"},
		{name: "Polite", params: `{"threshold":0.1}`, output: "no", score: 0.2, success: true, reason: "it says no"},
		{name: "made", output: "made", score: 1, success: true, reason: "it says made"},
		{name: "factory", output: "factory", score: 1, success: true, reason: "it says factory"},
		{name: "length", output: "abcdefg", score: 0.7},
		{name: "share", output: "x", score: 0.4},
		{name: "share", params: `{"threshold":0.3}`, output: "x", score: 0.4, success: true},
		{name: "boolean", output: "x", score: 1, success: true},
		{name: "Slow", output: "x", score: 1, success: true},
		{name: "Polite", output: "raise", err: "ValueError: no such thing"},
		{name: "Polite", output: "exit", err: "SystemExit: 3"},
		{name: "Polite", output: "none", err: "success is neither True nor False|AttributeError"},
		{name: "Polite", output: "seven", err: "its score 7 is not in 0..1"},
		{name: "Polite", output: "nan", err: "its score nan is not in 0..1"},
		{name: "Polite", output: "maybe", err: "its success is neither True nor False, but 'yes'"},
		{name: "Polite", output: "skip", err: "it skipped the case"},
		{name: "text", output: "x", err: "it gave no score, but 'good'"},
	} {
		got, err := m.Score(t.Context(), usermetric.Ref{File: "metrics/own.py", Name: c.name}, json.RawMessage(c.params), output(c.output))
		switch {
		case c.err != "":
			if err == nil || !containsOne(err.Error(), c.err) {
				t.Errorf("%s on %q: %v %v, want the error %q", c.name, c.output, got, err, c.err)
			}
		case err != nil || got != (usermetric.Score{Score: c.score, Success: c.success, Reason: c.reason}):
			t.Errorf("%s on %q: %+v %v", c.name, c.output, got, err)
		}
	}
}

func containsOne(text, wanted string) bool {
	for _, w := range strings.Split(wanted, "|") {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

func TestFields(t *testing.T) {
	m := start(t, usermetric.Config{}, map[string]string{"own.py": own})
	c, want := output("a"), "wanted"
	c.Expected, c.Context, c.Retrieval = &want, []string{"fact"}, []string{"found"}
	c.ToolsCalled, c.Turns = []judged.Tool{{Name: "look"}}, []judged.Turn{{Role: "user", Content: "hello"}}
	got, err := m.Score(t.Context(), usermetric.Ref{File: "own.py", Name: "fields"}, nil, c)
	if err != nil || got.Reason != "question|wanted|fact|found|look|hello" {
		t.Errorf("%+v %v", got, err)
	}
}

// A case that ends the process or never ends takes no other with it.
func TestBatches(t *testing.T) {
	m := start(t, usermetric.Config{Width: 1, Batch: 8, Deadline: 10 * time.Second}, map[string]string{"own.py": own})
	texts := []string{"please", "die", "please", "raise", "please", "no", "please"}
	errs, scores := make([]error, len(texts)), make([]usermetric.Score, len(texts))
	var wait sync.WaitGroup
	for i, text := range texts {
		wait.Go(func() {
			scores[i], errs[i] = m.Score(t.Context(), usermetric.Ref{File: "own.py", Name: "Polite"}, nil, output(text))
		})
	}
	wait.Wait()
	for i, text := range texts {
		if bad := text == "die" || text == "raise"; (errs[i] != nil) != bad || !bad && scores[i].Success != (text == "please") {
			t.Errorf("%d %s: %+v %v", i, text, scores[i], errs[i])
		}
	}
	slow := usermetric.Ref{File: "own.py", Name: "Slow"}
	if _, err := m.Score(t.Context(), slow, nil, output("endless")); err == nil || !strings.Contains(err.Error(), "longer than 10 s") {
		t.Errorf("an endless case: %v", err)
	}
	if _, err := m.Score(t.Context(), slow, nil, output("short")); err != nil {
		t.Errorf("after it: %v", err)
	}
}

func TestCheck(t *testing.T) {
	m := start(t, usermetric.Config{}, map[string]string{"own.py": own, "absent.py": "import nowhere_to_be_found\n",
		"judge.py": "class M:\n  def __init__(self): self.model = 'gpt-x'\n  def measure(self, case): pass\n", "broken.py": "def ("})
	known, err := m.Check(t.Context(), usermetric.Ref{File: "own.py", Name: "Polite"}, nil)
	if err != nil || !strings.HasPrefix(known.Digest, "sha256:") || known.Model != "" {
		t.Errorf("%+v %v", known, err)
	}
	if known, err := m.Check(t.Context(), usermetric.Ref{File: "judge.py", Name: "M"}, nil); err != nil || known.Model != "gpt-x" {
		t.Errorf("a metric with a model: %+v %v", known, err)
	}
	_, err = m.Check(t.Context(), usermetric.Ref{File: "absent.py", Name: "X"}, nil)
	if !errors.Is(err, usermetric.ErrUnavailable) || !strings.Contains(err.Error(), "nowhere_to_be_found is not installed for ") {
		t.Errorf("a package that is absent: %v", err)
	}
	for _, c := range []struct{ file, name, params, want string }{
		{"own.py", "Politer", "", "own.py has no Politer; it has Polite, Slow, boolean, "},
		{"own.py", "number", "", "it is no class, no function and no metric, but a int"},
		{"own.py", "Polite", `{"colour":1}`, "unexpected keyword argument 'colour'"},
		{"none.py", "X", "", "FileNotFoundError"},
		{"broken.py", "X", "", "SyntaxError"},
	} {
		if _, err := m.Check(t.Context(), usermetric.Ref{File: c.file, Name: c.name}, json.RawMessage(c.params)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:%s: %v, want %q", c.file, c.name, err, c.want)
		}
	}
}

// The real package, where it is installed.
func TestDeepEval(t *testing.T) {
	m := start(t, usermetric.Config{Deadline: time.Minute}, map[string]string{"real.py": `
from deepeval.metrics import BaseMetric
from deepeval.test_case import LLMTestCase

class Short(BaseMetric):
    def __init__(self, threshold=0.5):
        self.threshold = threshold
    def measure(self, test_case):
        assert isinstance(test_case, LLMTestCase)
        self.score = 1.0 if len(test_case.actual_output) < 5 else 0.0
        self.reason = "length"
        self.success = self.score >= self.threshold
        return self.score
    async def a_measure(self, test_case, *args, **kwargs):
        return self.measure(test_case)
    def is_successful(self):
        return self.success
    @property
    def __name__(self):
        return "Short"
`})
	r := usermetric.Ref{File: "real.py", Name: "Short"}
	if _, err := m.Check(t.Context(), r, nil); errors.Is(err, usermetric.ErrUnavailable) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		want bool
	}{{"abc", true}, {"abcdefgh", false}} {
		if got, err := m.Score(t.Context(), r, nil, output(c.text)); err != nil || got.Success != c.want {
			t.Errorf("%s: %+v %v", c.text, got, err)
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"metrics/own.py:Polite": "metrics/own.py:Polite", "file://./own.py:a.b": "own.py:a.b", " own.py:x ": "own.py:x",
		"own.py": "", "own.py:": "", "own.js:X": "", "own.py:a b": "", "trajectory:tool-used": "", "own.py:1x": "", ":X": "",
	} {
		r, ok := usermetric.Parse(text)
		if ok != (want != "") || ok && fmt.Sprint(r) != want {
			t.Errorf("%q: %v %v", text, r, ok)
		}
	}
}
