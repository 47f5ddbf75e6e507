package promptfoo

import (
	"context"
	"errors"
	"fmt"

	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/promptfoo/project"
	"github.com/GaboBase/arch-genops/validators"
	"github.com/GaboBase/arch-genops/validators/assertions"
)

// labeller is a provider that moderates or classifies texts: its output is
// pipeline.Labels as JSON, which only judges read. Moderation is free of
// charge; what a classifier costs is not told.
type labeller struct {
	id, kind string
	model    *generators.Model
}

func newLabeller(r *Runner, p *project.Provider) (caller, error) {
	connect := generators.NewModerator
	if p.Call.Kind == project.CallClassify {
		connect = generators.NewClassifier
	}
	m, err := connect(r.modelConfig(p))
	if err != nil {
		return nil, fmt.Errorf("provider %q: %w", p.ID, err)
	}
	return &labeller{p.ID, p.Call.Kind, m}, nil
}

func (l *labeller) remote() bool { return true }
func (l *labeller) close() error { return l.model.Close() }

func (l *labeller) call(ctx context.Context, q *ask) (*Response, error) {
	if q.labels != l.kind {
		return nil, fmt.Errorf("provider %q gives no texts (%s)", l.id, l.kind)
	}
	a, err := l.model.Generate(ctx, pipeline.Request{Input: q.prompt})
	if err != nil {
		return nil, err
	}
	r := &Response{Output: a.Text, HasOutput: true, HasTokens: true, LatencyMS: float64(a.Latency.Milliseconds())}
	r.Tokens.Requests = 1
	return r, nil
}

// kindsOfLabels are the kinds of calls behind the kinds of judges.
var kindsOfLabels = map[string]string{"moderation": project.CallModerate, "classification": project.CallClassify}

// labels asks a moderator or classifier about a text.
func (j *judge) labels(ctx context.Context, text string, given any, kind string, otherwise *project.Provider) (l pipeline.Labels, err error) {
	p, err := j.provider(given, kind, otherwise)
	if err != nil {
		return l, err
	}
	if want := kindsOfLabels[kind]; p.Call.Kind != want {
		return l, fmt.Errorf("%w: provider %q gives no %s", assertions.ErrUnavailable, p.ID, kind)
	}
	resp, err := j.patiently(ctx, p, &ask{prompt: text, labels: p.Call.Kind})
	if err != nil {
		return l, err
	}
	use, _ := ctx.Value(usageKey{}).(*usage)
	use.note(resp)
	said, _ := resp.Output.(string)
	if said == "" {
		return l, errors.New("there is no reply")
	}
	return pipeline.ReadLabels(said)
}

// Moderate implements assertions.Moderator: the answer is looked at, not the
// prompt, as by promptfoo with OpenAI's API.
func (j *judge) Moderate(ctx context.Context, _, output string, provider any) ([]assertions.Flag, error) {
	l, err := j.labels(ctx, output, provider, "moderation", j.run.moderating)
	if err != nil {
		return nil, err
	}
	return validators.Flags(l)
}

// Classify implements assertions.Classifier.
func (j *judge) Classify(ctx context.Context, text string, provider any) (map[string]float64, error) {
	l, err := j.labels(ctx, text, provider, "classification", nil)
	if err != nil {
		return nil, err
	}
	return validators.Classes(l), nil
}
