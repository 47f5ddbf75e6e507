package conversation

import (
	"context"
	"errors"
	"fmt"

	"github.com/GaboBase/arch-genops/pipeline"
)

// call asks the agent, or takes its answer from the log.
func (t *talk) call(ctx context.Context, q pipeline.Request) (pipeline.Asset, error) {
	q.ID = fmt.Sprintf("%s/%d", t.request.ID, t.out.Calls+1)
	a, err := t.once(ctx, q, t.Agent, false)
	if err == nil {
		t.out.Calls++
	}
	return a, err
}

// once makes a call that the log does not have. It is written there before it
// goes out.
func (t *talk) once(ctx context.Context, q pipeline.Request, make Call, user bool) (pipeline.Asset, error) {
	n := t.calls
	if n == MostCalls {
		return pipeline.Asset{}, fmt.Errorf("the conversation needs more than %d calls", MostCalls)
	}
	t.calls++
	key, err := q.Key()
	if err != nil {
		return pipeline.Asset{}, err
	}
	if a, ok := t.log.done(n, key); ok {
		return a, nil
	}
	if t.log.lost(n, key) && !t.RepeatAmbiguous {
		return pipeline.Asset{}, errors.New("the fate of a turn is unknown since a crash, and evals.ambiguous is hold")
	}
	if t.stopped() || ctx.Err() != nil {
		return pipeline.Asset{}, pipeline.ErrNotSent
	}
	if t.Purse != nil && t.Purse.Admit(ctx, []pipeline.Request{q}) == 0 {
		return pipeline.Asset{}, pipeline.ErrNotSent // the budget does not allow it
	}
	if err := t.log.sent(n, q.ID, key, user); err != nil {
		t.settle(q, pipeline.Asset{})
		return pipeline.Asset{}, &pipeline.Unusable{Reason: "writing the record of turns: " + err.Error(), Err: err}
	}
	a, err := make(ctx, q)
	t.settle(q, billed(a, err))
	if err != nil {
		t.log.failed(n, a.CostUSD)
		return a, err
	}
	t.made++
	return a, t.log.keep(n, q.ID, key, a, user)
}

func (t *talk) settle(q pipeline.Request, a pipeline.Asset) {
	if t.Purse != nil {
		t.Purse.Settle(q, a)
	}
}

// billed is what an attempt may have cost: one whose fate is unknown counts in
// full.
func billed(a pipeline.Asset, err error) pipeline.Asset {
	var t *pipeline.Transient
	if errors.As(err, &t) && t.Ambiguous {
		a.Uncertain = 1
	}
	return a
}

func (t *talk) stopped() bool {
	select {
	case <-t.Stop:
		return true
	default:
		return false
	}
}
