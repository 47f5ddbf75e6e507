package promptfoo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// group are the rows of one test whose outputs are compared with each other.
// The first of them that is asked for runs all; the others wait for it.
type group struct {
	rows []int

	mu      sync.Mutex
	running chan struct{} // closed when the one that runs them has ended; nil = nobody does
	alone   map[int]*record
	final   map[int]*record // nil until they are compared
}

// comparisons are the first assertions of a test that compare its outputs.
func comparisons(t *project.Test) (best, most *project.Assertion) {
	for i := range t.Assert {
		switch a := &t.Assert[i]; {
		case a.Type == "select-best" && best == nil:
			best = a
		case a.Type == "max-score" && most == nil:
			most = a
		}
	}
	return best, most
}

func groupsOf(rows []project.Row) map[int]*group {
	groups := map[int]*group{}
	for i := range rows {
		if best, most := comparisons(rows[i].Test); best == nil && most == nil {
			continue
		}
		g := groups[rows[i].TestIndex]
		if g == nil {
			g = &group{alone: map[int]*record{}}
			groups[rows[i].TestIndex] = g
		}
		g.rows = append(g.rows, i)
	}
	return groups
}

// compared is a row's record after all of its group were compared.
func (r *Runner) compared(ctx context.Context, g *group, i int) (*record, error) {
	for {
		g.mu.Lock()
		if g.final != nil {
			defer g.mu.Unlock()
			return g.final[i], nil
		}
		running := g.running
		if running == nil {
			running = make(chan struct{})
			g.running = running
			g.mu.Unlock()
			final, err := r.runGroup(ctx, g)
			g.mu.Lock()
			g.final, g.running = final, nil
			g.mu.Unlock()
			close(running)
			if err != nil {
				return nil, err
			}
			return final[i], nil
		}
		g.mu.Unlock()
		select {
		case <-running:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// runGroup runs the rows that have not run yet, as many at once as the run
// allows, and compares all. Rows that ran are kept when another has to be tried
// again.
func (r *Runner) runGroup(ctx context.Context, g *group) (map[int]*record, error) {
	var missing []int
	for _, i := range g.rows {
		if g.alone[i] == nil {
			missing = append(missing, i)
		}
	}
	records, errs := make([]*record, len(missing)), make([]error, len(missing))
	run := func(n int) {
		select {
		case r.slots <- struct{}{}:
			defer func() { <-r.slots }()
			records[n], errs[n] = r.row(ctx, missing[n])
		case <-ctx.Done():
			errs[n] = context.Cause(ctx)
		}
	}
	var wait sync.WaitGroup
	for n := range missing {
		if r.Width == 1 { // in their order
			run(n)
			continue
		}
		wait.Go(func() { run(n) })
	}
	wait.Wait()
	for n, i := range missing {
		if errs[n] == nil {
			g.alone[i] = records[n]
		}
	}
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return nil, errs[i]
	}
	return r.compare(ctx, g)
}

// compare applies select-best, then max-score.
func (r *Runner) compare(ctx context.Context, g *group) (map[int]*record, error) {
	final := make(map[int]*record, len(g.rows))
	list := make([]*record, len(g.rows))
	for n, i := range g.rows {
		rec := *g.alone[i]
		list[n], final[i] = &rec, &rec
	}
	row := &r.Rows[g.rows[0]]
	best, most := comparisons(row.Test)
	if best != nil {
		verdicts, err := r.grader.selectBest(ctx, row, best, list)
		if err != nil {
			return nil, err
		}
		for n, v := range verdicts {
			list[n].mergeBest(v, best)
		}
	}
	if most != nil {
		verdicts, err := maxScore(most, list)
		for n, rec := range list {
			if err != nil {
				rec.compareFailed(err)
				continue
			}
			rec.mergeMost(verdicts[n], most)
		}
	}
	return final, nil
}

// verdict is one output's place in a comparison.
type verdict struct {
	pass     bool
	score    float64
	reason   string
	named    *jsvalue.Object
	tokens   Tokens
	unjudged string
}

func (v verdict) object() *jsvalue.Object {
	o := jsvalue.NewObject("pass", v.pass, "score", v.score, "reason", v.reason)
	if v.named != nil {
		o.Set("namedScores", v.named)
	}
	if v.tokens != (Tokens{}) {
		o.Set("tokensUsed", v.tokens.whole())
	}
	if v.unjudged != "" {
		o.Set("unjudged", true)
	}
	return o
}

// lose notes that a comparison took a row's pass away.
func (rec *record) lose(was bool, v verdict) {
	if !v.pass && v.unjudged != "" && rec.unjudged == "" {
		rec.unjudged = v.unjudged
	}
	if was && !rec.success {
		rec.failure, rec.errText = failureAssert, v.reason
	}
}

// mergeBest works the verdict of select-best into a row.
func (rec *record) mergeBest(v verdict, a *project.Assertion) {
	was := rec.success
	rec.judging = rec.judging.add(v.tokens)
	o := v.object()
	o.Set("assertion", a.Raw)
	if rec.grading == nil {
		rec.success = rec.success && v.pass
		o.Set("pass", rec.success)
		rec.grading = o
		if !v.pass {
			rec.score = v.score
		}
		rec.lose(was, v)
		return
	}
	g := rec.grading.Clone()
	pass, _ := g.Get("pass")
	rec.success = jsvalue.Truthy(pass) && v.pass
	g.Set("pass", rec.success)
	if !v.pass {
		g.Set("reason", v.reason)
		g.Set("score", v.score)
		rec.score = v.score
	}
	list := componentsOf(g)
	g.Set("componentResults", append(list[:len(list):len(list)], o))
	if v.tokens != (Tokens{}) {
		used, _ := g.Get("tokensUsed")
		others, _ := tokensOf(used)
		g.Set("tokensUsed", others.add(v.tokens).sum())
	}
	rec.grading = g
	rec.lose(was, v)
}

// mergeMost works the verdict of max-score into a row.
func (rec *record) mergeMost(v verdict, a *project.Assertion) {
	was := rec.success
	o := v.object()
	o.Set("assertion", a.Raw)
	before := was
	g := rec.grading.Clone()
	if p, ok := g.Get("pass"); ok {
		before = jsvalue.Truthy(p)
	}
	score := v.score
	if v.pass {
		score = rec.score
		if s, ok := g.Get("score"); ok {
			score, _ = jsvalue.Number(s)
		}
	}
	reason, ok := g.Get("reason")
	if !ok {
		reason = ""
	}
	if !v.pass && before {
		reason = v.reason
	}
	list := componentsOf(g)
	named, _ := g.Get("namedScores")
	g.Merge(jsvalue.NewObject("pass", before && v.pass, "score", score, "reason", reason,
		"componentResults", append(list[:len(list):len(list)], o),
		"namedScores", objectOf(named).Clone().Merge(v.named), "assertion", a.Raw))
	rec.grading, rec.success = g, before && v.pass
	if !v.pass {
		rec.score = score
	}
	rec.lose(was, v)
}

// compareFailed ends a row whose outputs could not be compared.
func (rec *record) compareFailed(err error) {
	rec.success, rec.score, rec.failure, rec.errText = false, 0, failureError, err.Error()
}

// maxScore picks the output whose other assertions scored best; the first of
// several wins.
func maxScore(a *project.Assertion, list []*record) ([]verdict, error) {
	if len(list) < 2 {
		return nil, errors.New("max-score assertion must have at least two outputs to compare between")
	}
	method, weights, threshold := "average", any(nil), any(nil)
	if m, ok := jsvalue.Field(a.Value, "method"); ok {
		method, _ = m.(string)
	}
	weights, _ = jsvalue.Field(a.Value, "weights")
	threshold, hasThreshold := jsvalue.Field(a.Value, "threshold")
	scores, named := make([]float64, len(list)), make([]*jsvalue.Object, len(list))
	best := 0
	for n, rec := range list {
		s, err := rec.total(method, weights)
		if err != nil {
			return nil, err
		}
		scores[n], named[n] = s.score, jsvalue.NewObject("maxScore", s.score, "assertionCount", s.n, "totalWeight", s.weight)
		if s.score > scores[best] {
			best = n
		}
	}
	least, isNumber := jsvalue.Number(threshold)
	meets := !hasThreshold || isNumber && scores[best] >= least
	out := make([]verdict, len(list))
	for n := range list {
		v := verdict{named: named[n], pass: n == best && meets}
		switch {
		case v.pass:
			v.score, v.reason = 1, fmt.Sprintf("Selected as highest scoring output (score: %.3f)", scores[n])
		case scores[n] == scores[best] && !meets:
			v.reason = fmt.Sprintf("Not selected - score %.3f below threshold %s", scores[n], jsvalue.ToString(threshold))
		default:
			v.reason = fmt.Sprintf("Not selected (score: %.3f, max: %.3f)", scores[n], scores[best])
		}
		out[n] = v
	}
	return out, nil
}

type total struct {
	score, weight float64
	n             int
}

// total is the weighted mean, or sum, of a row's other assertions.
func (rec *record) total(method string, weights any) (t total, err error) {
	sum := 0.0
	for _, c := range componentsOf(rec.grading) {
		a, ok := jsvalue.Field(c, "assertion")
		if !ok || a == nil {
			continue
		}
		kind, _ := jsvalue.Field(a, "type")
		if kind == "max-score" || kind == "select-best" {
			continue
		}
		w := 1.0
		if own, ok := jsvalue.Field(weights, jsvalue.ToString(kind)); ok {
			w = jsvalue.ToNumber(own)
		}
		s, _ := jsvalue.Field(c, "score")
		score, _ := jsvalue.Number(s)
		sum += score * w
		t.weight += w
		t.n++
	}
	switch {
	case t.n == 0:
		return t, errors.New("max-score requires at least one other assertion (besides max-score or select-best) to aggregate scores from")
	case method == "sum":
		t.score = sum
	case t.weight > 0:
		t.score = sum / t.weight
	}
	return t, nil
}
