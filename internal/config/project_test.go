package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const asWritten = `genops:
  pipeline:
    provider: "github-actions"
    runners: ["self-hosted-gpu"]
  evals:
    framework: "deepeval"
    metrics: ["hallucination", "coherence"]
    threshold: 0.9
  deployment:
    strategy: "canary"
    steps: [10, 25, 50, 100]
`

func load(t *testing.T, text string) (*Project, error) {
	t.Helper()
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, Name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return Load(root)
}

func TestLoadAsWritten(t *testing.T) {
	p, err := load(t, asWritten)
	if err != nil {
		t.Fatal(err)
	}
	want := []Setting{
		{"pipeline.provider", "github-actions", "genops.yaml:3"},
		{"pipeline.runners", []string{"self-hosted-gpu"}, "genops.yaml:4"},
		{"evals.framework", "deepeval", "genops.yaml:6"},
		{"evals.metrics", []string{"hallucination", "coherence"}, "genops.yaml:7"},
		{"evals.threshold", 0.9, "genops.yaml:8"},
		{"evals.concurrency", 16, "default"},
		{"evals.timeout", 60 * time.Second, "default"},
		{"evals.on_unavailable", "undecided", "default"},
		{"evals.ambiguous", "retry", "default"},
		{"evals.retries", 3, "default"},
		{"evals.alpha", 0.05, "default"},
		{"evals.margin", 0.03, "default"},
		{"evals.baseline_max_age", 24 * time.Hour, "default"},
		{"evals.cache_mb", 1024, "default"},
		{"evals.judge", Judge{}, "default"},
		{"evals.moderator", "openai:omni-moderation-latest", "default"},
		{"evals.classifier", "", "default"},
		{"evals.simulate", "", "default"},
		{"evals.evidence", "git", "default"},
		{"evals.uncalibrated_judges", "report", "default"},
		{"deployment.strategy", "canary", "genops.yaml:10"},
		{"deployment.steps", []int{10, 25, 50, 100}, "genops.yaml:11"},
		{"ci.gates", Gates{"skip", "smoke", "full", "block"}, "default"},
		{"ci.smoke_cases", 50, "default"},
		{"registry.labels", "all free", "default"},
	}
	if got := p.Settings(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestLoadDefaults(t *testing.T) {
	for _, text := range []string{"", "genops:\n", "genops: {}\n", "genops:\n  evals:\n    threshold:\n  deployment:\n"} {
		p, err := load(t, text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		for _, s := range p.Settings() {
			if s.Source != "default" {
				t.Errorf("%q: %s comes from %s", text, s.Key, s.Source)
			}
		}
		if p.Evals.Threshold != 0.9 || p.Pipeline.Provider != "github-actions" || p.Deployment.Strategy != "canary" {
			t.Errorf("%q: %+v", text, p)
		}
	}
}

// TestSchema: every leaf of Project is a setting, so none is left unchecked or unshown.
func TestSchema(t *testing.T) {
	var want []string
	v := reflect.ValueOf(defaults())
	sections, values := fields(v)
	for _, s := range sections {
		names, _ := fields(values[s])
		for _, n := range names {
			want = append(want, s+"."+n)
		}
	}
	p := defaults()
	var got []string
	for _, s := range p.Settings() {
		got = append(got, s.Key)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if err := p.check(); err != nil {
		t.Error(err)
	}
}

func TestLoadErrors(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"evals: {}", `genops.yaml:1: unknown key "evals"; known: genops; evals belongs below genops:`},
		{"genops:\n  evlas: {}", `genops.yaml:2: unknown key "evlas" in genops; did you mean "evals"? known: pipeline, evals, deployment, ci, registry`},
		{"genops:\n  evals:\n    treshold: 1", `genops.yaml:3: unknown key "treshold" in evals; did you mean "threshold"? known: framework, metrics, threshold, concurrency, timeout, on_unavailable, ambiguous, retries, alpha, margin, baseline_max_age, cache_mb, judge, moderator, classifier, simulate, evidence, uncalibrated_judges`},
		{"genops:\n  evals:\n    threshold: 90%", `genops.yaml:3: "evals.threshold": expected a number, found "90%"`},
		{"genops:\n  evals:\n    threshold: 90", `genops.yaml:3: "evals.threshold": 90: must be above 0, up to 1`},
		{"genops:\n  evals:\n    threshold: .nan", `genops.yaml:3: "evals.threshold": NaN: must be above 0, up to 1`},
		{"genops:\n  evals: {framework: deep-eval}", `genops.yaml:2: "evals.framework": unknown value "deep-eval"; did you mean "deepeval"? known: deepeval, native, deepeval-python`},
		{"genops:\n  evals: {judge: {model: \"a:b\", compat: exakt}}", `genops.yaml:2: "evals.judge": compat: unknown value "exakt"; did you mean "exact"? known: default, exact, exact-schema, deepeval-4.1, deepeval-4.1-schema`},
		{"genops:\n  evals: {judge: {compat: exact}}", `genops.yaml:2: "evals.judge": model is missing: name one as PROVIDER:MODEL, or models/NAME`},
		{"genops:\n  evals: {on_unavailable: pass}", `genops.yaml:2: "evals.on_unavailable": unknown value "pass"; known: undecided, skip`},
		{"genops:\n  evals: {uncalibrated_judges: pass}", `genops.yaml:2: "evals.uncalibrated_judges": unknown value "pass"; known: report, block`},
		{"genops:\n  evals: {ambiguous: ''}", `genops.yaml:2: "evals.ambiguous": unknown value ""; known: retry, hold`},
		{"genops:\n  evals: {concurrency: 0}", `genops.yaml:2: "evals.concurrency": 0: must be in 1..10000`},
		{"genops:\n  evals: {retries: 21}", `genops.yaml:2: "evals.retries": 21: must be in 0..20`},
		{"genops:\n  evals: {timeout: 0s}", `genops.yaml:2: "evals.timeout": 0s: must be more than 0s and at most 24h`},
		{"genops:\n  evals: {alpha: 0.6}", `genops.yaml:2: "evals.alpha": 0.6: must be more than 0 and at most 0.5`},
		{"genops:\n  evals:\n    metrics: [a,\n      a]", `genops.yaml:4: "evals.metrics[1]": "a" is named twice`},
		{"genops:\n  pipeline: {provider: jenkins}", `genops.yaml:2: "pipeline.provider": unknown value "jenkins"; known: github-actions, gitlab-ci, none`},
		{"genops:\n  pipeline: {runners: []}", `genops.yaml:2: "pipeline.runners": []: at least one is needed`},
		{"genops:\n  pipeline: {runners: [' ']}", `genops.yaml:2: "pipeline.runners[0]": the name is empty`},
		{"genops:\n  deployment: {strategy: rolling}", `genops.yaml:2: "deployment.strategy": unknown value "rolling"; known: canary, blue-green`},
		{"genops:\n  deployment:\n    steps:\n    - 0\n    - 50\n    - 50\n    - 101", `genops.yaml:4: "deployment.steps[0]": 0: must be in 1..100 (percent of the traffic)
genops.yaml:6: "deployment.steps[2]": 50: must be more than the step before, 50
genops.yaml:7: "deployment.steps[3]": 101: must be in 1..100 (percent of the traffic)`},
		{"genops:\n  deployment: {steps: [10, 50]}", `genops.yaml:2: "deployment.steps": [10 50]: the last step must be 100`},
		{"genops:\n  ci:\n    gates: {reworded: smok}", `genops.yaml:3: "ci.gates": reworded: unknown value "smok"; did you mean "smoke"? known: skip, smoke, full, block`},
		{"genops:\n  ci: {smoke_cases: 0}", `genops.yaml:2: "ci.smoke_cases": 0: must be in 1..1000000`},
		{"genops:\n  registry:\n    labels:\n      production: {who: ['[a'], evidence: [{verdict: good}]}", `genops.yaml:4: "registry.labels.production": who: "[a" is no e-mail address; * and ? stand for any letters and any letter
genops.yaml:4: "registry.labels.production": evidence[0].verdict: unknown value "good"; known: pass, any`},
		{"genops:\n  registry: {labels: {agnet/production: {}}}", `genops.yaml:2: "registry.labels.agnet/production": unknown value "agnet"; did you mean "agent"? known: prompt, agent, model, testset`},
		{"genops:\n  registry: {labels: {production: {whom: [a@b]}}}", `genops.yaml:2: unknown key "whom" in registry.labels.production; did you mean "who"? known: who, evidence, signed`},
		{"genops:\n  deployment: {steps: []}", `genops.yaml:2: "deployment.steps": []: the last step must be 100`},
	} {
		p, err := load(t, c.in)
		if p != nil || err == nil {
			t.Errorf("%q: no error", c.in)
			continue
		}
		var e *Error
		if !errors.As(err, &e) || !filepath.IsAbs(e.File) {
			t.Errorf("%q: %+v", c.in, e)
		}
		if got := strings.ReplaceAll(err.Error(), e.File, Name); got != c.want {
			t.Errorf("%q: got\n%s\nwant\n%s", c.in, got, c.want)
		}
	}
}

func TestFind(t *testing.T) {
	top := t.TempDir()
	deep := filepath.Join(top, "a", "b")
	if err := os.MkdirAll(filepath.Join(deep, Name), 0o755); err != nil { // a folder of that name is not a project
		t.Fatal(err)
	}
	_, err := Find(deep)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "genops init") {
		t.Errorf("without a project: %v", err)
	}
	if err := os.WriteFile(filepath.Join(top, Name), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, start := range []string{deep, top} {
		if root, err := Find(start); err != nil || root != top {
			t.Errorf("Find(%s) = %s, %v", start, root, err)
		}
	}
	if _, err := Find(filepath.Join(top, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("from a missing folder: %v", err)
	}
	if _, err := Load(deep + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("loading a missing file: %v", err)
	}
}

func TestLabelRules(t *testing.T) {
	p, err := load(t, "genops:\n  registry:\n    labels:\n      production: {who: ['*@ops.example'], evidence: [{test_set: refunds, max_age: 720h}, {verdict: any}], signed: true}\n      agent/canary: {}\n")
	if err != nil {
		t.Fatal(err)
	}
	all := p.Settings()
	all = all[len(all)-2:]
	if all[0].Key != "registry.labels.agent/canary" || fmt.Sprint(all[0].Value) != "free" || all[0].Source != "genops.yaml:5" {
		t.Errorf("%+v", all[0])
	}
	if want := "moved by *@ops.example; needs a passing run on refunds within 720h0m0s; needs a run; signed evidence only"; fmt.Sprint(all[1].Value) != want || all[1].Source != "genops.yaml:4" {
		t.Errorf("%+v", all[1])
	}
}
