package cli

import (
	"fmt"

	"github.com/GaboBase/arch-genops/pipeline"
)

// unfinished says why a layer ended early.
func (w *mediaWork) unfinished(s *pipeline.Synthesis, open, total int) error {
	if s.Purse != nil {
		if spent, short := s.Purse.State(); short {
			return &budgetUsed{spent, s.Purse.LimitUSD, open, total}
		}
	}
	return fmt.Errorf("%w: %d of %d requests are still open", errShort, open, total)
}

// budgetUsed says that the budget does not allow a further call.
type budgetUsed struct {
	spent, limit float64
	open, total  int
}

func (e *budgetUsed) Error() string {
	return fmt.Sprintf("the budget of $%.4g does not allow a further call: $%.4g is spent, %d of %d requests are still open", e.limit, e.spent, e.open, e.total)
}

// purse sets the budget; what was paid before is booked by the synthesis.
func (w *mediaWork) purse(s *pipeline.Synthesis) {
	if limit := w.limit(); limit != nil {
		s.Purse = purseOf(*limit, w.makers)
		s.Purse.Spend(w.run.States[pipeline.Optimize].CostUSD)
	}
}

// limit is the run's budget; nil = none.
func (w *mediaWork) limit() *float64 {
	if w.budget != nil {
		return w.budget
	}
	return w.run.M.BudgetUSD
}

func purseOf(limit float64, makers []*maker) *pipeline.Purse {
	prices := map[string]func(pipeline.Request) (float64, bool){}
	for _, m := range makers {
		prices[m.name] = m.price
		if m.price == nil && m.config.Kind == "process" { // a program may report any cost
			prices[m.name] = func(pipeline.Request) (float64, bool) { return 0, false }
		}
	}
	return pipeline.NewPurse(pipeline.Spending{LimitUSD: limit, Learn: true, Worst: func(r pipeline.Request) (float64, bool) {
		price := prices[r.Media.Provider]
		if price == nil {
			return 0, true
		}
		return price(r)
	}})
}
