package promptfoo

import (
	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// Reasons of a row that did not pass, as promptfoo numbers them.
const (
	failureNone   = 0 // it passed, or there was no output
	failureAssert = 1
	failureError  = 2
)

// Response is what a provider answered.
type Response struct {
	Output       any // as jsvalue has it; nil = none
	HasOutput    bool
	Raw          any
	Error        string
	Cost         float64
	HasCost      bool
	Cached       bool
	unsaid       bool   // nothing is said of a cache
	Nothing      string // why there is no output, where that is known
	Tokens       Tokens
	HasTokens    bool
	usage        *jsvalue.Object // the count in a script's own words; nil = Tokens say all
	FinishReason string
	Refusal      bool
	Guardrails   any
	LogProbs     []float64
	Metadata     *jsvalue.Object
	LatencyMS    float64 // that the provider itself reports; 0 = measured
	More         *jsvalue.Object
}

// record is what came of a row, complete for a results file.
type record struct {
	prompt    string // as it was sent
	config    *jsvalue.Object
	vars      *jsvalue.Object
	response  *Response
	errText   string
	failure   int
	success   bool
	unjudged  string // why there is no verdict; "" = there is one
	score     float64
	named     *jsvalue.Object
	grading   *jsvalue.Object // gradingResult; nil = not graded
	judging   Tokens
	judgeCost float64 // USD
	latencyMS float64
	metadata  *jsvalue.Object
	cached    bool // every call was answered from the cache, and there was one
}

// object is the record as the ledger keeps it: the part of promptfoo's row that
// the configuration does not tell.
func (r *record) object() *jsvalue.Object {
	o := jsvalue.Sized(13)
	if r.errText != "" {
		o.Set("error", r.errText)
	}
	o.Set("gradingResult", orNull(r.grading))
	o.Set("latencyMs", r.latencyMS)
	o.Set("namedScores", r.named.Clone())
	o.Set("prompt", jsvalue.NewObject("raw", r.prompt, "config", project.Public(r.config)))
	if r.response != nil {
		o.Set("response", r.response.object())
	}
	o.Set("score", r.score)
	o.Set("success", r.success)
	o.Set("vars", r.vars.Clone())
	o.Set("metadata", r.metadata.Clone())
	o.Set("failureReason", r.failure)
	if r.unjudged != "" {
		o.Set("unjudged", r.unjudged)
	}
	if r.judging != (Tokens{}) {
		o.Set("judging", r.judging.object())
	}
	return o
}

func orNull(o *jsvalue.Object) any {
	if o == nil {
		return nil
	}
	return o
}

func (r *Response) object() *jsvalue.Object {
	o := jsvalue.Sized(10)
	if r.HasOutput {
		o.Set("output", r.Output)
	}
	if r.Raw != nil {
		o.Set("raw", r.Raw)
	}
	if r.Error != "" {
		o.Set("error", r.Error)
	}
	if r.HasCost {
		o.Set("cost", r.Cost)
	}
	if !r.unsaid {
		o.Set("cached", r.Cached)
	}
	switch {
	case r.usage != nil:
		o.Set("tokenUsage", r.usage)
	case r.HasTokens:
		o.Set("tokenUsage", r.Tokens.object())
	}
	if r.LatencyMS > 0 {
		o.Set("latencyMs", r.LatencyMS)
	}
	if r.FinishReason != "" {
		o.Set("finishReason", r.FinishReason)
	}
	if r.Refusal {
		o.Set("isRefusal", true)
	}
	if r.Guardrails != nil {
		o.Set("guardrails", r.Guardrails)
	}
	if r.LogProbs != nil {
		list := make([]any, len(r.LogProbs))
		for i, p := range r.LogProbs {
			list[i] = p
		}
		o.Set("logProbs", list)
	}
	o.Merge(r.More)
	if r.Metadata != nil {
		o.Set("metadata", r.Metadata.Clone())
	}
	return o
}

// responseOf reads what a script returned, or a record holds.
func responseOf(v any) *Response {
	r := &Response{}
	r.Output, r.HasOutput = jsvalue.Field(v, "output")
	if jsvalue.IsUndefined(r.Output) {
		r.Output, r.HasOutput = nil, false
	}
	r.Raw, _ = jsvalue.Field(v, "raw")
	if e, ok := jsvalue.Field(v, "error"); ok && jsvalue.Truthy(e) {
		if r.Error, ok = e.(string); !ok {
			r.Error, _ = jsvalue.Stringify(e, "")
		}
	}
	if c, ok := jsvalue.Field(v, "cost"); ok {
		r.Cost, r.HasCost = jsvalue.Number(c)
	}
	c, ok := jsvalue.Field(v, "cached")
	r.Cached, r.unsaid = jsvalue.Truthy(c), !ok
	if t, ok := jsvalue.Field(v, "tokenUsage"); ok {
		if r.Tokens, r.HasTokens = tokensOf(t); r.HasTokens {
			r.usage = objectOf(t)
		}
	}
	if f, ok := jsvalue.Field(v, "finishReason"); ok {
		r.FinishReason, _ = f.(string)
	}
	if f, ok := jsvalue.Field(v, "isRefusal"); ok {
		r.Refusal = jsvalue.Truthy(f)
	}
	r.Guardrails, _ = jsvalue.Field(v, "guardrails")
	if list, ok := jsvalue.Field(v, "logProbs"); ok {
		items, _ := list.([]any)
		for _, x := range items {
			f, _ := jsvalue.Number(x)
			r.LogProbs = append(r.LogProbs, f)
		}
	}
	if m, ok := jsvalue.Field(v, "metadata"); ok {
		r.Metadata = objectOf(m)
	}
	if l, ok := jsvalue.Field(v, "latencyMs"); ok {
		r.LatencyMS, _ = jsvalue.Number(l)
	}
	keys, _ := jsvalue.KeysOf(v)
	for _, k := range keys {
		switch k {
		case "output", "raw", "error", "cost", "cached", "tokenUsage", "finishReason", "isRefusal", "guardrails", "logProbs", "metadata", "latencyMs":
		default:
			if r.More == nil {
				r.More = &jsvalue.Object{}
			}
			x, _ := jsvalue.Field(v, k)
			r.More.Set(k, x)
		}
	}
	return r
}

// objectOf is v as an object in order; nil when it is none.
func objectOf(v any) *jsvalue.Object {
	if o, ok := v.(*jsvalue.Object); ok {
		return o
	}
	keys, ok := jsvalue.KeysOf(v)
	if !ok {
		return nil
	}
	o := &jsvalue.Object{}
	for _, k := range keys {
		x, _ := jsvalue.Field(v, k)
		o.Set(k, x)
	}
	return o
}
