package validators

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// Joinable says whether a metric can be asked together with others: the question
// about several shows all that it needs.
func Joinable(name string) bool {
	m, ok := judgedMetric(name)
	return ok && m.Joinable()
}

// Together asks the judge for the scores of several metrics in one question, in
// their order and in [0,1]. See judged.Together for what that is and is not.
func (j *Judge) Together(ctx context.Context, s pipeline.Subject, metrics []string) ([]float64, error) {
	return together(ctx, j, s, metrics)
}

func together(ctx context.Context, ask judged.Asker, s pipeline.Subject, metrics []string) ([]float64, error) {
	c, err := judgedCase(s)
	if err != nil {
		return nil, err
	}
	aspects, err := aspectsOf(metrics)
	if err != nil {
		return nil, err
	}
	return judged.Together(ctx, ask, c, aspects, judged.DefaultRetries)
}

func aspectsOf(metrics []string) ([]judged.Aspect, error) {
	aspects := make([]judged.Aspect, len(metrics))
	for i, name := range metrics {
		m, err := Lookup(name)
		if err != nil {
			return nil, err
		}
		known, err := judged.Lookup(m.Name)
		if err != nil {
			return nil, err
		}
		aspects[i] = judged.Aspect{Name: m.Name, About: m.About, Needs: known.Needs}
	}
	return aspects, nil
}

// Joint says whether the metric is one of those that the run asks about in one
// question: as it is set up for the run, without parameters of the assertion's own.
func (v *Judged) Joint() bool { return v.joint }

// Joins says whether a metric is one of those.
func (j *Judging) Joins(metric string) bool { return slices.Contains(j.Together, metric) }

// JudgeTogether judges a case by all metrics of Together in one question; the
// findings are in their order. Errors are those of Judged.Judge.
func (j *Judging) JudgeTogether(ctx context.Context, s pipeline.Subject) ([]pipeline.Finding, JudgeSpend, error) {
	if j.Judge == nil {
		return nil, JudgeSpend{}, ErrNoJudge
	}
	name := judges.TogetherMetric(j.Together)
	if s.Asset.Err != "" {
		return nil, JudgeSpend{}, fmt.Errorf("%s: there is no output: %s", name, clean(s.Asset.Err))
	}
	meter := j.Judge.Meter()
	scores, err := together(ctx, meter, s, j.Together)
	if err != nil {
		return nil, meter.Spent(), fmt.Errorf("%s: %w", name, err)
	}
	out := make([]pipeline.Finding, len(scores))
	for i, x := range scores {
		out[i] = pipeline.Finding{Metric: j.Together[i], Score: x, Pass: x >= judged.TogetherPasses,
			Features: map[string]string{"direction": "higher", "definition": judged.TogetherVersion, "judge": j.Name, "together": name}}
		if !out[i].Pass {
			out[i].Reason = fmt.Sprintf("score %.3g", x)
		}
	}
	return out, meter.Spent(), nil
}

// TogetherRelease is everything that decides what the judge says when it is asked
// about these metrics in one question.
func (j *Judging) TogetherRelease(metrics []string) (judges.Release, error) {
	r := judges.Release{Judge: j.Name, Metric: judges.TogetherMetric(metrics), Definition: judged.TogetherVersion, Params: map[string]string{}, Prompts: map[string]string{}}
	aspects, err := aspectsOf(metrics)
	if err != nil {
		return r, err
	}
	for _, a := range aspects {
		r.Params["about "+a.Name] = a.About
	}
	prompts := &Prompts{}
	if j.Judge != nil {
		config, err := json.Marshal(j.Judge.Config)
		if err != nil {
			return r, err
		}
		r.Model, r.Params["config"] = j.Judge.Release, string(config)
		prompts = j.Judge.Prompts
	}
	p, err := prompts.Find(judged.TogetherPrompt, strings.TrimPrefix(judged.TogetherPrompt, "together-"))
	if err != nil {
		return r, err
	}
	r.Prompts[judged.TogetherPrompt] = p.Digest()
	return r, nil
}
