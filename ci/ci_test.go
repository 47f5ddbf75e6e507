package ci

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/semdiff"
)

func defaults(t testing.TB) *config.Project {
	t.Helper()
	p, err := config.ParseProject("", config.Name, []byte("genops: {}"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func facts(t testing.TB) Facts {
	p := defaults(t)
	return Facts{Base: "main", CI: p.CI, Deployment: p.Deployment, Program: "genops"}
}

// brief shows the stages of a plan.
func brief(p Plan) string {
	var all []string
	for _, s := range p.Stages {
		text := s.Stage + " " + s.Agent
		if s.TestSet != "" {
			text += " " + s.TestSet
		}
		all = append(all, text+" "+string(s.Gate))
	}
	return strings.Join(all, ", ")
}

func TestMake(t *testing.T) {
	set := func(v semdiff.Verdict) []EvalFacts {
		return []EvalFacts{{TestSet: "s.json", Path: "testsets/s.json", Verdict: v}}
	}
	for _, c := range []struct {
		name   string
		agent  AgentFacts
		gates  func(*config.Gates)
		stages string
		gate   Gate
	}{
		{"nothing", AgentFacts{Evals: set(0)}, nil, "", Skip},
		{"formatting", AgentFacts{Verdict: semdiff.Formatting, Tests: 1, Evals: set(0)}, nil, "test A skip", Skip},
		{"reworded", AgentFacts{Verdict: semdiff.Reworded, Tests: 1, Evals: set(0)}, nil, "test A smoke, eval A s.json smoke", Smoke},
		{"changed", AgentFacts{Verdict: semdiff.Changed, Evals: set(0)}, nil, "eval A s.json full, deploy A full", Full},
		{"breaking", AgentFacts{Verdict: semdiff.Breaking, Tests: 2, Evals: set(0)}, nil, "test A block, eval A s.json block, deploy A block", Block},
		{"breaking allowed", AgentFacts{Verdict: semdiff.Breaking, Evals: set(0)}, func(g *config.Gates) { g.Breaking = "full" }, "eval A s.json full, deploy A full", Full},
		{"set changed", AgentFacts{Tests: 1, Evals: set(semdiff.Changed)}, nil, "eval A s.json full", Skip},
		{"set formatted", AgentFacts{Tests: 1, Evals: set(semdiff.Formatting)}, nil, "", Skip},
		{"set stricter", AgentFacts{Verdict: semdiff.Reworded, Evals: set(semdiff.Changed)}, nil, "eval A s.json full", Smoke},
		{"set gone", AgentFacts{Verdict: semdiff.Changed, Evals: []EvalFacts{{TestSet: "x"}}}, nil, "deploy A block", Block},
		{"unreadable", AgentFacts{Problem: "missing partial", Tests: 1, Evals: set(0)}, nil, "", Block},
	} {
		f := facts(t)
		c.agent.ID = "A"
		f.Agents = []AgentFacts{c.agent}
		if c.gates != nil {
			c.gates(&f.CI.Gates)
		}
		p := Make(f)
		if brief(p) != c.stages || p.Gate != c.gate {
			t.Errorf("%s: %q and gate %s, want %q and %s", c.name, brief(p), p.Gate, c.stages, c.gate)
		}
	}
}

func TestMakeCommands(t *testing.T) {
	f := facts(t)
	f.Program = "asm genops"
	f.Agents = []AgentFacts{{ID: "A", Verdict: semdiff.Reworded, Tests: 1, Reasons: []string{"a", "b", "c", "d"}, Evals: []EvalFacts{{TestSet: "it's one.json", Path: "testsets/it's one.json"}}}}
	p := Make(f)
	if got := p.Stages[1].Command; got != `asm genops run-eval --agent A --test-set 'it'\''s one.json' --max-cases 50` {
		t.Error(got)
	}
	if p.Stages[1].Undecided != "accept" || p.Stages[0].Reason != "a; b; c; and 1 more" {
		t.Errorf("%+v", p.Stages)
	}
	data, err := json.Marshal(p)
	if err != nil || !strings.Contains(string(data), `"verdict":"reworded","gate":"smoke"`) {
		t.Errorf("%s, %v", data, err)
	}
}

// A change calls for nothing by itself when nothing uses it.
func TestMakeChanges(t *testing.T) {
	f := facts(t)
	f.Changes = []Change{
		{Kind: "prompt", Name: "new", Status: "added", Path: "prompts/new.prompt", Verdict: semdiff.Changed},
		{Kind: "prompt", Name: "old", Status: "deleted", Path: "prompts/old.prompt", Verdict: semdiff.Changed},
		{Kind: "prompt", Name: "loose", Status: "modified", Path: "prompts/loose.prompt", Verdict: semdiff.Breaking},
		{Kind: "agent", Name: "B", Status: "deleted", Path: "agents/B.yaml", Verdict: semdiff.Breaking},
		{Kind: "prompt", Name: "used", Status: "added", Path: "prompts/used.prompt", Verdict: semdiff.Changed},
	}
	f.Agents = []AgentFacts{{ID: "A", Uses: []string{"prompts/used.prompt"}, Verdict: semdiff.Changed}}
	p := Make(f)
	var got []string
	for _, c := range p.Changes {
		got = append(got, fmt.Sprint(c.Name, " ", c.Gate, " ", c.UsedBy))
	}
	if want := "new skip [], old skip [], loose block [], B block [], used full [A]"; strings.Join(got, ", ") != want {
		t.Errorf("%s", strings.Join(got, ", "))
	}
	if p.Gate != Block || p.Verdict != semdiff.Breaking {
		t.Error(p.Gate, p.Verdict)
	}
	f.Everything = "genops.yaml modified"
	f.Agents = append(f.Agents, AgentFacts{ID: "C", Evals: []EvalFacts{{TestSet: "s", Path: "s"}}})
	if p := Make(f); brief(p) != "deploy A full, eval C s full, deploy C full" || !slices.Equal(p.Agents[1].Reasons, []string{"genops.yaml modified"}) {
		t.Errorf("%s: %+v", brief(p), p.Agents)
	}
}

// TestCompareSets: a test set is compared by its cases, and what can't be read
// as cases by its bytes.
func TestCompareSets(t *testing.T) {
	const before = "{\"id\":\"a\",\"input\":\"x\",\"expected\":\"1\"}\n{\"id\":\"b\",\"input\":\"y\",\"expected\":\"2\"}\n"
	for _, c := range []struct {
		name, after string
		want        semdiff.Verdict
	}{
		{"same", before, semdiff.Identical},
		{"order", strings.Join([]string{strings.Split(before, "\n")[1], strings.Split(before, "\n")[0], ""}, "\n"), semdiff.Formatting},
		{"expected", strings.Replace(before, `"1"`, `"9"`, 1), semdiff.Changed},
		{"added", before + "{\"id\":\"d\",\"input\":\"w\"}\n", semdiff.Changed},
		{"broken", "{", semdiff.Changed},
	} {
		object := func(text string) *registry.Object {
			return &registry.Object{Kind: registry.KindTestSet, Name: "s", Path: "testsets/s.jsonl", Files: []registry.ObjectFile{{Path: "testsets/s.jsonl", Text: []byte(text), Digest: text}}}
		}
		r, err := Compare(t.Context(), object(before), object(c.after), semdiff.Options{})
		if err != nil || r.Verdict > c.want || c.want == semdiff.Changed && r.Verdict != c.want {
			t.Errorf("%s: %+v, %v", c.name, r, err)
			continue
		}
		t.Logf("%s: %s %+v", c.name, r.Verdict, r.Changes)
	}
}
