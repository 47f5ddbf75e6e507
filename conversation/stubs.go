package conversation

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/nunjucks"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

// tools answer calls by the stubs of a case, and hold its state.
type tools struct {
	*testsets.Tools
	state    map[string]any
	declared []string               // that the agent has, as far as that is known
	calls    map[*testsets.Stub]int // that each stub has answered
}

// newTools begins with a state of its own: that of the case stays as it is.
func newTools(t *testsets.Tools) (*tools, error) {
	if t == nil {
		t = &testsets.Tools{}
	}
	out := &tools{Tools: t, state: map[string]any{}, calls: map[*testsets.Stub]int{}}
	if t.State == nil {
		return out, nil
	}
	data, err := json.Marshal(t.State)
	if err == nil {
		err = json.Unmarshal(data, &out.state)
	}
	return out, err
}

func (t *tools) rounds() int {
	if t.Rounds > 0 {
		return t.Rounds
	}
	return testsets.DefaultRounds
}

// errStub says that the test set's own declaration does not work.
type errStub struct{ error }

// gap says that the test set declares no answer to a call of a tool that the
// agent has; "" = that is not so, or the agent is to be told.
func (t *tools) gap(use pipeline.ToolUse) string {
	_, stubbed := t.Stubs[use.Name]
	if !use.Unknown || t.Unknown == testsets.UnknownError || !stubbed && !slices.Contains(t.declared, use.Name) {
		return ""
	}
	return fmt.Sprintf("the test set has no answer to %s %s: declare one in tools, or a default, or let the agent be told with unknown_tools: %s",
		use.Name, use.Args, testsets.UnknownError)
}

// answer carries out one call. The error is about the stub, or ctx.
func (t *tools) answer(ctx context.Context, call pipeline.ToolCall) (pipeline.ToolUse, error) {
	use := pipeline.ToolUse{ToolCall: call}
	var args map[string]any
	if len(bytes.TrimSpace(call.Args)) > 0 {
		if err := json.Unmarshal(call.Args, &args); err != nil {
			use.Args = nil // the record holds JSON only
			return failed(use, fmt.Sprintf("the arguments are no JSON object: %.200s", call.Args)), nil
		}
	}
	list, known := t.Stubs[call.Name]
	if !known {
		use.Unknown = true
		has := "there are none"
		if names := t.Names(); len(names) > 0 {
			has = "there are " + strings.Join(names, ", ")
		}
		return failed(use, fmt.Sprintf("there is no tool %q; %s", call.Name, has)), nil
	}
	i := slices.IndexFunc(list, func(s testsets.Stub) bool { return holds(args, s.Match) && t.is(s.When) })
	if i < 0 {
		use.Unknown = true
		return failed(use, fmt.Sprintf("the tool %s has nothing for these arguments", call.Name)), nil
	}
	return t.by(ctx, use, &list[i])
}

// by lets a stub answer.
func (t *tools) by(ctx context.Context, use pipeline.ToolUse, s *testsets.Stub) (pipeline.ToolUse, error) {
	t.calls[s]++
	call := t.calls[s]
	steps := []*testsets.Stub{s} // what comes before a sequence holds for each of its answers
	if n := len(s.Sequence); n > 0 {
		steps = append(steps, &s.Sequence[min(call, n)-1])
	}
	for _, step := range steps {
		if err := t.change(ctx, use, step); err != nil {
			return use, err
		}
	}
	return t.reply(use, steps[len(steps)-1], call)
}

// change lets the time of a stub pass, and puts what it sets into the state.
func (t *tools) change(ctx context.Context, use pipeline.ToolUse, s *testsets.Stub) error {
	if s.Latency > 0 {
		select {
		case <-time.After(time.Duration(s.Latency)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(s.Sets)) {
		if err := testsets.SetState(t.state, path, s.Sets[path]); err != nil {
			return errStub{fmt.Errorf("the stub of %s sets %s: %w", use.Name, path, err)}
		}
	}
	return nil
}

// reply is the stub's answer to its nth call.
func (t *tools) reply(use pipeline.ToolUse, s *testsets.Stub, call int) (pipeline.ToolUse, error) {
	switch {
	case s.Error != "":
		return failed(use, s.Error), nil
	case s.FromState != "":
		v, ok := testsets.StateAt(t.state, s.FromState)
		if !ok {
			return use, errStub{fmt.Errorf("the stub of %s returns %s of the state, where there is nothing", use.Name, s.FromState)}
		}
		data, err := json.Marshal(v)
		use.Output = data
		return use, err
	case s.Template != "":
		output, err := t.fill(use, s.Template, call)
		if err != nil {
			return use, errStub{fmt.Errorf("the stub of %s returns a template: %w", use.Name, err)}
		}
		use.Output = output
	case s.Returns != nil:
		use.Output = s.Returns
	default:
		use.Output = json.RawMessage("null")
	}
	return use, nil
}

// fill fills in a template; what is no JSON then is a text.
func (t *tools) fill(use pipeline.ToolUse, template string, call int) (json.RawMessage, error) {
	vars := map[string]any{"state": t.state, "call": call, "args": map[string]any{}}
	if len(use.Args) > 0 {
		var args any
		if err := json.Unmarshal(use.Args, &args); err != nil {
			return nil, err
		}
		vars["args"] = args
	}
	text, err := nunjucks.Render(template, vars, nunjucks.Options{})
	if err != nil {
		return nil, err
	}
	if json.Valid([]byte(text)) {
		return json.RawMessage(strings.TrimSpace(text)), nil
	}
	return json.Marshal(text)
}

// CheckTools finds templates of stubs that can't be filled in, whatever is called.
func CheckTools(t *testsets.Tools) error {
	for _, name := range t.Names() {
		for _, s := range t.Stubs[name] {
			for _, one := range append(s.Sequence[:len(s.Sequence):len(s.Sequence)], s) {
				if _, err := nunjucks.Compile(one.Template, nunjucks.Options{}); err != nil {
					return fmt.Errorf("the stub of %s: returns_template: %w", name, err)
				}
			}
		}
	}
	return nil
}

// failed is a call whose tool says what is wrong.
func failed(use pipeline.ToolUse, why string) pipeline.ToolUse {
	use.Error = why
	use.Output, _ = json.Marshal(map[string]string{"error": why}) // texts can always be encoded
	return use
}

// is says whether the state holds values by path.
func (t *tools) is(want map[string]any) bool {
	for path, v := range want {
		if got, ok := testsets.StateAt(t.state, path); !ok || !testsets.SameJSON(got, v) {
			return false
		}
	}
	return true
}

// holds says that an object has the wanted members, and maybe more.
func holds(got, want map[string]any) bool {
	for key, w := range want {
		g, ok := got[key]
		if !ok {
			return false
		}
		if inner, isObject := w.(map[string]any); isObject {
			if m, is := g.(map[string]any); !is || !holds(m, inner) {
				return false
			}
			continue
		}
		if !testsets.SameJSON(g, w) {
			return false
		}
	}
	return true
}
