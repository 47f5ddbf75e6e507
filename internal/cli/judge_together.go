package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// togetherPasses is the score from which an aspect counts as passed when it is
// scored together with others: the metrics' own default threshold.
const togetherPasses = 0.5

// beside are the metrics that --together adds to the checked one.
func (e *check) beside(b *member) ([]string, error) {
	var out []string
	for _, name := range e.together {
		m, err := validators.Lookup(name)
		_, unknown := judged.Lookup(m.Name)
		switch {
		case err != nil:
			return nil, usage(fmt.Errorf("--together: %w", err))
		case b.judge == nil || unknown != nil:
			return nil, usage(fmt.Errorf("--together %s: only metrics that a model judges can be asked together", name))
		case m.Name == e.metric || slices.Contains(out, m.Name):
			return nil, usage(fmt.Errorf("--together %s: it is named twice", name))
		}
		out = append(out, m.Name)
	}
	return out, nil
}

// apartAndTogether compares the words of one question about several metrics with
// those of each metric's own procedure; first are those of the checked metric.
func (e *check) apartAndTogether(ctx context.Context, p *config.Project, b *member, m *material, first []judges.Word) ([]judges.Joint, error) {
	names := append([]string{e.metric}, e.others...)
	apart := [][]judges.Word{first}
	for _, name := range e.others {
		v, err := validators.New(testsets.Assertion{Type: name}, validators.Deps{Judging: b.judging})
		if err != nil {
			return nil, usage(fmt.Errorf("--together %s: %w", name, err))
		}
		words, err := askAll(ctx, v, m.subjects, p.Evals.Concurrency)
		if err != nil {
			return nil, err
		}
		apart = append(apart, words)
	}
	joint := make([][]judges.Word, len(names))
	for i := range joint {
		joint[i] = make([]judges.Word, len(m.subjects))
	}
	err := inParallel(len(m.subjects), p.Evals.Concurrency, func(i int) error {
		scores, err := b.judge.Together(ctx, m.subjects[i], names)
		var unusable *pipeline.Unusable
		if errors.As(err, &unusable) || errors.Is(err, validators.ErrJudgeEnded) || ctx.Err() != nil {
			return err
		}
		for k := range names {
			if err != nil {
				joint[k][i] = judges.Word{Why: err.Error()}
				continue
			}
			joint[k][i] = judges.Word{Score: scores[k], Pass: scores[k] >= togetherPasses}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]judges.Joint, len(names))
	for k, name := range names {
		out[k] = judges.JointOf(name, m.names, apart[k], joint[k])
	}
	return out, nil
}
