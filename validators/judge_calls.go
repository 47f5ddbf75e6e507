package validators

import (
	"strings"

	"github.com/GaboBase/arch-genops/validators/judged"
)

// JudgeCall is one of the questions that a judge is asked about a metric.
type JudgeCall struct {
	Release string // under which its replies are kept
	Bytes   int    // about as long it is without what it is about
}

// Calls are the questions of a metric, one by one, as far as the metric's prompts
// tell them; several metrics in one question are judged.TogetherPrompt. Not with a
// panel: each member has its own.
func (j *Judging) Calls(metric string) (out []JudgeCall) {
	if j.Judge == nil {
		return nil
	}
	names, steps := []string{judged.TogetherPrompt}, []string(nil)
	if metric != judged.TogetherPrompt {
		m, ok := judgedMetric(metric)
		if !ok {
			return nil
		}
		names, steps = m.Prompts(), m.Steps
	}
	for _, name := range names {
		step := stepOf(steps, name)
		if metric == judged.TogetherPrompt {
			step = strings.TrimPrefix(name, "together-")
		}
		if step == "reason" && j.NoReasons || step == "steps" {
			continue // steps are made once a run
		}
		p, err := j.Judge.Prompts.Find(name, step)
		if err != nil {
			continue
		}
		call := JudgeCall{Release: j.Judge.promptRelease(p)}
		for _, s := range p.Sources() {
			call.Bytes += len(s.Text)
		}
		out = append(out, call)
	}
	return out
}
