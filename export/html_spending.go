package export

import (
	"fmt"

	"github.com/GaboBase/arch-genops/evals"
)

// spending shows the budget and what earlier calls paid for.
func (p *page) spending(r *evals.Result) {
	if r.Budget == nil && r.Reused == nil {
		return
	}
	p.section("spending", "Budget and reuse", "")
	if b := r.Budget; b != nil {
		p.budget(b)
	}
	if r.Reused != nil {
		p.raw(`<h3>Reused</h3><p class="lead">`)
		p.text(reusedSentence(r.Reused), reasonLimit)
		p.raw(`</p>`)
	}
	if r.Unpriced > 0 {
		p.put(`<p class="note">{} without a known price: the cost lacks them.</p>`, plural(r.Unpriced, "call"))
	}
	p.raw(`</section>`)
}

// budget draws what was spent against the limit; the ticks are what was
// expected and the worst case.
func (p *page) budget(b *evals.Budget) {
	full := max(b.LimitUSD, b.SpentUSD, b.WorstUSD, b.ExpectedUSD)
	at := func(usd float64) float64 {
		if !(full > 0) {
			return 0
		}
		return 100 * unit(usd/full)
	}
	kind := "good"
	if b.UsedUp {
		kind = "open"
	}
	if b.SpentUSD > b.LimitUSD {
		kind = "bad"
	}
	p.put(`<div class="card money {}"><svg viewBox="0 0 100 26" preserveAspectRatio="none" role="img" aria-label="{} spent of {}">`+
		`<rect class="track" y="7" width="100" height="12"/><rect class="spent" y="7" width="{}" height="12"/>`+
		`<path class="mark2" d="M{},3V23M{},3V23"/><path class="limit" d="M{},0V26"/></svg><dl class="tiles">`,
		markup(kind), money(b.SpentUSD), money(b.LimitUSD), at(b.SpentUSD), at(b.ExpectedUSD), at(b.WorstUSD), at(b.LimitUSD))
	left := money(max(b.LimitUSD-b.SpentUSD, 0)) + " left"
	if b.UsedUp {
		left = "used up: the next call could have gone beyond it"
	}
	p.tile("Limit", money(b.LimitUSD), left)
	p.tile("Spent", money(b.SpentUSD), spentShare(b))
	p.tile("Expected", money(b.ExpectedUSD), "before the first call")
	p.tile("Worst case", money(b.WorstUSD), "every call at its highest price")
	p.raw(`</dl></div>`)
}

func spentShare(b *evals.Budget) string {
	if !(b.LimitUSD > 0) {
		return ""
	}
	return share(b.SpentUSD/b.LimitUSD) + " of the limit"
}

// budgetSentence says the same in a line.
func budgetSentence(b *evals.Budget) string {
	s := fmt.Sprintf("%s of %s spent (expected %s, at worst %s)", money(b.SpentUSD), money(b.LimitUSD), money(b.ExpectedUSD), money(b.WorstUSD))
	if b.UsedUp {
		return s + "; used up: the next call could have gone beyond it."
	}
	return s + "."
}

// reusedSentence names the file it speaks of; callers escape it.
func reusedSentence(u *evals.Reused) string {
	s := fmt.Sprintf("%s taken from %s instead of being asked for again", are(u.Answers, "answer"), fromWhere(u.From))
	if u.SavedUSD > 0 {
		s += ", which saved " + money(u.SavedUSD)
	}
	if u.Oldest != "" {
		s += "; the oldest is of " + cut(u.Oldest, 40)
	}
	return s + "."
}

func fromWhere(from string) string {
	if from == "cache" || from == "" {
		return "the cache"
	}
	return cut(from, nameLimit)
}
