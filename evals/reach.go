package evals

import "github.com/GaboBase/arch-genops/pipeline"

// mostUnreached is how many cases fail until a run ends whose agent has never
// answered anything.
const mostUnreached = 3

// early holds the failures of an agent that has not answered yet. Once it
// answers they are results; until then they only say that it can't be reached.
type early struct {
	agent interface{ Reached() bool } // nil: not known
	held  []failure
}

type failure struct {
	request pipeline.Request
	asset   pipeline.Asset
}

func newEarly(g pipeline.Generator) *early {
	agent, _ := g.(interface{ Reached() bool })
	return &early{agent: agent}
}

// holds keeps a failure back, and says whether it did.
func (e *early) holds(q pipeline.Request, a pipeline.Asset) bool {
	if a.Err == "" || e.agent == nil || e.agent.Reached() {
		return false
	}
	e.held = append(e.held, failure{q, a})
	return true
}

// release returns what was kept back.
func (e *early) release() []failure {
	held := e.held
	e.held = nil
	return held
}

// unusable is the reason to end the run, once enough failures are held.
func (e *early) unusable(enough int) error {
	if len(e.held) < enough {
		return nil
	}
	return &pipeline.Unusable{Reason: "the agent has never answered: " + e.held[len(e.held)-1].asset.Err}
}
