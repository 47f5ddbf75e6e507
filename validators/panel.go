package validators

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/pipeline"
)

// NewPanel lets several judges judge each metric: it passes by majority of those
// that came to a verdict, with the mean of their scores; see judges.Combine. The
// members differ in who judges and agree in all else.
func NewPanel(members []*Judging) *Judging {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.Name
	}
	first := members[0]
	return &Judging{Name: "panel of " + strings.Join(names, " + "), Mode: first.Mode, NoReasons: first.NoReasons, Params: first.Params, Panel: members}
}

// Asks says whether somebody can be asked: not so where a run is decided again
// from its records.
func (j *Judging) Asks() bool {
	if len(j.Panel) == 0 {
		return j.Judge != nil
	}
	return !slices.ContainsFunc(j.Panel, func(m *Judging) bool { return !m.Asks() })
}

// Open lets every judge be asked until Close; their calls are paid from one purse.
func (j *Judging) Open(ctx context.Context, purse *pipeline.Purse) {
	for _, m := range j.Panel {
		m.Open(ctx, purse)
	}
	if j.Judge != nil {
		j.Judge.Open(ctx, purse)
	}
}

// Close waits for the calls in flight.
func (j *Judging) Close() {
	for _, m := range j.Panel {
		m.Close()
	}
	if j.Judge != nil {
		j.Judge.Close()
	}
}

// Width is how many calls one judge holds in flight.
func (j *Judging) Width() int {
	if len(j.Panel) > 0 {
		return j.Panel[0].Width()
	}
	if j.Judge == nil {
		return 1
	}
	return j.Judge.Width
}

// PanelWords is the feature of a panel's finding that holds what each member said:
// a JSON list of judges.Word, in the panel's order.
const PanelWords = "panel_words"

// panel asks every member. An error about a judge itself is that of the panel: a
// run must not go on with a smaller one.
func (v *Judged) panel(ctx context.Context, s pipeline.Subject) (pipeline.Finding, JudgeSpend, error) {
	findings := make([]pipeline.Finding, len(v.members))
	spends, errs := make([]JudgeSpend, len(v.members)), make([]error, len(v.members))
	var wait sync.WaitGroup
	for i, m := range v.members {
		wait.Go(func() { findings[i], spends[i], errs[i] = m.Judge(ctx, s) })
	}
	wait.Wait()
	var spent JudgeSpend
	words, said := make([]judges.Word, len(v.members)), make([]string, len(v.members))
	for i, m := range v.members {
		spent.Add(spends[i])
		var unusable *pipeline.Unusable
		if errors.Is(errs[i], ErrJudgeEnded) || errors.As(errs[i], &unusable) || ctx.Err() != nil && errs[i] != nil {
			return pipeline.Finding{}, spent, errs[i]
		}
		words[i] = judges.Word{Score: findings[i].Score, Pass: findings[i].Pass}
		said[i] = fmt.Sprintf("%s: %.3g, passes", m.judging.Name, findings[i].Score)
		if errs[i] != nil {
			words[i] = judges.Word{Why: m.judging.Name + ": " + errs[i].Error()}
			said[i] = m.judging.Name + ": could not judge"
		} else if !findings[i].Pass {
			said[i] = fmt.Sprintf("%s: %.3g, fails", m.judging.Name, findings[i].Score)
		}
	}
	w := judges.Combine(words)
	if !w.Judged() {
		return pipeline.Finding{}, spent, fmt.Errorf("%s: %s", v.name, w.Why)
	}
	each, err := json.Marshal(words)
	if err != nil {
		return pipeline.Finding{}, spent, err
	}
	f := pipeline.Finding{Metric: v.name, Score: w.Score, Pass: w.Pass || v.weight0,
		Features: map[string]string{PanelWords: string(each), "direction": v.measure.Direction(v.judging.Mode), "definition": v.judging.Mode.Version(), "judge": v.judging.Name, "panel": strings.Join(said, "; ")}}
	if !f.Pass {
		f.Reason = strings.Join(said, "; ")
	}
	return f, spent, nil
}
