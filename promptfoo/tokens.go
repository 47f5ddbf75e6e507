package promptfoo

import "github.com/GaboBase/arch-genops/internal/jsvalue"

// Tokens is promptfoo's count of tokens.
type Tokens struct {
	Total, Prompt, Completion, Cached, Requests int

	// Parts of the prompt and of the completion.
	Reasoning, Accepted, Rejected, CacheRead, CacheWrite int
}

func (t Tokens) add(o Tokens) Tokens {
	return Tokens{t.Total + o.Total, t.Prompt + o.Prompt, t.Completion + o.Completion, t.Cached + o.Cached, t.Requests + o.Requests,
		t.Reasoning + o.Reasoning, t.Accepted + o.Accepted, t.Rejected + o.Rejected, t.CacheRead + o.CacheRead, t.CacheWrite + o.CacheWrite}
}

// object is the count as a response tells it: what is 0 is left out.
func (t Tokens) object() *jsvalue.Object {
	o := jsvalue.NewObject("total", t.Total, "prompt", t.Prompt, "completion", t.Completion)
	if t.Cached > 0 {
		o.Set("cached", t.Cached)
	}
	o.Set("numRequests", t.Requests)
	if t.Reasoning+t.Accepted+t.Rejected+t.CacheRead+t.CacheWrite > 0 {
		o.Set("completionDetails", t.details())
	}
	return o
}

func (t Tokens) details() *jsvalue.Object {
	return jsvalue.NewObject("reasoning", t.Reasoning, "acceptedPrediction", t.Accepted, "rejectedPrediction", t.Rejected,
		"cacheReadInputTokens", t.CacheRead, "cacheCreationInputTokens", t.CacheWrite)
}

// full is the count with every field of a results file, those of judges beside.
func (t Tokens) full(judges Tokens) *jsvalue.Object {
	o := jsvalue.NewObject("prompt", t.Prompt, "completion", t.Completion, "cached", t.Cached, "total", t.Total, "numRequests", t.Requests,
		"completionDetails", t.details())
	o.Set("assertions", judges.whole())
	return o
}

// whole is the count of a judgement, with every field.
func (t Tokens) whole() *jsvalue.Object {
	o := t.sum()
	o.Set("completionDetails", t.details())
	return o
}

// sum is the count of several judgements, without its parts.
func (t Tokens) sum() *jsvalue.Object {
	return jsvalue.NewObject("total", t.Total, "prompt", t.Prompt, "completion", t.Completion, "cached", t.Cached, "numRequests", t.Requests)
}

// tokensOf reads a count that a script reported or a record holds. One that does
// not tell the number of calls is of one call.
func tokensOf(v any) (t Tokens, ok bool) {
	if _, isObject := jsvalue.KeysOf(v); !isObject {
		return t, false
	}
	details, _ := jsvalue.Field(v, "completionDetails")
	count := func(of any, key string) int { return int(number(of, key)) }
	t = Tokens{count(v, "total"), count(v, "prompt"), count(v, "completion"), count(v, "cached"), count(v, "numRequests"),
		count(details, "reasoning"), count(details, "acceptedPrediction"), count(details, "rejectedPrediction"),
		count(details, "cacheReadInputTokens"), count(details, "cacheCreationInputTokens")}
	if _, told := jsvalue.Field(v, "numRequests"); !told {
		t.Requests = 1
	}
	return t, true
}

// spentOn is what a row's answer took. A provider that counts no tokens was asked
// once all the same.
func spentOn(rec *jsvalue.Object) Tokens {
	response, answered := rec.Get("response")
	usage, _ := jsvalue.Field(response, "tokenUsage")
	t, told := tokensOf(usage)
	if answered && !told {
		t.Requests = 1
	}
	return t
}

// judgedWith is what its judges took.
func judgedWith(rec *jsvalue.Object) Tokens {
	judging, _ := rec.Get("judging")
	t, _ := tokensOf(judging)
	return t
}
