package project

import "iter"

// Rows goes through all calls of the project in promptfoo's order: tests, their
// repeats, combinations, providers, prompts. repeat is how often each test runs
// that does not say so itself; below 1 is 1.
func (p *Project) Rows(repeat int) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		columns := p.columns()
		index := 0
		for from := 0; from < len(p.Tests); {
			to := from + 1
			for to < len(p.Tests) && p.Tests[to].Case == p.Tests[from].Case {
				to++
			}
			times := max(1, repeat)
			if own := p.Tests[from].Options.Repeat; own > 0 {
				times = own
			}
			for r := range times {
				for i := from; i < to; i++ {
					if !p.rowsOf(&p.Tests[i], index, r, columns, yield) {
						return
					}
					index++
				}
			}
			from = to
		}
	}
}

// column is one prompt asked of one provider.
type column struct {
	prompt *Prompt
	index  int
}

// columns lists the prompts of each provider, numbered through.
func (p *Project) columns() [][]column {
	all := make([][]column, len(p.Providers))
	n := 0
	for i := range p.Providers {
		only, limited := p.promptsOf(&p.Providers[i])
		for j := range p.Prompts {
			if limited && !allowed(only, p.Prompts[j].Label, p.Prompts[j].ID) {
				continue
			}
			all[i] = append(all[i], column{&p.Prompts[j], n})
			n++
		}
	}
	return all
}

// promptsOf is what promptfoo looks up: of two providers of one name the later one's
// list counts for both.
func (p *Project) promptsOf(provider *Provider) (only []string, limited bool) {
	name := provider.Name()
	for i := range p.Providers {
		q := &p.Providers[i]
		if q.isObject && (q.ID == name || q.Label == name) {
			only, limited = q.Prompts, q.Prompts != nil
		}
	}
	return only, limited
}

func allowed(refs []string, names ...string) bool {
	for _, ref := range refs {
		if matches(ref, names...) {
			return true
		}
	}
	return false
}

func (p *Project) rowsOf(t *Test, index, repeat int, columns [][]column, yield func(Row) bool) bool {
	for i := range p.Providers {
		if t.Providers != nil && !allowed(t.Providers, p.Providers[i].Label, p.Providers[i].ID) {
			continue
		}
		for _, c := range columns[i] {
			if t.Prompts != nil && !allowed(t.Prompts, c.prompt.Label, c.prompt.ID) {
				continue
			}
			provider := &p.Providers[i]
			if !yield(Row{TestIndex: index, PromptIndex: c.index, Repeat: repeat, Test: t, Prompt: c.prompt, Provider: provider}) {
				return false
			}
		}
	}
	return true
}
