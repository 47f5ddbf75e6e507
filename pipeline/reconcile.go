package pipeline

import (
	"context"
	"errors"
	"time"
)

// reconciling asks a generator what became of a call whose fate is unknown,
// before anyone thinks of repeating it.
type reconciling struct {
	Generator
	find  Reconciler
	every time.Duration // between two questions while the job is under way
}

// reconcileEvery is how often a job that is under way is asked for.
const reconcileEvery = 500 * time.Millisecond

// reconciled wraps g when it can be asked.
func reconciled(g Generator) Generator {
	if f, ok := g.(Reconciler); ok {
		return &reconciling{g, f, reconcileEvery}
	}
	return g
}

// Generate makes a call. One that ended without an answer is asked for: done or
// failed, that is its result; lost, it may be repeated without a doubt.
func (g *reconciling) Generate(ctx context.Context, r Request) (Asset, error) {
	asset, err := g.Generator.Generate(ctx, r)
	var t *Transient
	if !errors.As(err, &t) || !t.Ambiguous || r.JobID == "" {
		return asset, err
	}
	found, fate, findErr := g.fate(ctx, r.JobID)
	if findErr != nil {
		return asset, err
	}
	found.Sends = max(asset.Sends, 1)
	switch fate {
	case FateDone:
		return found, nil
	case FateFailed:
		return found, errors.New(found.Err)
	case FateLost:
		return asset, &Transient{Err: t.Err, RetryAfter: t.RetryAfter}
	}
	return asset, err
}

// fateTries bounds how often a provider that does not answer is asked.
const fateTries = 5

// fate waits until a job is no longer under way. The error is the last one of a
// provider that can't be asked.
func (g *reconciling) fate(ctx context.Context, jobID string) (Asset, Fate, error) {
	failures := 0
	for {
		asset, fate, err := g.find.Find(ctx, jobID)
		switch {
		case err != nil && failures+1 >= fateTries:
			return asset, FateUnknown, err
		case err != nil:
			failures++
		case fate != FateRunning:
			return asset, fate, nil
		default:
			failures = 0
		}
		if !sleep(ctx, g.every<<failures) {
			return Asset{}, FateUnknown, context.Cause(ctx)
		}
	}
}
