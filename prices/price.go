// Package prices knows what calls of chat models cost: a dated table of list
// prices, and the project's own in its place.
package prices

import (
	"math"
	"time"
)

// Price is what a model costs, in USD per million tokens. All rates are filled
// in: what a file leaves out costs the same as input. Rates of 0 are known to be
// free.
type Price struct {
	Input       float64 `json:"input"`
	CachedInput float64 `json:"cached_input"` // input that the provider had in its cache
	CacheWrite  float64 `json:"cache_write"`  // input that it put there
	Output      float64 `json:"output"`       // reasoning included
	Long        *Long   `json:"long_context,omitempty"`

	MaxOutputTokens int    `json:"max_output_tokens,omitempty"` // of a call without a limit of its own; 0 = unknown
	Context         int    `json:"context,omitempty"`           // tokens of input and output together; 0 = unknown
	AsOf            string `json:"as_of,omitempty"`             // YYYY-MM-DD on which the price was right; "" = unknown
	Source          string `json:"source,omitempty"`            // who says so
}

// Long are the rates of all tokens of a call whose input is longer than Above.
type Long struct {
	Above       int     `json:"above"` // tokens
	Input       float64 `json:"input"`
	CachedInput float64 `json:"cached_input"`
	CacheWrite  float64 `json:"cache_write"`
	Output      float64 `json:"output"`
}

const million = 1e6

// Cost is the price of one call in USD. input counts all tokens of the prompt;
// cached and cacheWrite are parts of it. Negative counts are 0.
func (p Price) Cost(input, cached, cacheWrite, output int) float64 {
	if p.Long != nil && input > p.Long.Above {
		p = p.long()
	}
	cached, cacheWrite = max(cached, 0), max(cacheWrite, 0)
	plain := max(input-cached-cacheWrite, 0)
	return (float64(plain)*p.Input + float64(cached)*p.CachedInput +
		float64(cacheWrite)*p.CacheWrite + float64(max(output, 0))*p.Output) / million
}

func (p Price) long() Price {
	l := p.Long
	return Price{Input: l.Input, CachedInput: l.CachedInput, CacheWrite: l.CacheWrite, Output: l.Output}
}

// Worst bounds the price of one call in USD before it is made. inputBytes is the
// length of the request's body as it is sent, JSON included; maxOutputTokens is
// the limit that the request sets, or 0 for none: then the model's own counts,
// and without that there is no bound: +Inf, unless output is free.
//
// It assumes that a token of text has at least one byte, that the JSON around
// messages and tools is no shorter than what the provider adds to them, that the
// limit covers reasoning, and that all input is billed at the dearest rate for
// input. It does not cover what a URL in the request stands for, long-lived
// caches, and tools that the provider runs and bills by the call.
func (p Price) Worst(inputBytes, maxOutputTokens int) float64 {
	worst := p.worst(inputBytes, maxOutputTokens)
	if p.Long != nil && inputBytes > p.Long.Above {
		l := p.long()
		l.MaxOutputTokens = p.MaxOutputTokens
		worst = max(worst, l.worst(inputBytes, maxOutputTokens))
	}
	return worst
}

func (p Price) worst(inputBytes, maxOutputTokens int) float64 {
	if maxOutputTokens <= 0 {
		maxOutputTokens = p.MaxOutputTokens
	}
	input := float64(max(inputBytes, 0)) * max(p.Input, p.CachedInput, p.CacheWrite)
	switch {
	case p.Output == 0:
		return input / million
	case maxOutputTokens <= 0:
		return math.Inf(1)
	}
	return (input + float64(maxOutputTokens)*p.Output) / million
}

// Old says whether the price was last right longer than 90 days before now. A
// price without a date is not old.
func (p Price) Old(now time.Time) bool {
	at, err := time.Parse(time.DateOnly, p.AsOf)
	return err == nil && now.Sub(at) >= 91*24*time.Hour
}

// Same says whether two prices charge the same; what is only told about them may
// differ.
func (p Price) Same(q Price) bool {
	if p.Long != nil && q.Long != nil && *p.Long == *q.Long {
		q.Long = p.Long
	}
	q.Context, q.AsOf, q.Source = p.Context, p.AsOf, p.Source
	return p == q
}
