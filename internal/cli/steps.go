package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/testsets"
)

// stepsTold refuses to judge the steps of an agent that can't tell any: all that
// is read of its reply is the answer.
func stepsTold(o *evals.Options, arms []*caller) error {
	for _, a := range arms {
		h := a.resolved.Agent.Runtime.HTTP
		if h == nil || h.Request == "" || h.Trace != "" {
			continue
		}
		refuse := func(place, kind string) error {
			return usage(fmt.Errorf("%s: %s: agent %s tells nothing of its steps: name the place of its trace in runtime.http.trace", place, kind, a.resolved.Agent.ID))
		}
		for _, r := range o.Rules {
			if aboutSteps(r.Metric) && !r.Default {
				return refuse(r.Source, r.Metric)
			}
		}
		for i := range o.Set.Cases {
			c := &o.Set.Cases[i]
			var err error
			testsets.EachAssertion(c.Assert, func(one, _ *testsets.Assertion) {
				if err == nil && aboutSteps(one.Type) {
					err = refuse(fmt.Sprintf("%s:%d", o.SetName, max(one.Line, c.Line)), one.Type)
				}
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// aboutSteps says whether a metric judges what an agent did before it answered.
func aboutSteps(kind string) bool {
	kind = strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(kind), "not-"), "_", "-")
	return strings.HasPrefix(kind, "trajectory:") || strings.HasPrefix(kind, "trace-") ||
		slices.Contains([]string{"tool-correctness", "argument-correctness", "unknown-tool"}, kind)
}
