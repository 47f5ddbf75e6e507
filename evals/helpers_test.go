package evals

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// project is a user's project on disk, with one agent and one test set.
type project struct {
	root string
	set  *testsets.Set
	data []byte
	name string
}

// row is one case of a test set, as JSON.
type row map[string]any

// labelled makes n cases whose right answer is a label that the input names.
func labelled(n int) []row {
	rows := make([]row, n)
	for i := range rows {
		label := fmt.Sprintf("label_%d", i%20)
		rows[i] = row{"id": fmt.Sprintf("c%05d", i), "input": fmt.Sprintf("%s please, request number %d", label, i), "expected": label,
			"slice": row{"lang": []string{"en", "de", "fr"}[i%3]}}
	}
	return rows
}

// newProject writes a native test set with further keys beside its cases.
func newProject(t testing.TB, cases []row, more row) *project {
	t.Helper()
	set := row{"cases": cases}
	for k, v := range more {
		set[k] = v
	}
	data, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	p := &project{root: t.TempDir(), data: data, name: "testsets/set.json"}
	for name, text := range map[string]string{p.name: string(data), "genops.yaml": "", "agents/A-1.yaml": "id: A-1\nruntime: {process: {command: [./agent]}}\n"} {
		write(t, filepath.Join(p.root, name), text)
	}
	if p.set, err = testsets.Read(p.name, data, testsets.Options{}); err != nil {
		t.Fatal(err)
	}
	return p
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// options are those of a plain run of an agent, with rules as on the command line.
func (p *project) options(t testing.TB, g pipeline.Generator, rules ...string) Options {
	t.Helper()
	agent, err := registry.LoadAgent(p.root, p.root, "A-1")
	if err != nil {
		t.Fatal(err)
	}
	release, err := agent.Release(p.root, registry.Self{})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := ParseRules(rules, p.set, Defaults{Alpha: 0.05, Share: 0.9})
	if err != nil {
		t.Fatal(err)
	}
	return Options{Root: p.root, Agent: agent, Release: release, Set: p.set, SetName: p.name, SetData: p.data, Rules: parsed,
		Width: 8, RepeatAmbiguous: true, ResumeWith: "genops run-eval",
		Deps:  validators.Deps{Embedder: noEmbedder{}},
		Start: func(string) (pipeline.Generator, error) { return g, nil },
		Reports: map[string]func(io.Writer, Result, []CaseRow) error{"rows.json": func(w io.Writer, _ Result, rows []CaseRow) error {
			return json.NewEncoder(w).Encode(rows)
		}}}
}

// agentFunc is a generator in memory.
type agentFunc func(context.Context, pipeline.Request) (pipeline.Asset, error)

func (f agentFunc) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	return f(ctx, r)
}

// echo answers with the first word of the input, which is right for labelled.
var echo agentFunc = func(_ context.Context, r pipeline.Request) (pipeline.Asset, error) {
	word, _, _ := strings.Cut(r.Input, " ")
	return pipeline.Asset{Text: word, Sends: 1}, nil
}

// wrongEvery answers wrongly on every nth case of labelled.
func wrongEvery(n int) agentFunc {
	return func(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
		if number(r.Input)%n == 0 {
			return pipeline.Asset{Text: "label_wrong", Sends: 1}, nil
		}
		return echo(ctx, r)
	}
}

// number is the last word of an input of labelled.
func number(input string) (n int) {
	fmt.Sscan(input[strings.LastIndex(input, " ")+1:], &n)
	return n
}

// counted counts the calls of an agent by request ID.
type counted struct {
	pipeline.Generator
	mu    sync.Mutex
	calls map[string]int
}

func count(g pipeline.Generator) *counted { return &counted{Generator: g, calls: map[string]int{}} }

func (c *counted) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	c.mu.Lock()
	c.calls[r.ID]++
	c.mu.Unlock()
	return c.Generator.Generate(ctx, r)
}

func (c *counted) total() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.calls {
		n += k
	}
	return n
}

// mustRun runs to the end.
func mustRun(t testing.TB, o Options) *Result {
	t.Helper()
	r, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// folders are the runs on disk, oldest first.
func (p *project) folders(t testing.TB) []Folder {
	t.Helper()
	all, err := RunsOf(p.root).List()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (p *project) verify(t testing.TB, f Folder) *Verification {
	t.Helper()
	v, err := Verify(p.root, f)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// comparable is a result without what differs between two runs of the same.
func (r *Result) comparable(t testing.TB) string {
	t.Helper()
	c := *r
	c.Run, c.Report, c.StartedAt, c.DurationMS, c.Files, c.Resumed = "", "", "", 0, nil, false
	c.Metrics = nil
	for _, m := range r.Metrics {
		if m.Metric != "latency" {
			c.Metrics = append(c.Metrics, m)
		}
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
