package evals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/semdiff"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// ProbeOptions say what two versions are asked.
type ProbeOptions struct {
	Set      *testsets.Set
	MaxCases int // the first of the drawn order; 0 = all
	Samples  int // answers of each version to each case, >= 1
	Seed     uint64

	Before, After ProbeArm

	Width, Retries  int
	RepeatAmbiguous bool
	Memory          Memory
	Spending        *pipeline.Spending // nil = no budget
	Deps            validators.Deps
	Stop            <-chan struct{}
	Progress        func(done, total int) // from one goroutine; may be nil
}

// ProbeArm is one version that is asked.
type ProbeArm struct {
	Release   string // digest that names its answers
	Generator pipeline.Generator
	Timeout   time.Duration // of one attempt; 0 = the generator keeps deadlines itself
}

// ProbeResult is what the versions answered.
type ProbeResult struct {
	Cases   []semdiff.Probed // those that both answered Samples times
	Asked   int              // how many there were
	CostUSD float64
	Reused  int  // answers of earlier calls
	Short   bool // the budget did not allow all calls
}

// Probe asks two versions the same cases, in turn and interleaved, so that a
// provider that drifts harms both alike. Answers of earlier calls are reused by
// their keys, and new ones are kept as they come, so that a probe that was ended
// goes on where it was; it has no ledger of its own, and calls under way when it
// is killed are made again. A version that is asked beside itself draws anew.
func Probe(ctx context.Context, o ProbeOptions) (*ProbeResult, error) {
	p := &prober{ProbeOptions: o, answers: map[string]*semdiff.Answer{}, keys: map[string]string{}, index: map[string]int{}}
	order, _ := drawOrder(o.Set.Cases, o.Seed, nil)
	if o.MaxCases > 0 {
		order = order[:min(len(order), o.MaxCases)]
	}
	for _, i := range order {
		p.cases = append(p.cases, o.Set.Cases[i])
	}
	var err error
	if p.judge, err = newJudge(o.Set, p.cases, nil, false, o.Deps); err != nil {
		return nil, err
	}
	requests, err := p.plan()
	if err != nil {
		return nil, err
	}
	if requests, err = p.recall(ctx, requests); err != nil {
		return nil, err
	}
	if err := p.sweep(ctx, requests); err != nil {
		return nil, err
	}
	return p.result(), nil
}

// prober is a probe under way.
type prober struct {
	ProbeOptions
	cases   []testsets.Case
	judge   *judge
	answers map[string]*semdiff.Answer // by request ID
	keys    map[string]string          // by request ID
	index   map[string]int             // case by request ID
	total   int
	fresh   []Kept // not handed on yet
	failed  error  // of handing them on
	out     ProbeResult
}

func (p *prober) id(i, draw int, after bool) string {
	side := "before"
	if after {
		side = "after"
	}
	return fmt.Sprintf("%s@%s#%d", p.cases[i].ID, side, draw)
}

// plan lists the calls: draw by draw and case by case, one version first or the
// other by the seed.
func (p *prober) plan() (requests []pipeline.Request, err error) {
	for i := range p.cases {
		if c := &p.cases[i]; c.Simulate != nil && !c.Simulate.Optional {
			return nil, &UsageError{fmt.Errorf("case %s: it has a simulated user, and versions are compared by single calls only", c.ID)}
		}
	}
	for draw := 1; draw <= p.Samples; draw++ {
		for i := range p.cases {
			first := mix(p.Seed+uint64(i)*64+uint64(draw))&1 == 1
			for _, after := range [2]bool{first, !first} {
				q := p.request(i, draw, after)
				if p.keys[q.ID], err = q.Key(); err != nil {
					return nil, fmt.Errorf("case %s: %w", p.cases[i].ID, err)
				}
				p.index[q.ID] = i
				requests = append(requests, q)
			}
		}
	}
	p.total = len(requests)
	return requests, nil
}

func (p *prober) request(i, draw int, after bool) pipeline.Request {
	c := &p.cases[i]
	q := pipeline.Request{ID: p.id(i, draw, after), Release: p.Before.Release, Input: c.Input, Vars: c.Vars, Draw: draw}
	if after {
		if q.Release = p.After.Release; q.Release == p.Before.Release {
			q.Draw += p.Samples
		}
	}
	for _, m := range c.Messages {
		q.Messages = append(q.Messages, pipeline.Message{Role: m.Role, Content: m.Content})
	}
	return q
}

// recall takes in earlier answers and returns the calls that are left.
func (p *prober) recall(ctx context.Context, requests []pipeline.Request) (left []pipeline.Request, err error) {
	found := map[string]assets.Answer{}
	for _, release := range []string{p.Before.Release, p.After.Release} {
		if p.Memory.Recall == nil {
			break
		}
		var keys []string
		for _, q := range requests {
			if q.Release == release {
				keys = append(keys, p.keys[q.ID])
			}
		}
		some, err := p.Memory.Recall(ctx, release, keys)
		if err != nil {
			return nil, fmt.Errorf("looking up earlier answers: %w", err)
		}
		for key, a := range some {
			found[key] = a
		}
	}
	for _, q := range requests {
		a, ok := found[p.keys[q.ID]]
		var known answer
		if !ok || json.Unmarshal(a.Result, &known) != nil || p.Memory.MaxAge > 0 && time.Since(a.CalledAt) > p.Memory.MaxAge {
			left = append(left, q)
			continue
		}
		p.take(ctx, q, known.asset())
		p.out.Reused++
	}
	return left, nil
}

// take judges an answer.
func (p *prober) take(ctx context.Context, q pipeline.Request, a pipeline.Asset) Judgement {
	i := p.index[q.ID]
	j := p.judge.judge(ctx, i, q, a)
	out := &semdiff.Answer{Text: j.Output, Failed: j.State == errored, Passed: j.State == passed}
	if out.Failed {
		out.Text = j.Error
	}
	for _, check := range p.judge.checks[i] {
		out.Judged = out.Judged || check.assertion && j.State != unjudged
	}
	p.answers[q.ID] = out
	if p.Progress != nil {
		p.Progress(len(p.answers), p.total)
	}
	return j
}

// sweep makes the calls that are left.
func (p *prober) sweep(ctx context.Context, requests []pipeline.Request) error {
	if len(requests) == 0 {
		return nil
	}
	both := &arms{test: &arm{p.After.Generator, p.After.Release, p.After.Timeout}}
	if both.base = both.test; p.Before.Release != p.After.Release {
		both.base = &arm{p.Before.Generator, p.Before.Release, p.Before.Timeout}
	}
	s := pipeline.Sweep{Generator: both, Width: p.Width, Retries: p.Retries, RepeatAmbiguous: p.RepeatAmbiguous, Stop: p.Stop, Grace: grace,
		Sent: func([]pipeline.Request) error { return nil }}
	var purse *pipeline.Purse
	if p.Spending != nil && !math.IsInf(p.Spending.LimitUSD, 1) {
		purse = pipeline.NewPurse(*p.Spending)
		s.Admit, s.Again = purse.Admit, purse.Again
	}
	err := s.Run(ctx, requests, func(q pipeline.Request, a pipeline.Asset) bool {
		if purse != nil {
			purse.Settle(q, a)
		}
		j := p.take(ctx, q, a)
		p.out.CostUSD += j.CostUSD
		if p.Memory.Keep != nil && j.Truncated == 0 {
			p.fresh = append(p.fresh, p.kept(q, &j))
		}
		if len(p.fresh) == keptBatch {
			p.failed = errors.Join(p.failed, p.flush())
		}
		return p.failed != nil
	})
	err = errors.Join(err, p.failed, p.flush())
	if purse != nil {
		_, p.out.Short = purse.State()
	}
	return err
}

// keptBatch is how many answers a kill may lose beside those under way.
const keptBatch = 16

// flush hands on the answers that are not kept yet.
func (p *prober) flush() error {
	batch := p.fresh
	p.fresh = nil
	if len(batch) == 0 {
		return nil
	}
	if err := encode(batch); err != nil {
		return err
	}
	return p.Memory.Keep(batch)
}

func (p *prober) kept(q pipeline.Request, j *Judgement) Kept {
	return Kept{ID: q.ID, Made: true, Answer: assets.Answer{Key: p.keys[q.ID], Release: q.Release, CalledAt: time.Now().UTC().Truncate(time.Second), CostUSD: j.CostUSD},
		answer: answer{Output: j.Output, JSON: j.JSON, LatencyUS: j.LatencyUS, Usage: j.Usage, CostUSD: j.CostUSD, Unpriced: j.Unpriced,
			Model: j.Model, Finish: j.Finish, ToolCalls: j.ToolCalls, Trace: j.Trace, Error: j.Error}}
}

// result are the cases with all answers, in drawn order.
func (p *prober) result() *ProbeResult {
	p.out.Asked = len(p.cases)
	for i := range p.cases {
		c := semdiff.Probed{ID: p.cases[i].ID, Input: p.cases[i].Input, Expected: expectedText(p.cases[i].Expected)}
		for draw := 1; draw <= p.Samples; draw++ {
			a, b := p.answers[p.id(i, draw, false)], p.answers[p.id(i, draw, true)]
			if a == nil || b == nil {
				break
			}
			c.Before, c.After = append(c.Before, *a), append(c.After, *b)
		}
		if len(c.Before) == p.Samples {
			p.out.Cases = append(p.out.Cases, c)
		}
	}
	return &p.out
}

// expectedText is a right answer as text; "" for none.
func expectedText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	data, _ := json.Marshal(v)
	return string(data)
}
