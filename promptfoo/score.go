package promptfoo

import (
	"context"
	"errors"
	"math"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/internal/script"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// scored puts what a test's assertScoringFunction says in the place of the verdict.
// As in promptfoo, a function that fails or returns no verdict fails the row; one
// that can't be run is no verdict at all.
func (r *Runner) scored(ctx context.Context, t *project.Test, g *grade) (*grade, error) {
	c := &jsvalue.Object{}
	if t.Threshold != nil {
		c.Set("threshold", *t.Threshold)
	}
	list, _ := g.result.Get("componentResults")
	c.Set("componentResults", list)
	c.Set("tokensUsed", g.tokens.object())
	v, err := r.score(ctx, t.Score, g.named, c)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	switch {
	case err == nil:
		g.result.Merge(v)
		g.pass, g.score, g.reason = truthy(v, "pass"), number(v, "score"), textAt(v, "reason")
		if named, ok := v.Get("namedScores"); ok {
			g.named = objectOf(named)
		}
		return g, nil
	case r.Languages == nil, couldNotRun(err):
		g.unjudged = err.Error()
		fallthrough
	default:
		g.pass, g.score, g.reason = false, 0, "Scoring function error: "+err.Error()
	}
	g.result.Merge(jsvalue.NewObject("pass", g.pass, "score", g.score, "reason", g.reason))
	return g, nil
}

// score calls the function and checks what it returns.
func (r *Runner) score(ctx context.Context, code project.Code, named, c *jsvalue.Object) (*jsvalue.Object, error) {
	if r.Languages == nil {
		return nil, errors.New("assertScoringFunction needs a program that runs scripts")
	}
	v, err := r.Languages.Call(ctx, code, []project.Arg{{Name: "namedScores", Value: named}, {Name: "context", Value: c}})
	if err != nil {
		return nil, err
	}
	o := objectOf(v)
	pass, _ := o.Get("pass")
	score, _ := o.Get("score")
	reason, _ := o.Get("reason")
	_, isBool := pass.(bool)
	f, isNumber := jsvalue.Number(score)
	_, isText := reason.(string)
	if !isBool || !isNumber || !isText || math.IsNaN(f) {
		return nil, errors.New("the function must return {pass, score, reason}")
	}
	return o, nil
}

// couldNotRun says of an error of the user's code that it tells nothing about an
// answer: the code was stopped at a limit, or nothing here runs it.
func couldNotRun(err error) bool {
	return errors.Is(err, script.ErrLimit) || errors.Is(err, script.ErrUnavailable)
}
