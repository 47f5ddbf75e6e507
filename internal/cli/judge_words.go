package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/testsets"
)

// heard is whose words the items of a collection now hold.
type heard struct {
	releases []judges.Release // by number of the judge
	run      string           // whose answers they are; "" = those of the labels
	ignored  []string         // labels that belong to no answer
}

// builtIn is the judge's name of metrics that need no model.
const builtIn = "built-in"

// listen gives every item the judges' words: those of a run, those that the
// labels hold, or new ones. nil without an error: it was a dry run.
func (e *calibrate) listen(ctx context.Context, p *config.Project, c *judges.Collected) (*heard, error) {
	h := &heard{}
	if e.run != "" {
		if err := e.fromRun(p, c, h); err != nil {
			return nil, err
		}
	}
	switch {
	case len(e.judges) > 0:
		return e.ask(ctx, p, c, h)
	case e.run != "":
		return h, nil
	case c.Judged:
		metric := e.metric
		if metric == "" {
			metric = "score"
		}
		h.releases = []judges.Release{{Metric: metric}} // whose score it is nobody says
		return h, nil
	}
	return nil, usage(errors.New("judge calibrate: whose words? name a run that it judged (--run), ask it (--judge), or give the labels a column score"))
}

// fromRun finds the answers that the labels are about, and takes over what the
// run's metric said of them. Labels of other answers are left out, and named.
func (e *calibrate) fromRun(p *config.Project, c *judges.Collected, h *heard) error {
	id, err := evalRun(p.Root, "--run", e.run)
	if err != nil {
		return err
	}
	f, err := evals.RunsOf(p.Root).Find(id)
	if err != nil {
		return usage(fmt.Errorf("--run: %w", err))
	}
	metric := "pass_rate" // of every answer, where the judges are asked anew
	if len(e.judges) == 0 {
		if e.metric, err = metricOf(f, e.metric); err != nil {
			return err
		}
		metric = e.metric
	}
	answers, err := f.Answers(metric)
	if err != nil {
		return err
	}
	release, err := f.Judge(metric)
	if err != nil {
		return err
	}
	if release == nil {
		release = &judges.Release{Judge: builtIn, Metric: e.metric}
	}
	h.run, h.releases = f.ID, []judges.Release{*release}
	index := newAnswerIndex(answers)
	kept := c.Items[:0]
	for _, item := range c.Items {
		a, why := index.find(item)
		if why != "" {
			h.ignored = append(h.ignored, item.Name()+": "+why)
			continue
		}
		item.Case, item.Input, item.Output, item.Scores = a.ID, a.Input, a.Output, []judges.Word{a.Word}
		item.Cluster, item.Criterion = a.Cluster, a.Criterion
		kept = append(kept, item)
	}
	c.Items = kept
	return nil
}

// casesOfRun are the cases of a run by ID.
func casesOfRun(root, run string) (map[string]testsets.Case, error) {
	f, err := evals.RunsOf(root).Find(run)
	if err != nil {
		return nil, err
	}
	return f.Cases()
}

// metricOf is the metric to compare: the named one, or the run's only one.
func metricOf(f evals.Folder, name string) (string, error) {
	known, err := f.Metrics()
	switch {
	case err != nil:
		return "", err
	case name != "" && slices.Contains(known, name):
		return name, nil
	case name != "":
		return "", usage(fmt.Errorf("--metric %s: run %s has no such score; known: %s", name, f.ID, strings.Join(known, ", ")))
	}
	judged, err := f.Judged()
	if err != nil {
		return "", err
	}
	if len(judged) == 1 {
		return judged[0], nil
	}
	return "", usage(fmt.Errorf("judge calibrate: --metric is missing; run %s has %s", f.ID, strings.Join(known, ", ")))
}

// answerIndex finds answers by case or by text.
type answerIndex struct {
	byID   map[string]evals.Answer
	byText map[string][]evals.Answer // by judges.OutputDigest
}

func newAnswerIndex(answers []evals.Answer) answerIndex {
	x := answerIndex{map[string]evals.Answer{}, map[string][]evals.Answer{}}
	for _, a := range answers {
		x.byID[a.ID] = a
		d := judges.OutputDigest(a.Output)
		x.byText[d] = append(x.byText[d], a)
	}
	return x
}

// find returns the answer that an item is about, or why there is none.
func (x answerIndex) find(item judges.Item) (a evals.Answer, why string) {
	if item.Case == "" {
		for _, a := range x.byText[judges.OutputDigest(item.Output)] {
			if !a.Errored && (item.Input == "" || item.Input == a.Input) {
				return a, ""
			}
		}
		return a, "the run has no such answer"
	}
	a, ok := x.byID[item.Case]
	switch {
	case !ok:
		return a, "the run has no such case, or did not draw it"
	case a.Errored:
		return a, "the agent gave no answer"
	case item.Output != "" && judges.OutputDigest(item.Output) != judges.OutputDigest(a.Output):
		return a, "the run has another answer than the one that was labelled"
	}
	return a, ""
}
