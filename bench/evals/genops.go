package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/GaboBase/arch-genops/internal/measure"
)

// build makes the program that is measured.
func (b *bench) build() (err error) {
	b.genops, err = measure.Genops(b.dir)
	return err
}

// wrongEvery is how many cases have one whose expected label is not what the
// server answers.
const wrongEvery = 20

// testCase is a plain row.
type testCase struct {
	ID       string `json:"id"`
	Input    string `json:"input"`
	Expected string `json:"expected"`
}

var labels = []string{"billing_issue", "track_order", "cancel_order", "change_address", "reset_password",
	"talk_to_human", "refund_status", "delivery_time", "product_info", "complaint"}

func caseAt(i int) testCase {
	label := labels[i%len(labels)]
	c := testCase{ID: fmt.Sprintf("c%05d", i+1), Expected: label,
		Input: fmt.Sprintf("Hello, this is customer %05d, I have written twice: please help me with %s today", i+1, label)}
	if i%wrongEvery == wrongEvery-1 {
		c.Expected = labels[(i+1)%len(labels)]
	}
	return c
}

func (b *bench) project() string   { return filepath.Join(b.dir, "project") }
func (b *bench) casesFile() string { return filepath.Join(b.project(), "testsets", "cases.json") }

func (b *bench) writeCases() error {
	cases := make([]testCase, b.cases)
	for i := range cases {
		cases[i] = caseAt(i)
	}
	data, err := json.Marshal(cases)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(b.casesFile()), 0o755); err != nil {
		return err
	}
	return os.WriteFile(b.casesFile(), data, 0o644)
}

// writeProject makes a project with three agents: one for each API of the
// server, and a model behind a prompt.
func (b *bench) writeProject(url string) error {
	agents := filepath.Join(b.project(), "agents")
	if err := os.MkdirAll(agents, 0o755); err != nil {
		return err
	}
	files := map[string]string{
		filepath.Join(b.project(), "genops.yaml"): "genops: {}\n",
		filepath.Join(agents, "CLASSIFY.yaml"): fmt.Sprintf(
			"id: CLASSIFY\nruntime: {http: {url: %q, request: '{\"text\": {{json input}}}', response: result.label}}\n", url+"/classify"),
		filepath.Join(agents, "MODEL.yaml"): fmt.Sprintf(
			"id: MODEL\nruntime: {model: {prompt: label, model: \"openai_compatible:stub\", base_url: %q}}\n", url+"/v1"),
		filepath.Join(b.project(), "prompts", "label.prompt"): prompt,
		filepath.Join(agents, "CHAT.yaml"):                    fmt.Sprintf("id: CHAT\nruntime: {http: {url: %q, model: stub}}\n", url+"/v1"),
	}
	for path, text := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

const prompt = `---
config: {temperature: 0, maxOutputTokens: 20}
input:
  schema: {input: string}
---
{{role "system"}}You sort requests of customers of a shop. Answer with one label and nothing else.
{{role "user"}}
{{#if input}}{{input}}{{else}}nothing{{/if}}`

// outcome is what the bench checks of `--json`.
type outcome struct {
	Verdict string
	Cases   struct{ Total, Judged, Passed, Failed, Errored, Unjudged int }
	Calls   struct{ Made, Cached, Repeated int }
}

func (b *bench) runGenops(s *stub, agent string, calls int, more ...string) (measure.Usage, error) {
	u, err := s.counted(calls, func() (measure.Usage, error) {
		return runProcess(b.project(), nil, b.genops, append([]string{"run-eval", "--agent", agent, "--test-set", "cases.json",
			"--rule", "intent_accuracy>=0.9", "--full", "--concurrency", strconv.Itoa(b.inFlight), "--json"}, more...)...)
	})
	if err != nil {
		return u, fmt.Errorf("genops: %w\n%s", err, u.Stderr)
	}
	var o outcome
	if err := json.Unmarshal(u.Stdout, &o); err != nil {
		return u, fmt.Errorf("genops, exit code %d: %w\n%s", u.Code, err, u.Stderr)
	}
	want := outcome{Verdict: "pass"}
	want.Cases.Total, want.Cases.Judged = b.cases, b.cases
	want.Cases.Failed = b.cases / wrongEvery
	want.Cases.Passed = b.cases - want.Cases.Failed
	want.Calls.Made, want.Calls.Cached = calls, b.cases-calls
	if o != want || u.Code != 0 {
		return u, fmt.Errorf("genops, exit code %d: %+v, not %+v", u.Code, o, want)
	}
	return u, nil
}
