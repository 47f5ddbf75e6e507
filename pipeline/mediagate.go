package pipeline

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/gate"
)

// mediaGate lets rules over findings decide. The set is all requests of the
// run, and a run judges all of it, so it decides as a census does; only assets
// that could not be judged leave it open.
type mediaGate struct {
	checks []Check
	tests  []*gate.Test
	rules  []gate.Rule
	out    Assured
	judged map[string]int
	why    map[string]string
}

func newMediaGate(a *Assurance, total int) (*mediaGate, error) {
	g := &mediaGate{checks: a.Checks, rules: a.Rules, out: Assured{Total: total, Unavailable: map[string]string{}}, judged: map[string]int{}, why: map[string]string{}}
	for _, r := range a.Rules {
		t, err := gate.New(r, gate.Design{Units: total, TotalWeight: float64(total), MaxWeight: 1, Cases: total})
		if err != nil {
			return nil, err
		}
		g.tests = append(g.tests, t)
	}
	return g, nil
}

// observe takes in the findings of one asset.
func (g *mediaGate) observe(j *Judged) {
	if j.Pass {
		g.out.Passed++
	} else {
		g.out.Failed++
	}
	scores := map[string]float64{PassRate: 0}
	if j.Pass {
		scores[PassRate] = 1
	}
	for _, f := range j.Findings {
		scores[f.Metric] = f.Score
		g.judged[f.Metric]++
	}
	for _, u := range j.Unjudged {
		metric, why, _ := strings.Cut(u, ": ")
		g.why[metric] = why
	}
	for i, r := range g.rules {
		s := gate.Sample{Lo: 0, Hi: 1, Weight: 1, Cases: 1}
		if x, ok := scores[r.Metric]; ok {
			s.Lo, s.Hi, s.Judged = x, x, 1
		}
		g.tests[i].Observe(s)
	}
}

// end counts the requests without an asset as failed, and decides.
func (g *mediaGate) end() *Assured {
	for range g.out.Total - g.out.Passed - g.out.Failed {
		g.out.Failed++
		for _, t := range g.tests {
			t.Observe(gate.Sample{Weight: 1, Judged: 1, Cases: 1})
		}
	}
	for _, t := range g.tests {
		g.out.Decisions = append(g.out.Decisions, t.Decision())
	}
	for metric, why := range g.why {
		if g.judged[metric] == 0 {
			g.out.Unavailable[metric] = why
		}
	}
	return &g.out
}

// ParseMediaRule reads a rule over findings, "METRIC>=BAR" with a bar in [0,1]
// or in percent; known are the metrics that it may name.
func ParseMediaRule(text string, known []string, alpha float64) (gate.Rule, error) {
	metric, bar, ok := strings.Cut(text, ">=")
	metric, bar = strings.TrimSpace(metric), strings.TrimSpace(bar)
	if !ok || metric == "" {
		return gate.Rule{}, fmt.Errorf("rule %q: write METRIC>=BAR, such as pass_rate>=0.95", text)
	}
	found := false
	for _, k := range known {
		found = found || k == metric
	}
	if !found {
		return gate.Rule{}, fmt.Errorf("rule %q: unknown metric %q; known: %s", text, metric, strings.Join(known, ", "))
	}
	number, percent := strings.CutSuffix(bar, "%")
	x, err := strconv.ParseFloat(number, 64)
	if percent {
		x /= 100
	}
	if err != nil || !(x >= 0 && x <= 1) {
		return gate.Rule{}, fmt.Errorf("rule %q: the bar %q must be a number from 0 to 1, or a percentage", text, bar)
	}
	return gate.Rule{Metric: metric, Kind: gate.AtLeast, Bar: x, Alpha: alpha}, nil
}
