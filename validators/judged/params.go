package judged

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/dlclark/regexp2/v2"
)

// Params are what a metric is set up with, by the names that users of DeepEval
// know. The zero value holds every default.
type Params struct {
	Threshold     Threshold `json:"threshold"`
	StrictMode    *bool     `json:"strict_mode"`    // nil = the metric's default
	IncludeReason *bool     `json:"include_reason"` // nil = yes

	Name             string   `json:"name"`              // of a g-eval
	Criteria         *string  `json:"criteria"`          // g-eval: what to judge by, in plain words
	Steps            []string `json:"evaluation_steps"`  // g-eval: steps; nil = made from the criteria
	EvaluationParams []Field  `json:"evaluation_params"` // g-eval: fields shown; tool correctness: what is compared
	Rubric           []Band   `json:"rubric"`
	TopLogprobs      int      `json:"top_logprobs"` // 0 = 20

	TruthsLimit       *int     `json:"truths_extraction_limit"`
	PenalizeAmbiguous bool     `json:"penalize_ambiguous_claims"`
	Instructions      []string `json:"prompt_instructions"`
	Questions         []string `json:"assessment_questions"` // summarization; none = they are made
	N                 int      `json:"n"`                    // questions to make; 0 = 5
	Task              *string  `json:"task"`
	Domain            *string  `json:"domain"`       // misuse
	AdviceTypes       []string `json:"advice_types"` // non-advice
	Role              *string  `json:"role"`         // role violation
	Topics            []string `json:"relevant_topics"`

	Fields         Fields           `json:"expected_fields"` // JSON correctness
	AvailableTools []Tool           `json:"available_tools"`
	ExactMatch     bool             `json:"should_exact_match"`
	Servers        []map[string]any `json:"mcp_servers"`   // where the case holds none
	AllowedTools   []string         `json:"allowed_tools"` // tool permission; nil = all
	DeniedTools    []string         `json:"denied_tools"`
	Ordering       bool             `json:"should_consider_ordering"`
	Window         int              `json:"window_size"` // 0 = the metric's default

	Pattern    *string `json:"pattern"` // pattern match
	IgnoreCase bool    `json:"ignore_case"`
	pattern    *regexp2.Regexp

	Repetitions    *int     `json:"repetition_threshold"`  // agent loop detection; nil = 3
	Similarity     *float64 `json:"similarity_threshold"`  // nil = 0.85
	CheckTools     *bool    `json:"check_tool_repetition"` // nil = yes, and so are the others
	CheckReasoning *bool    `json:"check_reasoning_stagnation"`
	CheckCycles    *bool    `json:"check_call_graph_cycles"`

	DAG *Graph `json:"dag"` // of yes/no questions
}

// Threshold is the least score that passes: 0.5 unless one is set, none when it
// is set to null.
type Threshold struct {
	Set  bool
	None bool
	At   float64
}

// UnmarshalJSON reads a number or null.
func (t *Threshold) UnmarshalJSON(data []byte) error {
	t.Set = true
	if t.None = string(data) == "null"; t.None {
		return nil
	}
	return json.Unmarshal(data, &t.At)
}

// Band is one range of a rubric: scores From..To mean Outcome.
type Band struct {
	From, To float64
	Outcome  string
}

// UnmarshalJSON reads [from, to, outcome] or {"score_range": [from, to],
// "expected_outcome": outcome}.
func (b *Band) UnmarshalJSON(data []byte) error {
	var obj struct {
		Range   [2]float64 `json:"score_range"`
		Outcome string     `json:"expected_outcome"`
	}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		if err := json.Unmarshal(data, &obj); err != nil {
			return err
		}
		*b = Band{obj.Range[0], obj.Range[1], obj.Outcome}
		return nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	if len(list) != 3 {
		return fmt.Errorf("a rubric's band is [from, to, outcome]")
	}
	for i, to := range []any{&b.From, &b.To, &b.Outcome} {
		if err := json.Unmarshal(list[i], to); err != nil {
			return err
		}
	}
	return nil
}

// ReadParams decodes parameters. An unknown name is an error.
func ReadParams(data []byte) (Params, error) {
	var p Params
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(&p); err != nil {
		return p, err
	}
	if _, err := d.Token(); err != io.EOF {
		return p, fmt.Errorf("more than one value")
	}
	return p, nil
}

func (p *Params) reasons() bool { return p.IncludeReason == nil || *p.IncludeReason }

func (p *Params) strict() bool { return p.StrictMode != nil && *p.StrictMode }

// threshold is the least that passes, or for lower-is-better the most; ok is
// false when there is none.
func (p *Params) threshold(lowerIsBetter bool) (t float64, ok bool) {
	switch {
	case p.strict() && lowerIsBetter:
		return 0, true
	case p.strict():
		return 1, true
	case !p.Threshold.Set:
		return 0.5, true
	}
	return p.Threshold.At, !p.Threshold.None
}

// clamp is strict mode: whatever does not pass is as bad as can be.
func (p *Params) clamp(score float64, lowerIsBetter bool) float64 {
	t, _ := p.threshold(lowerIsBetter)
	switch {
	case !p.strict():
	case lowerIsBetter && score > t:
		return 1
	case !lowerIsBetter && score < t:
		return 0
	}
	return score
}

// checkThreshold refuses what everything passes.
func (p *Params) checkThreshold() error {
	if !p.Threshold.Set || p.Threshold.None || p.strict() {
		return nil
	}
	switch t := p.Threshold.At; {
	case math.IsNaN(t) || t < 0 || t > 1:
		return failf(OutOfRange, "threshold %g: allowed are numbers above 0 and at most 1", t)
	case t == 0:
		return failf(ThresholdZero, "threshold 0: every score passes it; allowed are numbers above 0 and at most 1")
	}
	return nil
}
