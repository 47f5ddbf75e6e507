package evals

import (
	"fmt"
	"time"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/testsets"
)

// ReadQuarantine reads a list of cases that no rule counts for the time being:
//
//	cases:
//	  - {id: c017, until: 2026-12-31, reason: "the shop's API is down"}
//
// Each entry names its last day and why. An entry whose day is over counts again
// and is listed as expired, one that the set does not hold as unknown. Errors
// name file and line.
func ReadQuarantine(file string, data []byte, set *testsets.Set, today time.Time) (*Quarantine, error) {
	var list struct {
		Cases []struct {
			ID     string `yaml:"id"`
			Until  string `yaml:"until"`
			Reason string `yaml:"reason"`
		} `yaml:"cases"`
	}
	lines, err := config.DecodeLines(file, data, &list)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for i := range set.Cases {
		known[set.Cases[i].ID] = true
	}
	q := &Quarantine{File: file}
	var errs []*config.Error
	listed := map[string]bool{}
	for i, c := range list.Cases {
		bad := func(format string, args ...any) {
			errs = append(errs, &config.Error{File: file, Line: lines[fmt.Sprintf("cases[%d]", i)], Msg: fmt.Sprintf("cases[%d]: ", i) + fmt.Sprintf(format, args...)})
		}
		until, err := time.Parse(time.DateOnly, c.Until)
		switch {
		case c.ID == "":
			bad("id is missing")
		case listed[c.ID]:
			bad("case %q is listed twice", c.ID)
		case err != nil:
			bad("until %q: write the last day on which it holds, like 2026-12-31", c.Until)
		case c.Reason == "":
			bad("reason is missing: say why case %q does not count", c.ID)
		case !known[c.ID]:
			q.Unknown = append(q.Unknown, c.ID)
		case today.UTC().Truncate(24 * time.Hour).After(until):
			q.Expired = append(q.Expired, c.ID)
		default:
			q.Cases = append(q.Cases, QuarantinedCase{ID: c.ID, Until: c.Until, Reason: c.Reason})
		}
		listed[c.ID] = true
	}
	return q, config.Join(errs)
}

// quarantined tells what became of the listed cases in a run.
func (t *tally) quarantined(m *Manifest) *Quarantine {
	if m.Quarantine == nil {
		return nil
	}
	q := *m.Quarantine
	q.Cases = nil
	states := map[string]string{}
	for pos, j := range t.first {
		if j != nil {
			states[t.plan.cases[t.plan.order[pos]].ID] = j.State
		}
	}
	for _, c := range m.Quarantine.Cases {
		c.State = states[c.ID]
		q.Cases = append(q.Cases, c)
	}
	return &q
}
