package evals

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/GaboBase/arch-genops/assets"
)

// keeper hands answers on while the run goes on, so that keeping them costs it
// no time of its own.
type keeper struct {
	batch []Kept
	in    chan []Kept
	end   chan error
}

// keptAtOnce is how many answers are handed on together.
const keptAtOnce = 500

func newKeeper(keep func([]Kept) error) *keeper {
	k := &keeper{in: make(chan []Kept, 4), end: make(chan error, 1)}
	go func() {
		var err error
		for batch := range k.in {
			if err == nil {
				if err = encode(batch); err == nil {
					err = keep(batch)
				}
			}
		}
		k.end <- err
	}()
	return k
}

func encode(batch []Kept) (err error) {
	for i := range batch {
		var encodeErr error
		batch[i].Result, encodeErr = json.Marshal(batch[i].answer)
		err = errors.Join(err, encodeErr)
	}
	return err
}

func (k *keeper) add(a Kept) {
	if k.batch == nil {
		k.batch = make([]Kept, 0, keptAtOnce)
	}
	if k.batch = append(k.batch, a); len(k.batch) == keptAtOnce {
		k.in <- k.batch
		k.batch = nil
	}
}

// close returns when everything is handed on.
func (k *keeper) close() error {
	if len(k.batch) > 0 {
		k.in <- k.batch
	}
	close(k.in)
	return <-k.end
}

// keep hands on one answer. An output that is not whole is left out.
func (r *runner) keep(at slot, key string, j *Judgement) {
	if r.keeper == nil || j.CalledAt == 0 || j.Talk != nil && j.Talk.Unjudged != "" {
		return
	}
	if j.Truncated > 0 {
		r.tooLong++
		return
	}
	r.keeper.add(Kept{ID: r.plan.requestID(at), Made: r.sends[r.plan.seq(at)] > 0,
		Answer: assets.Answer{Key: key, Release: r.plan.releaseOf(at), CalledAt: time.Unix(j.CalledAt, 0).UTC(), CostUSD: j.CostUSD},
		answer: answer{Output: j.Output, JSON: j.JSON, LatencyUS: j.LatencyUS, Usage: j.Usage, CostUSD: j.CostUSD, Unpriced: j.Unpriced,
			Model: j.Model, Finish: j.Finish, ToolCalls: j.ToolCalls, Trace: j.Trace, Error: j.Error, Talk: j.Talk}})
}

// endKeeping waits until all answers are kept.
func (r *runner) endKeeping(finished bool) error {
	if r.keeper == nil {
		return nil
	}
	err := r.keeper.close()
	if r.Memory.End != nil {
		err = errors.Join(err, r.Memory.End(finished && err == nil))
	}
	return err
}
