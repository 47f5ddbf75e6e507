package assertions

import "github.com/GaboBase/arch-genops/internal/jsvalue"

// Case is one answer, and what scripts and judges may know about it.
type Case struct {
	Output   any            // a text, or a JSON value; after the test's transforms
	Vars     map[string]any // the test's variables
	Prompt   string         // as it was sent
	Response Response
	Provider Provider
	Options  Options
	Trace    *Trace // nil = nothing was recorded
	Test     any    // the test as written, for scripts; may be nil
}

// Response is what the provider said beside the output.
type Response struct {
	Cost         *float64 // US dollars; nil = not reported
	LatencyMS    *float64 // nil = not known, e.g. a cached answer
	FinishReason string   // "" = not reported
	LogProbs     []float64
	Guardrails   any // {flagged, flaggedInput, flaggedOutput, reason}; nil = not reported
	Metadata     any // nil = none
	Raw          any // what the provider's own transform gave; nil = Output
	Whole        any // the response as the provider gave it, for scripts; nil = what stands above
}

// Provider is what is known about who answered.
type Provider struct {
	ID        string
	Label     string
	Unlabeled bool            // scripts see no label, not even an empty one
	Config    *jsvalue.Object // for scripts; nil = what stands below
	Functions any             // configured functions, a list; nil = none
	Tools     any             // configured tools, a list; nil = none
	Checks    bool            // this kind of provider can check function calls, as promptfoo's OpenAI chat provider does
	Google    bool            // calls look like Google's
}

// Options are those of the test that concern judges.
type Options struct {
	Provider     any // the test's judge, as written; nil = the default one
	RubricPrompt any // text, messages, or an object of prompts; nil = the judge's own
	Factuality   any // scores of factuality's categories; nil = the usual ones
}

// Trace is the recorded behaviour of an agent.
type Trace struct {
	ID       string
	Metadata any
	Spans    []Span
}

// Span is one step of a trace. Times are milliseconds.
type Span struct {
	ID            string
	Name          string
	Start         float64
	End           *float64 // nil = it has no end
	Attributes    any      // object; may be nil
	StatusCode    *float64 // OpenTelemetry's: 0 unset, 1 ok, 2 error
	StatusMessage string
}

// textOf is an output as assertions see it: a text, or its JSON.
func textOf(output any) string {
	if s, ok := output.(string); ok {
		return s
	}
	s, _ := jsvalue.Stringify(output, "")
	return s
}
