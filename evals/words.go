package evals

import (
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/testsets"
)

// Answer is a run's answer to a case, and what one metric said of it.
type Answer struct {
	ID, Input, Output string
	Errored           bool // there is no answer
	Word              judges.Word
	Cluster           string           // of the case
	Criterion         judges.Criterion // that the case asks under the metric's name
	// Beside is what a person may need to judge it, by BesideNames.
	Beside map[string]string
}

// Answers returns the first draws of the release under test and their word on
// a metric, in drawn order. Cases that the metric does not apply to, and those
// that were not drawn, are left out.
func (f Folder) Answers(metric string) ([]Answer, error) {
	l, err := f.load()
	if err != nil {
		return nil, err
	}
	var out []Answer
	for pos, j := range l.tally.first {
		c := &l.plan.cases[l.plan.order[pos]]
		if j == nil || !j.names(metric) && j.State != errored {
			continue
		}
		criterion, asked, err := CriterionOf(c, metric)
		if err != nil {
			return nil, err
		}
		if criterion == "" {
			asked = ""
		}
		out = append(out, Answer{ID: c.ID, Input: c.Input, Output: j.Output, Errored: j.State == errored, Word: j.word(metric), Cluster: c.Cluster, Criterion: criterion,
			Beside: j.beside(c, metric, asked)})
	}
	return out, nil
}

// Metrics lists the scores that a run's answers have, each once.
func (f Folder) Metrics() ([]string, error) {
	l, err := f.load()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, m := range l.tally.scoreMetrics() {
		out = append(out, m.Metric)
	}
	return out, nil
}

// names says whether the judgement holds a word on the metric, be it that it
// could not be judged.
func (out *Judgement) names(metric string) bool {
	if metric == passRate {
		return true
	}
	for _, f := range out.Findings {
		if f.Metric == metric {
			return true
		}
	}
	for _, f := range out.Unjudged {
		if f.Metric == metric {
			return true
		}
	}
	return false
}

// word is the judgement's word on a metric: it passes if each of its findings
// does.
func (out *Judgement) word(metric string) judges.Word {
	score, known := out.score(metric)
	if !known {
		return judges.Word{Why: out.whyUnjudged(metric)}
	}
	w := judges.Word{Score: min(max(score, 0), 1), Pass: out.State == passed}
	if metric == passRate {
		return w
	}
	w.Pass = out.State != errored
	for _, f := range out.Findings {
		if f.Metric == metric && !f.Pass {
			w.Pass = false
		}
	}
	return w
}

func (out *Judgement) whyUnjudged(metric string) string {
	for _, f := range out.Unjudged {
		if f.Metric == metric || metric == passRate {
			return f.Reason
		}
	}
	return "it was not judged"
}

// Cases are those of the run's test set, by ID.
func (f Folder) Cases() (map[string]testsets.Case, error) {
	l, err := f.load()
	if err != nil {
		return nil, err
	}
	out := map[string]testsets.Case{}
	for _, c := range l.plan.cases {
		out[c.ID] = c
	}
	return out, nil
}
