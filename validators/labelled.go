package validators

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators/assertions"
)

// Labelling are the models that moderate and classify texts, for the assertions
// moderation and classifier: the text of their answers is pipeline.Labels in
// JSON. It is read-only.
type Labelling struct {
	Moderator, Classifier *Judge // nil = there is none
	// Why says what is missing where there is none, by assertion.
	Why map[string]string
}

// LabelledBy lists the assertions that such models judge, without their "not-".
func LabelledBy() []string { return []string{"moderation", "classifier"} }

// labelKeys are the keys of genops.yaml's evals that name the models.
var labelKeys = map[string]string{"moderation": "moderator", "classifier": "classifier"}

func (l *Labelling) all() (list []*Judge) {
	for _, j := range []*Judge{l.Moderator, l.Classifier} {
		if j != nil {
			list = append(list, j)
		}
	}
	return list
}

// Names are those of the models, for what a run is known by.
func (l *Labelling) Names() (names []string) {
	if l == nil {
		return nil
	}
	for _, j := range l.all() {
		names = append(names, j.Name+" "+j.Release)
	}
	return names
}

// Open lets the models be asked until Close or the end of ctx.
func (l *Labelling) Open(ctx context.Context) {
	for _, j := range l.all() {
		j.Open(ctx, nil)
	}
}

// Close waits for the calls in flight.
func (l *Labelling) Close() {
	for _, j := range l.all() {
		j.Close()
	}
}

// labels asks a model about a text. Its spending is added to that of the context.
func (j *Judge) labels(ctx context.Context, text string) (l pipeline.Labels, err error) {
	chat := &pipeline.Chat{Messages: []pipeline.Message{{Role: "user", Content: text}}}
	reply, spent, err := j.put(ctx, pipeline.Request{Release: j.Release, Messages: chat.Messages, Draw: 1, Chat: chat}, false, true)
	if sum, ok := ctx.Value(labelSpend{}).(*labelSpend); ok {
		sum.add(spent)
	}
	var unusable *pipeline.Unusable
	switch {
	case errors.Is(err, ErrJudgeEnded), errors.As(err, &unusable):
		return l, fmt.Errorf("%w: %w", assertions.ErrUnavailable, err) // nobody was asked
	case err != nil:
		return l, err
	}
	return pipeline.ReadLabels(reply.Text)
}

// labelSpend sums up what one judgement cost.
type labelSpend struct {
	mu sync.Mutex
	JudgeSpend
}

func (s *labelSpend) add(more JudgeSpend) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Add(more)
}

// Moderate implements assertions.Moderator: the output is looked at.
func (l *Labelling) Moderate(ctx context.Context, _, output string, _ any) ([]assertions.Flag, error) {
	found, err := l.Moderator.labels(ctx, output)
	if err != nil {
		return nil, err
	}
	return Flags(found)
}

// Classify implements assertions.Classifier.
func (l *Labelling) Classify(ctx context.Context, text string, _ any) (map[string]float64, error) {
	found, err := l.Classifier.labels(ctx, text)
	if err != nil {
		return nil, err
	}
	return Classes(found), nil
}

// Flags are what a moderator found. The error is assertions.ErrSilent when its reply
// does not say that nothing is wrong, though it names nothing.
func Flags(l pipeline.Labels) (flags []assertions.Flag, err error) {
	for _, x := range l.List {
		flags = append(flags, assertions.Flag{Code: x.Name, Description: x.Name})
	}
	if l.Silent != "" {
		err = fmt.Errorf("%w: %s", assertions.ErrSilent, l.Silent)
	}
	return flags, err
}

// Classes are the scores of a classifier by class.
func Classes(l pipeline.Labels) map[string]float64 {
	classes := make(map[string]float64, len(l.List))
	for _, x := range l.List {
		classes[x.Name] = x.Score
	}
	return classes
}

// Labelled is an assertion that a model of labels judges.
type Labelled struct{ *foreign }

// newLabelled compiles such an assertion.
func newLabelled(a testsets.Assertion, name string, deps Deps) (pipeline.Validator, error) {
	l, kind := deps.Labelling, strings.TrimPrefix(name, "not-")
	judge := map[string]*Judge{}
	if l != nil {
		judge["moderation"], judge["classifier"] = l.Moderator, l.Classifier
	}
	if judge[kind] == nil {
		why := "there is no model for it here"
		if l != nil && l.Why[kind] != "" {
			why = l.Why[kind]
		}
		return nil, fmt.Errorf("%s: %w: %s", name, ErrNoJudge, why)
	}
	deps.Assertions.Moderator, deps.Assertions.Classifier = l, l
	v, err := newForeign(a, name, deps)
	if err != nil {
		return nil, err
	}
	return &Labelled{v}, nil
}

// Judge is Validate with what it cost. An error that is ErrJudgeEnded or a
// *pipeline.Unusable is about the model, any other about the case.
func (v *Labelled) Judge(ctx context.Context, s pipeline.Subject) (pipeline.Finding, JudgeSpend, error) {
	var spent labelSpend
	f, err := v.Validate(context.WithValue(ctx, labelSpend{}, &spent), s)
	return f, spent.JudgeSpend, err
}

// Steps is the number of questions.
func (v *Labelled) Steps() int { return 1 }
