package project

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// load reads a project that must have no problem.
func load(t *testing.T, opt Options, files map[string]string) *Project {
	t.Helper()
	p, problems := Load(t.Context(), write(t, files), opt)
	for _, x := range problems {
		t.Errorf("%s:%d %s: %s", filepath.Base(x.File), x.Line, x.Key, x.Message)
	}
	if p == nil {
		t.Fatal("no project")
	}
	return p
}

func TestJudges(t *testing.T) {
	p := load(t, Options{}, map[string]string{"promptfooconfig.yaml": `
prompts: [x]
providers: [echo, {id: openai:gpt-4o, label: strong}]
defaultTest:
  options:
    provider: {text: strong, embedding: openai:embedding:e}
    rubricPrompt: file://rubric.txt
tests:
  - vars: {a: 1}
    provider: {id: echo, label: own}
    providerOutput: {given: true}
    assert:
      - {type: llm-rubric, value: good, provider: strong}
      - {type: similar, value: [a, b], threshold: 0.9, weight: 0, provider: 'openai:embedding:other'}
      - type: assert-set
        threshold: 0.5
        assert: [{type: not-contains, value: "{{a}}", metric: m}, {type: python, value: "len(output) > 1"}]
  - vars: {a: 2}
    options: {provider: openai:chat:new}
`, "rubric.txt": "Judge {{output}}\n"})
	one, two := &p.Tests[0], &p.Tests[1]
	switch strong := &p.Providers[1]; {
	case one.Options.JudgeByType["text"] != strong || one.Options.Provider != nil:
		t.Error("the judge by label is not the configured provider")
	case one.Options.JudgeByType["embedding"].Call.Kind != CallEmbed:
		t.Error("the embedder is none")
	case one.Options.RubricPrompt != "Judge {{output}}\n":
		t.Errorf("rubric %q", one.Options.RubricPrompt)
	case one.Assert[0].Provider != strong || one.Assert[1].Provider.Call.Model.Ref != "openai:other":
		t.Error("judges of assertions")
	case one.Provider.Label != "own" || !one.HasOutput:
		t.Error("provider or output of the test")
	case *one.Assert[1].Threshold != 0.9 || len(one.Assert[2].Set) != 2 || one.Assert[2].Set[0].Metric != "m":
		t.Errorf("assertions %+v", one.Assert)
	case two.Options.Provider.Call.Model.Ref != "openai:new" || two.Options.JudgeByType != nil:
		t.Error("the judge of a test replaces the default one")
	}
	want := []Program{{Kind: "python", What: "python in the configuration", For: "assertion"}}
	for i := range p.Programs {
		p.Programs[i].Place = Place{}
	}
	if !slices.Equal(p.Programs, want) {
		t.Errorf("programs %+v", p.Programs)
	}
}

func TestSettings(t *testing.T) {
	p := load(t, Options{Vars: jsvalue.NewObject("b", "cli"), Prefix: "<"}, map[string]string{"promptfooconfig.yaml": `
description: d
tags: {a: b, n: 1}
prompts: ["{{a}}{{b}}"]
providers: [echo]
outputPath: [out.json, out.csv]
evaluateOptions: {maxConcurrency: 3, repeat: 2, delay: 10, timeoutMs: 500, cache: false}
commandLineOptions: {maxConcurrency: 5, table: false, filterRange: "1:", tableCellMaxLength: 9, tags: {n: 2}}
derivedMetrics: [{name: f1, value: 2 * p / (p + r)}]
nunjucksFilters: {shout: shout.js}
tests: [{vars: {c: 1}}]
`, "shout.js": "module.exports = s => s + '!'"})
	e, c := p.Evaluate, p.CommandLine
	if p.Description != "d" || p.Tags["n"] != "2" || len(p.Outputs) != 2 || e.MaxConcurrency != 3 || e.Repeat != 2 || e.DelayMS != 10 || e.TimeoutMS != 500 || *e.Cache {
		t.Errorf("%+v %+v", p.Tags, e)
	}
	if c.MaxConcurrency != 5 || *c.Table || c.FilterRange != "1:" || c.TableCellMaxLength != 9 || p.Derived[0].Value != "2 * p / (p + r)" || filepath.Base(p.Filters["shout"].Path) != "shout.js" {
		t.Errorf("%+v %+v", c, p.Derived)
	}
	vars, _ := jsvalue.Stringify(p.Tests[0].Vars, "")
	if o := p.Tests[0].Options; vars != `{"b":"cli","c":1}` || o.Prefix != "<" || o.Suffix != "" {
		t.Errorf("vars %s, options %+v", vars, o)
	}
}

func TestCommandLineReplaces(t *testing.T) {
	files := map[string]string{
		"promptfooconfig.yaml": "prompts: [x]\nproviders: [echo, {id: openai:gpt-4o, label: big}]\ntests: [{vars: {a: 1}}]\n",
		"other.csv":            "q\n1\n2\n",
	}
	file := write(t, files)
	p, problems := Load(t.Context(), file, Options{Tests: filepath.Join(filepath.Dir(file), "other.csv"), Prompts: []string{"Say {{q}}", "Cry"}, Providers: []string{"big", "gpt-4o", "echo", "openai:new"}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var names []string
	for i := range p.Providers {
		names = append(names, p.Providers[i].Name())
	}
	if got := fmt.Sprint(names, len(p.Tests), len(p.Prompts)); got != "[big big echo openai:new] 2 2" {
		t.Errorf("got %s", got)
	}
	n := 0
	for range p.Rows(3) {
		n++
	}
	if n != 4*2*2*3 {
		t.Errorf("%d rows", n)
	}
}

func TestEnvFiles(t *testing.T) {
	files := map[string]string{
		"promptfooconfig.yaml": "prompts: ['{{env.A}} {{env.B}} {{env.C}}']\nproviders: [echo]\n",
		".env":                 "A=dot\nB=dot\n# C=no\n", "named.env": "B=named\nC='x # y'\n",
	}
	file := write(t, files)
	for _, c := range []struct {
		files []string
		want  string
	}{{nil, "process dot {{env.C}}"}, {[]string{filepath.Join(filepath.Dir(file), "named.env")}, "process named x # y"}} {
		p, problems := Load(t.Context(), file, Options{Environ: map[string]string{"A": "process"}, EnvFiles: c.files})
		if len(problems) != strings.Count(c.want, "{{") || p.Prompts[0].Raw != c.want {
			t.Errorf("%v: %q, want %q; %v", c.files, p.Prompts[0].Raw, c.want, problems)
		}
	}
	_, problems := Load(t.Context(), file, Options{EnvFiles: []string{"/nowhere/.env"}})
	if len(problems) != 4 || !problems[0].Fatal || problems[1].Fatal { // and the three variables
		t.Errorf("a missing --env-file: %v", problems)
	}
}

func TestDatesAreText(t *testing.T) {
	p, problems := Load(t.Context(), write(t, map[string]string{"promptfooconfig.yaml": "prompts: ['{{d}}']\nproviders: [echo]\ntests:\n  - vars: {d: 2024-01-02}\n"}), Options{})
	if len(problems) != 1 || problems[0].Fatal || problems[0].Line != 4 || !strings.Contains(problems[0].Message, "quotes") || field(p.Tests[0].Vars, "d") != "2024-01-02" {
		t.Errorf("%v %v", problems, p.Tests[0].Vars)
	}
}

func TestFilesAreListed(t *testing.T) {
	p := load(t, Options{}, map[string]string{
		"promptfooconfig.yaml": "prompts: [file://p.txt]\nproviders: [echo]\ndefaultTest: file://d.yaml\ntests: [t.csv, {vars: {x: file://v.txt}}]\n",
		"p.txt":                "P", "d.yaml": "vars: {y: 1}", "t.csv": "x\n1\n", "v.txt": "V",
	})
	var names []string
	for _, f := range p.Files {
		names = append(names, filepath.Base(f))
	}
	if got := strings.Join(names, " "); got != "d.yaml p.txt promptfooconfig.yaml t.csv v.txt" {
		t.Errorf("files %s", got)
	}
}

// TestUserFilter reaches a filter of the user's through the port.
func TestUserFilter(t *testing.T) {
	needs(t, "node")
	p := load(t, options(), map[string]string{
		"promptfooconfig.yaml": "prompts: ['{{ x | shout(2) }}']\nproviders: [echo]\nnunjucksFilters: {shout: ./shout.js}\ntests: [{vars: {x: hey}}]\n",
		"shout.js":             "module.exports = (s, n) => s.toUpperCase() + '!'.repeat(n);",
	})
	for row := range p.Rows(1) {
		got, err := p.Render(t.Context(), &row, row.Test.Vars, ports())
		if err != nil || got.Text != "HEY!!" {
			t.Errorf("%q %v", got.Text, err)
		}
		if _, err := p.Render(t.Context(), &row, row.Test.Vars, Ports{}); err == nil {
			t.Error("a filter without a port filled the prompt")
		}
	}
}
