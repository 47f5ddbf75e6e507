package promptfoo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/promptfoo/project"
	"github.com/GaboBase/arch-genops/validators/assertions"
)

// judge asks the models that assertions name, or the default ones.
type judge struct{ run *Runner }

// judges are the models that a test names for its assertions.
type judges struct {
	text   *project.Provider
	byType map[string]*project.Provider // text, embedding, classification, moderation
}

// judgesOf is what a test says about its judges; nil = nothing.
func judgesOf(t *project.Test) any {
	if t.Options.Provider == nil && len(t.Options.JudgeByType) == 0 {
		return nil
	}
	return judges{t.Options.Provider, t.Options.JudgeByType}
}

// judgeTasks say what each kind of judge does, and where one is named.
var judgeTasks = map[string]struct{ does, where string }{
	"text":           {"judges", "defaultTest.options.provider or with --grader"},
	"embedding":      {"embeds texts", "defaultTest.options.provider.embedding"},
	"classification": {"classifies texts", "the assertion's provider, such as huggingface:text-classification:MODEL"},
	"moderation":     {"moderates texts", "defaultTest.options.provider.moderation, such as openai:moderation:omni-moderation-latest"},
}

// provider is who is asked for a kind of judgement.
func (j *judge) provider(given any, kind string, otherwise *project.Provider) (*project.Provider, error) {
	switch p := given.(type) {
	case *project.Provider:
		return p, nil
	case judges:
		if one := p.byType[kind]; one != nil {
			return one, nil
		}
		if p.text != nil {
			return p.text, nil
		}
		if len(p.byType) > 0 { // as in promptfoo, no other one steps in
			return nil, fmt.Errorf("%w: the judges are named by kind, and none of kind %q", assertions.ErrUnavailable, kind)
		}
	}
	if otherwise == nil {
		return nil, fmt.Errorf("%w: no model that %s is configured: name one in %s", assertions.ErrUnavailable, judgeTasks[kind].does, judgeTasks[kind].where)
	}
	return otherwise, nil
}

// usage collects what the judges of one row used.
type usage struct {
	whole  *usage // of the row, for that of one assertion
	mu     sync.Mutex
	tokens Tokens
	cost   float64
	called bool
	asked  bool // a judge answered, from the cache or not
	repeat int
}

type usageKey struct{}

func withUsage(ctx context.Context, u *usage, row *project.Row) context.Context {
	u.repeat = row.Repeat
	return context.WithValue(ctx, usageKey{}, u)
}

func (u *usage) note(r *Response) {
	if u == nil {
		return
	}
	u.whole.note(r)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.tokens = u.tokens.add(r.Tokens)
	u.cost += r.Cost
	u.called = u.called || !r.Cached
	u.asked = true
}

// meter counts what one assertion of a row uses, beside the row's whole.
func meter(ctx context.Context) (context.Context, func() any) {
	whole, _ := ctx.Value(usageKey{}).(*usage)
	if whole == nil {
		return ctx, func() any { return nil }
	}
	own := &usage{whole: whole, repeat: whole.repeat}
	return context.WithValue(ctx, usageKey{}, own), func() any {
		own.mu.Lock()
		defer own.mu.Unlock()
		if !own.asked {
			return nil
		}
		return own.tokens
	}
}

// Ask puts a question to the judge.
func (j *judge) Ask(ctx context.Context, q assertions.Question) (assertions.Reply, error) {
	p, err := j.provider(q.Provider, "text", j.run.judging)
	if err != nil {
		return assertions.Reply{}, err
	}
	if why := unable(p, q.Step, j.run.Exact); why != "" {
		return assertions.Reply{}, fmt.Errorf("%w: %s", assertions.ErrUnavailable, why)
	}
	prompt := q.Prompt
	if prompt == "" {
		if prompt, err = j.run.judgePrompt(q.Step, q.Data); err != nil {
			return assertions.Reply{}, err
		}
	}
	use, _ := ctx.Value(usageKey{}).(*usage)
	a := &ask{prompt: prompt, vars: objectOf(q.Data).Clone()}
	if use != nil {
		a.repeat = use.repeat
	}
	a.context = func() *jsvalue.Object {
		return jsvalue.NewObject("vars", a.vars, "prompt", jsvalue.NewObject("raw", prompt, "label", q.Step))
	}
	resp, err := j.patiently(ctx, p, a)
	if err != nil {
		return assertions.Reply{}, err
	}
	use.note(resp)
	switch {
	case resp.Error != "":
		return assertions.Reply{}, errors.New(resp.Error)
	case !resp.HasOutput || resp.Output == nil:
		return assertions.Reply{}, nil
	}
	if s, ok := resp.Output.(string); ok {
		return assertions.Reply{Text: s}, nil
	}
	return assertions.Reply{Value: resp.Output}, nil
}

// maxPatience is the longest time that a judge is waited for.
const maxPatience = 10 * time.Minute

// patiently asks again after a refusal that passes.
func (j *judge) patiently(ctx context.Context, p *project.Provider, a *ask) (*Response, error) {
	for attempt := 0; ; attempt++ {
		resp, err := j.run.call(ctx, p, a)
		var transient *pipeline.Transient
		if err == nil || !errors.As(err, &transient) || attempt >= j.run.Retries || transient.Ambiguous && !j.run.Repeat {
			return resp, err
		}
		if transient.RetryAfter > maxPatience {
			return nil, fmt.Errorf("%w (it asks to wait %v; at most %v are waited for)", err, transient.RetryAfter, maxPatience)
		}
		select {
		case <-time.After(max(transient.RetryAfter, 250*time.Millisecond<<min(attempt, 6))):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Embed turns a text into a vector.
func (j *judge) Embed(ctx context.Context, text string, provider any) ([]float64, error) {
	p, err := j.provider(provider, "embedding", j.run.embedding)
	if err != nil {
		return nil, err
	}
	one := j.run.callers.of(p)
	if one.err != nil {
		return nil, one.err
	}
	e, ok := one.caller.(embedder)
	if other := j.run.embedding; !ok && other != nil { // as in promptfoo: one that judges texts leaves vectors to the usual one
		p = other
		if one = j.run.callers.of(p); one.err != nil {
			return nil, one.err
		}
		e, ok = one.caller.(embedder)
	}
	if !ok {
		return nil, fmt.Errorf("%w: provider %q gives no embeddings", assertions.ErrUnavailable, p.ID)
	}
	key := askKey(p, &ask{prompt: text})
	r := j.run.Memory.find(ctx, p, key)
	if r == nil {
		if r, err = e.embed(ctx, text); err != nil {
			return nil, err
		}
		j.run.Memory.keep(p, key, r)
	}
	use, _ := ctx.Value(usageKey{}).(*usage)
	use.note(r)
	return vectorOf(r.Output)
}

// embedder is a caller that gives vectors: lists of numbers.
type embedder interface {
	embed(ctx context.Context, text string) (*Response, error)
}

func vectorOf(v any) ([]float64, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, errors.New("a kept embedding is no list")
	}
	out := make([]float64, len(list))
	for i, x := range list {
		if out[i], ok = jsvalue.Number(x); !ok {
			return nil, errors.New("a kept embedding holds what is no number")
		}
	}
	return out, nil
}

// defaultJudges says who judges where nothing names one: the grader of the
// command, else the provider that the environment has a key for.
func (r *Runner) defaultJudges() {
	r.judging, r.embedding, r.moderating = r.Project.Judge, r.Project.Embedder, r.Project.Moderator
	if r.Grader == "" {
		return
	}
	zero := 0.0
	r.judging = &project.Provider{ID: r.Grader, Config: &jsvalue.Object{}, Call: project.Call{Kind: project.CallChat, Model: project.ChatModel{Ref: modelRef(r.Grader)}}}
	if !project.Reasons(r.Grader) {
		r.judging.Call.Model.Temperature = &zero
	}
}

// modelRef takes the kind of API out of a provider's id.
func modelRef(id string) string {
	if name, ok := strings.CutPrefix(id, "openai:responses:"); ok {
		return "openai_responses:" + name
	}
	parts := strings.Split(id, ":")
	if len(parts) > 2 {
		switch parts[1] {
		case "chat", "responses", "messages", "completion":
			parts = append(parts[:1], parts[2:]...)
		}
	}
	return strings.Join(parts, ":")
}
