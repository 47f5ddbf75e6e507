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
	Labels   int        `json:"labels"`            // labelled answers that it rests on
	Changed  int        `json:"changed,omitempty"` // of the labelled cases, those that have another answer in this run
	Here     bool       `json:"here"`              // they are answers of this run; else the judge is assumed to err as often here as there
	Raw      float64    `json:"raw"`               // the judge's own rate
}

// voiced is what judge and labels say of the answers to a rule's cases.
type voiced struct {
	all      []stats.JudgedCase // every case: 1 as Label when it was answered, else 0
	answers  []stats.JudgedCase // of the answers: Score is 0 where the judge could not judge, Label NaN = none
	passes   []bool             // of the answers, by the judge
	unjudged []bool             // of the answers
	changed  []bool             // of the answers: another answer to the case was labelled
	labelled int
	graded   bool // scores or labels between 0 and 1
	shares   bool // labels between 0 and 1
	uneven   bool // cases of unequal weight, or several in a cluster
	raw      float64
}

// correct is the corrected rate over a full run's cases to which a rule applies.
// why says what stands in the way; "" when nothing does.
func (t *tally) correct(u *JudgeUse, applies []bool, level float64) (c *Corrected, why string) {
	if t.consumed < len(t.plan.units) {
		return nil, "a corrected rate needs every case: run with --full"
	}
	v := t.voices(u, applies)
	if len(v.answers) == 0 {
		return nil, "no case was answered"
	}
	c = &Corrected{Raw: v.raw, Changed: v.gone()}
	var rate stats.Corrected
	if v.labelled >= judges.FewestLabels && fewChanged*c.Changed <= v.labelled+c.Changed {
		c.Here, c.Labels = true, v.labelled
		c.Method, rate, why = v.hereBounded(u, t.plan.population, level)
	} else {
		c.Method, c.Labels = "Rogan–Gladen", len(u.Rows)
		if judges.Graded(u.Rows) {
			c.Method += fmt.Sprintf(", the share of answers with a label of at least %g", u.Threshold)
		}
		rate, why = v.elsewhere(u, level)
	}
	if why != "" {
		return nil, why
	}
	rate = v.answered(rate, t.plan.population, level)
	c.Estimate, c.Interval = rate.Estimate, [2]float64{rate.Interval.Lo, rate.Interval.Hi}
	return c, ""
}

func (t *tally) voices(u *JudgeUse, applies []bool) voiced {
	labels, known := map[[2]string]float64{}, map[string]bool{}
	for _, r := range u.Rows {
		labels[[2]string{r.Case, r.Output}] = r.Label
		known[r.Case] = r.Case != ""
	}
	var v voiced
	weight := 0.0
	for cluster, unit := range t.plan.units {
		before := len(v.all)
		for pos := unit.start; pos < unit.end; pos++ {
			i := t.plan.order[pos]
			j := t.first[pos]
			if j == nil || !applies[i] {
				continue
			}
			c := &t.plan.cases[i]
			one := stats.JudgedCase{Weight: c.Weight, Cluster: cluster}
			if len(v.all) > 0 && c.Weight != v.all[0].Weight {
				v.uneven = true
			}
			v.all = append(v.all, one)
			if j.State == errored {
				weight += c.Weight
				continue
			}
			v.all[len(v.all)-1].Label = 1
			w := j.word(u.Release.Metric)
			if w.Judged() {
				weight += c.Weight
			} else {
				w.Score, w.Pass = 0, false
			}
			one.Score, one.Label = w.Score, math.NaN()
			digest := judges.OutputDigest(j.Output)
			if label, ok := labels[[2]string{c.ID, digest}]; ok {
				one.Label = label
			} else if label, ok := labels[[2]string{"", digest}]; ok {
				one.Label = label
			}
			v.changed = append(v.changed, known[c.ID] && math.IsNaN(one.Label))
			v.add(one, w)
		}
		v.uneven = v.uneven || len(v.all)-before > 1
	}
	if weight > 0 {
		v.raw /= weight
	}
	return v
}

func (v *voiced) add(c stats.JudgedCase, w judges.Word) {
	v.answers, v.passes, v.unjudged = append(v.answers, c), append(v.passes, w.Pass), append(v.unjudged, !w.Judged())
	v.raw += c.Weight * c.Score
	if !math.IsNaN(c.Label) {
		v.labelled++
	}
	between := func(x float64) bool { return x > 0 && x < 1 }
	v.shares = v.shares || between(c.Label)
	v.graded = v.graded || v.shares || between(c.Score)
}

// here is the rate by labels of the run's own answers; why says what forbids it.
func (v *voiced) here(u *JudgeUse, population bool, level float64) (method string, rate stats.Corrected, why string) {
	if why := v.drawn(u); why != "" {
		return "", rate, why
	}
	byVerdict := u.Draw == judges.DrawBalanced
	switch {
	case v.uneven, v.shares && byVerdict:
		cases := v.answers
		if byVerdict {
			cases = v.reweighted()
		}
		found := stats.PPIUneven(cases, !population, level)
		if found.Labels < stats.FewestIndependent {
			return "", rate, fmt.Sprintf("too few clusters: the %d labelled answers are worth %.1f independent ones of equal weight, and %d are needed; label answers of more clusters",
				v.labelled, found.Labels, stats.FewestIndependent)
		}
		return "PPI++ over clusters and weights", found.Corrected, ""
	case v.graded && !byVerdict:
		var labels, scores, unseen []float64
		for _, c := range v.answers {
			if math.IsNaN(c.Label) {
				unseen = append(unseen, c.Score)
			} else {
				labels, scores = append(labels, c.Label), append(scores, c.Score)
			}
		}
		return "PPI++", stats.PPISmall(labels, scores, unseen, level).Corrected, ""
	case population:
		return "score interval", v.table().Traffic(level), ""
	}
	return "score interval", v.table().ThisSet(level), ""
}

// odd is what the share of passes among the labelled answers must be off by, in
// squared standard errors, to be no random draw: once in 1,000 runs by chance.
const odd = 10.83

// drawn says why the labels are no draw that tells of the rest; "" when they may be:
// at random, or, if `judge sample --balance` drew them, from each verdict of the
// judge apart.
func (v *voiced) drawn(u *JudgeUse) string {
	var all, some [2]float64 // failed and passed by the judge
	sizes := map[int]float64{}
	for i, c := range v.answers {
		k := 0
		if v.passes[i] {
			k = 1
		}
		all[k]++
		if !math.IsNaN(c.Label) {
			some[k]++
			sizes[c.Cluster]++
		}
	}
	if u.Draw == judges.DrawBalanced {
		for k, word := range []string{"fails", "passes"} {
			if all[k] > 0 && some[k] == 0 {
				return fmt.Sprintf("none of the %g answers that the judge %s is labelled", all[k], word)
			}
		}
		return ""
	}
	n, total := some[0]+some[1], all[0]+all[1]
	var clusters []float64
	for _, size := range sizes {
		clusters = append(clusters, size)
	}
	if stats.Surprise(some[1]/n, all[1]/total, stats.EffectiveN(clusters)/max(1-n/total, 1e-9)) <= odd {
		return ""
	}
	return fmt.Sprintf("the labelled answers are no random part of the run's: the judge passes %.0f %% of them and %.0f %% of all; label what `genops judge sample` draws (--balance draws as many failed as passed ones)",
		100*some[1]/n, 100*all[1]/total)
}

// reweighted gives labelled answers the weight of those that they were drawn from.
func (v *voiced) reweighted() []stats.JudgedCase {
	var all, some [2]float64
	kind := func(i int) int {
		if v.passes[i] {
			return 1
		}
		return 0
	}
	for i, c := range v.answers {
		all[kind(i)]++
		if !math.IsNaN(c.Label) {
			some[kind(i)]++
		}
	}
	out := make([]stats.JudgedCase, len(v.answers))
	for i, c := range v.answers {
		c.Stands = all[kind(i)] / max(some[kind(i)], 1)
		out[i] = c
	}
	return out
}

// table counts by verdict and label: of scores it takes no more than whether they
// pass.
func (v *voiced) table() (t stats.JudgeTable) {
	for i, c := range v.answers {
		pass := v.passes[i]
		if pass {
			t.Pass++
		} else {
			t.Fail++
		}
		switch {
		case math.IsNaN(c.Label):
		case c.Label == 1 && pass:
			t.TruePass++
		case c.Label == 1:
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
func (v *voiced) elsewhere(u *JudgeUse, level float64) (c stats.Corrected, why string) {
	if u.Draw == judges.DrawBalanced {
		return c, "its labels were drawn by the judge's verdict, and tell of the run that they are of alone: label answers of this run"
	}
	var passes, judged, all float64
	weights := map[int]float64{}
	for i, a := range v.answers {
		all += a.Weight
		if v.unjudged[i] {
			continue
		}
		judged += a.Weight
		weights[a.Cluster] += a.Weight
		if v.passes[i] {
			passes += a.Weight
		}
	}
	var sizes []float64
	for _, w := range weights {
		sizes = append(sizes, w)
	}
	n := stats.EffectiveN(sizes)
	c = judges.RatesOf(u.Rows, u.Threshold).RoganGladen(n*passes/max(judged, 1e-12), n, level)
	known := judged / all
	c.Interval.Lo, c.Interval.Hi = c.Interval.Lo*known, c.Interval.Hi*known+1-known
	return c, ""
}

// answered counts errors of the agent as failures, which needs no judge.
func (v *voiced) answered(c stats.Corrected, population bool, level float64) stats.Corrected {
	if len(v.answers) == len(v.all) {
		return c
	}
	var answered, all float64
	for _, one := range v.all {
		answered += one.Weight * one.Label
		all += one.Weight
	}
	share := stats.Interval{Lo: answered / all, Hi: answered / all}
	switch {
	case population && v.uneven:
		share = stats.PPIUneven(v.all, false, level).Interval
	case population:
		share = stats.Wilson(float64(len(v.answers)), float64(len(v.all)), level)
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
	d.Reason = c.reason(d.Verdict, rule.Bar, rule.Alpha)
	return d, c
}

// Ground is what the rate rests on: its method and labels.
func (c *Corrected) Ground() string {
	where := "this run"
	switch {
	case !c.Here && c.Changed > 0:
		where = fmt.Sprintf("other answers: %d of their cases have another answer in this run", c.Changed)
	case !c.Here:
		where = "other answers"
	case c.Changed > 0:
		where = fmt.Sprintf("this run; %d more are of answers that changed since, and may be either", c.Changed)
	}
	return fmt.Sprintf("%s, %d labels of %s", c.Method, c.Labels, where)
}

func (c *Corrected) reason(v gate.Verdict, bar, alpha float64) string {
	text := fmt.Sprintf("%.4f by the judge, %.4f [%.4f, %.4f] corrected for its errors (%s; each bound at %.4g %%)", c.Raw, c.Estimate, c.Interval[0], c.Interval[1], c.Ground(), 100*(1-alpha))
	switch v {
	case gate.Pass:
		return text + fmt.Sprintf("; lower bound %.4f >= %g", c.Interval[0], bar)
	case gate.Fail:
		return text + fmt.Sprintf("; upper bound %.4f < %g", c.Interval[1], bar)
	}
	more := c.more(bar)
	switch {
	case more > 0 && !c.Here:
		return text + fmt.Sprintf("; about %d labels of this run's answers would decide (`genops judge sample` draws them)", more)
	case more > 0:
		return text + fmt.Sprintf("; needs about %d more labels of this run's answers", more)
	}
	return text + "; too close to the bar to say how many more labels would decide"
}

// more is about how many more labels would decide, if the estimate stayed; 0 =
// more than anybody would give. Labels of other answers do not add up with those of
// this run: without them, it is as many as would decide without a judge.
func (c *Corrected) more(bar float64) int {
	off := math.Abs(c.Estimate - bar)
	if !c.Here && off > 0 {
		const z = 1.96
		n := math.Ceil(z * z * max(c.Estimate*(1-c.Estimate), 0.05) / (off * off))
		if n >= 10_000 {
			return 0
		}
		return max(int(n), judges.FewestLabels)
	}
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
