package promptfoo

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// ask is one question to a provider.
type ask struct {
	prompt  string                 // rendered
	config  *jsvalue.Object        // of the prompt, over the provider's own; may be nil
	vars    *jsvalue.Object        // what the row's templates see
	context func() *jsvalue.Object // promptfoo's context object, for scripts
	repeat  int
	labels  string // project.CallModerate or CallClassify: what is wrong with the prompt, or its classes, and no text
}

// caller asks one provider. An error is one of the call itself, as if it had
// been thrown; a *pipeline.Transient one may be tried again. What the provider
// says went wrong is in the Response.
type caller interface {
	call(ctx context.Context, q *ask) (*Response, error)
	// remote says that an answer costs something and may be kept.
	remote() bool
	close() error
}

// callers makes the caller of each provider once.
type callers struct {
	make func(*project.Provider) (caller, error)
	mu   sync.Mutex
	made map[*project.Provider]*oneCaller
}

type oneCaller struct {
	caller
	err  error
	dead sync.Mutex // guards gone
	gone error      // the provider can answer nothing any more
}

func (c *callers) of(p *project.Provider) *oneCaller {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.made[p]
	if one == nil {
		one = &oneCaller{}
		one.caller, one.err = c.make(p)
		if c.made == nil {
			c.made = map[*project.Provider]*oneCaller{}
		}
		c.made[p] = one
	}
	return one
}

func (c *callers) close() (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.made {
		if one.caller != nil {
			err = errors.Join(err, one.caller.close())
		}
	}
	return err
}

// ask calls, unless the provider is known to answer nothing any more: its rows
// fail with the same error, and those of other providers go on.
func (c *oneCaller) ask(ctx context.Context, q *ask) (*Response, error) {
	if c.err != nil {
		return nil, c.err
	}
	c.dead.Lock()
	gone := c.gone
	c.dead.Unlock()
	if gone != nil {
		return nil, gone
	}
	r, err := c.call(ctx, q)
	var unusable *pipeline.Unusable
	if errors.As(err, &unusable) {
		err = fmt.Errorf("API error: %w", errors.New(unusable.Reason))
		c.dead.Lock()
		c.gone = err
		c.dead.Unlock()
	}
	return r, err
}

// newCaller is the table of the kinds of providers.
func (r *Runner) newCaller(p *project.Provider) (caller, error) {
	switch p.Call.Kind {
	case project.CallEcho:
		return echo{}, nil
	case project.CallExec:
		return newProgram(r, p)
	case project.CallHTTP:
		return newHTTP(r, p)
	case project.CallChat:
		return newChat(r, p)
	case project.CallEmbed:
		return newEmbeddings(r, p)
	case project.CallModerate, project.CallClassify:
		return newLabeller(r, p)
	case project.CallScript, project.CallPython, project.CallRuby:
		return newScripted(r, p)
	}
	return nil, fmt.Errorf("provider %q can't be asked for a text (%s)", p.ID, p.Call.Kind)
}

// echo answers with the prompt.
type echo struct{}

func (echo) call(_ context.Context, q *ask) (*Response, error) {
	r := &Response{Output: q.prompt, HasOutput: true, Raw: q.prompt, HasCost: true, HasTokens: true}
	r.Tokens.Requests = 1
	r.More, r.Metadata = jsvalue.NewObject("isRefusal", false), &jsvalue.Object{}
	return r, nil
}

func (echo) remote() bool { return false }
func (echo) close() error { return nil }

// merged is the provider's config with the prompt's over it.
func merged(p *project.Provider, q *ask) *jsvalue.Object {
	if q.config.Len() == 0 {
		return p.Config
	}
	return p.Config.Clone().Merge(q.config)
}
