package validators

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/internal/script"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/validators/assertions"
	"github.com/GaboBase/arch-genops/validators/judged"
)

func TestMain(m *testing.M) {
	if rest, ok := script.Child(os.Args[1:]); ok {
		os.Exit(script.Serve(rest, os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func scripts(t *testing.T) Deps {
	engine, err := script.New(script.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	return Deps{Assertions: assertions.Deps{JavaScript: engine, Regexps: engine}}
}

// TestForeign: promptfoo's assertions judge the answers of any test set.
func TestForeign(t *testing.T) {
	d := scripts(t)
	text := func(s string) pipeline.Subject {
		return pipeline.Subject{Request: pipeline.Request{Input: "q", Vars: map[string]any{"name": "Ann"}}, Asset: pipeline.Asset{Text: s, Latency: time.Second, CostUSD: 0.5, FinishReason: "stop"}}
	}
	calls := pipeline.Subject{Asset: pipeline.Asset{ToolCalls: []pipeline.ToolCall{{Name: "search", Args: json.RawMessage(`{"q":"x"}`)}, {Name: "book"}}}}
	for _, c := range []struct {
		assert string
		s      pipeline.Subject
		score  float64
		pass   bool
	}{
		{`{"type":"rouge-n","value":"the cat sat","threshold":0.6}`, text("the cat"), 0.8, true},
		{`{"type":"not-bleu","value":"the cat sat"}`, text("the cat sat"), 0, false},
		{`{"type":"javascript","value":"output.includes(context.vars.name) ? 0.75 : 0"}`, text("Hi Ann"), 0.75, true},
		{`{"type":"is_xml","value":"a.b"}`, text("<a><b/></a>"), 1, true},
		{`{"type":"word-count","value":{"max":2}}`, text("a b c"), 0, false},
		{`{"type":"levenshtein","value":"{{name}}","threshold":1}`, text("Anne"), 1, true},
		{`{"type":"finish-reason","value":"stop"}`, text("x"), 1, true},
		{`{"type":"tool-call-f1","value":["search"],"threshold":0.6}`, calls, 2.0 / 3, true},
		{`{"type":"trajectory:tool-sequence","value":["search","book"]}`, calls, 1, true},
		{`{"type":"trajectory:tool-sequence","value":{"mode":"any_order","steps":["book"]}}`, calls, 1, true},
		{`{"type":"trajectory:tool-sequence","value":{"mode":"any_order","steps":["book","search","search"]}}`, calls, 0, false},
		{`{"type":"trajectory:tool-sequence","value":{"mode":"set","steps":["*","search"]}}`, calls, 1, true},
		{`{"type":"trajectory:tool-sequence","value":{"mode":"set","steps":["book"]}}`, calls, 0, false},
		{`{"type":"trajectory:tool-args-match","value":{"name":"search","args":{"q":"y"}}}`, calls, 0, false},
		{`{"type":"is-refusal","weight":0}`, text("Here you are"), 0, true},
	} {
		v, err := New(parse(t, c.assert), d)
		if err != nil {
			t.Errorf("%s: %v", c.assert, err)
			continue
		}
		f := judgeText(t, v, c.s)
		if f.Pass != c.pass || f.Score < c.score-1e-9 || f.Score > c.score+1e-9 || f.Pass != (f.Reason == "") {
			t.Errorf("%s: %+v, want %v %v", c.assert, f, c.score, c.pass)
		}
	}
}

func TestForeignCannotJudge(t *testing.T) {
	for assert, want := range map[string]string{
		`{"type":"is-refusal"}`:                                                "says nothing",
		`{"type":"javascript","value":"true"}`:                                 "JavaScript can't be run",
		`{"type":"trajectory:tool-used","value":"a"}`:                          "no steps",
		`{"type":"perplexity","threshold":2}`:                                  "log-probabilities",
		`{"type":"guardrails"}`:                                                "silence",
		`{"type":"rouge-n","value":"x","threshold":0}`:                         "no score can be lower",
		`{"type":"contains-json","value":"{bad"}`:                              "",
		`{"type":"is-valid-openai-tools-call"}`:                                "",
		`{"type":"human"}`:                                                     "a person",
		`{"type":"not-is-valid-function-call"}`:                                "",
		`{"type":"trace-error-spans"}`:                                         "no steps",
		`{"type":"javascript","value":"({pass:true,score:7,reason:'x'})"}`:     "can't be run",
		`{"type":"finish-reason","value":"stop"}`:                              "",
		`{"type":"not-finish-reason","value":"stop"}`:                          "no report",
		`{"type":"contains-sql"}`:                                              "",
		`{"type":"gleu","value":["a"],"threshold":-1}`:                         "no score can be lower",
		`{"type":"webhook","value":"http://127.0.0.1:1/"}`:                     "not called here",
		`{"type":"skill-used","value":"a"}`:                                    "",
		`{"type":"not-skill-used","value":"a"}`:                                "no report",
		`{"type":"trajectory:step-count","value":{"min":1}}`:                   "no steps",
		`{"type":"ruby","value":"true"}`:                                       "Ruby can't be run",
		`{"type":"python","value":"True"}`:                                     "Python can't be run",
		`{"type":"trace-span-duration","value":{"max":5}}`:                     "no steps",
		`{"type":"trace-span-count","value":{"pattern":"*"}}`:                  "no steps",
		`{"type":"perplexity-score","threshold":0.5}`:                          "log-probabilities",
		`{"type":"meteor","value":"x"}`:                                        "meteor",
		`{"type":"pi","value":"x"}`:                                            "Pi",
		`{"type":"trajectory:tool-args-match","value":{"name":"a","args":{}}}`: "no steps",
	} {
		v, err := New(parse(t, assert), Deps{})
		if err != nil {
			t.Errorf("%s: %v", assert, err)
			continue
		}
		f, err := v.Validate(context.Background(), text(""))
		switch {
		case want == "" && (err != nil || f.Pass):
			t.Errorf("%s: %+v, %v; want a failure", assert, f, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || f.Pass):
			t.Errorf("%s: %+v, %v; want an error with %q", assert, f, err, want)
		}
	}
}

// TestExact: with compat: exact the assertions that both have are promptfoo's.
func TestExact(t *testing.T) {
	d := scripts(t)
	exact := d
	exact.Judging = &Judging{Mode: judged.Exact}
	for _, c := range []struct {
		assert, output string
		own, theirs    bool
	}{
		{`{"type":"equals","value":"a"}`, " A.", true, false},
		{`{"type":"icontains","value":"strasse"}`, "Straße", true, false},
		{`{"type":"starts-with","value":"a"}`, " a", true, false},
		{`{"type":"contains","value":"a"}`, "a", true, true},
	} {
		for want, deps := range map[*bool]Deps{&c.own: d, &c.theirs: exact} {
			v, err := New(parse(t, c.assert), deps)
			if err != nil {
				t.Fatal(err)
			}
			if f := judgeText(t, v, text(c.output)); f.Pass != *want {
				t.Errorf("%s on %q: %v, want %v", c.assert, c.output, f.Pass, *want)
			}
		}
	}
}

func TestForeignConfiguration(t *testing.T) {
	for assert, want := range map[string]string{
		`{"type":"word-count"}`:                                                        "word-count: value is missing",
		`{"type":"cost-x"}`:                                                            "unknown metric",
		`{"type":"rouge-n","value":5}`:                                                 "rouge-n: value 5",
		`{"type":"levenshtein","value":"a","weight":-1}`:                               "weight -1",
		`{"type":"trajectory:tool-sequence","value":[]}`:                               "no steps",
		`{"type":"trajectory:tool-sequence","value":{"mode":"exactly","steps":["a"]}}`: "mode \"exactly\": allowed is in_order, exact, any_order, set",
		`{"type":"llm-judge"}`:                                                         "unknown metric",
		`{"type":"factuality","value":"x"}`:                                            "needs a model",
	} {
		if _, err := New(parse(t, assert), Deps{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", assert, err, want)
		}
	}
}
