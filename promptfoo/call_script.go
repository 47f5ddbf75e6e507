package promptfoo

import (
	"context"
	"fmt"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// scripted is a provider of the user's own in JavaScript, Python or Ruby: a
// lasting program of node, Python or Ruby keeps it.
type scripted struct {
	runner   *Runner
	provider *project.Provider
}

func newScripted(r *Runner, p *project.Provider) (caller, error) {
	if r.Languages == nil {
		return nil, fmt.Errorf("provider %q needs a program that runs scripts", p.ID)
	}
	return &scripted{runner: r, provider: p}, nil
}

func (s *scripted) call(ctx context.Context, q *ask) (*Response, error) {
	given := s.provider.Config // an instance of JavaScript is made once, and finds the prompt's config in its context
	if s.provider.Call.Kind != project.CallScript {
		given = merged(s.provider, q)
	}
	options := providerOptions(s.provider, given, s.runner.Project.Shown)
	v, err := s.runner.Languages.Provider(ctx, s.provider, q.prompt, options, q.context())
	if err != nil {
		return nil, err
	}
	if s.provider.Call.Kind == project.CallRuby && !answers(v) {
		return nil, fmt.Errorf("the provider returned %s, not a hash with output or error", config.Shorten(jsvalue.ToString(v)))
	}
	if v != nil && jsvalue.TypeOf(v) != "object" || isList(v) {
		return &Response{unsaid: true, Nothing: fmt.Sprintf("No output: the provider returned %s, not an object with output or error", config.Shorten(jsvalue.ToString(v)))}, nil
	}
	if _, isObject := jsvalue.KeysOf(v); !isObject {
		return nil, fmt.Errorf("the provider returned %s, not an object with output or error", jsvalue.TypeOf(v))
	}
	r := responseOf(v)
	if s.provider.Call.Kind != project.CallScript {
		r.fresh()
	}
	return r, nil
}

// fresh marks what Python or Ruby answered, as promptfoo does: its own cache alone
// makes such an answer a cached one, and a count of tokens is of a call.
func (r *Response) fresh() {
	r.Cached, r.unsaid = false, false
	if r.usage != nil && r.Tokens.Requests <= 1 {
		r.Tokens.Requests, r.usage = 1, r.usage.Clone()
		r.usage.Set("numRequests", 1)
	}
}

// answers says that a result holds an output or an error.
func answers(v any) bool {
	_, output := jsvalue.Field(v, "output")
	_, failed := jsvalue.Field(v, "error")
	return output || failed
}

func isList(v any) bool {
	_, ok := v.([]any)
	return ok
}

func (*scripted) remote() bool { return false }
func (*scripted) close() error { return nil }
