package export

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/pipeline"
)

// sampleRuns are n runs of the same cases by successive versions; about one
// answer in twelve changes from one to the next.
func sampleRuns(n, cases int) []Run {
	base := sampleRows(cases)
	var runs []Run
	for k := range n {
		rng := rand.New(rand.NewPCG(uint64(k), 99))
		rows := slices.Clone(base)
		for i := range rows {
			row := &rows[i]
			want := row.Expected.(string)
			row.Output = fmt.Sprintf("The customer wants %s; case %d.", want, i)
			if row.State == "failed" {
				row.Output = fmt.Sprintf("Perhaps track_order, perhaps not; case %d.", i)
			}
			if k > 0 && rng.Float64() < 0.08 {
				row.Error, row.Unjudged = "", nil
				row.State, row.Output = "passed", fmt.Sprintf("What the customer wants is %s; case %d.", want, i)
				row.Findings = []pipeline.Finding{{Metric: "intent_accuracy", Score: 1, Pass: true}}
				if rng.Float64() < 0.6 {
					row.State, row.Output = "failed", fmt.Sprintf("I can't tell what is meant in case %d.", i)
					row.Findings = []pipeline.Finding{{Metric: "intent_accuracy", Reason: fmt.Sprintf("expected %q, got something else", want)}}
				}
			}
			row.LatencyMS = 200 + 900*rng.ExpFloat64()
		}
		r := sampleResult(rows, cases)
		r.Version, r.Run = fmt.Sprintf("2.%d.0", k), fmt.Sprintf("2025031%d-101502.118-asm-001-7f3a%02d", k+1, k)
		r.Verdict = []string{"pass", "fail", "undecided"}[k%3]
		runs = append(runs, Run{Result: r, Rows: rows})
	}
	return runs
}

// hostileRuns fills every text of two runs with s.
func hostileRuns(s string) []Run {
	var runs []Run
	for k := range 2 {
		r, _ := hostile(s)
		var rows []evals.CaseRow
		for i, state := range []string{"failed", "errored", "unjudged", "passed", s} {
			f := []pipeline.Finding{{Metric: s, Reason: s}}
			row := evals.CaseRow{ID: fmt.Sprint(s, i), Input: s, Expected: s, Output: strings.Repeat("x", k) + s, State: state, Slice: map[string]string{s: s}, Findings: f, Unjudged: f, Cluster: s}
			if i == 1 {
				row.Error, row.Expected = s, map[string]any{s: s}
			}
			if k == 1 && i == 0 {
				row.State = "passed"
			}
			rows = append(rows, row)
		}
		runs = append(runs, Run{Result: r, Rows: rows})
	}
	return runs
}

// longRuns are two runs of 10,000 cases with long and different texts.
func longRuns() []Run {
	runs := sampleRuns(2, 10_000)
	big := strings.Repeat("<&\x00 long output ", 400)
	for k := range runs {
		for i := range runs[k].Rows {
			row := &runs[k].Rows[i]
			row.Output = fmt.Sprintf("%d %s. ", i+k, row.Output) + big[:3000+i%1000]
			row.Input += big[:2000+i%1000]
		}
	}
	return runs
}
