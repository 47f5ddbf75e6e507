package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
)

// result is what has to be equal of `--json`, and what bounds the rest.
type result struct {
	Run     string
	Verdict string
	Rules   []rule
	Cases   struct{ Total, Judged, Passed, Failed, Errored, Unjudged int }
	Calls   struct{ Made, Cached, Repeated int }
	CostUSD float64 `json:"cost_usd"`
}

type rule struct {
	Metric, Verdict string
	Estimate        float64
	Interval        [2]float64
	N               int
}

func (r *result) String() string {
	s := fmt.Sprintf("%s, %d of %d judged, %d passed, $%.4f", r.Verdict, r.Cases.Judged, r.Cases.Total, r.Cases.Passed, r.CostUSD)
	for _, rule := range r.Rules {
		s += fmt.Sprintf(", %s %.4f", rule.Metric, rule.Estimate)
	}
	return s
}

// costDigits allows for sums that were made in another order.
const costDigits = 1e-9

// differs names what of other is not as in r; "" = nothing.
func (r *result) differs(other *result) string {
	switch {
	case r.Verdict != other.Verdict:
		return "verdict " + other.Verdict + ", not " + r.Verdict
	case r.Cases != other.Cases:
		return fmt.Sprintf("cases %+v, not %+v", other.Cases, r.Cases)
	case math.Abs(r.CostUSD-other.CostUSD) > costDigits:
		return fmt.Sprintf("cost %g, not %g", other.CostUSD, r.CostUSD)
	case len(r.Rules) != len(other.Rules):
		return fmt.Sprintf("%d rules, not %d", len(other.Rules), len(r.Rules))
	}
	for i := range r.Rules {
		if r.Rules[i] != other.Rules[i] {
			return fmt.Sprintf("rule %+v, not %+v", other.Rules[i], r.Rules[i])
		}
	}
	return ""
}

func runsDir(project string) string { return filepath.Join(project, ".genops", "runs") }

// folders are the runs of the project.
func folders(project string) []string {
	dirs, _ := filepath.Glob(filepath.Join(runsDir(project), "*"))
	return dirs
}

// finished says whether a run has its result, which is written last.
func finished(project string) bool {
	found, _ := filepath.Glob(filepath.Join(runsDir(project), "*", "result.json"))
	return len(found) > 0
}

// recorded reads the result of a run that was killed after its end.
func recorded(project string) (*result, error) {
	found, _ := filepath.Glob(filepath.Join(runsDir(project), "*", "result.json"))
	if len(found) != 1 {
		return nil, fmt.Errorf("%d results, not 1", len(found))
	}
	data, err := os.ReadFile(found[0])
	if err != nil {
		return nil, err
	}
	var r result
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("result.json: %w", err)
	}
	return &r, nil
}
