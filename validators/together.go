package validators

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
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

// aspects are the metrics as one question about them asks and passes them.
func (j *Judging) aspects(metrics []string) ([]judged.Aspect, error) {
	aspects := make([]judged.Aspect, len(metrics))
	for i, name := range metrics {
		m, err := judged.Lookup(name)
		if err != nil {
			return nil, err
		}
		if aspects[i], err = judged.NewAspect(m, j.Params[m.Name]); err != nil {
			return nil, err
		}
	}
	return aspects, nil
}

// Joint says whether the metric is one of those that the run asks about in one
// question: as it is set up for the run, without parameters of the assertion's own.
func (v *Judged) Joint() bool { return v.joint }

// Joins says whether a metric is one of those.
func (j *Judging) Joins(metric string) bool { return slices.Contains(j.Together, metric) }

// JudgeTogether judges a case by several metrics in one question, each by its own
// threshold and with the judge's reason; the findings are in their order. It is
// something else than asking about each: see judged.Together. Errors are those of
// Judged.Judge.
func (j *Judging) JudgeTogether(ctx context.Context, s pipeline.Subject, metrics []string) ([]pipeline.Finding, JudgeSpend, error) {
	if j.Judge == nil {
		return nil, JudgeSpend{}, ErrNoJudge
	}
	name := judges.TogetherMetric(metrics)
	if err := answered(name, s); err != nil {
		return nil, JudgeSpend{}, err
	}
	aspects, err := j.aspects(metrics)
	if err != nil {
		return nil, JudgeSpend{}, err
	}
	c, err := judgedCase(s)
	if err != nil {
		return nil, JudgeSpend{}, fmt.Errorf("%s: %w", name, err)
	}
	meter := j.Judge.Meter()
	scores, err := judged.Together(ctx, meter, c, aspects, judged.DefaultRetries)
	if err != nil {
		return nil, meter.Spent(), fmt.Errorf("%s: %w", name, err)
	}
	out := make([]pipeline.Finding, len(scores))
	for i, x := range scores {
		f := pipeline.Finding{Metric: metrics[i], Score: x.Score, Pass: x.Pass,
			Features: map[string]string{"direction": "higher", "definition": judged.TogetherVersion, "judge": j.Name, "together": name}}
		if j.NoReasons {
			x.Reason = ""
		}
		explain(&f, x.Reason, x.Score)
		out[i] = f
	}
	return out, meter.Spent(), nil
}

// TogetherRelease is everything that decides what the judge says when it is asked
// about these metrics in one question.
func (j *Judging) TogetherRelease(metrics []string) (judges.Release, error) {
	r := judges.Release{Judge: j.Name, Metric: judges.TogetherMetric(metrics), Definition: judged.TogetherVersion, Params: map[string]string{}, Prompts: map[string]string{}}
	aspects, err := j.aspects(metrics)
	if err != nil {
		return r, err
	}
	for _, a := range aspects {
		r.Params["about "+a.Name] = a.About
		r.Params["threshold "+a.Name] = strconv.FormatFloat(a.Threshold, 'g', -1, 64)
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
