package cli

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/prices"
)

// stimulus is the chat model that thinks of keywords in layer 1. What it costs is
// part of the run and of its budget. It is safe for concurrent use.
type stimulus struct {
	ref    string
	model  *generators.Model
	price  prices.Price
	priced bool
	limit  float64 // budget; +Inf = none
	purse  *pipeline.Purse
}

// stimulusOutput bounds what the chat model may say at a time, thinking included,
// so that a call has a highest price.
const stimulusOutput = 4000

// stimulusModel is the reference of the chat model; "" = none is configured.
func (x *media) stimulusModel() string {
	switch ref := x.config.Optimize.Stimulus; ref {
	case "packs", "none":
		return ""
	default:
		return ref
	}
}

// stimulus makes the chat model ready, if one is configured.
func (g *generate) stimulus(x *media) (*stimulus, error) {
	ref := x.stimulusModel()
	if ref == "" {
		return nil, nil
	}
	s := &stimulus{ref: ref, limit: math.Inf(1)}
	if limit := g.limit(x); limit != nil {
		s.limit = *limit
	}
	provider, name, err := generators.SplitModel(ref)
	if err != nil {
		return nil, fmt.Errorf("optimize.stimulus: %w", err)
	}
	table, err := prices.Load(x.root)
	if err != nil {
		return nil, err
	}
	s.price, s.priced = table.Lookup(generators.PricedAs(provider), name)
	if !s.priced && !math.IsInf(s.limit, 1) {
		return nil, usage(fmt.Errorf("optimize.stimulus: no price of %s is known, so the budget can't be kept: add it to prices.yaml, or write \"packs\"", ref))
	}
	s.purse = pipeline.NewPurse(pipeline.Spending{LimitUSD: s.limit, Worst: func(r pipeline.Request) (float64, bool) {
		bytes := 0
		for _, m := range r.Chat.Messages {
			bytes += len(m.Content)
		}
		return s.price.Worst(2*bytes+1000, stimulusOutput), true // twice for JSON's escapes, and the schema
	}})
	s.model, err = generators.NewModel(generators.ModelConfig{Ref: ref, Concurrency: 4, Timeout: x.config.Synthesize.Timeout, Getenv: x.Getenv,
		Defaults: pipeline.Config{MaxOutputTokens: stimulusOutput}})
	if err != nil {
		return nil, fmt.Errorf("optimize.stimulus: %w", err)
	}
	return s, nil
}

// Generate implements pipeline.Generator.
func (s *stimulus) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	if s.purse.Admit(ctx, []pipeline.Request{r}) == 0 {
		if ctx.Err() != nil {
			return pipeline.Asset{}, context.Cause(ctx)
		}
		return pipeline.Asset{}, fmt.Errorf("the budget of $%.4g does not allow a call", s.limit)
	}
	a, err := s.model.Generate(ctx, r)
	if a.CostUSD == 0 && s.priced {
		a.CostUSD = s.price.Cost(a.Usage.InputTokens, a.Usage.CachedTokens, a.Usage.CacheWriteTokens, a.Usage.OutputTokens)
	}
	paid := a
	var t *pipeline.Transient
	if errors.As(err, &t) && t.Ambiguous || errors.Is(err, context.Canceled) {
		paid.Uncertain = 1 // it may have been carried out, and billed
	}
	paid.Unpriced = err == nil && s.priced && a.CostUSD == 0 && a.Usage == (pipeline.Usage{})
	s.purse.Settle(r, paid)
	return a, err
}

// spent is what the chat model cost; nil-safe.
func (s *stimulus) spent() float64 {
	if s == nil {
		return 0
	}
	usd, _ := s.purse.State()
	return usd
}

// underWay checks the plan before the chat model is paid for anything, and finds an
// unfinished run of it, so that it is not paid again for what it said already; nil =
// there is none.
func (g *generate) underWay(ctx context.Context) (*mediaWork, error) {
	unasked := *g
	unasked.unasked = true
	x, p, err := unasked.planned(ctx)
	if err != nil || p.manifest.Stimulus == "" {
		if p != nil {
			p.close()
		}
		return nil, err
	}
	if g.fresh {
		p.close()
		return nil, nil
	}
	run, err := resumableMedia(x.runsFolder(), p.manifest.Fingerprint, x.store())
	if err != nil || run == nil {
		p.close()
		return nil, err
	}
	fmt.Fprintf(x.Stderr, "going on with run %s\n", run.ID)
	return &mediaWork{media: x, makers: p.makers, run: run}, nil
}
