// Package recorded replays recorded assertions of promptfoo against package
// assertions: for the bench and for tests.
package recorded

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/internal/nunjucks"
	"github.com/GaboBase/arch-genops/promptfoo/project"
	"github.com/GaboBase/arch-genops/validators/assertions"
)

// Record is one recorded test: an output, assertions, and what became of it.
type Record struct {
	ID        string            `json:"id"`
	Type      string            `json:"type"`
	Output    json.RawMessage   `json:"output"`
	Vars      *jsvalue.Object   `json:"vars"`
	Assert    []json.RawMessage `json:"assert"`
	Threshold json.RawMessage   `json:"threshold"`
	Provider  struct {
		LatencyMS    *float64        `json:"latencyMs"`
		Cost         *float64        `json:"cost"`
		FinishReason string          `json:"finishReason"`
		LogProbs     []float64       `json:"logProbs"`
		Functions    json.RawMessage `json:"functions"`
		Tools        json.RawMessage `json:"tools"`
		Guardrails   json.RawMessage `json:"guardrails"`
		Metadata     json.RawMessage `json:"metadata"`
	} `json:"provider"`
	Options struct {
		RubricPrompt json.RawMessage `json:"rubricPrompt"`
		Factuality   json.RawMessage `json:"factuality"`
	} `json:"options"`
	Trace          json.RawMessage      `json:"trace"`
	Replies        replies              `json:"replies"` // of a judge
	Embeddings     map[string][]float64 `json:"embeddings"`
	Classification map[string]float64   `json:"classification"`
	Moderation     []struct {
		Code        string `json:"code"`
		Description string `json:"description"`
	} `json:"moderation"`
	// BeyondLimits is of a reply that is nested deeper than is read here: it can't
	// be read, whatever promptfoo makes of it.
	BeyondLimits bool      `json:"beyond_limits"`
	Expect       *Expected `json:"expect"`
	bad          error     // why it can't be read
}

// replies are those of a judge by step, or to all steps ("*"); the last one
// repeats.
type replies map[string][]any

// UnmarshalJSON reads {step: list}, or a list or a single reply for all steps.
func (r *replies) UnmarshalJSON(data []byte) error {
	*r = replies{}
	var byStep map[string]json.RawMessage
	if json.Unmarshal(data, &byStep) != nil {
		byStep = map[string]json.RawMessage{"*": data}
	}
	for step, raw := range byStep {
		var list []any
		if json.Unmarshal(raw, &list) != nil {
			list = make([]any, 1)
			if err := json.Unmarshal(raw, &list[0]); err != nil {
				return err
			}
		}
		(*r)[step] = list
	}
	return nil
}

// Expected is what promptfoo made of a record.
type Expected struct {
	Pass        bool    `json:"pass"`
	Score       float64 `json:"score"`
	ReasonClass string  `json:"reason_class"`
	Reason      string  `json:"reason"` // that the judge gave; "" = none, or words of promptfoo's own
	ConfigError bool    `json:"config_error"`
	Components  []struct {
		Pass  bool    `json:"pass"`
		Score float64 `json:"score"`
	} `json:"components"`
	NamedScores map[string]float64 `json:"named_scores"`
}

// IsError says that it had no verdict.
func (e *Expected) IsError() bool { return e.ConfigError || e.ReasonClass == "error" }

// Is reports whether a file holds records of this kind: a JSON array, or lines
// of JSON.
func Is(data []byte) bool {
	var first map[string]json.RawMessage
	data = bytes.TrimLeft(data, " \t\r\n")
	if bytes.HasPrefix(data, []byte("[")) {
		data = bytes.TrimLeft(data[1:], " \t\r\n")
	}
	if json.NewDecoder(bytes.NewReader(data)).Decode(&first) != nil {
		return false
	}
	_, hasOutput := first["output"]
	return first["assert"] != nil && hasOutput
}

// Read reads a file. A record that can't be read is one that can't be judged.
func Read(data []byte) ([]Record, error) {
	var raws []json.RawMessage
	if bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("[")) {
		if err := json.Unmarshal(data, &raws); err != nil {
			return nil, fmt.Errorf("reading recorded assertions: %w", err)
		}
	} else {
		for d := json.NewDecoder(bytes.NewReader(data)); d.More(); {
			var raw json.RawMessage
			if err := d.Decode(&raw); err != nil {
				return nil, fmt.Errorf("reading recorded assertion %d: %w", len(raws)+1, err)
			}
			raws = append(raws, raw)
		}
	}
	out := make([]Record, len(raws))
	for i, raw := range raws {
		r := &out[i]
		if r.bad = json.Unmarshal(raw, r); r.bad == nil {
			continue
		}
		var known struct {
			ID     string    `json:"id"`
			Type   string    `json:"type"`
			Expect *Expected `json:"expect"`
		}
		if err := json.Unmarshal(raw, &known); err != nil {
			return nil, fmt.Errorf("reading recorded assertion %d: %w", i+1, err)
		}
		r.ID, r.Type, r.Expect = known.ID, known.Type, known.Expect
	}
	return out, nil
}

// Run judges a record. deps gives what runs scripts and patterns; templates,
// judges and embeddings are the record's own.
func (r *Record) Run(ctx context.Context, deps assertions.Deps, mode assertions.Mode) (assertions.Result, error) {
	if r.bad != nil {
		return assertions.Result{}, fmt.Errorf("record %s: %w", r.ID, r.bad)
	}
	var list []assertions.Assertion
	for _, raw := range r.Assert {
		a, err := assertions.ParseAssertion(raw)
		if err != nil {
			return assertions.Result{}, fmt.Errorf("record %s: %w", r.ID, err)
		}
		if a.Type == "select-best" || a.Type == "max-score" {
			return assertions.Result{}, fmt.Errorf("record %s: %s ends a run whose tests have one output each", r.ID, a.Type)
		}
		list = append(list, a)
	}
	c, err := r.asCase()
	if err == nil && mode == assertions.Exact {
		err = r.references()
	}
	if err != nil {
		return assertions.Result{}, fmt.Errorf("record %s: %w", r.ID, err)
	}
	deps.Templates = Templates{}
	scripted := &scripted{r: r, used: map[string]int{}}
	deps.Judge, deps.Embedder, deps.Classifier, deps.Moderator = scripted, scripted, scripted, scripted
	var threshold *float64
	if f, ok := jsvalue.Number(value(r.Threshold)); ok {
		threshold = &f
	}
	return assertions.New(list, threshold, deps, mode).Judge(ctx, c)
}

// references refuses a record whose configuration holds references: promptfoo
// looks them up before it runs anything, and nothing has that name.
func (r *Record) references() error {
	parts := append([]json.RawMessage{r.Provider.Functions, r.Provider.Tools, r.Options.RubricPrompt}, r.Assert...)
	for _, raw := range parts {
		if assertions.HoldsReference(value(raw)) {
			return errors.New("$ref is resolved against the configuration file, where nothing has that name")
		}
	}
	if assertions.HoldsReference(r.Vars) {
		return errors.New("vars: $ref is resolved against the configuration file, where nothing has that name")
	}
	return nil
}

func (r *Record) asCase() (*assertions.Case, error) {
	output, err := jsvalue.Parse(string(r.Output))
	if err != nil {
		return nil, fmt.Errorf("output: %w", err)
	}
	if output == nil {
		return nil, errors.New("the provider gave no output")
	}
	c := &assertions.Case{Output: output, Vars: map[string]any{}, Prompt: "q"}
	vars := r.Vars.Clone()
	project.ResolveVars(vars)
	for _, k := range vars.Keys() {
		c.Vars[k], _ = vars.Get(k)
	}
	p := r.Provider
	latency := 1.0 // of a provider that answers at once
	if p.LatencyMS != nil {
		latency = *p.LatencyMS
	}
	c.Response = assertions.Response{Cost: p.Cost, LatencyMS: &latency, FinishReason: p.FinishReason, LogProbs: p.LogProbs, Guardrails: value(p.Guardrails), Metadata: value(p.Metadata)}
	c.Provider = assertions.Provider{ID: "recorded", Functions: value(p.Functions), Tools: value(p.Tools)}
	c.Provider.Checks = p.Functions != nil || p.Tools != nil
	c.Trace = traceOf(value(r.Trace))
	written := make([]any, len(r.Assert))
	for i, raw := range r.Assert {
		written[i] = value(raw)
	}
	c.Test = jsvalue.NewObject("vars", r.Vars, "assert", written)
	c.Options = assertions.Options{RubricPrompt: value(r.Options.RubricPrompt), Factuality: value(r.Options.Factuality)}
	return c, nil
}

// traceOf reads {metadata, spans} as promptfoo keeps traces; nil = none.
func traceOf(v any) *assertions.Trace {
	list, ok := get(v, "spans").([]any)
	if !ok {
		return nil
	}
	t := &assertions.Trace{ID: "t1", Metadata: get(v, "metadata")}
	for _, x := range list {
		s := assertions.Span{Attributes: get(x, "attributes"), End: num(get(x, "endTime")), StatusCode: num(get(x, "statusCode"))}
		s.ID, _ = get(x, "spanId").(string)
		s.Name, _ = get(x, "name").(string)
		s.StatusMessage, _ = get(x, "statusMessage").(string)
		if f := num(get(x, "startTime")); f != nil {
			s.Start = *f
		}
		t.Spans = append(t.Spans, s)
	}
	return t
}

func get(v any, key string) any {
	x, _ := jsvalue.Field(v, key)
	return x
}

func num(v any) *float64 {
	if f, ok := jsvalue.Number(v); ok {
		return &f
	}
	return nil
}

func value(raw json.RawMessage) any {
	if raw == nil {
		return nil
	}
	v, err := jsvalue.Parse(string(raw))
	if err != nil {
		return nil
	}
	return v
}

// Templates renders Nunjucks.
type Templates struct{}

// Render implements assertions.Templates.
func (Templates) Render(text string, vars map[string]any) (string, error) {
	return nunjucks.Render(text, vars, nunjucks.Options{})
}

// scripted answers with what the record says.
type scripted struct {
	r    *Record
	used map[string]int
}

var errNoReply = errors.New("the record has no reply")

func (s *scripted) Ask(_ context.Context, q assertions.Question) (assertions.Reply, error) {
	list := s.r.Replies[q.Step]
	if list == nil {
		list = s.r.Replies["*"]
	}
	if len(list) == 0 {
		return assertions.Reply{}, errNoReply
	}
	n := min(s.used[q.Step], len(list)-1)
	s.used[q.Step]++
	switch v := list[n].(type) {
	case string:
		return assertions.Reply{Text: v}, nil
	case map[string]any:
		if text, ok := v["error"].(string); ok {
			return assertions.Reply{}, errors.New(text)
		}
		if parts, ok := v["repeat"].([]any); ok {
			return assertions.Reply{Text: repeated(parts)}, nil
		}
		if x, ok := v["value"]; ok && len(v) == 1 {
			return assertions.Reply{Value: x}, nil
		}
		return assertions.Reply{Value: v}, nil
	default:
		return assertions.Reply{Value: v}, nil
	}
}

// repeated puts a long text together of pairs of a text and how often it stands.
func repeated(parts []any) string {
	var b strings.Builder
	for _, p := range parts {
		pair, _ := p.([]any)
		if len(pair) == 2 {
			text, _ := pair[0].(string)
			times, _ := jsvalue.Number(pair[1])
			b.WriteString(strings.Repeat(text, int(times)))
		}
	}
	return b.String()
}

func (s *scripted) Embed(_ context.Context, text string, _ any) ([]float64, error) {
	if e, ok := s.r.Embeddings[text]; ok {
		return e, nil
	}
	return nil, errNoReply
}

func (s *scripted) Classify(context.Context, string, any) (map[string]float64, error) {
	if s.r.Classification == nil {
		return nil, errNoReply
	}
	return s.r.Classification, nil
}

func (s *scripted) Moderate(context.Context, string, string, any) ([]assertions.Flag, error) {
	if s.r.Moderation == nil {
		return nil, errNoReply
	}
	var out []assertions.Flag
	for _, f := range s.r.Moderation {
		out = append(out, assertions.Flag{Code: f.Code, Description: f.Description})
	}
	return out, nil
}

// Compare says whether a judgement is as recorded. An error equals an error of
// any kind and has no score.
func (e *Expected) Compare(got assertions.Result, err error) (sameVerdict, sameScore bool) {
	if e.IsError() || err != nil {
		same := e.IsError() == (err != nil)
		return same, same
	}
	return e.Pass == got.Pass, same(e.Score, got.Score)
}

// StrictDifference is the listed deviation that makes Strict judge a record in
// another way, where it did judge; "" = none explains it.
func (r *Record) StrictDifference(got assertions.Result) assertions.Deviation {
	nested, scripts := r.holds(func(a assertions.Assertion, depth int) bool { return a.Type == "assert-set" && depth > 0 }),
		r.holds(func(a assertions.Assertion, _ int) bool {
			return slices.Contains([]string{"javascript", "python", "ruby"}, strings.TrimPrefix(a.Type, "not-"))
		})
	switch {
	case r.Expect.ConfigError:
		return assertions.OwnReference
	case r.Expect.IsError() && nested:
		return assertions.NestedSet
	case r.Expect.Pass && !got.Pass && scripts:
		return assertions.EmptyReason
	case !got.Pass && unjudged(got) != "":
		return unjudged(got)
	case r.namesInherited():
		return assertions.Inherited
	}
	return ""
}

// unjudged is why an assertion of a test that has failed anyway has no verdict;
// "" = all have one.
func unjudged(got assertions.Result) assertions.Deviation {
	for _, c := range got.Components {
		var doubt *assertions.Doubt
		if errors.As(c.Err, &doubt) {
			return doubt.ID
		}
		if c.Err != nil {
			return assertions.BesideFailure
		}
	}
	return ""
}

// namesInherited says that an assertion or tool names a property that every
// object of JavaScript has.
func (r *Record) namesInherited() bool {
	all := string(r.Provider.Functions) + string(r.Provider.Tools)
	for _, raw := range r.Assert {
		all += string(raw)
	}
	return slices.ContainsFunc(assertions.InheritedNames(), func(name string) bool { return strings.Contains(all, name) })
}

// holds says that an assertion of the record, or of one of its sets, is such.
func (r *Record) holds(such func(a assertions.Assertion, depth int) bool) bool {
	var in func(list []assertions.Assertion, depth int) bool
	in = func(list []assertions.Assertion, depth int) bool {
		return slices.ContainsFunc(list, func(a assertions.Assertion) bool { return such(a, depth) || in(a.Set, depth+1) })
	}
	for _, raw := range r.Assert {
		if a, err := assertions.ParseAssertion(raw); err == nil && in([]assertions.Assertion{a}, 0) {
			return true
		}
	}
	return false
}

// same compares scores; JSON has neither NaN nor infinities, which are recorded as
// null and read as 0.
func same(a, b float64) bool {
	return math.Abs(a-b) <= 1e-6 || a == 0 && b-b != 0
}
