package evals

import (
	"encoding/json"
	"strings"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

// newOwnJudge takes over the verdicts of a generator that judges itself. The
// assertions of the cases say only under which names it reports scores.
func newOwnJudge(cases []testsets.Case) *judge {
	j := &judge{own: true, checks: make([][]check, len(cases)), expected: make([]any, len(cases)), context: make([][]string, len(cases))}
	for i := range cases {
		// Each case has a verdict, also one without an assertion.
		checks := []check{{metric: passRate, assertion: true}}
		for _, a := range cases[i].Assert {
			checks = append(checks, check{metric: a.Type, also: a.Metric})
		}
		j.checks[i] = checks
	}
	return j
}

// take keeps the generator's own verdict. Without one the case is not judged.
func (out *Judgement) take(v *pipeline.OwnVerdict) {
	if v == nil {
		out.State = unjudged
		out.Unjudged = []pipeline.Finding{{Metric: passRate, Reason: "the answer came without a verdict"}}
		return
	}
	switch out.State = v.State; v.State {
	case passed, failed, errored, unjudged:
	default:
		out.State = unjudged
	}
	out.Findings, out.Unjudged, out.Detail = v.Findings, v.Unjudged, v.Detail
}

// Detail is what a generator that judges itself wanted to be kept of one case.
type Detail struct {
	ID        string // of the case
	Draw      int    // from 1
	State     string
	Error     string
	LatencyUS int64
	CostUSD   float64
	Sends     int // 0 = the answer is one of an earlier run
	Detail    json.RawMessage
}

// Details yields what the run keeps of each judged case, in drawn order.
func (f Folder) Details(yield func(Detail) error) error {
	return assets.ReadLedger(f.path(assets.LedgerFile), func(c assets.Call) error {
		if c.State != assets.Done {
			return nil
		}
		j, err := decodeJudgement(c)
		if err != nil {
			return err
		}
		return yield(j.detail(c))
	})
}

// detail is what is told of a judgement that a record holds.
func (out *Judgement) detail(c assets.Call) Detail {
	id, draw := splitRequestID(c.ID)
	return Detail{ID: id, Draw: draw, State: out.State, Error: out.Error, LatencyUS: out.LatencyUS, CostUSD: out.CostUSD, Sends: c.Sends, Detail: out.Detail}
}

// splitRequestID is the inverse of requestID for the release under test.
func splitRequestID(id string) (name string, draw int) {
	i := strings.LastIndexByte(id, '#')
	if i < 0 {
		return id, 1
	}
	for _, c := range []byte(id[i+1:]) {
		draw = draw*10 + int(c-'0')
	}
	return id[:i], draw
}
