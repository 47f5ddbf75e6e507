package promptfoo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/promptfoo/project"
	"github.com/GaboBase/arch-genops/validators/assertions"
)

// row runs one row from its prompt to its verdict. The error is one after which
// it may be run again; the record is then what was known before.
func (r *Runner) row(ctx context.Context, i int) (*record, error) {
	row := &r.Rows[i]
	rec := &record{metadata: row.Test.Metadata.Clone(), named: &jsvalue.Object{}}
	vars := r.variables(row)
	rec.vars, rec.config = vars, r.promptConfig(row, nil)
	if text := r.expired(); text != "" {
		return rec.fail(row, errors.New(text)), nil
	}
	made, err := r.Project.Render(ctx, row, vars, r.ports())
	if err != nil {
		if rec, again := r.thrown(ctx, rec, row, err); again != nil || !couldNotRun(err) || r.grader.mode == assertions.Exact {
			return rec, again
		}
		rec.unjudged = err.Error() // nobody was asked
		return rec, nil
	}
	prompt, config, vars := made.Text, made.Config, made.Vars
	rec.prompt, rec.config, rec.vars = prompt, r.promptConfig(row, config), vars
	at := time.Now()
	resp, err := r.ask(ctx, row, &ask{prompt: prompt, config: config, vars: vars, repeat: row.Repeat, context: func() *jsvalue.Object { return r.context(row, rec.config, vars) }})
	if err != nil {
		return r.thrown(ctx, rec, row, err)
	}
	rec.latencyMS = float64(time.Since(at).Milliseconds())
	if resp.LatencyMS > 0 {
		rec.latencyMS = resp.LatencyMS
	}
	rec.response = resp
	r.state.say(row, prompt, resp)
	r.pause(ctx, row, resp)
	rec.vars = withoutRuntime(vars)
	rec.metadata.Merge(resp.Metadata)
	rec.session(resp, vars)
	switch {
	case resp.Error != "":
		rec.errText, rec.failure = resp.Error, failureError
	case !resp.HasOutput || resp.Output == nil:
		rec.errText = cmp.Or(resp.Nothing, "No output")
	default:
		if err := r.judge(ctx, row, rec); err != nil {
			return r.thrown(ctx, rec, row, err)
		}
	}
	r.state.store(row, rec.response)
	return rec, nil
}

// session notes the id of a session that the provider reports, or a variable names.
func (rec *record) session(resp *Response, vars *jsvalue.Object) {
	for _, from := range []*jsvalue.Object{resp.More, vars} {
		if id, ok := from.Get("sessionId"); ok && jsvalue.Truthy(id) {
			for _, key := range []string{"sessionIds", "sessionId"} {
				if known, _ := rec.metadata.Get(key); jsvalue.Truthy(known) {
					return
				}
			}
			rec.metadata.Set("sessionId", id)
			return
		}
	}
}

// judge transforms the output and judges it by the row's assertions.
func (r *Runner) judge(ctx context.Context, row *project.Row, rec *record) error {
	processed, given, err := r.transform(ctx, row, rec)
	if couldNotRun(err) && r.grader.mode != assertions.Exact {
		rec.take(&grade{named: &jsvalue.Object{}, reason: err.Error(), unjudged: err.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	g, err := r.grader.grade(ctx, row, rec, processed, given)
	if err != nil {
		return err
	}
	rec.response = processed
	rec.take(g)
	return nil
}

// take notes a verdict.
func (rec *record) take(g *grade) {
	rec.success, rec.score, rec.named, rec.grading, rec.judging = g.pass, g.score, g.named, g.result, g.tokens
	rec.judgeCost = g.cost
	rec.cached = rec.response.Cached && !g.called
	if !g.pass {
		rec.errText, rec.failure, rec.unjudged = g.reason, failureAssert, g.unjudged
	}
}

// transform applies the provider's transform and then the test's. given is the
// output between the two, which transforms of contexts start from.
func (r *Runner) transform(ctx context.Context, row *project.Row, rec *record) (processed *Response, given any, err error) {
	out := *rec.response
	prompt := promptView(row, nil)
	if row.Prompt.Config != nil {
		prompt = promptView(row, row.Prompt.Config)
	}
	c := jsvalue.NewObject("vars", rec.vars, "prompt", prompt)
	if out.Output, err = r.apply(ctx, row.Provider.Transform, out.Output, c); err != nil {
		return nil, nil, err
	}
	given = out.Output
	if rec.response.Metadata != nil {
		c = c.Clone()
		c.Set("metadata", rec.response.Metadata)
	}
	if out.Output, err = r.apply(ctx, row.Test.Options.Transform, out.Output, c); err != nil {
		return nil, nil, err
	}
	if out.Output == nil || jsvalue.IsUndefined(out.Output) {
		return nil, nil, errors.New("the transformed output is null")
	}
	return &out, given, nil
}

// apply runs a transform; no code leaves the output as it is.
func (r *Runner) apply(ctx context.Context, c project.Code, output any, context *jsvalue.Object) (any, error) {
	if c.IsZero() {
		return output, nil
	}
	if r.Languages == nil {
		return nil, errors.New("a transform needs a program that runs scripts")
	}
	v, err := r.Languages.Call(ctx, c, []project.Arg{{Name: "output", Value: output}, {Name: "context", Value: context}})
	if err != nil {
		return nil, fmt.Errorf("transform %s: %w", where(c), err)
	}
	if v == nil || jsvalue.IsUndefined(v) {
		return nil, fmt.Errorf("the transform returned no value: %s", where(c))
	}
	return v, nil
}

// where names a piece of code for people.
func where(c project.Code) string {
	if c.Line > 0 {
		return fmt.Sprintf("%s:%d", c.File, c.Line)
	}
	if c.Path != "" {
		return c.Path
	}
	return c.Source
}

// thrown turns an error into the row's end. With an error that is not the row's own
// it may be run again, and the record is what is known of it until then.
func (r *Runner) thrown(ctx context.Context, rec *record, row *project.Row, err error) (*record, error) {
	var transient *pipeline.Transient
	if ctx.Err() != nil || errors.As(err, &transient) {
		return rec, err
	}
	return rec.fail(row, err), nil
}

// fail ends a row with an error.
func (rec *record) fail(row *project.Row, err error) *record {
	rec.vars = withoutRuntime(rec.vars)
	rec.success, rec.score, rec.failure, rec.errText, rec.response, rec.grading = false, 0, failureError, err.Error(), nil, nil
	rec.named = &jsvalue.Object{}
	about := jsvalue.NewObject("providerId", row.Provider.Reported())
	if !row.Provider.Unlabeled {
		about.Set("providerLabel", row.Provider.Label)
	}
	rec.metadata.Set("errorContext", about)
	return rec
}

// expired says that the whole evaluation has taken too long.
func (r *Runner) expired() string {
	limit := time.Duration(r.Project.Evaluate.MaxEvalTimeMS * float64(time.Millisecond))
	if limit <= 0 || time.Since(r.began) < limit {
		return ""
	}
	return fmt.Sprintf("evaluation exceeded max duration of %gms", r.Project.Evaluate.MaxEvalTimeMS)
}

// runtimeKeys are variables that name the place of a row in its run. Templates
// and scripts see them, results do not.
var runtimeKeys = [...]string{"__evalId", "__evalStepId", "__repeatIndex"}

// variables are what the row's templates see.
func (r *Runner) variables(row *project.Row) *jsvalue.Object {
	vars := row.Test.Vars.Clone()
	if c, ok := r.state.conversation(row); ok {
		vars.Set("_conversation", c)
	}
	r.state.registers(vars)
	if r.EvalID != "" {
		vars.Set("__evalId", r.EvalID)
	}
	vars.Set("__evalStepId", fmt.Sprintf("test-%d-prompt-%d-repeat-%d", row.TestIndex, row.PromptIndex, row.Repeat))
	vars.Set("__repeatIndex", row.Repeat)
	return vars
}

func withoutRuntime(vars *jsvalue.Object) *jsvalue.Object {
	out := vars.Clone()
	for _, k := range runtimeKeys {
		out.Delete(k)
	}
	return out
}

// promptConfig is the prompt's config with the test's options over it.
func (r *Runner) promptConfig(row *project.Row, config *jsvalue.Object) *jsvalue.Object {
	if config == nil {
		config = row.Prompt.Config
	}
	out := config.Clone().Merge(row.Test.Options.Raw)
	out.Delete("repeat")
	return out
}

// context is promptfoo's context object of a call.
func (r *Runner) context(row *project.Row, config, vars *jsvalue.Object) *jsvalue.Object {
	c := jsvalue.NewObject("vars", vars, "prompt", promptView(row, config), "test", r.testObject(row.Test), "repeatIndex", row.Repeat)
	if r.EvalID != "" {
		c.Set("evaluationId", r.EvalID)
	}
	return c
}

// promptView is a row's prompt as promptfoo's contexts show it: not filled in.
func promptView(row *project.Row, config *jsvalue.Object) *jsvalue.Object {
	o := jsvalue.NewObject("raw", affixed(row), "label", row.Prompt.Label)
	if config != nil {
		o.Set("config", config)
	}
	o.Set("template", row.Prompt.Raw)
	return o
}

// affixed is the prompt's template with the test's prefix and suffix.
func affixed(row *project.Row) string {
	return row.Test.Options.Prefix + row.Prompt.Raw + row.Test.Options.Suffix
}

// ask asks the row's provider, or takes the answer that the test itself holds.
func (r *Runner) ask(ctx context.Context, row *project.Row, q *ask) (*Response, error) {
	if row.Test.HasOutput && jsvalue.Truthy(row.Test.Output) {
		return &Response{Output: row.Test.Output, HasOutput: true, HasCost: true, HasTokens: true}, nil
	}
	provider := row.Provider
	if row.Test.Provider != nil {
		provider = row.Test.Provider
	}
	if provider.Call.Kind == project.CallChat {
		q.config = project.Steering(r.promptConfig(row, q.config))
	}
	return r.call(ctx, provider, q)
}

// call asks a provider, or takes the answer of an earlier call.
func (r *Runner) call(ctx context.Context, provider *project.Provider, q *ask) (*Response, error) {
	one := r.callers.of(provider)
	if one.err != nil || !one.remote() || r.Memory == nil {
		return r.within(ctx, one, q)
	}
	key := askKey(provider, q)
	if resp := r.Memory.find(ctx, provider, key); resp != nil {
		return resp, nil
	}
	resp, err := r.within(ctx, one, q)
	if err == nil && resp.Error == "" {
		r.Memory.keep(provider, key, resp)
	}
	return resp, err
}

// within calls under the deadline of one call.
func (r *Runner) within(ctx context.Context, one *oneCaller, q *ask) (*Response, error) {
	limit := r.timeout()
	short, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	resp, err := one.ask(short, q)
	late := err != nil || resp != nil && resp.Error != ""
	if late && short.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("evaluation timed out after %dms", limit.Milliseconds())
	}
	return resp, err
}

// pause waits as the configuration says, after a call that was made.
func (r *Runner) pause(ctx context.Context, row *project.Row, resp *Response) {
	ms := row.Provider.DelayMS
	if ms == 0 {
		ms = r.Project.Evaluate.DelayMS
	}
	if resp.Cached || ms <= 0 {
		return
	}
	select {
	case <-time.After(time.Duration(ms * float64(time.Millisecond))):
	case <-ctx.Done():
	}
}

// converses says whether a row sees the turns before it.
func converses(row *project.Row) bool {
	return !row.Test.Options.DisableConversation && usesConversation(row.Prompt)
}

// usesConversation says whether a prompt asks for the turns before it.
func usesConversation(p *project.Prompt) bool { return strings.Contains(p.Raw, "_conversation") }
