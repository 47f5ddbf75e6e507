package evals

import (
	"fmt"
	"slices"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/testsets"
)

// carried finds the evidence of an earlier run that a new one can take over:
// the complete prefix of its drawn order. Only the same release on the same set
// can be carried.
func (o *Options) carried(m *Manifest) (*Carried, error) {
	f, err := RunsOf(o.Root).Find(o.Carry)
	if err != nil {
		return nil, &UsageError{fmt.Errorf("--carry: %w", err)}
	}
	old, err := f.load()
	if err != nil {
		return nil, fmt.Errorf("--carry %s: %w", o.Carry, err)
	}
	switch {
	case o.Release.Untraceable != "":
		return nil, &UsageError{fmt.Errorf("--carry: the release can't be told apart from another: %s", o.Release.Untraceable)}
	case old.m.Release != m.Release:
		return nil, &UsageError{fmt.Errorf("--carry %s: that run judged another release (%s, this is %s)", f.ID, old.m.Version, m.Version)}
	case m.Baseline != nil || old.m.Baseline != nil:
		return nil, &UsageError{fmt.Errorf("--carry: evidence of pairs can't be carried; the cache of calls saves them")}
	case old.m.TestSetDigest != m.TestSetDigest:
		return nil, &UsageError{fmt.Errorf("--carry %s: that run used another test set (%s)", f.ID, old.m.TestSet)}
	case old.m.Subset.Active() || m.Subset.Active():
		return nil, &UsageError{fmt.Errorf("--carry %s: a run on a subset is no evidence for the set", f.ID)}
	case !slices.Equal(checkedByRules(old.m.Rules), checkedByRules(m.Rules)):
		return nil, &UsageError{fmt.Errorf("--carry %s: the rules of that run judged its answers by %q, this run's by %q", f.ID, checkedByRules(old.m.Rules), checkedByRules(m.Rules))}
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

// checkedByRules lists what rules judge beyond a case's own assertions: records
// made under one list do not answer another.
func checkedByRules(rules []Rule) []string {
	var names []string
	for _, r := range rules {
		if r.Limit != nil || appliesWithout(r.Metric, &testsets.Case{Expected: ""}) {
			names = append(names, r.Metric)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// takeOver copies the carried records into the new ledger; they cost no call.
func (r *runner) takeOver() error {
	if r.m.Carried == nil {
		return nil
	}
	f, err := RunsOf(r.Root).Find(r.m.Carried.Run)
	if err != nil {
		return err
	}
	want := make(map[string]assets.Call, len(r.m.Carried.Cases))
	for pos := range r.m.Carried.Cases {
		at := slot{pos: pos, draw: 1}
		q := r.plan.request(at)
		key, err := q.Key()
		if err != nil {
			return fmt.Errorf("case %s: %w", q.ID, err)
		}
		want[q.ID] = assets.Call{Seq: r.plan.seq(at), Key: key}
	}
	var calls []assets.Call
	err = assets.ReadLedger(f.path(assets.LedgerFile), func(c assets.Call) error {
		w, ok := want[c.ID]
		switch {
		case !ok || c.State != assets.Done:
			return nil
		case c.Key != w.Key:
			return &UsageError{fmt.Errorf("--carry %s: that run asked something else in %s", f.ID, c.ID)}
		}
		c.Seq, c.Sends = w.Seq, 0
		calls = append(calls, c)
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
