package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// member is one judge that can be asked about one metric.
type member struct {
	release   judges.Release
	validator pipeline.Validator
}

// judgeOf makes a judge of a metric: a model, or "built-in" for what needs none.
func (s *State) judgeOf(p *config.Project, name, metric string) (*member, error) {
	m, err := validators.Lookup(metric)
	if err != nil {
		return nil, usage(fmt.Errorf("--metric: %w", err))
	}
	if name != builtIn {
		return nil, usage(fmt.Errorf("--judge %s: no model can be asked here; known: %s", name, builtIn))
	}
	v, err := validators.New(testsets.Assertion{Type: m.Name}, validators.Deps{Embedder: embedder{}})
	if err != nil {
		return nil, usage(fmt.Errorf("--judge %s: %w", name, err))
	}
	return &member{judges.Release{Judge: name, Metric: m.Name}, v}, nil
}

// ask lets every judge judge every item.
func (e *calibrate) ask(ctx context.Context, p *config.Project, c *judges.Collected, h *heard) (*heard, error) {
	subjects, err := e.subjects(p, c, h)
	if err != nil {
		return nil, err
	}
	h.releases = nil
	for i := range c.Items {
		c.Items[i].Scores = nil
	}
	for _, name := range e.judges {
		m, err := e.judgeOf(p, name, e.metric)
		if err != nil {
			return nil, err
		}
		words, err := askAll(ctx, m.validator, subjects, p.Evals.Concurrency)
		if err != nil {
			return nil, err
		}
		for i, w := range words {
			c.Items[i].Scores = append(c.Items[i].Scores, w)
		}
		h.releases = append(h.releases, m.release)
	}
	return h, nil
}

// subjects are what the judges are shown: the labelled answers, with what the
// test set knows of their cases. Labels without an answer are left out.
func (e *calibrate) subjects(p *config.Project, c *judges.Collected, h *heard) ([]pipeline.Subject, error) {
	cases, err := e.cases(p)
	if err != nil {
		return nil, err
	}
	var out []pipeline.Subject
	kept := c.Items[:0]
	for _, item := range c.Items {
		known, found := cases[item.Case]
		switch {
		case item.Output == "":
			h.ignored = append(h.ignored, item.Name()+": the labels hold no output, and no run is named")
			continue
		case cases != nil && item.Case != "" && !found:
			h.ignored = append(h.ignored, item.Name()+": the test set has no such case")
			continue
		case item.Input == "":
			item.Input = known.Input
		}
		kept = append(kept, item)
		out = append(out, pipeline.Subject{Request: pipeline.Request{ID: item.Name(), Input: item.Input, Vars: known.Vars},
			Asset: pipeline.Asset{Text: item.Output}, Expected: known.Expected, Context: known.Context})
	}
	c.Items = kept
	return out, nil
}

// cases are those of the test set by ID; nil when none is named.
func (e *calibrate) cases(p *config.Project) (map[string]testsets.Case, error) {
	if e.testSet == "" {
		return nil, nil
	}
	path, err := e.testSetPath(p.Root, e.testSet)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	set, err := testsets.Read(inProject(p.Root, path), data, testsets.Options{})
	if err != nil {
		return nil, err
	}
	out := map[string]testsets.Case{}
	for _, c := range set.Cases {
		out[c.ID] = c
	}
	return out, nil
}

// askAll asks about each subject, so many at a time. What the judge could not
// judge is in the words; an error is one of the machine: nothing can be judged.
func askAll(ctx context.Context, v pipeline.Validator, subjects []pipeline.Subject, width int) ([]judges.Word, error) {
	words, errs := make([]judges.Word, len(subjects)), make([]error, len(subjects))
	slots := make(chan struct{}, max(width, 1))
	var wait sync.WaitGroup
	for i, s := range subjects {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			words[i], errs[i] = askOne(ctx, v, s)
		})
	}
	wait.Wait()
	return words, errors.Join(errs...)
}

func askOne(ctx context.Context, v pipeline.Validator, s pipeline.Subject) (judges.Word, error) {
	f, err := v.Validate(ctx, s)
	var unusable *pipeline.Unusable
	switch {
	case ctx.Err() != nil:
		return judges.Word{}, context.Cause(ctx)
	case errors.As(err, &unusable):
		return judges.Word{}, err
	case err != nil:
		return judges.Word{Why: err.Error()}, nil
	case !(f.Score >= 0 && f.Score <= 1):
		return judges.Word{Why: fmt.Sprintf("its score %v is not in [0,1]", f.Score)}, nil
	}
	return judges.Word{Score: f.Score, Pass: f.Pass}, nil
}
