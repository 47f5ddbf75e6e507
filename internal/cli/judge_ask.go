package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/validators"
)

// ask lets every judge judge every item. nil without an error: it was a dry run.
func (e *calibrate) ask(ctx context.Context, p *config.Project, c *judges.Collected, h *heard) (*heard, error) {
	m, err := e.shown(p, c, h)
	if err != nil {
		return nil, err
	}
	var members []*member
	left := e.budget
	for _, name := range e.judges {
		b, err := e.judgeOf(p, name, e.metric, e.compat)
		if err != nil {
			return nil, err
		}
		calls, usd, known := b.forecast(len(m.subjects), m.bytes())
		e.announce(name, len(m.subjects), calls, usd, known && b.model != nil)
		if err := b.allow(left, e.limited, calls, usd, known); err != nil {
			return nil, err
		}
		left -= usd
		members = append(members, b)
	}
	if e.dry {
		return nil, nil
	}
	h.releases = nil
	for i := range c.Items {
		c.Items[i].Scores = nil
	}
	left = e.budget
	for _, b := range members {
		closing := b.open(ctx, left, e.limited)
		words, err := askAll(ctx, b.validator, m.subjects, p.Evals.Concurrency)
		closing()
		if err != nil {
			return nil, spentError(err, e.budget)
		}
		if b.heard != nil {
			left -= b.heard.spent()
		}
		for i, w := range words {
			c.Items[i].Scores = append(c.Items[i].Scores, w)
		}
		h.releases = append(h.releases, b.release)
	}
	return h, nil
}

func (e *calibrate) announce(judge string, answers, calls int, usd float64, priced bool) {
	if calls == 0 {
		return
	}
	cost := "; no price is known"
	if priced {
		cost = fmt.Sprintf("; expected $%.4f", usd)
	}
	fmt.Fprintf(e.Stderr, "%s: %d labelled answers, about %d calls%s\n", plain(judge), answers, calls, cost)
}

// shown is what the judges see: the labelled answers, with what the test set
// knows of their cases. Labels without an answer are left out.
func (e *calibrate) shown(p *config.Project, c *judges.Collected, h *heard) (*material, error) {
	cases, err := e.casesOf(p, e.testSet)
	if err != nil {
		return nil, err
	}
	if cases == nil && h.run != "" {
		if cases, err = casesOfRun(p.Root, h.run); err != nil {
			return nil, err
		}
	}
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
		}
		kept = append(kept, item)
		m.add(item.Name(), subjectOf(known, item.Name(), item.Input, item.Output))
	}
	c.Items = kept
	return m, nil
}

// askAll asks about each subject, so many at a time. What the judge could not
// judge is in the words; an error is about the judge: nothing can be judged.
func askAll(ctx context.Context, v pipeline.Validator, subjects []pipeline.Subject, width int) ([]judges.Word, error) {
	words := make([]judges.Word, len(subjects))
	err := inParallel(len(subjects), width, func(i int) (err error) {
		words[i], err = askOne(ctx, v, subjects[i])
		return err
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
