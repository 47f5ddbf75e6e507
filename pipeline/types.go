// Package pipeline holds the types that tie the layers together, and the
// sweep: the only place where breadth-first exists.
package pipeline

import (
	"context"
	"encoding/json"
	"time"
)

// Request is one unit of layer-2 work.
type Request struct {
	ID       string         // unique in its run and stable over restarts: "CASE#DRAW"
	Release  string         // digest of what answers
	Input    string         // rendered input
	Vars     map[string]any // named values; may be nil
	Messages []Message      // chat history before Input; may be nil
	Draw     int            // 1 for the first answer to this input, 2 … for repeats
	Dialogue *Dialogue      `json:",omitempty"` // a conversation is to be had, turn by turn; nil = one call
	After    []Message      `json:",omitempty"` // what came after Input: the tools that were called for, and what they gave back; may be nil
	Chat     *Chat          `json:",omitempty"` // the rendered prompt, for a chat model; nil = Messages and Input as they are
	Media    *MediaJob      `json:",omitempty"` // for a media generator; nil = text is asked for
	JobID    string         `json:",omitempty"` // deterministic, sent to providers that know jobs by an ID of the caller's: a UUID; "" = none
}

// Usage counts tokens as reported by the one who answered; 0 when unknown.
type Usage struct {
	InputTokens      int `json:"input_tokens"`                 // all of the prompt, cached ones included
	OutputTokens     int `json:"output_tokens"`                // all that was generated, reasoning included
	CachedTokens     int `json:"cached_tokens,omitempty"`      // part of InputTokens that was read from the provider's cache
	CacheWriteTokens int `json:"cache_write_tokens,omitempty"` // part of InputTokens that was written to it
	ReasoningTokens  int `json:"reasoning_tokens,omitempty"`   // part of OutputTokens that is not shown
}

// Asset is the result of a Request. A failed Asset has Err set and stays in the
// batch: it is a result, not a reason to stop.
type Asset struct {
	Text    string          // the output as text; for a non-text output its compact JSON
	JSON    json.RawMessage // the output as JSON when it is not a plain string; else nil
	Usage   Usage
	CostUSD float64       // as reported; 0 when not reported
	Latency time.Duration // of the attempt that answered
	Sends   int           // how often the request was sent, >= 1 once it went out
	// Uncertain is how many of the sends ended without an answer, so that nobody
	// knows whether they were carried out and billed.
	Uncertain int
	Err       string // why there is no answer; "" when there is one

	// What chat models report beside the text.
	Model        string     // the model that answered, as the provider names it, e.g. a dated snapshot
	FinishReason string     // "stop", "length", "tool_calls" or the provider's own word
	ToolCalls    []ToolCall // what the model wants to be called
	// Trace is what else is known of the steps before the answer, tools among them;
	// nil = nobody tells whether there were any beside ToolCalls.
	Trace    *Trace
	Echo     *Echo       // goes into the message by which a conversation gives the answer back; nil = its text and calls are all
	Logprobs []TokenProb // of the output's tokens, where asked for and given
	Unpriced bool        // tokens were used and no price is known, so CostUSD is 0 for want of one

	// Talk is the conversation that a request with a Dialogue came to, the answers
	// of this Asset being the last ones; nil for one call.
	Talk *Talk

	// Own is the verdict of a generator that judges its answers itself, by
	// rules that are not the test set's; nil for all others.
	Own *OwnVerdict

	// What media generators report.
	Blob      *Blob             // the bytes; nil for text
	Seed      *uint64           // that was really used, where the provider says; nil = unknown or none
	Moderated string            // the provider refused or altered the result: "input" or "output" and its reason; such an asset is never delivered
	Recipe    map[string]string // what else identifies how it came about: sampler, model hash, request id
}

// Generator answers requests. Generate is safe for concurrent use. It returns
// a plain error when this request failed for good, a *Unusable when no request
// can succeed any more, and honours ctx.
type Generator interface {
	Generate(context.Context, Request) (Asset, error)
}

// Subject is what a validator judges.
type Subject struct {
	Request  Request
	Asset    Asset
	Expected any            // nil when unknown
	Context  []string       // facts the output may rely on
	Metadata map[string]any // what else the test set knows of the case; read-only, may be nil
	Planned  *Planned       // of a media asset: what it was to be; else nil
	Findings []Finding      // of the validators before, for those that build upon them
	// Open reads the bytes of a media asset; nil for text. Asset.Blob then has
	// its type and size without the bytes.
	Open func() ([]byte, error)
}

// Finding is one validator's judgement of one Subject. Score is oriented:
// higher is better, in [0,1].
type Finding struct {
	Metric string  `json:"metric"`
	Score  float64 `json:"score"`
	Pass   bool    `json:"pass"`
	Reason string  `json:"reason,omitempty"` // why not, for people; "" when passed
	// Features are what a validator measured beside its score and later ones
	// may build upon, such as a perceptual hash.
	Features map[string]string `json:"features,omitempty"`
}

// OwnVerdict is what a generator that judges itself found.
type OwnVerdict struct {
	State    string          // "passed", "failed", "errored" or "unjudged"
	Findings []Finding       // what was judged
	Unjudged []Finding       // what could not be, with the reason
	Detail   json.RawMessage // kept in the record of the call, for reports of its own; nil = none
	Cached   bool            // nothing was called: the answer is one of an earlier run
}

// Validator judges a Subject. An error means "could not judge", never "passed".
// Validate is safe for concurrent use.
type Validator interface {
	Validate(context.Context, Subject) (Finding, error)
}
