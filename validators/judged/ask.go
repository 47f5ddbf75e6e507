package judged

import "context"

// Asker asks a judge one question. It is safe for concurrent use. An error ends
// the measurement: the question could not be asked or was not answered.
type Asker interface {
	Ask(context.Context, Question) (Reply, error)
}

// Question is one step of a metric.
type Question struct {
	Step    string         // e.g. "verdicts"; a metric may ask a step several times
	Prompt  string         // name of the prompt that words it: METRIC-STEP, e.g. "hallucination-verdicts"
	Data    map[string]any // what the prompt is rendered with
	Attempt int            // 0, or which further attempt after a malformed reply
	// Last is set for the last attempt: its reply is not kept for other runs, which
	// may then come to a verdict.
	Last bool
	// Logprobs asks for the alternatives of each token where the judge has them.
	Logprobs int
	// Once is set for a question that is the same for each case of a run, so that
	// it needs to be asked only once.
	Once bool
}

// Reply is what the judge answered.
type Reply struct {
	Text   string
	Tokens []Token // of Text, where asked for and given
}

// Token is one token of a reply with what could have stood in its place.
type Token struct {
	Text string
	Top  []Alternative
}

// Alternative is a token with its natural log-probability.
type Alternative struct {
	Text    string
	Logprob float64
}
