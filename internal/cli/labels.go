package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/prices"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
)

// labelling makes the models that the test set's moderation and classifier need.
// What is missing is told before anything is called, and its cases can't be
// judged.
func (e *runEval) labelling(ctx context.Context, p *config.Project, o *evals.Options, limited bool) (close func(), err error) {
	l := &validators.Labelling{Why: map[string]string{}}
	var models []*judgeModel
	for _, kind := range validators.LabelledBy() {
		if !asserts(o, kind) {
			continue
		}
		m, err := e.labeller(p, kind, limited)
		var unusable *pipeline.Unusable
		switch {
		case errors.As(err, &unusable):
			l.Why[kind] = unusable.Reason
			fmt.Fprintf(e.Stderr, "warning: %s can't be judged: %s\n", kind, plain(unusable.Reason))
			continue
		case err != nil:
			return nil, usage(fmt.Errorf("%s: %w", kind, err))
		}
		models = append(models, m)
		if kind == "moderation" {
			l.Moderator = m.judge
		} else {
			l.Classifier = m.judge
		}
	}
	if len(models) > 0 || len(l.Why) > 0 {
		o.Deps.Labelling = l
	}
	var closers []func()
	for _, m := range models {
		if !e.noCache {
			closers = append(closers, m.remember(ctx, e.State, p, e.fresh))
		}
	}
	return func() {
		for _, f := range closers {
			f()
		}
	}, nil
}

// asserts says that a case of the set asserts this, or its opposite.
func asserts(o *evals.Options, kind string) bool {
	for i := range o.Set.Cases {
		found := false
		testsets.EachAssertion(o.Set.Cases[i].Assert, func(a, _ *testsets.Assertion) {
			m, err := validators.Lookup(strings.TrimPrefix(a.Type, "not-"))
			found = found || err == nil && m.Name == kind
		})
		if found {
			return true
		}
	}
	return slices.ContainsFunc(o.Rules, func(r evals.Rule) bool { return r.Metric == kind })
}

// labeller makes the model that genops.yaml names.
func (e *runEval) labeller(p *config.Project, kind string, limited bool) (*judgeModel, error) {
	ref, key, connect := p.Evals.Moderator, "evals.moderator", generators.NewModerator
	if kind == "classifier" {
		ref, key, connect = p.Evals.Classifier, "evals.classifier", generators.NewClassifier
	}
	if ref == "" {
		return nil, &pipeline.Unusable{Reason: "no model is named in " + key + " of " + config.Name}
	}
	m, err := connect(generators.ModelConfig{Ref: ref, Concurrency: e.width, Timeout: p.Evals.Timeout, Getenv: e.Getenv})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	if kind == "classifier" && limited && !prices.LocalURL(e.Getenv("HF_INFERENCE_ENDPOINT")) {
		return nil, fmt.Errorf("--budget: what a call of %s costs is not known, so nothing can be kept below a budget", ref)
	}
	sum := sha256.Sum256([]byte("labels 1\n" + kind + "\n" + ref))
	out := &judgeModel{}
	out.judge = validators.NewJudge(validators.JudgeConfig{Name: ref, Release: "sha256:" + hex.EncodeToString(sum[:]), Generator: m, Width: max(e.width, 1), Retries: p.Evals.Retries})
	return out, nil
}
