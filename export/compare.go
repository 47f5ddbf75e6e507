package export

import (
	"fmt"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/stats"
)

// MaxRuns is how many runs can be compared at once.
const MaxRuns = 8

// Run is one run that is compared: its result, and its judged rows.
type Run struct {
	Result evals.Result
	Rows   []evals.CaseRow
}

// Comparison is what several runs of the same cases came to, side by side. It
// describes; nothing of it gates.
type Comparison struct {
	Runs     []ComparedRun `json:"runs"` // in the given order; the first is the one the others are compared with
	Counts   Counts        `json:"counts"`
	Pairs    []Pairing     `json:"pairs"` // of the first run and each other one
	Flips    []CaseFlip    `json:"flips"` // every case that was judged differently
	Warnings []string      `json:"warnings,omitempty"`
	Note     string        `json:"note"` // what the figures of pairs may be taken for

	cases []comparedCase
}

// ComparedRun is one run's line.
type ComparedRun struct {
	Run           string      `json:"run"`
	Agent         string      `json:"agent"`
	Version       string      `json:"version"`
	Release       string      `json:"release"`
	TestSet       string      `json:"test_set"`
	TestSetDigest string      `json:"test_set_digest"`
	StartedAt     string      `json:"started_at"`
	Verdict       string      `json:"verdict"`
	Cases         evals.Cases `json:"cases"`
	PassRate      *float64    `json:"pass_rate"`        // passed of judged; null without a judged case
	Interval      [2]float64  `json:"traffic_interval"` // Wilson, 95 %, of the pass rate
	CostUSD       float64     `json:"cost_usd"`
	DurationMS    int64       `json:"duration_ms"`
	LatencyP50MS  float64     `json:"latency_p50_ms"` // of first draws; 0 = unknown
	LatencyP95MS  float64     `json:"latency_p95_ms"`
}

// Counts says how many cases were compared and how they differ. A case differs
// when two runs judged it differently, as passed and as failed or errored.
type Counts struct {
	Cases        int `json:"cases"`        // compared
	Common       int `json:"common"`       // of these, judged in every run
	Differ       int `json:"differ"`       // judged differently by any two runs
	Regressions  int `json:"regressions"`  // the first run passed, another did not
	Improvements int `json:"improvements"` // the first run did not pass, another did
	Answers      int `json:"answers"`      // cases whose answers differ, whatever their states
}

// CaseFlip is one case that was judged differently.
type CaseFlip struct {
	ID     string   `json:"id"`
	Kind   string   `json:"kind"`   // regression | improvement | other (the first run did not judge it)
	States []string `json:"states"` // by run; "" where it was not asked
}

// comparedCase is one case over all runs; nil where a run did not ask it.
type comparedCase struct {
	id    string
	line  int
	rows  []*evals.CaseRow
	kind  string // "", regression, improvement, other
	other bool   // the answers differ
}

// first is the case as the first run that asked it has it.
func (c *comparedCase) first() *evals.CaseRow {
	for _, row := range c.rows {
		if row != nil {
			return row
		}
	}
	return nil
}

// Compare sets 2 to MaxRuns runs side by side by their first draws. When their
// test sets differ only cases that all of them have, with the same input, are
// compared; a warning says so. Another number of runs is an error.
func Compare(runs []Run) (*Comparison, error) {
	if len(runs) < 2 || len(runs) > MaxRuns {
		return nil, fmt.Errorf("%d runs: from 2 to %d can be compared", len(runs), MaxRuns)
	}
	c := &Comparison{Pairs: []Pairing{}, Flips: []CaseFlip{}, Note: "describes, does not gate"}
	for i := range runs {
		c.Runs = append(c.Runs, comparedRun(&runs[i]))
	}
	c.join(runs)
	for i := range c.cases {
		c.count(&c.cases[i])
	}
	for k := 1; k < len(runs); k++ {
		c.Pairs = append(c.Pairs, c.pair(k))
	}
	return c, nil
}

func comparedRun(run *Run) ComparedRun {
	r := &run.Result
	out := ComparedRun{Run: r.Run, Agent: r.Agent, Version: r.Version, Release: r.Release, TestSet: r.TestSet, TestSetDigest: r.TestSetDigest,
		StartedAt: r.StartedAt, Verdict: verdictOf(r.Verdict), Cases: r.Cases, CostUSD: r.CostUSD, DurationMS: r.DurationMS}
	if n := r.Cases.Judged; n > 0 {
		rate := float64(r.Cases.Passed) / float64(n)
		out.PassRate = &rate
	}
	w := stats.Wilson(float64(r.Cases.Passed), float64(r.Cases.Judged), 0.95)
	out.Interval = [2]float64{w.Lo, w.Hi}
	var took []float64
	for i := range run.Rows {
		if row := &run.Rows[i]; counts(row) && row.LatencyMS > 0 {
			took = append(took, row.LatencyMS)
		}
	}
	if len(took) > 0 {
		q := stats.Quantiles(took, 0.5, 0.95)
		out.LatencyP50MS, out.LatencyP95MS = q[0], q[1]
	}
	return out
}

// judged is 1 when a row passed, 0 when it failed or errored, -1 when there is
// no judgement.
func judged(row *evals.CaseRow) int {
	switch {
	case row == nil:
		return -1
	case row.State == "passed":
		return 1
	case row.State == "failed", row.State == "errored":
		return 0
	}
	return -1
}

func (c *Comparison) count(x *comparedCase) {
	one := x.first()
	base := judged(x.rows[0])
	seen := [2]bool{}
	all := true
	for _, row := range x.rows {
		j := judged(row)
		if j >= 0 {
			seen[j] = true
		}
		all = all && j >= 0
		x.other = x.other || row != nil && row.Output != one.Output
	}
	c.Counts.Cases++
	c.Counts.Common += bit(all)
	c.Counts.Answers += bit(x.other)
	if !seen[0] || !seen[1] {
		return
	}
	c.Counts.Differ++
	switch base {
	case 1:
		x.kind = "regression"
		c.Counts.Regressions++
	case 0:
		x.kind = "improvement"
		c.Counts.Improvements++
	default:
		x.kind = "other"
	}
	flip := CaseFlip{ID: x.id, Kind: x.kind}
	for _, row := range x.rows {
		state := ""
		if row != nil {
			state = states[stateIndex(row.State)]
		}
		flip.States = append(flip.States, state)
	}
	c.Flips = append(c.Flips, flip)
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
