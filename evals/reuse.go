package evals

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// Recall finds answers of earlier calls by their keys. Answers of other releases
// are never returned.
type Recall func(ctx context.Context, release string, keys []string) (map[string]assets.Answer, error)

// Memory is where a run finds and leaves answers. The zero value remembers
// nothing.
type Memory struct {
	Recall Recall        // nil = every call is made
	From   string        // what Recall reads, for people: "cache" or a file
	MaxAge time.Duration // older answers only forecast; 0 = any age decides
	Only   bool          // no call may be made: what is missing ends the run
	// Keep gets the answers that the run has, some at a time, while it goes on,
	// from one goroutine, also during a Recall. nil = nothing is kept.
	Keep func([]Kept) error
	// End is called after the last Keep; finished says that the run has all that
	// it needs. nil = nothing to do.
	End func(finished bool) error
}

// Kept is one answer that a run has. An error is one too: calling only the
// failures again would let an agent pass that fails now and then.
type Kept struct {
	assets.Answer
	ID     string // of the request
	Made   bool   // by a call of this run, not taken from earlier ones
	answer answer // that becomes Result
}

// answer is what of an Asset is kept to judge it again.
type answer struct {
	Output    string              `json:"output,omitempty"`
	JSON      bool                `json:"json,omitempty"`
	LatencyUS int64               `json:"latency_us,omitempty"`
	Usage     *pipeline.Usage     `json:"usage,omitempty"`
	CostUSD   float64             `json:"cost_usd,omitempty"`
	Unpriced  bool                `json:"unpriced,omitempty"`
	Model     string              `json:"model,omitempty"`
	Finish    string              `json:"finish_reason,omitempty"`
	ToolCalls []pipeline.ToolCall `json:"tool_calls,omitempty"`
	Trace     *pipeline.Trace     `json:"trace,omitempty"`
	Error     string              `json:"error,omitempty"`
	Talk      *pipeline.Talk      `json:"talk,omitempty"`
}

// asset makes the answer anew, as if it had just come.
func (a *answer) asset() pipeline.Asset {
	out := pipeline.Asset{Text: a.Output, Latency: time.Duration(a.LatencyUS) * time.Microsecond, CostUSD: a.CostUSD,
		Unpriced: a.Unpriced, Model: a.Model, FinishReason: a.Finish, ToolCalls: a.ToolCalls, Trace: a.Trace, Err: a.Error, Talk: a.Talk}
	if a.JSON {
		out.JSON = json.RawMessage(a.Output)
	}
	if a.Usage != nil {
		out.Usage = *a.Usage
	}
	return out
}

// reuse takes in the answers of earlier calls for slots that have none. Those
// of the baseline that are too old only forecast.
func (r *runner) reuse(ctx context.Context, slots []slot) error {
	if r.Memory.Recall == nil || len(slots) == 0 {
		return nil
	}
	asked := map[string][]slot{} // by release
	for _, at := range slots {
		release := r.plan.releaseOf(at)
		asked[release] = append(asked[release], at)
	}
	for release, slots := range asked {
		if err := r.recall(ctx, release, slots); err != nil {
			return err
		}
	}
	r.collectAll()
	return r.err
}

func (r *runner) recall(ctx context.Context, release string, slots []slot) error {
	keys, requests := make([]string, len(slots)), make([]pipeline.Request, len(slots))
	for i, at := range slots {
		var err error
		requests[i] = r.plan.request(at)
		if keys[i], err = requests[i].Key(); err != nil {
			return fmt.Errorf("case %s: %w", requests[i].ID, err)
		}
	}
	found, err := r.Memory.Recall(ctx, release, keys)
	if err != nil {
		return fmt.Errorf("looking up earlier answers: %w", err)
	}
	for i, at := range slots {
		a, ok := found[keys[i]]
		if !ok {
			continue
		}
		var known answer
		if err := json.Unmarshal(a.Result, &known); err != nil {
			if !r.Memory.Only {
				continue // a damaged cache costs a call
			}
			return fmt.Errorf("%s: the answer to %s is not readable: %w", r.Memory.From, requests[i].ID, err)
		}
		j := r.plan.judge.judge(ctx, r.plan.order[at.pos], requests[i], known.asset())
		j.CalledAt = a.CalledAt.Unix()
		switch old := r.Memory.MaxAge > 0 && r.began.Sub(a.CalledAt) > r.Memory.MaxAge; {
		case !old && j.State == toJudge:
			r.reused.add(a, false)
			r.judgeLater(ctx, at, keys[i], requests[i], known.asset(), j)
			r.collect()
		case j.State == toJudge: // too old to be worth a judge
		case !old:
			r.reused.add(a, j.State == errored)
			r.record(at, keys[i], &j)
		case at.base:
			r.stale[at.pos] = &j
		}
	}
	return nil
}

func (r *Reused) add(a assets.Answer, failed bool) {
	r.Answers++
	if failed {
		r.Errors++
	}
	r.SavedUSD += a.CostUSD
	if at := a.CalledAt.UTC().Format(time.RFC3339); r.Oldest == "" || at < r.Oldest {
		r.Oldest = at
	}
}
