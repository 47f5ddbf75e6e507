package evals

import (
	"context"
	"fmt"

	"github.com/GaboBase/arch-genops/assets"
)

// carried finds the evidence of an earlier run that a new one can take over:
// the complete prefix of its drawn order. Only the same release on the same set
// can be carried.
func (o *Options) carried(m *Manifest) (*Carried, error) {
	f, err := RunsOf(o.Root).Find(o.Carry)
	if err != nil {
		return nil, &UsageError{fmt.Errorf("--carry: %w", err)}
	}
	old, err := f.load(context.Background())
	if err != nil {
		return nil, fmt.Errorf("--carry %s: %w", o.Carry, err)
	}
	switch {
	case o.Release.Untraceable != "":
		return nil, &UsageError{fmt.Errorf("--carry: the release can't be told apart from another: %s", o.Release.Untraceable)}
	case old.m.Release != m.Release:
		return nil, &UsageError{fmt.Errorf("--carry %s: that run judged another release (%s, this is %s)", f.ID, old.m.Version, m.Version)}
	case old.m.TestSetDigest != m.TestSetDigest:
		return nil, &UsageError{fmt.Errorf("--carry %s: that run used another test set (%s)", f.ID, old.m.TestSet)}
	case old.m.Subset.Active() || m.Subset.Active():
		return nil, &UsageError{fmt.Errorf("--carry %s: a run on a subset is no evidence for the set", f.ID)}
	}
	c := &Carried{Run: f.ID}
	for _, u := range old.plan.units[:old.tally.consumed] {
		for pos := u.start; pos < u.end; pos++ {
			c.Cases = append(c.Cases, old.plan.cases[old.plan.order[pos]].ID)
		}
	}
	if len(c.Cases) == 0 {
		return nil, &UsageError{fmt.Errorf("--carry %s: that run has no evidence yet", f.ID)}
	}
	return c, nil
}

// takeOver copies the carried records into the new ledger; they cost no call.
func (r *runner) takeOver(ctx context.Context) error {
	if r.m.Carried == nil {
		return nil
	}
	f, err := RunsOf(r.Root).Find(r.m.Carried.Run)
	if err != nil {
		return err
	}
	want := make(map[string]int64, len(r.m.Carried.Cases))
	for pos := range r.m.Carried.Cases {
		want[requestID(r.plan.cases[r.plan.order[pos]].ID, 1)] = r.plan.seq(pos, 1)
	}
	var calls []assets.Call
	err = assets.ReadLedger(ctx, f.path(ledgerFile), func(c assets.Call) error {
		if seq, ok := want[c.ID]; ok && c.State == assets.Done {
			c.Seq, c.Sends = seq, 0
			calls = append(calls, c)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("taking over the evidence of run %s: %w", f.ID, err)
	}
	if len(calls) != len(want) {
		return fmt.Errorf("run %s holds %d of the %d records to take over", f.ID, len(calls), len(want))
	}
	if err := r.ledger.Sent(calls); err != nil {
		return err
	}
	for _, c := range calls {
		r.ledger.Done(c)
	}
	return r.ledger.Flush()
}
