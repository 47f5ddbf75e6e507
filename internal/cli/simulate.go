package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/conversation"
	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/prices"
	"github.com/GaboBase/arch-genops/testsets"
)

// converse sets up what conversations need: a model that plays users, and an
// agent that lets the set's stubs stand for its tools.
func (e *runEval) converse(p *config.Project, o *evals.Options, arms []*caller) error {
	has := func(is func(testsets.Case) bool) bool { return slices.ContainsFunc(o.Set.Cases, is) }
	if has(func(c testsets.Case) bool { return c.Tools != nil }) {
		for _, a := range arms {
			if agent := a.resolved.Agent; agent.Runtime.Model == nil {
				return usage(fmt.Errorf("%s: it declares stubs of tools, and agent %s calls its tools itself: stubs need an agent that is a model with a prompt (runtime.model)", o.SetName, agent.ID))
			}
		}
	}
	var tools []string
	for _, a := range arms {
		tools = append(tools, a.tools()...)
	}
	o.AsksForTools = len(tools) > 0
	e.strayStubs(o, tools)
	ref := e.simulated
	simulates := has(func(c testsets.Case) bool { return c.Simulate != nil })
	switch {
	case ref != "" && !simulates:
		return usage(fmt.Errorf("--simulate: no case of %s has a user to simulate: it has no simulate, and no scenario without turns", o.SetName))
	case !simulates:
		return nil
	case ref == "":
		ref = o.Set.Simulate
	}
	if ref == "" {
		ref = p.Evals.Simulate
	}
	if ref == "" {
		return nil // the run says which case needs one
	}
	m, err := e.judgeModel(p, ref, nil, arms[0].timeout, o.Width, nil)
	if err != nil {
		return fmt.Errorf("the simulated user: %w", err)
	}
	prompt, err := conversation.Prompt(p.Root)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(m.judge.Release + "\n" + prompt.Digest()))
	e.user = m
	o.UserSeed = e.userSeed
	o.Simulator = &conversation.Simulator{Name: m.judge.Name, Release: "sha256:" + hex.EncodeToString(sum[:]), Model: m.Prompted.Generate, Prompt: prompt,
		Seedless: !generators.TakesSeed(m.Ref())}
	return nil
}

// tools names those that the agent's model is offered. What can't be read is told
// where the agent is made.
func (a *caller) tools() (names []string) {
	agent := a.resolved.Agent
	if agent.Runtime.Model == nil {
		return nil
	}
	prompt, err := agent.Prompt()
	if err != nil {
		return nil
	}
	tools, err := agent.Tools(prompt)
	if err != nil {
		return nil
	}
	for _, t := range append(slices.Clone(prompt.Tools), tools...) {
		names = append(names, t.Name)
	}
	return names
}

// strayStubs tells of tools that the set declares answers of, and no agent has: a
// misspelt one leaves the calls of the right one without an answer.
func (e *runEval) strayStubs(o *evals.Options, has []string) {
	told := map[string]bool{}
	for i := range o.Set.Cases {
		c := &o.Set.Cases[i]
		if c.Tools == nil {
			continue
		}
		for _, name := range c.Tools.Names() {
			if told[name] || slices.Contains(has, name) {
				continue
			}
			told[name] = true
			hint := "it has none"
			if near := config.Nearest(name, has); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			} else if len(has) > 0 {
				hint = "it has " + strings.Join(has, ", ")
			}
			fmt.Fprintf(e.Stderr, "! %s: the agent has no tool %s, whose answers are declared here; %s\n", plain(o.SetName), plain(strconv.Quote(name)), plain(hint))
		}
	}
}

// withUser lets a run's spending know the prices of its simulated users.
func (e *runEval) withUser(s *pipeline.Spending, limited bool) error {
	if e.user == nil {
		return nil
	}
	if limited && !e.user.Bounded() {
		return usage(fmt.Errorf("--budget: no price of the simulated user %s is known, so nothing can be kept below a budget; write it into %s in the project, for example\nmodels:\n  %s",
			e.user.Ref(), prices.File, priceExample(e.user.Ref())))
	}
	worst, expected := s.Worst, s.Expected
	if expected != nil {
		s.Expected = func(q pipeline.Request) float64 {
			if strings.HasPrefix(q.ID, conversation.UserRequests) {
				return e.user.Expected(q)
			}
			return expected(q)
		}
	}
	s.Worst = func(q pipeline.Request) (float64, bool) {
		switch {
		case strings.HasPrefix(q.ID, conversation.UserRequests):
			return e.user.Worst(q), true
		case worst == nil:
			return 0, false
		}
		return worst(q)
	}
	return nil
}

// endUser drops what the model that plays users holds.
func (e *runEval) endUser() error {
	if e.user == nil {
		return nil
	}
	return e.user.Close()
}
