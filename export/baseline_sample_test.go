package export

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/stats"
)

// sampleBaseline adds to r what a run against a baseline, with repeats, a
// quarantine and a budget tells. The figures of the flips agree with the table.
func sampleBaseline(r *evals.Result, rows []evals.CaseRow) {
	b := &evals.Baseline{Agent: r.Agent, Version: "2.0.0", Release: "sha256:" + strings.Repeat("11aa22bb", 8), MaxAge: "24h0m0s", Oldest: "2025-03-13T18:20:11Z",
		Calls: evals.Calls{Made: 310, Cached: 114, Repeated: 2}, CostUSD: 0.06, Forecast: &evals.Forecast{Pairs: 61, Effect: -0.033, Oldest: "2025-03-11T08:00:00Z"}}
	rng := rand.New(rand.NewPCG(3, 5))
	for i := range rows {
		row := &rows[i]
		if row.State == "unjudged" {
			continue
		}
		b.Pairs++
		passed := row.State == "passed"
		was := passed
		if x := rng.Float64(); !passed && x < 0.6 || passed && x < 0.03 {
			was = !passed
		}
		switch {
		case passed && was:
			b.McNemar.Both++
		case passed:
			b.McNemar.Candidate++
		case was:
			b.McNemar.Baseline++
		default:
			b.McNemar.Neither++
		}
		if passed == was {
			continue
		}
		f := evals.Flip{ID: row.ID, Passed: "baseline", Input: row.Input, Expected: row.Expected, Output: "I think the customer wants " + row.Output + ", with some confidence.",
			Base: fmt.Sprintf("I think the customer wants %v, for sure.", row.Expected)}
		if passed {
			f.Passed, f.Base = "candidate", "No idea: perhaps track_order, with little confidence."
		}
		b.Flips = append(b.Flips, f)
	}
	slices.SortStableFunc(b.Flips, func(x, y evals.Flip) int { return strings.Compare(x.Passed, y.Passed) })
	effect := float64(b.McNemar.Candidate-b.McNemar.Baseline) / float64(b.Pairs)
	b.Effect, b.Interval = &effect, &[2]float64{effect - 0.041, effect + 0.043}
	b.McNemar.P = stats.McNemar(b.McNemar.Candidate, b.McNemar.Baseline)
	r.Baseline = b
	r.Calls.Made, r.Calls.Cached = r.Calls.Made+310, 114
	r.Rules = append(r.Rules, evals.RuleResult{Metric: "pass_rate", Kind: "not_worse", Margin: 0.03, Verdict: "fail", Estimate: &effect, Interval: b.Interval,
		N: b.Pairs, Of: b.Pairs, Alpha: 0.05, Gates: true, Tries: 1, Reason: fmt.Sprintf("%.3f over %d pairs; upper bound below the margin", effect, b.Pairs)})
	r.Flaky = &evals.FlakySummary{Cases: 60, Flipped: 4, IDs: []string{"c014", "c201", "c377", "c390"}, List: []evals.FlakyCase{
		{ID: "c014", Draws: 10, Passed: 5, Interval: [2]float64{0.237, 0.763}}, {ID: "c201", Draws: 8, Passed: 6, Interval: [2]float64{0.409, 0.929}},
		{ID: "c377", Draws: 10, Passed: 9, Interval: [2]float64{0.596, 0.982}}, {ID: "c390", Draws: 12, Passed: 1, Interval: [2]float64{0.015, 0.354}}}}
	r.Quarantine = &evals.Quarantine{File: "quarantine.yaml", Expired: []string{"c044"}, Unknown: []string{"old-17"}, Cases: []evals.QuarantinedCase{
		{ID: "c014", Until: "2025-04-30", Reason: "flaky since the provider's update; see issue 212", State: "failed"},
		{ID: "c390", Until: "2025-03-31", Reason: "label under review", State: "passed"}, {ID: "c600", Until: "2025-06-30", Reason: "needs a tool that staging lacks"}}}
	r.Budget = &evals.Budget{LimitUSD: 2.5, ExpectedUSD: 0.21, WorstUSD: 3.12, SpentUSD: 0.15}
	r.Reused = &evals.Reused{Answers: 114, From: "cache", SavedUSD: 0.024, Oldest: "2025-03-13T18:20:11Z"}
	r.Unpriced = 3
	for i := range r.Slices {
		s := &r.Slices[i]
		s.EValue, s.Effect = 0.4, ptr(rng.Float64()*0.1-0.06)
		if s.Weak {
			s.EValue = 87.3
		}
	}
}
