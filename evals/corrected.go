package evals

import (
	"fmt"
	"math"

	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/internal/stats"
	"github.com/GaboBase/arch-genops/judges"
)

// Corrected is a rate of the run, told from the judge's words on all answers and
// labels for some.
type Corrected struct {
	Estimate float64    `json:"estimate"`
	Interval [2]float64 `json:"interval"`
	Method   string     `json:"method"`
	Labels   int        `json:"labels"` // labelled answers that it rests on
	Here     bool       `json:"here"`   // they are answers of this run; else the judge is assumed to err as often here as there
	Raw      float64    `json:"raw"`    // the judge's own rate
}

// voiced is what judge and labels say of the answers to a rule's cases.
type voiced struct {
	cases, errored, unjudged int
	scores                   []float64 // of the answers, 0 where the judge could not judge
	passes                   []bool
	labels                   []float64 // NaN = none
	labelled                 int
	graded                   bool // scores or labels between 0 and 1
	raw                      float64
}

// correct is the corrected rate over a full run's cases to which a rule applies.
// why says what stands in the way; "" when nothing does.
func (t *tally) correct(u *JudgeUse, applies []bool, level float64) (c *Corrected, why string) {
	if t.consumed < len(t.plan.units) {
		return nil, "a corrected rate needs every case: run with --full"
	}
	if why := t.plan.uneven(applies); why != "" {
		return nil, why
	}
	v := t.voices(u, applies)
	if len(v.scores) == 0 {
		return nil, "no case was answered"
	}
	c = &Corrected{Raw: v.raw}
	var rate stats.Corrected
	if v.labelled >= judges.FewestLabels {
		c.Here, c.Labels = true, v.labelled
		c.Method, rate = v.here(t.plan.population, level)
	} else {
		c.Method, c.Labels = "Rogan–Gladen", len(u.Rows)
		rate = v.elsewhere(u, level)
	}
	rate = v.answered(rate, t.plan.population, level)
	c.Estimate, c.Interval = rate.Estimate, [2]float64{rate.Interval.Lo, rate.Interval.Hi}
	return c, ""
}

// uneven says why rates over these cases can't be corrected; "" when they can.
func (p *plan) uneven(applies []bool) string {
	weight := 0.0
	for _, u := range p.units {
		for pos := u.start; pos < u.end; pos++ {
			i := p.order[pos]
			if !applies[i] {
				continue
			}
			if u.end-u.start > 1 {
				return "rates over clustered cases are not corrected"
			}
			if w := p.cases[i].Weight; weight != 0 && w != weight {
				return "rates over cases of unequal weight are not corrected"
			}
			weight = p.cases[i].Weight
		}
	}
	return ""
}

func (t *tally) voices(u *JudgeUse, applies []bool) voiced {
	labels := map[[2]string]float64{}
	for _, r := range u.Rows {
		labels[[2]string{r.Case, r.Output}] = r.Label
	}
	var v voiced
	for pos, j := range t.first {
		i := t.plan.order[pos]
		if j == nil || !applies[i] {
			continue
		}
		v.cases++
		if j.State == errored {
			v.errored++
			continue
		}
		w := j.word(u.Release.Metric)
		if !w.Judged() {
			v.unjudged++
			w.Score, w.Pass = 0, false
		}
		digest := judges.OutputDigest(j.Output)
		label, ok := labels[[2]string{t.plan.cases[i].ID, digest}]
		if !ok {
			label, ok = labels[[2]string{"", digest}]
		}
		if !ok {
			label = math.NaN()
		} else {
			v.labelled++
		}
		v.add(w, label)
	}
	if n := v.cases - v.unjudged; n > 0 {
		v.raw /= float64(n)
	}
	return v
}

func (v *voiced) add(w judges.Word, label float64) {
	v.scores, v.passes, v.labels = append(v.scores, w.Score), append(v.passes, w.Pass), append(v.labels, label)
	v.raw += w.Score
	between := func(x float64) bool { return x > 0 && x < 1 }
	v.graded = v.graded || between(w.Score) || between(label)
}

// here is the rate by labels of the run's own answers.
func (v *voiced) here(population bool, level float64) (method string, rate stats.Corrected) {
	if v.graded {
		var labels, scores, unseen []float64
		for i, label := range v.labels {
			if math.IsNaN(label) {
				unseen = append(unseen, v.scores[i])
			} else {
				labels, scores = append(labels, label), append(scores, v.scores[i])
			}
		}
		return "PPI++", stats.PPISmall(labels, scores, unseen, level).Corrected
	}
	table := v.table()
	if population {
		return "score interval", table.Traffic(level)
	}
	return "score interval", table.ThisSet(level)
}

func (v *voiced) table() (t stats.JudgeTable) {
	for i, label := range v.labels {
		pass := v.scores[i] == 1
		if pass {
			t.Pass++
		} else {
			t.Fail++
		}
		switch {
		case math.IsNaN(label):
		case label == 1 && pass:
			t.TruePass++
		case label == 1:
			t.FalseFail++
		case pass:
			t.FalsePass++
		default:
			t.TrueFail++
		}
	}
	return t
}

// elsewhere is the rate by the judge's error rates on other answers. What the
// judge could not judge may be good or bad.
func (v *voiced) elsewhere(u *JudgeUse, level float64) stats.Corrected {
	var rates stats.JudgeRates
	for _, r := range u.Rows {
		right := r.Unjudged == "" && r.Pass == (r.Label >= u.Threshold)
		if r.Label >= u.Threshold {
			rates.Passing++
			if right {
				rates.PassingRight++
			}
			continue
		}
		rates.Failing++
		if right {
			rates.FailingRight++
		}
	}
	passes := 0.0
	for _, p := range v.passes {
		if p {
			passes++
		}
	}
	n := float64(len(v.scores))
	judged := n - float64(v.unjudged)
	c := rates.RoganGladen(passes, judged, level)
	known := judged / n
	c.Interval.Lo, c.Interval.Hi = c.Interval.Lo*known, c.Interval.Hi*known+1-known
	return c
}

// answered counts errors of the agent as failures, which needs no judge.
func (v *voiced) answered(c stats.Corrected, population bool, level float64) stats.Corrected {
	if v.errored == 0 {
		return c
	}
	answered, all := float64(v.cases-v.errored), float64(v.cases)
	share := stats.Interval{Lo: answered / all, Hi: answered / all}
	if population {
		share = stats.Wilson(answered, all, level)
	}
	c.Estimate *= answered / all
	c.Interval.Lo, c.Interval.Hi = c.Interval.Lo*share.Lo, c.Interval.Hi*share.Hi
	return c
}

// trusted decides a rule on the word of a judge by the rate that is corrected for
// its errors: both ends of the interval at 1-alpha each, as the gate's are. The
// labels are looked at once and the run's length must not depend on the judge's
// words, so it decides on a full run only. Pairs are left as they are: both
// answers were judged by the same judge.
func (t *tally) trusted(rule *plannedRule, d gate.Decision) (gate.Decision, *Corrected) {
	u := rule.judge
	if !rule.wantsAll() {
		return d, nil
	}
	d.Verdict, d.Traffic, d.Needs = gate.Undecided, nil, 0
	c, why := t.correct(u, rule.applies, 1-2*rule.Alpha)
	if why != "" {
		d.Reason = "the judge's own words: " + d.Reason + "; " + why
		return d, nil
	}
	d.Estimate, d.Interval = c.Estimate, stats.Interval{Lo: c.Interval[0], Hi: c.Interval[1]}
	switch {
	case d.Interval.Lo >= rule.Bar:
		d.Verdict = gate.Pass
	case d.Interval.Hi < rule.Bar:
		d.Verdict = gate.Fail
	}
	d.Reason = c.reason(d.Verdict, rule.Bar)
	return d, c
}

func (c *Corrected) reason(v gate.Verdict, bar float64) string {
	where := "of this run"
	if !c.Here {
		where = "of other answers"
	}
	text := fmt.Sprintf("%.4f by the judge, %.4f [%.4f, %.4f] corrected for its errors (%s, %d labels %s)", c.Raw, c.Estimate, c.Interval[0], c.Interval[1], c.Method, c.Labels, where)
	switch v {
	case gate.Pass:
		return text + fmt.Sprintf("; lower bound %.4f >= %g", c.Interval[0], bar)
	case gate.Fail:
		return text + fmt.Sprintf("; upper bound %.4f < %g", c.Interval[1], bar)
	}
	if more := c.more(bar); more > 0 {
		return text + fmt.Sprintf("; needs about %d more labels of this run's answers", more)
	}
	return text + "; too close to the bar to say how many more labels would decide"
}

// more is about how many more labels would decide, if the estimate stayed; 0 =
// more than anybody would give.
func (c *Corrected) more(bar float64) int {
	off := math.Abs(c.Estimate - bar)
	side := c.Estimate - c.Interval[0]
	if c.Estimate < bar {
		side = c.Interval[1] - c.Estimate
	}
	if off == 0 {
		return 0
	}
	times := side / off * side / off
	more := math.Ceil(float64(c.Labels) * (times - 1))
	if !(more > 0 && more < 10_000) {
		return 0
	}
	return int(more)
}

// wantsAll says that the rule is decided by a corrected rate, for which every
// case is drawn.
func (r *plannedRule) wantsAll() bool {
	return r.judge.corrects() && !r.paired() && r.Limit == nil
}
