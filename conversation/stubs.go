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

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

// tools answer calls by the stubs of a case, and hold its state.
type tools struct {
	*testsets.Tools
	state map[string]any
}

// newTools begins with a state of its own: that of the case stays as it is.
func newTools(t *testsets.Tools) (*tools, error) {
	if t == nil {
		t = &testsets.Tools{}
	}
	out := &tools{Tools: t, state: map[string]any{}}
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
	if s.Latency > 0 {
		select {
		case <-time.After(time.Duration(s.Latency)):
		case <-ctx.Done():
			return use, context.Cause(ctx)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(s.Sets)) {
		if err := testsets.SetState(t.state, path, s.Sets[path]); err != nil {
			return use, errStub{fmt.Errorf("the stub of %s sets %s: %w", use.Name, path, err)}
		}
	}
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
	case s.Returns != nil:
		use.Output = s.Returns
	default:
		use.Output = json.RawMessage("null")
	}
	return use, nil
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
