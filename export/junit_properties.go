package export

import (
	"strconv"

	"github.com/GaboBase/arch-genops/evals"
)

func (x *xmlWriter) property(name, value string) {
	x.empty("property", "name", name, "value", value)
}

func (x *xmlWriter) number(name string, n int) { x.property(name, strconv.Itoa(n)) }

func (x *xmlWriter) figure(name string, v float64) {
	x.property(name, strconv.FormatFloat(v, 'g', -1, 64))
}

// comparison writes what the baseline came to, and what was quarantined.
func (x *xmlWriter) comparison(r *evals.Result) {
	if b := r.Baseline; b != nil {
		x.property("baseline", b.Agent+" "+b.Version)
		x.property("baseline_release", b.Release)
		x.number("baseline_pairs", b.Pairs)
		if b.Effect != nil {
			x.figure("baseline_effect", *b.Effect)
		}
		if b.Interval != nil {
			x.figure("baseline_effect_low", b.Interval[0])
			x.figure("baseline_effect_high", b.Interval[1])
		}
		x.number("baseline_regressed", b.McNemar.Baseline)
		x.number("baseline_improved", b.McNemar.Candidate)
		x.number("baseline_calls_made", b.Calls.Made)
		x.number("baseline_calls_cached", b.Calls.Cached)
		x.property("baseline_oldest_answer", b.Oldest)
		if b.Forecast != nil {
			x.property("baseline_forecast", forecastSentence(b))
		}
	}
	for i := range r.Judges {
		j := &r.Judges[i]
		x.property("judge_"+j.Metric, judgeSentence(j))
		x.property("judge_"+j.Metric+"_trust", string(j.Trust))
	}
	if f := r.Flaky; f != nil {
		x.number("flaky_repeated", f.Cases)
		x.number("flaky_flipped", f.Flipped)
	}
	if q := r.Quarantine; q != nil {
		x.number("quarantined", len(q.Cases))
		x.number("quarantine_expired", len(q.Expired))
		x.property("quarantine", quarantineSentence(q))
	}
}

// spending writes the budget and what was reused.
func (x *xmlWriter) spending(r *evals.Result) {
	x.figure("cost_usd", r.CostUSD)
	if b := r.Budget; b != nil {
		x.figure("budget_limit_usd", b.LimitUSD)
		x.figure("budget_expected_usd", b.ExpectedUSD)
		x.figure("budget_worst_usd", b.WorstUSD)
		x.figure("budget_spent_usd", b.SpentUSD)
		x.property("budget_used_up", strconv.FormatBool(b.UsedUp))
	}
	if u := r.Reused; u != nil {
		x.number("reused_answers", u.Answers)
		x.property("reused_from", u.From)
		x.figure("reused_saved_usd", u.SavedUSD)
		x.property("reused_oldest_answer", u.Oldest)
	}
	if r.Unpriced > 0 {
		x.number("unpriced_calls", r.Unpriced)
	}
}
