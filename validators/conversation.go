package validators

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators/assertions"
)

// toolUses are the calls of tools in their order; known is false where nobody
// tells whether there were any.
func toolUses(a pipeline.Asset) (uses []pipeline.ToolUse, known bool) {
	if a.Talk == nil {
		for _, c := range a.ToolCalls {
			uses = append(uses, pipeline.ToolUse{ToolCall: c})
		}
		if len(uses) == 0 {
			uses = usesIn(a.Trace)
		}
		return uses, len(uses) > 0 || a.Trace != nil
	}
	known = a.Talk.Traced
	for _, t := range a.Talk.Turns {
		known = known || t.Trace != nil
		uses = append(uses, usesOf(t)...)
	}
	return uses, known || len(uses) > 0
}

// usesOf are the calls of tools before one answer.
func usesOf(t pipeline.Turn) []pipeline.ToolUse {
	if len(t.Tools) > 0 {
		return t.Tools
	}
	return usesIn(t.Trace)
}

// usesIn are the calls of tools in an agent's trace.
func usesIn(t *pipeline.Trace) (uses []pipeline.ToolUse) {
	if t == nil || len(t.Spans) == 0 {
		return nil
	}
	for _, c := range TraceOf(t).ToolCalls() {
		use := pipeline.ToolUse{ToolCall: pipeline.ToolCall{Name: c.Name}, Error: c.Error}
		use.Args, _ = json.Marshal(c.Args) // JSON it was
		if c.Output != nil {
			use.Output, _ = json.Marshal(c.Output)
		}
		uses = append(uses, use)
	}
	return uses
}

// TraceOf is an agent's trace as package assertions sees it.
func TraceOf(t *pipeline.Trace) *assertions.Trace {
	out := &assertions.Trace{}
	for i := range t.Spans {
		s := &t.Spans[i]
		span := assertions.Span{ID: s.ID, Name: s.Name, Start: s.Start, End: s.End, StatusMessage: s.Message}
		if s.Attributes != nil {
			span.Attributes = s.Attributes
		}
		if s.Status != 0 {
			code := float64(s.Status)
			span.StatusCode = &code
		}
		out.Spans = append(out.Spans, span)
	}
	return out
}

// spansOf are the spans that an agent told of an answer, or of all answers of a
// conversation.
func spansOf(a pipeline.Asset) *pipeline.Trace {
	if a.Talk == nil {
		return a.Trace
	}
	var all *pipeline.Trace
	for _, t := range a.Talk.Turns {
		if t.Trace != nil {
			if all == nil {
				all = &pipeline.Trace{}
			}
			all.Spans = append(all.Spans, t.Trace.Spans...)
		}
	}
	return all
}

// buildUnknownTool finds calls that nothing was declared to answer.
func buildUnknownTool(sp spec) (judge, error) {
	name := ""
	if sp.value != nil {
		text, ok := sp.value.(string)
		if !ok || text == "" {
			return nil, errors.New("value: allowed is the name of a tool, or none for any")
		}
		name = text
	}
	return func(s pipeline.Subject) (verdict, error) {
		uses, known := toolUses(s.Asset)
		if !known || s.Asset.Talk == nil {
			return verdict{}, errors.New("no tools of the agent were recorded")
		}
		for _, u := range uses {
			if u.Unknown && (name == "" || u.Name == name) {
				return verdict{score: 1, pass: true}, nil
			}
		}
		return verdict{reason: "every call of a tool was answered"}, nil
	}, nil
}

// buildState compares what the stubs of tools hold in the end.
func buildState(sp spec) (judge, error) {
	want, ok := sp.value.(map[string]any)
	if !ok || len(want) == 0 {
		return nil, errors.New(`value: allowed is an object of paths, such as {"order.status": "cancelled"}`)
	}
	paths := slices.Sorted(maps.Keys(want))
	return func(s pipeline.Subject) (verdict, error) {
		if s.Asset.Talk == nil || s.Asset.Talk.State == nil {
			return verdict{}, errors.New("the case has no stubs of tools, and so no state")
		}
		right, reason := 0, ""
		for _, path := range slices.Backward(paths) { // of several the first is told
			w := want[path]
			got, has := testsets.StateAt(s.Asset.Talk.State, path)
			switch {
			case has && testsets.SameJSON(got, w):
				right++
			case !has:
				reason = fmt.Sprintf("%s: expected %s, there is nothing", path, show(w))
			default:
				reason = fmt.Sprintf("%s: expected %s, got %s", path, show(w), show(got))
			}
		}
		return verdict{score: float64(right) / float64(len(want)), pass: right == len(want), reason: reason}, nil
	}, nil
}

// buildGoal asks what a simulated user said in the end.
func buildGoal(sp spec) (judge, error) {
	if sp.value != nil {
		return nil, errors.New("it takes no value")
	}
	return func(s pipeline.Subject) (verdict, error) {
		if s.Asset.Talk == nil || s.Asset.Talk.Ended == "" {
			return verdict{}, errors.New("no simulated user said how the conversation ended")
		}
		return yes(s.Asset.Talk.Ended == pipeline.EndGoal, func() string { return "the simulated user did not reach its goal" }), nil
	}, nil
}
