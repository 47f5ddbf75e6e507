package evals

import "github.com/GaboBase/arch-genops/pipeline"

// mostUnreached is how many cases fail until a run ends whose agent has never
// answered anything.
const mostUnreached = 3

// early holds the failures of an arm that has not answered yet. Once it answers
// they are results; until then they only say that it can't be reached.
type early struct {
	arms *arms
	held map[*arm][]failure
}

type failure struct {
	request pipeline.Request
	asset   pipeline.Asset
}

func newEarly(a *arms) *early { return &early{arms: a, held: map[*arm][]failure{}} }

// holds keeps a failure back, and says whether it did.
func (e *early) holds(q pipeline.Request, a pipeline.Asset) bool {
	arm := e.arms.of(q)
	if reached, known := arm.reached(); a.Err == "" || reached || !known {
		return false
	}
	e.held[arm] = append(e.held[arm], failure{q, a})
	return true
}

// release returns what was kept back of the arm that answered a request.
func (e *early) release(q pipeline.Request) []failure {
	arm := e.arms.of(q)
	held := e.held[arm]
	delete(e.held, arm)
	return held
}

// unusable is the reason to end the run, once enough failures of an arm are held.
func (e *early) unusable(enough int) error {
	for _, held := range e.held {
		if len(held) >= enough {
			last := held[len(held)-1]
			who := "the agent"
			if last.request.Release != e.arms.test.release {
				who = "the baseline"
			}
			return &pipeline.Unusable{Reason: who + " has never answered: " + last.asset.Err}
		}
	}
	return nil
}
