// Package recorded replays recorded judge replies: a case, the replies that a
// judge gave step by step, and what DeepEval made of them.
package recorded

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/GaboBase/arch-genops/validators/judged"
)

// Record is one recorded measurement.
type Record struct {
	ID       string                     `json:"id"`
	Metric   string                     `json:"metric"`
	Note     string                     `json:"note"`
	Params   json.RawMessage            `json:"params"`
	TestCase json.RawMessage            `json:"test_case"`
	Replies  map[string]json.RawMessage `json:"replies"` // step → texts; "logprobs" → tokens
	// Expect is by release and judge: 4.3.1 or 4.1.10, text or schema; the text
	// "same" under schema stands for what text has.
	Expect map[string]map[string]json.RawMessage `json:"expect"`
}

// Expected is what DeepEval came to. Score is JSON; Error is nil when it has one.
type Expected struct {
	Score   json.RawMessage `json:"score"`
	Success *bool           `json:"success"`
	Steps   []string        `json:"steps"`
	Error   *struct {
		Stage string `json:"stage"`
		Type  string `json:"type"`
		Class string `json:"class"`
	} `json:"error"`
	ScoreAfterError json.RawMessage `json:"score_after_error"`
}

// Is says whether data looks like a list of such records.
func Is(data []byte) bool {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('[') || !d.More() {
		return false
	}
	var r struct {
		Metric   string          `json:"metric"`
		TestCase json.RawMessage `json:"test_case"`
		Replies  json.RawMessage `json:"replies"`
	}
	return d.Decode(&r) == nil && r.Metric != "" && r.TestCase != nil && r.Replies != nil
}

// Read decodes a list of records. NaN and infinities, which are no JSON, are
// read as texts.
func Read(data []byte) ([]Record, error) {
	var out []Record
	err := json.Unmarshal(quoteConstants(data), &out)
	return out, err
}

// quoteConstants puts NaN, Infinity and -Infinity outside of texts in quotes.
func quoteConstants(data []byte) []byte {
	out := make([]byte, 0, len(data))
	inText := false
	for i := 0; i < len(data); {
		if inText && data[i] == '\\' && i+1 < len(data) {
			out = append(out, data[i], data[i+1])
			i += 2
			continue
		}
		if data[i] == '"' {
			inText = !inText
		}
		if n := constantAt(data[i:]); !inText && n > 0 {
			out = append(append(append(out, '"'), data[i:i+n]...), '"')
			i += n
			continue
		}
		out = append(out, data[i])
		i++
	}
	return out
}

func constantAt(data []byte) int {
	for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
		if bytes.HasPrefix(data, []byte(word)) {
			return len(word)
		}
	}
	return 0
}

// ExpectedIn is what the record expects in a mode; ok is false when it does not
// say.
func (r Record) ExpectedIn(m judged.Mode) (e Expected, ok bool, err error) {
	version, judge := "4.3.1", "text"
	switch m {
	case judged.ExactSchema:
		judge = "schema"
	case judged.Old:
		version = "4.1.10"
	case judged.OldSchema:
		version, judge = "4.1.10", "schema"
	}
	data, ok := r.Expect[version][judge]
	if !ok {
		return e, false, nil
	}
	if string(data) == `"same"` {
		data = r.Expect[version]["text"]
	}
	return e, true, json.Unmarshal(data, &e)
}

// testCase is a case as DeepEval writes it.
type testCase struct {
	Input     string           `json:"input"`
	Output    *string          `json:"actual_output"`
	Expected  *string          `json:"expected_output"`
	Context   []string         `json:"context"`
	Retrieval []string         `json:"retrieval_context"`
	Called    []judged.Tool    `json:"tools_called"`
	Wanted    []judged.Tool    `json:"expected_tools"`
	Turns     []judged.Turn    `json:"turns"`
	Role      *string          `json:"chatbot_role"`
	Scenario  *string          `json:"scenario"`
	Outcome   *string          `json:"expected_outcome"`
	Servers   []map[string]any `json:"mcp_servers"`
	Trace     any              `json:"trace"`
	Metadata  map[string]any   `json:"metadata"`
	Tags      []string         `json:"tags"`
}

// Case decodes the record's case.
func (r Record) Case() (*judged.Case, error) {
	var t testCase
	d := json.NewDecoder(bytes.NewReader(r.TestCase))
	d.UseNumber()
	if err := d.Decode(&t); err != nil {
		return nil, err
	}
	if err := whole(r.TestCase); err != nil {
		return nil, err
	}
	return &judged.Case{Input: t.Input, Output: t.Output, Expected: t.Expected, Context: t.Context, Retrieval: t.Retrieval,
		ToolsCalled: t.Called, ExpectedTools: t.Wanted, Turns: t.Turns, Role: t.Role,
		Scenario: t.Scenario, Outcome: t.Outcome, Servers: t.Servers, Trace: t.Trace, Metadata: t.Metadata, Tags: t.Tags}, nil
}

// whole refuses a case that lacks what DeepEval's types of cases, turns and calls
// can't be without.
func whole(data []byte) error {
	type call struct{ Name *string }
	var t struct {
		Input   *string
		Turns   []struct{ Role, Content *string }
		Called  []call `json:"tools_called"`
		Wanted  []call `json:"expected_tools"`
		Servers []struct {
			Name *string `json:"server_name"`
		} `json:"mcp_servers"`
	}
	if err := json.Unmarshal(data, &t); err != nil {
		return err
	}
	if t.Input == nil && t.Turns == nil {
		return errors.New("neither input nor turns")
	}
	for i, turn := range t.Turns {
		if turn.Role == nil || turn.Content == nil {
			return fmt.Errorf("turn %d has no role or no content", i)
		}
	}
	for _, s := range t.Servers {
		if s.Name == nil {
			return errors.New("a server has no name")
		}
	}
	for _, c := range append(t.Called, t.Wanted...) {
		if c.Name == nil {
			return errors.New("a call has no name")
		}
	}
	return nil
}

// Run measures the record in a mode, with its replies.
func (r Record) Run(ctx context.Context, m judged.Mode) (judged.Result, error) {
	metric, err := judged.Lookup(r.Metric)
	if err != nil {
		return judged.Result{}, err
	}
	p, err := r.params()
	if err != nil {
		return judged.Result{}, fmt.Errorf("params: %w", err)
	}
	c, err := r.Case()
	if err != nil {
		return judged.Result{}, fmt.Errorf("test_case: %w", err)
	}
	script, err := r.script()
	if err != nil {
		return judged.Result{}, fmt.Errorf("replies: %w", err)
	}
	measure, err := judged.New(metric, judged.Config{Mode: m, Params: p, Retries: -1})
	if err != nil {
		return judged.Result{}, err
	}
	return measure.Judge(ctx, script, c)
}

// params leaves out the arguments of a constructor that change no score.
func (r Record) params() (judged.Params, error) {
	all := map[string]json.RawMessage{}
	if r.Params != nil {
		if err := json.Unmarshal(r.Params, &all); err != nil {
			return judged.Params{}, err
		}
	}
	for _, name := range []string{"async_mode", "verbose_mode", "flaky", "model", "eval_mode"} {
		delete(all, name)
	}
	data, err := json.Marshal(all)
	if err != nil {
		return judged.Params{}, err
	}
	return judged.ReadParams(data)
}

// script answers from the record.
type script struct {
	replies map[string][]string
	tokens  []judged.Token
	asked   map[string]int
}

func (r Record) script() (*script, error) {
	s := &script{replies: map[string][]string{}, asked: map[string]int{}}
	for step, data := range r.Replies {
		if step == "logprobs" {
			if err := s.readTokens(data); err != nil {
				return nil, fmt.Errorf("logprobs: %w", err)
			}
			continue
		}
		var texts []string
		if err := json.Unmarshal(data, &texts); err != nil {
			return nil, fmt.Errorf("%s: %w", step, err)
		}
		s.replies[step] = texts
	}
	return s, nil
}

func (s *script) readTokens(data []byte) error {
	var tokens []struct {
		Token string               `json:"token"`
		Top   [][2]json.RawMessage `json:"top"`
	}
	if err := json.Unmarshal(data, &tokens); err != nil {
		return err
	}
	s.tokens = []judged.Token{}
	for _, t := range tokens {
		token := judged.Token{Text: t.Token}
		for _, pair := range t.Top {
			var a judged.Alternative
			var p float64
			if err := errors.Join(json.Unmarshal(pair[0], &a.Text), json.Unmarshal(pair[1], &p)); err != nil {
				return err
			}
			a.Logprob = math.Log(p)
			token.Top = append(token.Top, a)
		}
		s.tokens = append(s.tokens, token)
	}
	return nil
}

// Ask gives the next reply of the step; the last one repeats. A step without a
// reply is an error.
func (s *script) Ask(_ context.Context, q judged.Question) (judged.Reply, error) {
	texts := s.replies[q.Step]
	if len(texts) == 0 {
		return judged.Reply{}, fmt.Errorf("the record has no reply for step %s", q.Step)
	}
	i := min(s.asked[q.Step], len(texts)-1)
	s.asked[q.Step]++
	r := judged.Reply{Text: texts[i]}
	if q.Step == "score" {
		r.Tokens = s.tokens
	}
	return r, nil
}

// Equal says whether a result is what is expected: the same outcome, the score
// to a millionth, an error for an error of any class.
func (e Expected) Equal(r judged.Result, err error) (pass, score bool) {
	if e.Error != nil || err != nil {
		same := (e.Error != nil) == (err != nil)
		return same, same
	}
	return e.passes() == passes(r), e.sameScore(r)
}

// passes is 1, 0 or -1 for no threshold.
func (e Expected) passes() int {
	switch {
	case e.Success == nil:
		return -1
	case *e.Success:
		return 1
	}
	return 0
}

func passes(r judged.Result) int {
	switch {
	case math.IsNaN(r.Threshold):
		return -1
	case r.Pass:
		return 1
	}
	return 0
}

func (e Expected) sameScore(r judged.Result) bool {
	var want any
	if json.Unmarshal(e.Score, &want) != nil {
		return false
	}
	switch w := want.(type) {
	case float64:
		return r.IsNumber && math.Abs(w-r.Score) <= 1e-6
	case bool:
		return r.IsNumber && (r.Score == 1) == w
	case string:
		if r.IsNumber {
			f, err := strconv.ParseFloat(w, 64)
			return err == nil && (math.IsNaN(f) && math.IsNaN(r.Score) || math.IsInf(f, 0) && f == r.Score)
		}
		return r.Raw == w
	case nil:
		return !r.IsNumber && r.Raw == nil
	}
	return !r.IsNumber && r.Raw != nil
}
