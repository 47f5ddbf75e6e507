package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// ask lets every judge judge every item. nil without an error: it was a dry run.
func (e *calibrate) ask(ctx context.Context, p *config.Project, c *judges.Collected, h *heard) (*heard, error) {
	cases, err := e.knownCases(p, h)
	if err != nil {
		return nil, err
	}
	m := e.shown(c, cases, h)
	var members []*member
	var asked [][]pipeline.Validator
	left := e.budget
	for _, name := range e.judges {
		b, err := e.judgeOf(ctx, p, name, e.metric, e.compat, cases)
		if err != nil {
			return nil, err
		}
		if err := criteria(c, b.release.Metric, m); err != nil {
			return nil, err
		}
		each, err := b.each(m)
		if err != nil {
			return nil, err
		}
		asked = append(asked, each)
		var f judgeForecast
		b.add(&f, b.kind, b.steps, len(m.subjects), m.bytes())
		e.announce(name, len(m.subjects), f)
		if err := b.allow(left, e.limited, f); err != nil {
			return nil, err
		}
		if f.USD != nil {
			left -= *f.USD
		}
		members = append(members, b)
	}
	if e.dry {
		return nil, nil
	}
	h.releases = nil
	for i := range c.Items {
		c.Items[i].Scores = nil
	}
	var names []any
	for _, b := range members {
		names = append(names, b.release.Digest())
	}
	journal, err := openJournal(p.Root, append(names, "calibrate"))
	if err != nil {
		return nil, err
	}
	if n := journal.said(); n > 0 {
		fmt.Fprintf(e.Stderr, "%d judgements of an earlier start of this calibration are taken over\n", n)
	}
	tick, end := e.asking(len(members) * len(m.subjects))
	journal.tick = tick
	ctx, stop := e.untilInterrupt(ctx)
	defer stop()
	left = e.budget
	for k, b := range members {
		closing := b.open(ctx, left, e.limited)
		words, err := askAll(ctx, journal, strconv.Itoa(k), asked[k], m, p.Evals.Concurrency)
		closing()
		if err != nil {
			end()
			return nil, errors.Join(spentError(err, e.budget), journal.close(false))
		}
		if b.heard != nil {
			left -= b.heard.spent()
		}
		for i, w := range words {
			c.Items[i].Scores = append(c.Items[i].Scores, w)
		}
		h.releases = append(h.releases, b.release)
	}
	end()
	for _, b := range members {
		e.warnOf(b.judge)
	}
	return h, journal.close(true)
}

func (e *calibrate) announce(judge string, answers int, f judgeForecast) {
	if f.Calls > 0 {
		fmt.Fprintf(e.Stderr, "%s: %d labelled answers, %s\n", plain(judge), answers, f.words())
	}
}

// knownCases are the cases of the test set, or else of the run.
func (e *calibrate) knownCases(p *config.Project, h *heard) (map[string]testsets.Case, error) {
	cases, err := e.casesOf(p, e.testSet)
	if err == nil && cases == nil && h.run != "" {
		return casesOfRun(p.Root, h.run)
	}
	return cases, err
}

// shown is what the judges see: the labelled answers, with what the test set
// knows of their cases. Labels without an answer are left out.
func (e *calibrate) shown(c *judges.Collected, cases map[string]testsets.Case, h *heard) *material {
	m := &material{}
	kept := c.Items[:0]
	for _, item := range c.Items {
		known, found := cases[item.Case]
		switch {
		case item.Output == "" && h.run == "":
			h.ignored = append(h.ignored, item.Name()+": the labels hold no output, and no run is named")
			continue
		case cases != nil && item.Case != "" && !found:
			h.ignored = append(h.ignored, item.Name()+": the test set has no such case")
			continue
		case found && !asks(&known, e.metric):
			h.ignored = append(h.ignored, item.Name()+": its case asks nothing under "+e.metric)
			continue
		}
		kept = append(kept, item)
		m.add(known, item.Name(), item.Input, item.Output)
	}
	c.Items = kept
	return m
}

// asks says whether a case is asked about a metric: by an assertion, or because it
// holds what the metric needs.
func asks(c *testsets.Case, metric string) bool {
	m, err := validators.Lookup(metric)
	if err == nil {
		metric = m.Name
	}
	return len(evals.Asking(c, metric)) > 0 || err == nil && (m.Kind != validators.KindJudged || m.Applies(*c))
}

// criteria notes what the case of each item asks under a metric's name.
func criteria(c *judges.Collected, metric string, m *material) (err error) {
	for i := range c.Items {
		c.Items[i].Cluster = m.cases[i].Cluster
		if c.Items[i].Criterion, _, err = evals.CriterionOf(&m.cases[i], metric); err != nil {
			return err
		}
	}
	return nil
}

// askAll asks about each answer of the material, so many at a time; what is in the
// journal under this stage is not asked again. What the judge could not judge is in
// the words; an error is about the judge: nothing can be judged.
func askAll(ctx context.Context, j *journal, stage string, each []pipeline.Validator, m *material, width int) ([]judges.Word, error) {
	words := make([]judges.Word, len(m.subjects))
	err := inParallel(len(words), width, func(i int) error {
		return j.once(m.key(stage, i), &words[i], func() (err error) {
			words[i], err = askOne(ctx, each[i], m.subjects[i])
			return err
		})
	})
	return words, err
}

func askOne(ctx context.Context, v pipeline.Validator, s pipeline.Subject) (judges.Word, error) {
	f, err := v.Validate(ctx, s)
	var unusable *pipeline.Unusable
	switch {
	case ctx.Err() != nil:
		return judges.Word{}, context.Cause(ctx)
	case errors.As(err, &unusable), errors.Is(err, validators.ErrJudgeEnded):
		return judges.Word{}, err
	case err != nil:
		return judges.Word{Why: err.Error()}, nil
	case !(f.Score >= 0 && f.Score <= 1):
		return judges.Word{Why: fmt.Sprintf("its score %v is not in [0,1]", f.Score)}, nil
	}
	return judges.Word{Score: f.Score, Pass: f.Pass}, nil
}
