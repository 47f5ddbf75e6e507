package assertions

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Suite is the compiled assertions of one test. It is safe for concurrent use.
type Suite struct {
	mode      Mode
	threshold *float64
	items     []item
	compares  bool // some of its assertions compare answers with each other
	empty     bool
}

// item is an assertion, or a set of them.
type item struct {
	spec   *spec // nil for a set
	set    *Suite
	typ    string
	metric string
	weight float64
}

// New compiles the assertions of a test whose threshold may be nil. It never
// fails: what is wrong with an assertion is an error of each judgement, as in
// promptfoo, and [Suite.Problems] lists it beforehand.
func New(list []Assertion, threshold *float64, deps Deps, mode Mode) *Suite {
	return newSuite(list, threshold, deps, mode, false)
}

func newSuite(list []Assertion, threshold *float64, deps Deps, mode Mode, isSet bool) *Suite {
	s := &Suite{mode: mode, threshold: threshold, empty: len(list) == 0}
	for i := range list {
		a := &list[i]
		it := item{typ: a.Type, metric: a.Metric, weight: 1}
		if a.Weight != nil {
			it.weight = *a.Weight
		}
		switch {
		case a.Type == typeSet && !(isSet && mode == Exact):
			it.set = newSuite(a.Set, a.Threshold, deps, mode, true)
			s.compares = s.compares || it.set.compares
		case Compares(a.Type):
			s.compares = true
			continue
		default:
			it.spec = compile(*a, deps, mode)
		}
		s.items = append(s.items, it)
	}
	return s
}

const typeSet = "assert-set"

// Compares reports whether an assertion of this type compares the answers of a
// test with each other: a Suite leaves it to SelectBest and MaxScore.
func Compares(typ string) bool {
	return strings.HasPrefix(typ, "select-") || typ == "max-score"
}

// Problem is an assertion that can't judge anything as it is written.
type Problem struct {
	Line int // 0 when unknown
	Type string
	Err  error
}

// Problems lists what is known to be wrong before any answer is there.
func (s *Suite) Problems() []Problem {
	var out []Problem
	for _, it := range s.items {
		if it.set != nil {
			out = append(out, it.set.Problems()...)
			continue
		}
		if err := it.spec.known; err != nil {
			out = append(out, Problem{it.spec.Line, it.spec.Type, err})
		}
	}
	return out
}

// Judge judges one answer. An error means that it could not be judged; in exact
// mode it is an error of promptfoo's row. The Result then says which assertions
// could be judged.
func (s *Suite) Judge(ctx context.Context, c *Case) (Result, error) {
	r, err := s.judge(ctx, c)
	if err != nil {
		r.Pass, r.Score, r.Err = false, 0, err
	}
	return r, err
}

func (s *Suite) judge(ctx context.Context, c *Case) (Result, error) {
	if s.empty {
		if s.mode == Strict {
			return Result{Weight: 1}, &Doubt{ID: NoAssertions, Type: "test"}
		}
		return Result{Pass: true, Score: 1, Weight: 1}, nil
	}
	return s.collect(s.run(ctx, c), false)
}

// run judges all assertions, those of sets too: what is quick one after the
// other, what waits for others side by side.
func (s *Suite) run(ctx context.Context, c *Case) []Result {
	results := make([]Result, len(s.items))
	var wg sync.WaitGroup
	for i, it := range s.items {
		if it.set == nil && it.spec.entry.slow {
			wg.Go(func() { results[i] = it.judge(ctx, c) })
		}
	}
	for i, it := range s.items {
		switch {
		case it.set != nil:
			r, err := it.set.collect(it.set.run(ctx, c), true)
			r.Type, r.Err = typeSet, err
			results[i] = it.named(r, c)
		case !it.spec.entry.slow:
			results[i] = it.judge(ctx, c)
		}
	}
	wg.Wait()
	for i, it := range s.items {
		if it.set == nil {
			results[i] = it.named(results[i], c)
		}
	}
	return results
}

func (it item) judge(ctx context.Context, c *Case) Result {
	used := func() any { return nil }
	if meter := it.spec.deps.Meter; meter != nil && it.spec.entry.slow {
		ctx, used = meter(ctx)
	}
	g, err := it.spec.judge(ctx, c)
	r := Result{Type: it.typ, Err: err, Used: used()}
	if err == nil {
		r.Pass, r.Score, r.Reason = g.pass, g.score, g.reason
		if g.pass {
			r.Note = g.note
		}
		r.Said, r.Named, r.NamedWeights, r.Components, r.mute, r.blocked = g.said, g.named, g.weights, g.components, g.mute, g.blocked
	}
	return r
}

func (it item) named(r Result, c *Case) Result {
	r.Weight, r.Metric = it.weight, it.metric
	if it.spec != nil && hasTemplate(it.metric) {
		if name, err := it.spec.deps.render(it.metric, c.Vars); err == nil {
			r.Metric = name
		}
	}
	return r
}

// collect adds results up.
func (s *Suite) collect(results []Result, isSet bool) (Result, error) {
	total := sum{threshold: s.threshold, exact: s.mode == Exact}
	var errs []error
	broken := false
	for _, r := range results {
		if r.Err != nil {
			errs = append(errs, r.Err)
			r.Pass, r.Score = false, 0
			total.results = append(total.results, r)
			continue
		}
		broken = broken || !r.Pass && r.Weight > 0
		total.add(r)
	}
	if s.mode == Strict {
		errs = append(errs, s.doubts(&total, isSet)...)
	}
	out := total.result()
	switch {
	case len(errs) == 0:
		return out, nil
	case s.mode == Strict && s.threshold == nil && broken:
		return out, nil // whatever the others are, it has failed
	case s.mode == Exact:
		return out, errs[0]
	}
	return out, errors.Join(errs...)
}

// doubts are passes on nothing that only the whole shows.
func (s *Suite) doubts(total *sum, isSet bool) []error {
	name := "test"
	if isSet {
		name = typeSet
	}
	var out []error
	for _, it := range s.items {
		if it.weight < 0 {
			out = append(out, &Doubt{ID: NegativeWeight, Type: it.typ})
		}
	}
	switch {
	case len(s.items) == 0 && !s.compares:
		out = append(out, &Doubt{ID: NoAssertions, Type: name})
	case len(total.results) > 0 && !weighed(s.items):
		out = append(out, &Doubt{ID: WeightZero, Type: name})
	case total.threshold != nil && *total.threshold <= 0 && total.anyFailed:
		out = append(out, &Doubt{ID: ThresholdZero, Type: name})
	}
	return out
}

func weighed(items []item) bool {
	for _, it := range items {
		if it.weight != 0 {
			return true
		}
	}
	return false
}

func (d *Deps) render(text string, vars map[string]any) (string, error) {
	if !hasTemplate(text) {
		return text, nil
	}
	if d.Templates == nil {
		return "", fmt.Errorf("filling in %s: %w: there is no template engine", quote(text), ErrUnavailable)
	}
	return d.Templates.Render(text, vars)
}

// hasTemplate reports whether rendering can change a text.
func hasTemplate(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		if s[i] == '{' && (s[i+1] == '{' || s[i+1] == '%' || s[i+1] == '#') {
			return true
		}
	}
	return false
}
