package evals

import (
	"context"
	"math"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

// TestTalkForecast: each turn of a conversation is paid with all that was said
// before it, and there is a bound where the answers have one.
func TestTalkForecast(t *testing.T) {
	bytes := func(q pipeline.Request) (n float64) {
		for _, m := range append(q.Messages[:len(q.Messages):len(q.Messages)], q.After...) {
			n += float64(len(m.Content))
		}
		return n + float64(len(q.Input))
	}
	answer := agentFunc(func(context.Context, pipeline.Request) (pipeline.Asset, error) {
		return pipeline.Asset{Text: "yes", CostUSD: 1}, nil
	})
	talk := row{"id": "a", "turns": []string{"one", "four"}}
	for name, c := range map[string]struct {
		row             row
		asks            bool
		longest         int
		expected, worst float64
	}{
		"one call": {row{"id": "a", "input": "four"}, false, 0, 4, 4},
		// The second turn: what was said, the answer, and what is said now.
		"two turns":        {talk, false, 10, 3 + (3 + usualAnswer + 4), 3 + (3 + 10 + 4)},
		"no known longest": {talk, false, 0, 3 + (3 + usualAnswer + 4), math.Inf(1)},
		// With tools each turn is two calls, of which the second holds a round.
		"tools": {talk, true, 10, 3 + (3 + usualCall) + (3 + usualCall + usualAnswer + 4) + (3 + 2*usualCall + usualAnswer + 4), math.Inf(1)},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, []row{c.row}, nil)
			o := p.options(t, answer, "latency<=2s")
			var told Planned
			o.AsksForTools, o.Forecast = c.asks, func(p Planned) { told = p }
			o.Spending = &pipeline.Spending{LimitUSD: 1e6, Expected: bytes, Longest: func(pipeline.Request) int { return c.longest },
				Worst: func(q pipeline.Request) (float64, bool) { return bytes(q), true }}
			mustRun(t, o)
			if told.ExpectedUSD != c.expected || told.WorstUSD != c.worst {
				t.Errorf("expected $%v, want %v; at most $%v, want %v", told.ExpectedUSD, c.expected, told.WorstUSD, c.worst)
			}
		})
	}
}
