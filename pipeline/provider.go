package pipeline

import (
	"context"
	"time"
)

// Provider is a generator with the limits that it is used within.
type Provider struct {
	Name      string
	Generator Generator
	Width     int           // calls in flight at first, >= 1
	PerMinute float64       // calls that may go out in a minute; 0 = no limit
	Timeout   time.Duration // of one attempt; 0 = none
	Retries   int           // further attempts after a transient failure
	// Free says that a repeat costs nothing: stragglers are hedged.
	Free bool
	// Price is the highest price of one call; known is false when it can't be
	// told. nil = free.
	Price func(Request) (usd float64, known bool)
	// FlatUSD is what an asset cost whose answer tells no cost.
	FlatUSD float64
	// Breaker holds back calls while the provider fails; the zero value never does.
	Breaker Breaker
}

// priced books the flat price where an answer with an asset tells no cost.
func (p *Provider) priced(a *Asset) {
	if p.FlatUSD > 0 && a.CostUSD == 0 && a.Err == "" && a.Blob != nil {
		a.CostUSD, a.Unpriced = p.FlatUSD, false
	}
}

// admission decides which requests may go out: the breaker must be closed, the
// rate must allow it, the purse must hold the price.
type admission struct {
	breaker *breaker
	rate    *rate
	purse   *Purse
}

// admit is Sweep.Admit.
func (a *admission) admit(ctx context.Context, requests []Request) int {
	if !a.breaker.wait(ctx) {
		return 0
	}
	n := a.rate.take(ctx, len(requests))
	if n == 0 || a.purse == nil {
		return n
	}
	m := a.purse.Admit(ctx, requests[:n])
	a.rate.giveBack(n - m)
	return m
}

// pace is Sweep.Pace: a further attempt keeps to the rate, too.
func (a *admission) pace(ctx context.Context) bool { return a.rate.take(ctx, 1) == 1 }
