package evals

import (
	"context"
	"testing"
)

// BenchmarkRun is a whole run of 5,000 cases on an agent that answers at once:
// all that is not the agent, the reports of package export aside.
func BenchmarkRun(b *testing.B) {
	const n = 5000
	p := newProject(b, labelled(n), nil)
	for b.Loop() {
		o := p.options(b, echo, "intent_accuracy>=0.9")
		o.Full, o.Fresh, o.Width = true, true, 50
		r, err := Run(context.Background(), o)
		if err != nil {
			b.Fatal(err)
		}
		if r.Cases.Judged != n || r.Calls.Made != n {
			b.Fatalf("%+v %+v", r.Cases, r.Calls)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/run")
}
