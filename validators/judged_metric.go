package validators

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// Judging is how the judged metrics of a run are set up. It is read-only.
type Judging struct {
	// Judge is asked; nil where nothing is judged anew, as when a run is decided
	// again from its records.
	Judge *Judge
	Name  string // of the judge, kept with each finding
	Mode  judged.Mode
	// NoReasons leaves out the call that words the reason of a score.
	NoReasons bool
	// Params are those of a metric by its name in Known; an assertion's own value
	// goes before them. See judged.Params.
	Params map[string]json.RawMessage
	Panel  []*Judging // who judge in Judge's place; see NewPanel
	// Together are metrics that the judge is asked about in one question; nil =
	// each is asked for itself. Not with a panel.
	Together []string
}

// Complete says whether a metric can be set up without an assertion's value: it
// needs no parameters, or has those that it needs.
func (j *Judging) Complete(name string) bool {
	m, ok := judgedMetric(name)
	if !ok {
		return false
	}
	_, err := newJudged(testsets.Assertion{}, m.Name, Deps{Judging: j})
	var f *judged.Failure
	return !errors.As(err, &f) || j.Params[m.Name] != nil
}

// Judged is a compiled judged metric.
type Judged struct {
	name    string
	judging *Judging
	measure *judged.Measure
	weight0 bool
	members []*Judged // of a panel
	joint   bool      // it is asked together with others
}

// judgedMetric is the metric behind a row of the table; ok is false for those
// that are not of package judged.
func judgedMetric(name string) (judged.Metric, bool) {
	m, err := judged.Lookup(name)
	return m, err == nil
}

// CanJudge says whether a judged metric of the table can be judged at all, given
// a judge.
func CanJudge(name string) bool {
	_, ok := judgedMetric(name)
	return ok
}

// ParametersOf lists the names of a judged metric's own parameters; nil for
// other metrics.
func ParametersOf(name string) []string {
	m, _ := judgedMetric(name)
	return m.Options
}

// PerTurn is how many questions a further turn of the user adds to those of a
// judged metric; 0 for other metrics.
func PerTurn(name string) int {
	m, _ := judgedMetric(name)
	return m.PerTurn
}

// newJudged sets up a judged metric from the run's parameters and an
// assertion's value: a text or a list is the criteria of a g-eval, an object
// holds parameters.
func newJudged(a testsets.Assertion, name string, deps Deps) (*Judged, error) {
	m, ok := judgedMetric(name)
	switch {
	case deps.Judging == nil:
		return nil, fmt.Errorf("%s: %w", name, ErrNoJudge)
	case !ok:
		return nil, fmt.Errorf("%s: %w in a promptfoo project; elsewhere g-eval asks by criteria", name, ErrNoJudge)
	}
	params, err := judgedParams(a, m, deps.Judging)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	set, err := judged.New(m, judged.Config{Mode: deps.Judging.Mode, Params: params})
	if err != nil {
		return nil, err
	}
	v := &Judged{name: name, judging: deps.Judging, measure: set}
	v.joint = deps.Judging.Joins(m.Name) && len(a.Value) == 0 && a.Threshold == nil
	if v.weight0, err = weightless(name, a.Weight); err != nil {
		return nil, err
	}
	for _, member := range deps.Judging.Panel {
		m, err := newJudged(a, name, Deps{Judging: member})
		if err != nil {
			return nil, err
		}
		v.members = append(v.members, m)
	}
	return v, nil
}

func judgedParams(a testsets.Assertion, m judged.Metric, j *Judging) (judged.Params, error) {
	all := map[string]json.RawMessage{}
	if base := j.Params[m.Name]; base != nil {
		if err := json.Unmarshal(base, &all); err != nil {
			return judged.Params{}, fmt.Errorf("parameters: %w", err)
		}
	}
	own, err := valueParams(a.Value, m)
	if err != nil {
		return judged.Params{}, err
	}
	maps.Copy(all, own)
	if err := knownParams(m, slices.Sorted(maps.Keys(all))); err != nil {
		return judged.Params{}, err
	}
	if usual := usualFields[m.Name]; usual != "" && all["evaluation_params"] == nil {
		all["evaluation_params"] = json.RawMessage(usual)
	}
	if a.Threshold != nil {
		all["threshold"] = json.RawMessage(strconv.FormatFloat(*a.Threshold, 'g', -1, 64))
	}
	if j.NoReasons {
		all["include_reason"] = json.RawMessage("false")
	}
	data, err := json.Marshal(all)
	if err != nil {
		return judged.Params{}, err
	}
	p, err := judged.ReadParams(data)
	if err != nil {
		return p, fmt.Errorf("parameters: %w", err)
	}
	return p, nil
}

// knownParams refuses names that are no parameters of the metric.
func knownParams(m judged.Metric, names []string) error {
	known := append(slices.Clone(m.Options), "threshold", "strict_mode", "include_reason")
	for _, name := range names {
		if !slices.Contains(known, name) {
			return errors.New(strings.Replace(config.UnknownKey(name, "the parameters", known), "key", "parameter", 1))
		}
	}
	return nil
}

// SetParams keeps the parameters of a metric under its own name, whichever of its
// names is used. A name that there is not, and parameters for one metric under two
// names, are errors.
func (j *Judging) SetParams(name string, params map[string]any) error {
	m, err := judged.Lookup(name)
	if err != nil {
		return err
	}
	if j.Params[m.Name] != nil {
		return fmt.Errorf("%s is there twice, once under another name", m.Name)
	}
	if err := knownParams(m, slices.Sorted(maps.Keys(params))); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if j.Params == nil {
		j.Params = map[string]json.RawMessage{}
	}
	j.Params[m.Name], err = json.Marshal(params)
	return err
}

// usualFields are what a g-eval looks at unless it is told.
var usualFields = map[string]string{"g_eval": `["input","actual_output"]`, "conversational_g_eval": `["role","content"]`}

// textParams and listParams are the parameters that an assertion's value is when
// it is a text or a list.
var (
	textParams = map[string]string{"g_eval": "criteria", "conversational_g_eval": "criteria", "pairwise": "criteria", "coherence": "criteria",
		"task_completion": "task", "misuse": "domain", "role_violation": "role", "pattern_match": "pattern"}
	listParams = map[string]string{"g_eval": "evaluation_steps", "conversational_g_eval": "evaluation_steps", "coherence": "evaluation_steps",
		"prompt_alignment": "prompt_instructions", "non_advice": "advice_types", "topic_adherence": "relevant_topics", "tool_use": "available_tools",
		"tool_permission": "allowed_tools"}
)

// valueParams reads an assertion's value.
func valueParams(value json.RawMessage, m judged.Metric) (map[string]json.RawMessage, error) {
	value = bytes.TrimSpace(value)
	switch {
	case len(value) == 0:
		return nil, nil
	case value[0] == '{':
		var own map[string]json.RawMessage
		err := json.Unmarshal(value, &own)
		if m.Name == "dag" && own["nodes"] != nil { // the graph itself
			own = map[string]json.RawMessage{"dag": value}
		}
		return own, err
	case value[0] == '[' && listParams[m.Name] != "":
		return map[string]json.RawMessage{listParams[m.Name]: value}, nil
	case value[0] == '"' && textParams[m.Name] != "":
		return map[string]json.RawMessage{textParams[m.Name]: value}, nil
	}
	return nil, fmt.Errorf("value %.80s: allowed is an object of parameters", value)
}

// Steps is about how many questions are asked one after the other; at least 1.
func (v *Judged) Steps() int {
	n := len(v.measure.Steps)
	if v.judging.NoReasons && slices.Contains(v.measure.Steps, "reason") {
		n--
	}
	return max(n, 1)
}

// Validate is pipeline.Validator.
func (v *Judged) Validate(ctx context.Context, s pipeline.Subject) (pipeline.Finding, error) {
	f, _, err := v.Judge(ctx, s)
	return f, err
}

// Judge is Validate with what it cost. An error that is ErrJudgeEnded or a
// *pipeline.Unusable is about the judge, any other about the case.
func (v *Judged) Judge(ctx context.Context, s pipeline.Subject) (pipeline.Finding, JudgeSpend, error) {
	if err := answered(v.name, s); err != nil {
		return pipeline.Finding{}, JudgeSpend{}, err
	}
	if len(v.members) > 0 {
		return v.panel(ctx, s)
	}
	if v.judging.Judge == nil {
		return pipeline.Finding{}, JudgeSpend{}, fmt.Errorf("%s: %w", v.name, ErrNoJudge)
	}
	c, err := judgedCase(s)
	if err != nil {
		return pipeline.Finding{}, JudgeSpend{}, fmt.Errorf("%s: %w", v.name, err)
	}
	meter := v.judging.Judge.Meter()
	var asker judged.Asker = meter
	if v.judging.Mode == judged.Old || v.judging.Mode == judged.OldSchema {
		asker = oldWords{meter}
	}
	r, err := v.measure.Judge(ctx, asker, c)
	spent := meter.Spent()
	if err == nil && !r.IsNumber {
		err = errors.New("the judge's score is no number")
	}
	if err != nil {
		return pipeline.Finding{}, spent, fmt.Errorf("%s: %w", v.name, err)
	}
	return v.finding(r), spent, nil
}

// oldWords has DeepEval 4.1's name for what our prompts call borderline.
type oldWords struct{ judged.Asker }

// Ask is judged.Asker.
func (o oldWords) Ask(ctx context.Context, q judged.Question) (judged.Reply, error) {
	reply, err := o.Asker.Ask(ctx, q)
	if q.Step == "verdicts" {
		reply.Text = strings.ReplaceAll(reply.Text, `"borderline"`, `"idk"`)
	}
	return reply, err
}

func (v *Judged) finding(r judged.Result) pipeline.Finding {
	f := pipeline.Finding{Metric: v.name, Score: r.Oriented(), Pass: r.Pass || v.weight0 || math.IsNaN(r.Threshold),
		Features: map[string]string{"direction": r.Direction, "definition": r.Version, "judge": v.judging.Name}}
	if raw := strconv.FormatFloat(r.Score, 'g', -1, 64); f.Score != r.Score {
		f.Features["raw"] = raw // as the definition has it
	}
	explain(&f, r.Reason, r.Score)
	if r.ReasonError != "" {
		f.Features["reason_error"] = clean(r.ReasonError)
	}
	return f
}

// judgedCase is a subject as the judged metrics see it.
func judgedCase(s pipeline.Subject) (*judged.Case, error) {
	c := &judged.Case{Input: s.Request.Input, Output: &s.Asset.Text, Context: s.Context, Retrieval: s.Context}
	if c.Input == "" && len(s.Request.Messages) > 0 {
		c.Input = s.Request.Messages[len(s.Request.Messages)-1].Content
	}
	if c.Input == "" && len(s.Request.Vars) > 0 { // what the prompt was rendered with
		data, err := json.Marshal(s.Request.Vars)
		if err != nil {
			return nil, err
		}
		c.Input = string(data)
	}
	switch want := s.Expected.(type) {
	case nil:
	case string:
		c.Expected = &want
	default:
		data, err := json.Marshal(want)
		if err != nil {
			return nil, err
		}
		text := string(data)
		c.Expected = &text
	}
	c.Trace = traceOf(s)
	if !s.Asset.Asked() {
		c.MCPCalls = mcpCalls(s.Metadata)
	}
	if err := fromMetadata(c, s.Metadata); err != nil {
		return nil, err
	}
	uses, known := toolUses(s.Asset)
	if known { // else the metrics that need them say so
		c.ToolsCalled = []judged.Tool{}
	}
	calls, err := judgedTools(uses)
	if err != nil {
		return nil, err
	}
	c.ToolsCalled = append(c.ToolsCalled, calls...)
	for _, m := range s.Request.Messages {
		c.Turns = append(c.Turns, judged.Turn{Role: turnRole(m.Role), Content: m.Content})
	}
	if s.Request.Input != "" {
		c.Turns = append(c.Turns, judged.Turn{Role: "user", Content: s.Request.Input})
	}
	c.Turns = append(c.Turns, judged.Turn{Role: "assistant", Content: s.Asset.Text, Retrieval: c.Retrieval, ToolsCalled: c.ToolsCalled})
	retrievedByTurn(c, s.Metadata)
	if s.Asset.Talk == nil || len(s.Asset.Talk.Turns) != len(c.Turns) {
		return c, nil
	}
	for i, t := range s.Asset.Talk.Turns {
		if c.Turns[i].ToolsCalled, err = judgedTools(usesOf(t)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// retrievedByTurn adds what a test set says was retrieved for the very turns that
// it holds.
func retrievedByTurn(c *judged.Case, metadata map[string]any) {
	list, _ := metadata["turns"].([]any)
	if len(list) != len(c.Turns) {
		return
	}
	for i, x := range list {
		turn, _ := x.(map[string]any)
		texts, ok := turn["retrieval_context"].([]any)
		if !ok || turn["content"] != c.Turns[i].Content {
			continue
		}
		c.Turns[i].Retrieval = []string{}
		for _, x := range texts {
			if text, ok := x.(string); ok {
				c.Turns[i].Retrieval = append(c.Turns[i].Retrieval, text)
			}
		}
	}
}

func judgedTools(uses []pipeline.ToolUse) ([]judged.Tool, error) {
	var out []judged.Tool
	for _, call := range uses {
		t := judged.Tool{Name: call.Name}
		if len(call.Output) > 0 {
			if err := json.Unmarshal(call.Output, &t.Output); err != nil {
				return nil, fmt.Errorf("result of the call of %s: %w", quote(call.Name), err)
			}
		}
		if len(call.Args) > 0 {
			if err := json.Unmarshal(call.Args, &t.Input); err != nil {
				return nil, fmt.Errorf("arguments of the call of %s: %w", quote(call.Name), err)
			}
		}
		out = append(out, t)
	}
	return out, nil
}

func turnRole(role string) string {
	if role == "model" {
		return "assistant"
	}
	return role
}

// fromMetadata takes what only the test set knows.
func fromMetadata(c *judged.Case, metadata map[string]any) error {
	if list, ok := metadata["retrieval_context"].([]any); ok {
		c.Retrieval = []string{}
		for _, x := range list {
			text, ok := x.(string)
			if !ok {
				return errors.New("retrieval_context holds something that is no text")
			}
			c.Retrieval = append(c.Retrieval, text)
		}
	}
	for name, to := range map[string]**string{"chatbot_role": &c.Role, "scenario": &c.Scenario, "expected_outcome": &c.Outcome} {
		if text, ok := metadata[name].(string); ok {
			*to = &text
		}
	}
	if err := fromMCP(c, metadata); err != nil {
		return err
	}
	c.Metadata = metadata
	if own, ok := metadata["additional_metadata"].(map[string]any); ok {
		c.Metadata = own
	}
	if tags, ok := metadata["tags"].([]any); ok {
		for _, x := range tags {
			if text, ok := x.(string); ok {
				c.Tags = append(c.Tags, text)
			}
		}
	}
	if tools, ok := metadata["expected_tools"]; ok {
		data, err := json.Marshal(tools)
		if err == nil {
			err = json.Unmarshal(data, &c.ExpectedTools)
		}
		if err != nil {
			return fmt.Errorf("expected_tools: %w", err)
		}
	}
	return nil
}
