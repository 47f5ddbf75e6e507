package ci

import (
	"slices"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/semdiff"
)

// Plan is what a branch calls for, as `genops ci plan --json` prints it. Keys
// are only ever added to it; Schema counts other changes.
type Plan struct {
	Schema  int             `json:"schema"` // 1
	Base    string          `json:"base"`   // as it was asked for
	From    string          `json:"from"`   // commit from which base and branch went apart
	Head    string          `json:"head"`   // commit of the branch, or "working tree"
	Verdict semdiff.Verdict `json:"verdict"`
	Gate    Gate            `json:"gate"`
	Changes []Change        `json:"changes"`
	Agents  []Agent         `json:"agents"`
	Stages  []Stage         `json:"stages"` // in the order in which they follow
	Notes   []string        `json:"notes"`
}

// Change is one object that the branch changes, or one other file that an
// agent runs on.
type Change struct {
	Kind    string          `json:"kind"` // prompt, agent, model, testset or file
	Name    string          `json:"name"`
	Status  string          `json:"status"`         // added, modified, deleted or renamed
	Path    string          `json:"path"`           // in the project; of a deleted one where it was
	From    string          `json:"from,omitempty"` // name before, of a renamed one
	Verdict semdiff.Verdict `json:"verdict"`
	Gate    Gate            `json:"gate"`
	Summary []string        `json:"summary"` // what changed, in words, most severe first; at most 10
	UsedBy  []string        `json:"used_by"` // IDs of agents
	Problem string          `json:"problem,omitempty"`

	Report *semdiff.Report `json:"-"` // nil for a file, and where there is nothing to compare
}

// Agent is one agent that the branch reaches.
type Agent struct {
	ID      string          `json:"id"`
	Verdict semdiff.Verdict `json:"verdict"`
	Gate    Gate            `json:"gate"`
	Reasons []string        `json:"reasons"`
	Problem string          `json:"problem,omitempty"`
}

// Stage is one thing to do.
type Stage struct {
	Stage     string `json:"stage"` // test, eval or deploy
	Agent     string `json:"agent"`
	TestSet   string `json:"test_set,omitempty"`
	Command   string `json:"command,omitempty"`   // for a POSIX shell, in the project's folder; "" = nothing to run here
	Undecided string `json:"undecided,omitempty"` // of an eval: "accept" or "fail", what exit code 4 means
	Strategy  string `json:"strategy,omitempty"`  // of a deployment: canary or blue-green
	Steps     []int  `json:"steps,omitempty"`     // of a deployment: shares of the traffic in percent
	Reason    string `json:"reason"`
	Gate      Gate   `json:"gate"`
}

// Facts are all that a plan depends on.
type Facts struct {
	Base, From, Head string
	Changes          []Change // without Gate and UsedBy
	Agents           []AgentFacts
	Everything       string // why every agent is reached; "" = only those that changed
	Notes            []string

	CI         config.CI
	Deployment config.Deployment
	Program    string // name of genops in commands
}

// AgentFacts are what is known of one agent of the branch.
type AgentFacts struct {
	ID      string
	Verdict semdiff.Verdict // of all that it runs on
	Reasons []string        // what changed in that
	Uses    []string        // paths of the files that it runs on and is judged by
	Tests   int             // commands of its deterministic stage
	Evals   []EvalFacts
	Problem string // why it can't be read; "" = it can
}

// EvalFacts are what is known of one test set of an agent.
type EvalFacts struct {
	TestSet string          // as the agent file names it
	Path    string          // "" = there is no such file
	Verdict semdiff.Verdict // of the set itself
}

// Make decides what the facts call for. It is pure.
func Make(f Facts) Plan {
	p := Plan{Schema: 1, Base: f.Base, From: f.From, Head: f.Head, Changes: []Change{}, Agents: []Agent{}, Stages: []Stage{}, Notes: append([]string{}, f.Notes...), Gate: Skip}
	for _, c := range f.Changes {
		c.UsedBy = f.users(c)
		c.Gate = f.changeGate(c)
		if c.Summary == nil {
			c.Summary = []string{}
		}
		p.Changes = append(p.Changes, c)
		p.Verdict, p.Gate = max(p.Verdict, c.Verdict), Stricter(p.Gate, c.Gate)
	}
	for i := range f.Agents {
		a := &f.Agents[i]
		out := f.agent(a)
		stages := f.stages(a, out)
		if out.Verdict == semdiff.Identical && len(stages) == 0 {
			continue
		}
		p.Agents = append(p.Agents, out)
		p.Stages = append(p.Stages, stages...)
		p.Verdict, p.Gate = max(p.Verdict, out.Verdict), Stricter(p.Gate, out.Gate)
	}
	return p
}

// users are the agents that run on a changed file, or are judged by it.
func (f *Facts) users(c Change) []string {
	users := []string{}
	for i := range f.Agents {
		a := &f.Agents[i]
		if c.Kind == "agent" && c.Name == a.ID || slices.Contains(a.Uses, c.Path) {
			users = append(users, a.ID)
		}
	}
	return users
}

// changeGate is what a change calls for by itself. What nothing uses yet, or
// any more, calls for nothing; an agent is used by whoever calls it.
func (f *Facts) changeGate(c Change) Gate {
	if c.Kind != "agent" && len(c.UsedBy) == 0 && (c.Status == "added" || c.Status == "deleted") {
		return Skip
	}
	return GateFor(f.CI.Gates, c.Verdict)
}

// agent is what changed for one agent.
func (f *Facts) agent(a *AgentFacts) Agent {
	out := Agent{ID: a.ID, Verdict: a.Verdict, Reasons: append([]string{}, a.Reasons...), Problem: a.Problem}
	if f.Everything != "" && out.Verdict < semdiff.Changed {
		out.Verdict = semdiff.Changed
		out.Reasons = append(out.Reasons, f.Everything)
	}
	if a.Problem != "" {
		out.Verdict = semdiff.Breaking
		out.Reasons = append(out.Reasons, "it can't be read: "+a.Problem)
	}
	for _, e := range a.Evals {
		if e.Path == "" && out.Verdict > semdiff.Identical {
			out.Verdict = semdiff.Breaking
			out.Reasons = append(out.Reasons, "its test set "+e.TestSet+" is gone")
		}
	}
	out.Gate = GateFor(f.CI.Gates, out.Verdict)
	return out
}
