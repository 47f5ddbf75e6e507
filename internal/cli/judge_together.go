package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
	"github.com/GaboBase/arch-genops/validators/judged"
)

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
		case !validators.Joinable(m.Name) || !validators.Joinable(e.metric):
			return nil, usage(fmt.Errorf("--together %s: one question about several metrics shows input, output and context; %s or %s needs more, and is asked for itself", name, m.Name, e.metric))
		case m.Name == e.metric || slices.Contains(out, m.Name):
			return nil, usage(fmt.Errorf("--together %s: it is named twice", name))
		}
		out = append(out, m.Name)
	}
	return out, nil
}

// apartAndTogether compares the words of one question about several metrics with
// those of each metric's own procedure; first are those of the checked metric.
func (e *check) apartAndTogether(ctx context.Context, p *config.Project, b *member, m *material, first []judges.Word, j *journal) ([]judges.Joint, error) {
	names := append([]string{e.metric}, e.others...)
	apart := [][]judges.Word{first}
	for _, name := range e.others {
		v, err := validators.New(testsets.Assertion{Type: name}, b.deps)
		if err != nil {
			return nil, usage(fmt.Errorf("--together %s: %w", name, err))
		}
		words, err := askAll(ctx, j, "apart "+name, slices.Repeat([]pipeline.Validator{v}, len(m.subjects)), m, p.Evals.Concurrency)
		if err != nil {
			return nil, err
		}
		apart = append(apart, words)
	}
	joint := make([][]judges.Word, len(m.subjects)) // by answer
	err := inParallel(len(m.subjects), p.Evals.Concurrency, func(i int) error {
		return j.once(m.key("together", i), &joint[i], func() error {
			joint[i] = make([]judges.Word, len(names))
			found, _, err := b.judging.JudgeTogether(ctx, m.subjects[i], names)
			var unusable *pipeline.Unusable
			if errors.As(err, &unusable) || errors.Is(err, validators.ErrJudgeEnded) || ctx.Err() != nil {
				return errors.Join(err, context.Cause(ctx))
			}
			for k := range names {
				if err != nil {
					joint[i][k] = judges.Word{Why: err.Error()}
				} else {
					joint[i][k] = judges.Word{Score: found[k].Score, Pass: found[k].Pass}
				}
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	out := make([]judges.Joint, len(names))
	for k, name := range names {
		together := make([]judges.Word, len(joint))
		for i, words := range joint {
			together[i] = words[k]
		}
		out[k] = judges.JointOf(name, m.names, apart[k], together)
	}
	return out, nil
}

// keepTogether keeps what was measured in the project: runs may ask together what
// it allows.
func (e *check) keepTogether(p *config.Project, b *member, out *checked) error {
	metrics := append([]string{e.metric}, e.others...)
	r, err := b.judging.TogetherRelease(metrics)
	if err != nil {
		return err
	}
	t := &judges.Together{Schema: 1, Release: r, Digest: r.Digest(), Metrics: metrics, Apart: map[string]string{}, Answers: out.Answers, Joints: out.Together}
	for _, name := range metrics {
		apart, err := b.judging.Release(name)
		if err != nil {
			return err
		}
		t.Apart[name] = apart.Digest()
	}
	data, err := t.Encode()
	if err != nil {
		return err
	}
	path := filepath.Join(p.Root, judges.Dir, t.Name())
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := assets.WriteFile(path, data); err != nil {
		return err
	}
	out.Stored, out.Refused = e.show(path), t.Refuses()
	return nil
}

// askTogether lets the judge be asked about several metrics at once, where that
// is wanted and what was measured allows it.
func (e *runEval) askTogether(p *config.Project, o *evals.Options) error {
	if !e.together && !p.Evals.Judge.Together {
		return nil
	}
	j := o.Deps.Judging
	switch {
	case j == nil && !e.together:
		return nil // the project's key, in a run that has no judge
	case j == nil:
		return usage(errors.New("--judge-together needs a judge: name one with --judge, for example --judge openai:gpt-5.4"))
	case len(j.Panel) > 0:
		return usage(errors.New("--judge-together: the members of a panel are asked about each metric for itself"))
	case j.Mode != judged.Default:
		return usage(fmt.Errorf("--judge-together: --compat %s asks about each metric for itself, as DeepEval does", j.Mode))
	}
	wanted := joinable(o)
	if len(wanted) < 2 {
		return usage(errors.New("--judge-together: fewer than two metrics of this run can be asked in one question"))
	}
	all, err := judges.LoadTogether(p.Root)
	if err != nil {
		return err
	}
	why := "nothing that was measured tells whether this judge says the same in one question about several metrics as about each"
	for _, t := range all {
		if len(t.Metrics) <= len(j.Together) || slices.ContainsFunc(t.Metrics, func(m string) bool { return !slices.Contains(wanted, m) }) {
			continue
		}
		reason, err := forbids(j, t)
		if err != nil {
			return err
		}
		if reason == "" {
			j.Together = t.Metrics
		} else {
			why = t.Path + ": " + reason
		}
	}
	if len(j.Together) == 0 {
		return usage(fmt.Errorf("--judge-together: %s; measure it with\n%s", why, checkCommand(j.Name, wanted)))
	}
	fmt.Fprintf(e.Stderr, "one question asks about %s\n", judges.TogetherMetric(j.Together))
	return nil
}

// joinable are the metrics of a run that can be asked in one question.
func joinable(o *evals.Options) (out []string) {
	add := func(name string) {
		m, err := validators.Lookup(name)
		if err == nil && validators.Joinable(m.Name) && !slices.Contains(out, m.Name) {
			out = append(out, m.Name)
		}
	}
	for _, r := range o.Rules {
		add(r.Metric)
	}
	for i := range o.Set.Cases {
		for _, a := range o.Set.Cases[i].Assert {
			add(a.Type)
		}
	}
	return out
}

// forbids says why a measurement does not allow to ask this judge together; "" =
// it does. It holds for the very judge, prompts and parameters that were measured.
func forbids(j *validators.Judging, t *judges.Together) (string, error) {
	now, err := j.TogetherRelease(t.Metrics)
	if err != nil { // a parameter that one question does not know
		return err.Error(), nil
	}
	if now.Digest() != t.Digest {
		return "it was measured with another judge, prompt, parameter or threshold", nil
	}
	for _, name := range t.Metrics {
		apart, err := j.Release(name)
		if err != nil {
			return "", err
		}
		if apart.Digest() != t.Apart[name] {
			return "since then something changed in how " + name + " is asked for itself", nil
		}
	}
	return t.Refuses(), nil
}

func checkCommand(judge string, metrics []string) string {
	text := fmt.Sprintf("  genops judge check --judge %s --metric %s", judge, metrics[0])
	for _, m := range metrics[1:] {
		text += " --together " + m
	}
	return text + " --run latest -n 50"
}
