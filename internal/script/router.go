package script

import (
	"context"
	"errors"
	"fmt"
)

// Router runs JavaScript where it can run: in the sandbox, or in the user's
// node where it needs more. It is safe for concurrent use.
type Router struct {
	Sandbox *Engine
	Node    *Runner // nil = there is none, or it is not wanted
	NodeErr error   // why Node is nil; nil = it is not wanted

	// InlineInNode lets inline code that needs node run there, with all that it
	// may do. Without it such code is ErrUnavailable.
	InlineInNode bool
}

// Call is Engine.Call or Runner.Call, as the code needs.
func (r *Router) Call(ctx context.Context, code Code, args map[string]any) (any, error) {
	switch code.Kind {
	case KindFile, KindProvider:
		where, needs, err := r.Sandbox.Needs(ctx, code)
		if err != nil {
			return nil, err
		}
		if where == Embedded {
			return r.Sandbox.Call(ctx, code, args)
		}
		return r.inNode(ctx, code, args, needs)
	}
	v, err := r.Sandbox.Call(ctx, code, args)
	if !r.InlineInNode || !errors.Is(err, ErrUnavailable) {
		return v, err
	}
	where, needs, needErr := r.Sandbox.Needs(ctx, code)
	if needErr != nil || where == Embedded {
		return v, err
	}
	return r.inNode(ctx, code, args, needs)
}

func (r *Router) inNode(ctx context.Context, code Code, args map[string]any, needs []Need) (any, error) {
	if r.Node != nil {
		return r.Node.Call(ctx, code, args)
	}
	why := errors.New("and it is not to be used here")
	if r.NodeErr != nil {
		why = r.NodeErr
	}
	return nil, fmt.Errorf("%w: it needs node (%s): %w", ErrUnavailable, needs[0], why)
}

// Match is Engine.Match.
func (r *Router) Match(ctx context.Context, pattern, flags, text string) (bool, error) {
	return r.Sandbox.Match(ctx, pattern, flags, text)
}
