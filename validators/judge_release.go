package validators

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/judges"
)

// Release is everything that decides what the judge says on a metric: the model
// with its parameters, the definition, and the wording of the questions that the
// score rests upon. What a case's own assertion adds, such as its criteria,
// belongs to the test set.
func (j *Judging) Release(metric string) (judges.Release, error) {
	if len(j.Panel) > 0 {
		members := make([]judges.Release, len(j.Panel))
		for i, m := range j.Panel {
			var err error
			if members[i], err = m.Release(metric); err != nil {
				return judges.Release{}, err
			}
		}
		return judges.PanelRelease(members), nil
	}
	if j.Joins(metric) {
		r, err := j.TogetherRelease(j.Together)
		r.Params["together"], r.Metric = r.Metric, metric
		return r, err
	}
	r := judges.Release{Judge: j.Name, Metric: metric, Params: map[string]string{"mode": j.Mode.String()}}
	if j.Judge != nil {
		config, err := json.Marshal(j.Judge.Config)
		if err != nil {
			return r, err
		}
		r.Model, r.Params["config"] = j.Judge.Release, string(config)
	}
	m, ok := judgedMetric(metric)
	if !ok {
		return r, nil
	}
	r.Definition = j.Mode.Version()
	if own := j.Params[m.Name]; own != nil {
		r.Params["metric"] = string(own)
	}
	prompts := &Prompts{}
	if j.Judge != nil {
		prompts = j.Judge.Prompts
	}
	r.Prompts = map[string]string{}
	for _, name := range m.Prompts() {
		step := stepOf(m.Steps, name)
		if step == "reason" {
			continue // it is asked when the score is settled
		}
		p, err := prompts.Find(name, step)
		if err != nil {
			return r, fmt.Errorf("%s: %w", metric, err)
		}
		r.Prompts[name] = p.Digest()
	}
	return r, nil
}

// stepOf is the longest step that the name of a prompt ends with.
func stepOf(steps []string, prompt string) (step string) {
	for _, s := range steps {
		if strings.HasSuffix(prompt, "-"+strings.ReplaceAll(s, "_", "-")) && len(s) > len(step) {
			step = s
		}
	}
	return step
}
