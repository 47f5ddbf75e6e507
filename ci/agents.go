package ci

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/semdiff"
)

// agents gathers the facts of all agents of the branch.
func (c *Collector) agents(ctx context.Context, changes []Change) (out []AgentFacts, err error) {
	var reached []*candidate
	at := map[*candidate]int{}
	for _, id := range c.after.Names(registry.KindAgent) {
		a, x := c.agent(id, changes)
		if x != nil {
			at[x] = len(out)
			reached = append(reached, x)
		}
		out = append(out, a)
	}
	if err := c.compareAll(ctx, reached); err != nil {
		return nil, err
	}
	for _, x := range reached {
		a := &out[at[x]]
		if x.report != nil {
			a.Verdict = max(a.Verdict, x.report.Verdict)
		}
		for i := range changes { // what breaks a prompt breaks those who use it
			if ch := &changes[i]; (ch.Kind == "prompt" || ch.Kind == "model") && slices.Contains(a.Uses, ch.Path) {
				a.Verdict = max(a.Verdict, ch.Verdict)
			}
		}
		if a.Verdict == semdiff.Identical {
			a.Reasons = nil
		}
	}
	for i := range out {
		if a := &out[i]; a.Verdict > semdiff.Identical && len(a.Reasons) == 0 {
			a.Reasons = []string{"what it runs on changed"}
		}
	}
	return out, nil
}

// agent gathers the facts of one agent, and says what has to be compared: nil
// when nothing of it changed, or nothing was there before.
func (c *Collector) agent(id string, changes []Change) (AgentFacts, *candidate) {
	a := AgentFacts{ID: id}
	now, err := c.after.Object(registry.KindAgent, id)
	if err != nil {
		a.Problem = err.Error()
		if _, before := c.before.Object(registry.KindAgent, id); before != nil && !c.touchesAgent(id) {
			a.Problem = "" // it was broken before, and this branch has nothing to do with it
		}
		return a, nil
	}
	a.Tests = len(now.Agent.Tests)
	for _, e := range now.Agent.Evals {
		a.Evals = append(a.Evals, c.eval(e.TestSet, changes))
	}
	before, _ := c.before.Object(registry.KindAgent, id)
	a.Uses, a.Reasons = c.uses(&a, now, before, changes)
	if before == nil {
		a.Verdict = semdiff.Changed
		if len(a.Reasons) == 0 || slices.Contains(a.Uses, now.Path) {
			a.Reasons = []string{"new agent"}
		}
		return a, nil
	}
	if why := c.unseen(now.Agent, now); why != "" {
		a.Verdict = semdiff.Changed
		a.Reasons = append(a.Reasons, why)
	}
	if len(a.Reasons) == 0 {
		return a, nil
	}
	return a, &candidate{kind: registry.KindAgent, name: id, was: id}
}

func (c *Collector) touchesAgent(id string) bool {
	return slices.ContainsFunc(registry.KindAgent.Files(id), func(file string) bool { _, changed := c.paths[file]; return changed })
}

// eval finds the file of a test set as run-eval does, and how much it changed.
func (c *Collector) eval(name string, changes []Change) EvalFacts {
	e := EvalFacts{TestSet: name}
	tries := []string{path.Clean(name), path.Join("testsets", name)}
	tries = append(tries, registry.KindTestSet.Files(name)...)
	for _, file := range tries {
		if c.after.Has(file) {
			e.Path = file
			break
		}
	}
	for _, ch := range changes {
		if ch.Kind == string(registry.KindTestSet) && ch.Path == e.Path {
			e.Verdict = ch.Verdict
		}
	}
	if f, changed := c.paths[e.Path]; changed && e.Verdict == semdiff.Identical && !strings.HasPrefix(e.Path, "testsets/") {
		e.Verdict = semdiff.Changed // a set elsewhere
		c.known[f.Path] = true
	}
	return e
}

// uses are the paths of all files of an agent, and which of them changed.
func (c *Collector) uses(a *AgentFacts, now, before *registry.Object, changes []Change) (paths, reasons []string) {
	add := func(f registry.ObjectFile) {
		if slices.Contains(paths, f.Path) {
			return
		}
		paths = append(paths, f.Path)
		if _, changed := c.paths[f.Path]; changed {
			c.known[f.Path] = true
			reasons = append(reasons, c.reason(f.Path, changes))
		}
	}
	for _, f := range now.Files {
		add(f)
	}
	if before != nil {
		for _, f := range before.Files {
			add(f)
		}
	}
	for _, e := range a.Evals {
		paths = append(paths, e.Path)
	}
	return paths, reasons
}

// reason says what a changed file means, with the first of what changed in it.
func (c *Collector) reason(file string, changes []Change) string {
	for _, ch := range changes {
		if ch.Path != file {
			continue
		}
		text := ch.Kind + " " + ch.Name
		if len(ch.Summary) > 0 {
			text += ": " + ch.Summary[0]
		}
		return text
	}
	return file + " " + c.paths[file].Status
}

// unseen says of an agent whose program reads files that it does not name that
// such a file changed.
func (c *Collector) unseen(a *registry.Agent, now *registry.Object) string {
	why := a.Unseen(func(file string) bool { return c.after.Has(file) })
	if why == "" {
		return ""
	}
	for _, f := range c.changes.Files {
		if loose(f.Path) {
			c.known[f.Path] = true
			return f.Path + " " + f.Status + ", and nothing says whether the agent runs on it (" + why + "; declare files: in its agent file)"
		}
	}
	return ""
}

// loose says whether a file can be part of a program that does not say what it
// is made of.
func loose(file string) bool {
	top, _, nested := strings.Cut(file, "/")
	switch top {
	case "prompts", "agents", "models", "testsets", "tools", ".github", ".git", ".genops":
		return false
	case "genops.yaml", "prices.yaml", ".gitignore", ".gitattributes", ".gitlab-ci.yml", "LICENSE":
		return nested
	}
	return nested || path.Ext(file) != ".md"
}

// otherFiles lists the changed files on which an agent runs and that are no
// object of their own.
func (c *Collector) otherFiles(agents []AgentFacts) (out []Change) {
	for _, f := range c.changes.Files {
		if isObject(f.Path) {
			continue
		}
		used := slices.ContainsFunc(agents, func(a AgentFacts) bool { return slices.Contains(a.Uses, f.Path) })
		if !used && !c.known[f.Path] || strings.HasPrefix(f.Path, "prompts/") {
			continue
		}
		out = append(out, Change{Kind: "file", Name: f.Path, Status: f.Status, Path: f.Path, Verdict: semdiff.Changed, Summary: []string{f.Status}})
	}
	return out
}

func isObject(file string) bool {
	return slices.ContainsFunc(registry.Kinds(), func(k registry.Kind) bool { _, is := k.NameOf(file); return is })
}
