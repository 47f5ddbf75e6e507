package cli

import (
	"context"
	"os"
	"strings"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/validators"
)

// callCosts is what earlier calls cost, by release.
type callCosts map[string]assets.CallCost

// fewestCalls is how many earlier calls tell what the next ones cost.
const fewestCalls = 5

// earlierCosts reads once what earlier calls cost. Where nothing can be read, nothing
// is known.
func (s *State) earlierCosts(ctx context.Context, p *config.Project) callCosts {
	if s.costs == nil {
		s.costs = readCosts(ctx, p)
	}
	return s.costs
}

func readCosts(ctx context.Context, p *config.Project) callCosts {
	none := callCosts{}
	path := assets.CachePath(p.Root)
	if _, err := os.Stat(path); err != nil || p.Evals.CacheMB == 0 {
		return none
	}
	cache, err := assets.OpenCache(ctx, path, int64(p.Evals.CacheMB)<<20)
	if err != nil {
		return none
	}
	defer cache.Close()
	costs, err := cache.Costs(ctx)
	if err != nil {
		return none
	}
	return costs
}

// Usual sizes of a judge's call that was never measured.
const (
	judgeReply = 128  // tokens: a verdict and its reason, or a few short ones
	judgeAsks  = 1500 // bytes of a question without its material
)

// expectCall tells what one call about a metric costs: the mean over the metric's
// questions, by earlier calls where there were enough of the same question to the
// same model, else by its size.
func expectCall(m *generators.Prompted, calls []validators.JudgeCall, costs callCosts, bytes int) (usd float64, measured int) {
	if len(calls) == 0 {
		calls = []validators.JudgeCall{{Bytes: judgeAsks}}
	}
	for _, c := range calls {
		known := costs[c.Release]
		if known.Calls >= fewestCalls {
			usd += known.USD / float64(known.Calls) / float64(len(calls))
			measured += known.Calls
			continue
		}
		text := strings.Repeat("x", c.Bytes+bytes)
		usd += m.Expected(pipeline.Request{Chat: &pipeline.Chat{Messages: []pipeline.Message{{Role: "user", Content: text}},
			Config: pipeline.Config{MaxOutputTokens: judgeReply}}}) / float64(len(calls))
	}
	return usd, measured
}

// expectJudges tells what one question about a metric costs: each judge of a panel is
// asked it.
func (e *runEval) expectJudges(ctx context.Context, p *config.Project, judging *validators.Judging) func(metric string, bytes int) (float64, int) {
	if len(e.judged) == 0 {
		return nil
	}
	members := judging.Panel
	if len(members) == 0 {
		members = []*validators.Judging{judging}
	}
	return func(metric string, bytes int) (usd float64, measured int) {
		for i, j := range members {
			one, n := expectCall(e.judged[i].Prompted, j.Calls(metric), e.earlierCosts(ctx, p), bytes)
			usd, measured = usd+one, measured+n
		}
		return usd, measured
	}
}

// measuredBy says what a forecast rests on.
func measuredBy(calls int) string {
	if calls == 0 {
		return " (a guess by their size: none was measured yet)"
	}
	return " (as earlier ones cost)"
}
