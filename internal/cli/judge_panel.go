package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/prices"
	"github.com/GaboBase/arch-genops/validators"
)

// panelFlags are the flags that say who judges: one --judge, or several.
type panelFlags struct {
	judgeFlags
	models []string
}

// panel sets up the judges of a run; nil when there is none.
func (s *State) panel(p *config.Project, f panelFlags, timeout time.Duration) (*validators.Judging, []*judgeModel, error) {
	if len(f.models) == 0 {
		f.models = []string{""} // the project's
	}
	var members []*validators.Judging
	var models []*judgeModel
	seen := map[string]bool{}
	for _, name := range f.models {
		one := f.judgeFlags
		one.model = name
		j, m, err := s.judging(p, one, timeout)
		if err != nil {
			return nil, nil, err
		}
		if j == nil {
			return nil, nil, nil
		}
		if seen[j.Name] {
			return nil, nil, usage(fmt.Errorf("--judge %s: it is named twice; a panel wants different judges", name))
		}
		seen[j.Name] = true
		members, models = append(members, j), append(models, m)
	}
	if len(members) == 1 {
		return members[0], models, nil
	}
	return validators.NewPanel(members), models, nil
}

// rememberAll lets every judge use the cache of calls.
func (e *runEval) rememberAll(ctx context.Context, p *config.Project) (close func()) {
	var all []func()
	for _, m := range e.judged {
		all = append(all, m.remember(ctx, e.State, p, e.fresh))
	}
	return func() {
		for _, f := range all {
			f()
		}
	}
}

// warnOfJudges shows what was odd about the judges.
func (e *runEval) warnOfJudges() {
	for _, m := range e.judged {
		e.warnOf(m.judge)
	}
}

// warnOf shows what was odd about a judge; nil has nothing odd.
func (s *State) warnOf(j *validators.Judge) {
	if j == nil {
		return
	}
	for _, text := range j.Warnings() {
		fmt.Fprintf(s.Stderr, "warning: the judge %s: %s\n", plain(j.Name), plain(text))
	}
}

// boundedJudges says that a budget knows what a call of each judge costs at most.
func (e *runEval) boundedJudges() error {
	for _, m := range e.judged {
		if !m.Bounded() {
			return usage(fmt.Errorf("--budget: no price of the judge %s is known, so nothing can be kept below a budget; write it into %s in the project, for example\nmodels:\n  %s",
				m.Ref(), prices.File, priceExample(m.Ref())))
		}
	}
	return nil
}

// dearest is the highest price of a judge's call: which judge of a panel it is
// for, the request does not say.
func dearest(models []*judgeModel, q pipeline.Request) (worst float64) {
	for _, m := range models {
		worst = max(worst, m.Worst(q))
	}
	return worst
}
