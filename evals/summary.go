package evals

import (
	"cmp"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/internal/stats"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// confidence is the level of the Wilson intervals beside slices.
const confidence = 0.95

// summarise fills the figures that describe a run beyond its rules.
func (t *tally) summarise(r *Result) {
	r.Cases = t.countCases()
	r.Metrics = append(t.scoreMetrics(), t.unitMetrics()...)
	r.Slices = t.slices()
	r.Labels = t.labels()
	r.Flaky = t.flakiness()
	r.Errors = t.errors()
	r.Baseline = t.compare()
}

func (t *tally) countCases() Cases {
	c := Cases{Total: len(t.plan.cases)}
	for _, j := range t.first {
		if j == nil {
			continue
		}
		switch j.State {
		case passed:
			c.Passed++
		case failed:
			c.Failed++
		case errored:
			c.Errored++
		default:
			c.Unjudged++
		}
	}
	c.Judged = c.Passed + c.Failed + c.Errored
	return c
}

// scoreMetrics lists every score that some case has.
func (t *tally) scoreMetrics() []MetricSummary {
	names := []string{passRate}
	seen := map[string]bool{passRate: true}
	add := func(name string) {
		if name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for _, checks := range t.plan.judge.checks {
		for _, c := range checks {
			add(c.metric)
			add(c.also)
		}
	}
	for _, r := range t.plan.rules {
		if r.blocked == "" {
			add(r.Metric)
		}
	}
	out := make([]MetricSummary, 0, len(names))
	for _, name := range names {
		out = append(out, t.scoreMetric(name))
	}
	return out
}

func (t *tally) scoreMetric(name string) MetricSummary {
	m := MetricSummary{Metric: name}
	applies := make([]bool, len(t.plan.cases))
	for i := range applies {
		applies[i] = t.plan.appliesTo(Rule{Rule: gate.Rule{Metric: name}}, validators.Metric{}, i)
	}
	sum, weight := 0.0, 0.0
	doubts := map[string]Doubt{}
	for pos, j := range t.first {
		index := t.plan.order[pos]
		if j == nil || !applies[index] {
			continue
		}
		score, known := j.score(name)
		if !known {
			m.Unjudged++
			if why, reply := j.doubt(name); why != "" {
				d := doubts[why]
				doubts[why] = Doubt{why, d.Cases + 1, cmp.Or(d.Reply, reply)}
			}
			continue
		}
		w := t.plan.cases[index].Weight
		sum += w * score
		weight += w
		m.N++
	}
	m.Doubts = mostFrequent(doubts)
	if weight > 0 {
		mean := sum / weight
		m.Mean = &mean
		m.Interval = t.traffic(name, applies)
	}
	return m
}

// doubt is why a metric could not be judged, and what its judge said; "" = nobody
// said.
func (j *Judgement) doubt(metric string) (why, reply string) {
	for _, f := range j.Unjudged {
		if f.Metric == metric {
			return strings.TrimPrefix(f.Reason, metric+": "), f.Features["reply"]
		}
	}
	return "", ""
}

func mostFrequent(doubts map[string]Doubt) []Doubt {
	out := slices.Collect(maps.Values(doubts))
	slices.SortFunc(out, func(a, b Doubt) int {
		return cmp.Or(cmp.Compare(b.Cases, a.Cases), cmp.Compare(a.Reason, b.Reason))
	})
	return out[:min(len(out), 5)]
}

// traffic is the interval of a score for the traffic behind a set that was run
// in full, as the gate gives it; nil before: how many cases a stopped run has
// depends on their scores.
func (t *tally) traffic(name string, applies []bool) *[2]float64 {
	if t.consumed < len(t.plan.units) {
		return nil
	}
	rule := plannedRule{Rule: Rule{Rule: gate.Rule{Metric: name}}, applies: applies}
	samples := make([]gate.Sample, 0, len(t.plan.units))
	for _, u := range t.plan.units {
		if s, any := t.sample(u, &rule); any {
			samples = append(samples, s)
		}
	}
	in, ok := gate.Traffic(samples, confidence)
	if !ok {
		return nil
	}
	return &[2]float64{in.Lo, in.Hi}
}

// unitMetrics describes latency, cost, tokens and length of the answers.
func (t *tally) unitMetrics() []MetricSummary {
	values := map[string][]float64{}
	for _, j := range t.first {
		if j == nil || j.State == errored {
			continue
		}
		if j.Talk.Asked() {
			values["latency"] = append(values["latency"], float64(j.LatencyUS)/1e6)
		}
		values["length"] = append(values["length"], float64(j.Length))
		if j.CostUSD > 0 {
			values["cost"] = append(values["cost"], j.CostUSD)
		}
		if j.Usage != nil {
			values["tokens"] = append(values["tokens"], float64(j.Usage.InputTokens+j.Usage.OutputTokens))
		}
	}
	var out []MetricSummary
	for _, m := range []struct{ name, unit string }{{"latency", "s"}, {"cost", "usd"}, {"tokens", "tokens"}, {"length", "chars"}} {
		v := values[m.name]
		if len(v) == 0 {
			continue
		}
		sum := 0.0
		for _, x := range v {
			sum += x
		}
		mean := sum / float64(len(v))
		q := stats.Quantiles(v, 0.5, 0.95)
		out = append(out, MetricSummary{Metric: m.name, Unit: m.unit, Mean: &mean, N: len(v), P50: q[0], P95: q[1]})
	}
	return out
}

// sliceKeys lists the names of a set's slices, sorted.
func sliceKeys(set *testsets.Set) []string {
	seen := map[string]bool{}
	for _, c := range set.Cases {
		for k := range c.Slice {
			seen[k] = true
		}
	}
	keys := make([]string, 0, len(seen))
	for k := range seen {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// maxLabels is the number of distinct expected values up to which they are
// taken for labels, and get a confusion matrix.
const maxLabels = 500

// labels gives precision and recall of each label over the judged first draws;
// nil when the expected values do not look like labels.
func (t *tally) labels() []LabelSummary {
	distinct := map[string]bool{}
	for _, c := range t.plan.cases {
		if label, ok := c.Expected.(string); ok {
			distinct[label] = true
		}
	}
	if len(distinct) < 2 || len(distinct) > maxLabels || len(distinct)*2 > len(t.plan.cases) {
		return nil
	}
	pairs := make([]validators.Pair, 0, len(t.first))
	for pos, j := range t.first {
		want, ok := t.plan.cases[t.plan.order[pos]].Expected.(string)
		if j != nil && ok && want != "" {
			pairs = append(pairs, validators.Pair{Expected: want, Got: j.Label})
		}
	}
	var out []LabelSummary
	for _, row := range validators.Tally(pairs) {
		s := LabelSummary{Label: row.Label, Support: row.Support, Got: row.Got}
		if p, ok := row.Precision(); ok {
			s.Precision = &p
		}
		if r, ok := row.Recall(); ok {
			s.Recall = &r
		}
		out = append(out, s)
	}
	return out
}

// maxErrors is how many different errors of the agent a result names.
const maxErrors = 5

// errors counts the agent's errors by their text, the most frequent first.
func (t *tally) errors() []ErrorCount {
	index := map[string]int{}
	var out []ErrorCount
	for pos, j := range t.first {
		if j == nil || j.State != errored {
			continue
		}
		i, ok := index[j.Error]
		if !ok {
			i = len(out)
			index[j.Error] = i
			out = append(out, ErrorCount{Error: j.Error, Case: t.plan.cases[t.plan.order[pos]].ID})
		}
		out[i].N++
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].N > out[b].N })
	return out[:min(len(out), maxErrors)]
}
