package judged

import (
	"slices"
	"strings"
)

// What tool correctness can compare beside the names.
const (
	toolInput  Field = "input_parameters"
	toolOutput Field = "output"
)

func checkTools(p *Params, _ Mode) error {
	for _, f := range p.EvaluationParams {
		if f != toolInput && f != toolOutput {
			return failf(Other, "evaluation_params: unknown field %s; known: input_parameters, output", shown(string(f)))
		}
	}
	return nil
}

// toolCorrectness compares the calls made with those expected, and asks whether
// the choice among the available tools was right, where they are told.
func toolCorrectness(s *session, c *Case) (outcome, error) {
	if err := s.knownTools(c.ExpectedTools, c.ToolsCalled, s.p.AvailableTools); err != nil {
		return outcome{}, err
	}
	match, err := s.matchTools(c)
	if err != nil {
		return outcome{}, err
	}
	score := s.p.clamp(match, false)
	out := outcome{items: len(c.ExpectedTools)}
	if len(s.p.AvailableTools) > 0 {
		selection, reason, err := s.toolSelection(c)
		if err != nil {
			return outcome{}, err
		}
		score, out.reason = lesser(score, selection), reason
	}
	out.score = s.p.clamp(score, false)
	if match < 1 {
		out.complaint = []string{"the calls made are not those expected"}
	}
	return out, nil
}

func (s *session) toolSelection(c *Case) (score float64, reason string, err error) {
	data := map[string]any{"input": c.Input, "tools_called": c.ToolsCalled, "available_tools": s.p.AvailableTools}
	g, err := s.grade("tool_selection", data)
	return g.score, g.reason, err
}

// matchTools is the share of the expected calls that were made.
func (s *session) matchTools(c *Case) (float64, error) {
	m := toolMatch{own: s.mode.own(), input: slices.Contains(s.p.EvaluationParams, toolInput), output: slices.Contains(s.p.EvaluationParams, toolOutput)}
	want, got := c.ExpectedTools, c.ToolsCalled
	var score float64
	var err error
	switch {
	case s.p.ExactMatch:
		return m.identical(want, got), nil
	case len(want) == 0 && len(got) == 0:
		return 1, nil
	case len(want) == 0:
		return 0, nil
	case s.p.Ordering:
		score, err = m.inOrder(want, got)
	default:
		score, err = m.anyOrder(want, got)
	}
	return score / float64(len(want)), err
}

type toolMatch struct{ own, input, output bool }

// The types of tools.
const (
	toolFunction = "FUNCTION"
	toolMCP      = "MCP"
)

func kind(t Tool) string {
	if t.Type == "" {
		return toolFunction
	}
	return strings.ToUpper(t.Type)
}

// knownTools refuses types that there are not. DeepEval knows them in capitals
// only.
func (s *session) knownTools(lists ...[]Tool) error {
	for _, list := range lists {
		for _, t := range list {
			if k := kind(t); k != toolFunction && k != toolMCP || !s.mode.own() && t.Type != "" && t.Type != k {
				return failf(SchemaInvalid, "tool %s: unknown type %s; known: FUNCTION, MCP", shown(t.Name), shown(t.Type))
			}
		}
	}
	return nil
}

func sameTool(a, b Tool) bool { return a.Name == b.Name && kind(a) == kind(b) }

// alike is whether two calls are the same one in DeepEval's set of used calls.
func alike(a, b Tool) bool {
	return a.Name == b.Name && sameInput(a.Input, b.Input) && equal(a.Output, b.Output)
}

func sameInput(a, b map[string]any) bool {
	return (a == nil) == (b == nil) && equal(a, b)
}

func (m toolMatch) identical(want, got []Tool) float64 {
	if len(want) != len(got) {
		return 0
	}
	for i, w := range want {
		if !sameTool(w, got[i]) || m.input && !sameInput(w.Input, got[i].Input) || m.output && !equal(w.Output, got[i].Output) {
			return 0
		}
	}
	return 1
}

// pair is how well a call is the expected one, in [0,1].
func (m toolMatch) pair(want, got Tool) (float64, error) {
	score := 1.0
	if m.input {
		var err error
		if score, err = m.inputs(want.Input, got.Input); err != nil {
			return 0, err
		}
	}
	if m.output && !equal(want.Output, got.Output) {
		return 0, nil
	}
	return score, nil
}

func (m toolMatch) inputs(want, got map[string]any) (float64, error) {
	if sameInput(want, got) {
		return 1, nil
	}
	if (want == nil || got == nil) && !m.own {
		return 0, failf(Other, "a call has no input parameters")
	}
	return sharedKeys(want, got), nil
}

// sharedKeys is the share of the union of keys whose values are equal, objects
// within them in part.
func sharedKeys(a, b map[string]any) float64 {
	union := len(b)
	for k := range a {
		if _, ok := b[k]; !ok {
			union++
		}
	}
	if union == 0 {
		return 1
	}
	score := 0.0
	for k, v := range a {
		w, ok := b[k]
		if !ok {
			continue
		}
		x, isObj := v.(map[string]any)
		y, isObj2 := w.(map[string]any)
		switch {
		case equal(v, w):
			score += 1 / float64(union)
		case isObj && isObj2:
			score += sharedKeys(x, y) / float64(union)
		}
	}
	return score
}

// anyOrder lets each expected call in turn take the best that is not taken.
// For DeepEval equal calls are one and the same.
func (m toolMatch) anyOrder(want, got []Tool) (total float64, err error) {
	taken := make([]bool, len(got))
	for _, w := range want {
		best, at := 0.0, -1
		for i, g := range got {
			if taken[i] || !sameTool(w, g) {
				continue
			}
			score, err := m.pair(w, g)
			if err != nil {
				return 0, err
			}
			if score > best {
				best, at = score, i
			}
		}
		if at < 0 {
			continue
		}
		total += best
		for i, g := range got {
			taken[i] = taken[i] || i == at || !m.own && alike(g, got[at])
		}
	}
	return total, nil
}

// inOrder is the weight of the best common subsequence.
func (m toolMatch) inOrder(want, got []Tool) (float64, error) {
	above := make([]float64, len(got)+1)
	for _, w := range want {
		row := make([]float64, len(got)+1)
		for j, g := range got {
			row[j+1] = max(above[j+1], row[j])
			if !sameTool(w, g) {
				continue
			}
			score, err := m.pair(w, g)
			if err != nil {
				return 0, err
			}
			if score > 0 {
				row[j+1] = max(row[j+1], above[j]+score)
			}
		}
		above = row
	}
	return above[len(got)], nil
}
