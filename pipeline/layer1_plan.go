package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Maker is a generator as layer 1 sees it.
type Maker struct {
	Name    string
	Release string // digest of what answers: the provider's configuration, without secrets
	Lowerer Lowerer
	Price   func(Request) (usd float64, known bool) // nil = free
	Seconds float64                                 // that one asset takes, as far as known; for forecasts
	Width   int
}

// Plan says who makes which item.
type Plan struct {
	Makers []Maker
	Spread bool   // each item is made by one of Makers, in turn, instead of by each of them
	Strict bool   // a loss is an error
	Seed   string // goes into the job IDs: equal runs of equal requests have other jobs
}

// Requests lowers every item for those who make it and yields the requests of
// the run in their order. Items that can't be made as they are give one error
// each, all of them joined; then nothing should be sent.
func (p *Plan) Requests(items []Item, yield func(*Planned) error) error {
	var errs planErrors
	seq, first := int64(0), firsts{}
	for i := range items {
		makers, err := p.makers(&items[i], i)
		if err != nil {
			errs.add("", err)
			continue
		}
		for _, m := range makers {
			planned, err := p.lower(&items[i], m)
			if err != nil {
				errs.add(items[i].ID+" for "+m.Name, err)
				continue
			}
			planned.Seq = seq
			seq++
			first.mark(planned)
			if err := yield(planned); err != nil {
				return err
			}
		}
		if len(errs.all) > maxPlanErrors {
			errs.add("", errors.New("… further items were not looked at"))
			break
		}
	}
	return errs.join()
}

// maxPlanErrors bounds how many mistakes are listed.
const maxPlanErrors = 20

// planErrors are mistakes, each once with the first item that has it, however many
// items do.
type planErrors struct {
	all  []planError
	seen map[string]int // by text: position in all
}

type planError struct {
	where string
	err   error
	more  int // further items
}

func (e *planErrors) add(where string, err error) {
	if i, ok := e.seen[err.Error()]; ok && where != "" {
		e.all[i].more++
		return
	}
	if e.seen == nil {
		e.seen = map[string]int{}
	}
	e.seen[err.Error()] = len(e.all)
	e.all = append(e.all, planError{where, err, 0})
}

func (e *planErrors) join() error {
	errs := make([]error, 0, len(e.all))
	for _, p := range e.all {
		switch {
		case p.where == "":
			errs = append(errs, p.err)
		case p.more > 0:
			errs = append(errs, fmt.Errorf("%s, and %d more: %w", p.where, p.more, p.err))
		default:
			errs = append(errs, fmt.Errorf("%s: %w", p.where, p.err))
		}
	}
	return errors.Join(errs...)
}

// makers are those who make the item with the given position.
func (p *Plan) makers(item *Item, position int) ([]Maker, error) {
	makers := p.Makers
	if len(item.Generators) > 0 {
		makers = nil
		for _, name := range item.Generators {
			i := slices.IndexFunc(p.Makers, func(m Maker) bool { return m.Name == name })
			if i < 0 {
				return nil, fmt.Errorf("%s: generator %q does not take part in this run; known: %s", item.ID, name, p.names())
			}
			makers = append(makers, p.Makers[i])
		}
	}
	if p.Spread && len(makers) > 1 {
		i := position % len(makers)
		makers = makers[i : i+1]
	}
	return makers, nil
}

func (p *Plan) names() string {
	var names []string
	for _, m := range p.Makers {
		names = append(names, m.Name)
	}
	return strings.Join(names, ", ")
}

// lower makes the request of one item for one generator.
func (p *Plan) lower(item *Item, m Maker) (*Planned, error) {
	job := MediaJob{Provider: m.Name, Model: item.Model, Prompt: item.Prompt, Seed: item.Seed,
		Width: item.Width, Height: item.Height, Format: item.Format, Params: item.Params}
	lowered, losses, err := m.Lowerer.Lower(job)
	if err != nil {
		return nil, err
	}
	if err := p.refuse(losses); err != nil {
		return nil, err
	}
	job.Lowered = lowered
	id := item.ID + "@" + m.Name
	r := Request{ID: id, Release: m.Release, Draw: item.Draw, Media: &job, JobID: JobID(p.Seed, id)}
	planned := &Planned{Item: *item, Request: r, Losses: losses}
	if planned.Key, err = r.Key(); err != nil {
		return nil, err
	}
	free := 0.0
	planned.PriceUSD = &free
	if m.Price != nil {
		planned.PriceUSD = nil
		if usd, known := m.Price(r); known {
			planned.PriceUSD = &usd
		}
	}
	return planned, nil
}

// refuse turns losses into an error where they are not accepted.
func (p *Plan) refuse(losses []Loss) error {
	var said []string
	for _, l := range losses {
		if l.Fatal || p.Strict {
			said = append(said, l.Field+": "+l.Say)
		}
	}
	if said == nil {
		return nil
	}
	return errors.New(strings.Join(said, "; "))
}
