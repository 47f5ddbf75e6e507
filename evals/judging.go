package evals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/validators"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// ManifestJudge says who judges a run's judged metrics, and how.
type ManifestJudge struct {
	Name      string                     `json:"name"`
	Release   string                     `json:"release"` // of the model and its parameters
	Compat    string                     `json:"compat"`
	NoReasons bool                       `json:"no_reasons,omitempty"`
	Params    map[string]json.RawMessage `json:"params,omitempty"`
	Together  []string                   `json:"together,omitempty"` // metrics that one question asks about
	Prompts   string                     `json:"prompts,omitempty"`  // digest of the user's own prompts
	Panel     []ManifestJudge            `json:"panel,omitempty"`    // its members
}

// judging is the setup of a recorded run, with which nothing is asked.
func (m *ManifestJudge) judging() *validators.Judging {
	if m == nil {
		return nil
	}
	mode, err := judged.ParseMode(m.Compat)
	if err != nil {
		mode = judged.Default // scores come from the records
	}
	j := &validators.Judging{Name: m.Name, Mode: mode, NoReasons: m.NoReasons, Params: m.Params, Together: m.Together}
	for i := range m.Panel {
		j.Panel = append(j.Panel, m.Panel[i].judging())
	}
	return j
}

// manifestJudge notes how the run's judge is set up.
func (o *Options) manifestJudge() *ManifestJudge {
	j := o.Deps.Judging
	if j == nil || !j.Asks() {
		return nil
	}
	m := manifestOf(j)
	return &m
}

func manifestOf(j *validators.Judging) ManifestJudge {
	m := ManifestJudge{Name: j.Name, Compat: j.Mode.String(), NoReasons: j.NoReasons, Params: j.Params, Together: j.Together}
	if j.Judge != nil {
		m.Release, m.Prompts = j.Judge.Release, j.Judge.Prompts.Digest()
	}
	for _, member := range j.Panel {
		m.Panel = append(m.Panel, manifestOf(member))
	}
	return m
}

// judgedCase is an answer with all that was found about it.
type judgedCase struct {
	at  slot
	key string
	j   Judgement
	err error // about the judge: the answer is still to be judged
}

// judgings are the answers that a judge has still to judge.
type judgings struct {
	most    int // under way at once
	pending int
	out     chan judgedCase
	left    map[slot]Judgement // answered, and not judged
}

// judgingAtOnce is how many answers are judged at once: half more than it takes
// to keep the judge's calls in flight, and not more, for what is under way when a
// run is decided is paid in vain. A case has as many calls in flight as its
// metrics have steps, by the longest of them, for the steps of one follow each
// other.
func (p *plan) judgingAtOnce(width int) int {
	steps, longest := 1, 1
	for _, checks := range p.judge.checks {
		sum, most := questions(checks)
		if most > 0 && sum*longest > steps*most {
			steps, longest = sum, most
		}
	}
	return max(2, (3*width*longest+2*steps-1)/(2*steps))
}

// maxJudged is how long an output may be for a judge, in bytes: a record holds
// it whole, so that it can be judged after a crash, too.
const maxJudged = maxOutput

// finish asks the judge all that it is needed for, side by side. An error is
// about the judge, not about the case.
func (j *judge) finish(ctx context.Context, index int, r pipeline.Request, a pipeline.Asset, out Judgement) (Judgement, error) {
	s := j.subject(index, r, a)
	type result struct {
		f     pipeline.Finding
		spent validators.JudgeSpend
		err   error
	}
	checks := j.checks[index]
	results := make([]result, len(checks))
	var wait sync.WaitGroup
	for i := range checks {
		switch {
		case checks[i].judged == nil:
		case len(a.Text) > maxJudged:
			results[i].err = fmt.Errorf("the output is longer than %d MiB, which is too much for a judge", maxJudged>>20)
		case checks[i].joint: // below, with the others
		default:
			wait.Go(func() {
				r := &results[i]
				r.f, r.err = checks[i].over(s, func(s pipeline.Subject) (pipeline.Finding, error) {
					f, spent, err := checks[i].judged.Judge(ctx, s)
					r.spent.Add(spent)
					return f, err
				})
				r.f.Metric = checks[i].metric
			})
		}
	}
	if joint := jointChecks(checks); len(joint) > 0 && len(a.Text) <= maxJudged {
		wait.Go(func() {
			found, spent, err := j.judging.JudgeTogether(ctx, s, j.judging.Together)
			for n, i := range joint {
				results[i].err = err
				if err == nil {
					results[i].f = found[slices.IndexFunc(found, func(f pipeline.Finding) bool { return f.Metric == checks[i].metric })]
				}
				if n == 0 {
					results[i].spent = spent
				}
			}
		})
	}
	wait.Wait()
	out.Findings, out.Unjudged = slices.Clip(out.Findings), slices.Clip(out.Unjudged)
	spent := validators.JudgeSpend{}
	if out.Judging != nil {
		spent = *out.Judging
	}
	var fault error
	for i := range checks {
		if checks[i].judged == nil {
			continue
		}
		spent.Add(results[i].spent)
		if err := results[i].err; aboutJudge(ctx, err) {
			fault = err
		}
		out.found(&checks[i], results[i].f, results[i].err)
	}
	out.Judging = &spent
	out.settle(checks)
	return out, fault
}

// aboutJudge says whether an error says nothing about the case.
func aboutJudge(ctx context.Context, err error) bool {
	var unusable *pipeline.Unusable
	return err != nil && (errors.Is(err, validators.ErrJudgeEnded) || errors.As(err, &unusable) || ctx.Err() != nil)
}

// judgeLater keeps an answer, so that it is not paid twice, and asks the judge
// while the run goes on. It waits while too many are under way.
func (r *runner) judgeLater(ctx context.Context, at slot, key string, q pipeline.Request, a pipeline.Asset, j Judgement) {
	j.Uncertain += r.lost[r.plan.seq(at)]
	if !r.write(at, key, &j) {
		return
	}
	r.keep(at, key, &j)
	r.startJudging(ctx, at, key, q, a, j)
}

func (r *runner) startJudging(ctx context.Context, at slot, key string, q pipeline.Request, a pipeline.Asset, j Judgement) {
	g := &r.judgings
	for g.pending >= g.most && r.awaitOne() {
	}
	if r.err != nil {
		g.left[at] = j
		return
	}
	g.pending++
	index := r.plan.order[at.pos]
	go func() {
		done, err := r.plan.judge.finish(ctx, index, q, a, j)
		if err != nil {
			done = j
		}
		g.out <- judgedCase{at, key, done, err}
	}()
}

// lookWithin is how soon a run that waits for its judge sees that the judge waits
// for money that answers not yet taken in hold.
const lookWithin = 50 * time.Millisecond

// awaitOne takes in one judgement; it is false when waiting could last forever:
// the judge waits for what is set aside for answers that come after this one.
func (r *runner) awaitOne() bool {
	if r.purse == nil {
		r.judgedOne(<-r.judgings.out)
		return true
	}
	for {
		select {
		case c := <-r.judgings.out:
			r.judgedOne(c)
			return true
		case <-time.After(lookWithin):
			if r.purse.Waited() {
				return false
			}
		}
	}
}

// judgedOne takes in what the judge found.
func (r *runner) judgedOne(c judgedCase) {
	r.judgings.pending--
	var unusable *pipeline.Unusable
	switch {
	case c.err == nil:
		delete(r.judgings.left, c.at)
		if r.write(c.at, c.key, &c.j) {
			c.j.slim()
			r.tally.add(c.at, &c.j)
		}
		return
	case errors.As(c.err, &unusable) && r.err == nil:
		r.err = fmt.Errorf("the judge: %w", unusable)
	}
	r.judgings.left[c.at] = c.j
}

// collect takes in what has been judged by now.
func (r *runner) collect() {
	for r.judgings.pending > 0 {
		select {
		case c := <-r.judgings.out:
			r.judgedOne(c)
		default:
			return
		}
	}
}

// collectAll waits for all that is being judged. No call of an agent is under way
// any more: what is set aside for those that were given up is lost.
func (r *runner) collectAll() {
	if r.judgings.pending > 0 && r.purse != nil {
		r.purse.Forfeit(func(id string) bool { return !strings.HasPrefix(id, validators.JudgeRequests) })
	}
	for r.judgings.pending > 0 {
		r.judgedOne(<-r.judgings.out)
		r.progress()
	}
}

// judgeLeft asks the judge about answers that an earlier start of the run left.
func (r *runner) judgeLeft(ctx context.Context) error {
	slots := make([]slot, 0, len(r.judgings.left))
	for at := range r.judgings.left {
		slots = append(slots, at)
	}
	slices.SortFunc(slots, func(a, b slot) int { return int(r.plan.seq(a) - r.plan.seq(b)) })
	for _, at := range slots {
		if r.err != nil || r.stopped() || r.enough() {
			break
		}
		q, j := r.plan.request(at), r.judgings.left[at]
		key, err := q.Key()
		if err != nil {
			return err
		}
		a := (&answer{Output: j.Output, JSON: j.JSON, LatencyUS: j.LatencyUS, Usage: j.Usage, CostUSD: j.CostUSD, ToolCalls: j.ToolCalls, Trace: j.Trace, Talk: j.Talk}).asset()
		if j.Truncated > 0 {
			a.Text += string(make([]byte, j.Truncated)) // too long for a judge, as before
		}
		j.recount(r.plan.judge.checks[r.plan.order[at.pos]])
		r.startJudging(ctx, at, key, q, a, j)
		r.collect()
	}
	r.collectAll()
	return r.err
}

// recount counts again what a record found without a judge.
func (out *Judgement) recount(checks []check) {
	out.broken, out.unknown = 0, 0
	for i := range checks {
		c := &checks[i]
		if c.judged != nil || !c.assertion {
			continue
		}
		for _, f := range out.Findings {
			if f.Metric == c.metric && !f.Pass {
				out.broken++
			}
		}
		for _, f := range out.Unjudged {
			if f.Metric == c.metric {
				out.unknown++
			}
		}
	}
}

// openJudge lets the judge be asked; the returned function ends it.
func (r *runner) openJudge(ctx context.Context, m *Manifest) func() {
	r.judgings.left = map[slot]Judgement{}
	j := r.Deps.Judging
	asks := j != nil && j.Asks() && m.Judge != nil
	labels := r.Deps.Labelling
	if !asks && r.Deps.Own == nil && labels == nil && !slices.Contains(r.plan.judge.asks, true) {
		return func() {}
	}
	closeLabels := func() {}
	if labels != nil {
		labels.Open(ctx)
		closeLabels = labels.Close
	}
	width := r.Width
	if asks {
		width = j.Width()
	}
	r.judgings.most = r.plan.judgingAtOnce(width)
	r.judgings.out = make(chan judgedCase, r.judgings.most)
	if !asks {
		return closeLabels
	}
	j.Open(ctx, r.purse)
	return func() {
		j.Close()
		closeLabels()
	}
}

// JudgeBill is what a run's judge was asked.
type JudgeBill struct {
	Name       string `json:"name"`
	Release    string `json:"release"`
	Compat     string `json:"compat"`
	Definition string `json:"definition"` // version of the metrics' definitions
	validators.JudgeSpend
}

// judgeSummary sums up over all judgements; nil where there is no judge.
func (t *tally) judgeSummary(m *Manifest) *JudgeBill {
	if m.Judge == nil {
		return nil
	}
	mode, _ := judged.ParseMode(m.Judge.Compat)
	s := &JudgeBill{Name: m.Judge.Name, Release: m.Judge.Release, Compat: m.Judge.Compat, Definition: mode.Version()}
	for seq := range int64(t.plan.slots()) {
		at, _ := t.plan.at(seq)
		if j := t.get(at); j != nil && j.Judging != nil {
			s.Add(*j.Judging)
		}
	}
	return s
}
