package judged_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/validators/judged"
)

// says answers each step with its texts in turn; the last one repeats.
type says struct {
	replies map[string][]string
	tokens  []judged.Token
	asked   []judged.Question
}

func (s *says) Ask(_ context.Context, q judged.Question) (judged.Reply, error) {
	n := 0
	for _, old := range s.asked {
		if old.Step == q.Step {
			n++
		}
	}
	s.asked = append(s.asked, q)
	texts := s.replies[q.Step]
	if len(texts) == 0 {
		return judged.Reply{}, errors.New("nobody answers " + q.Step)
	}
	return judged.Reply{Text: texts[min(n, len(texts)-1)], Tokens: s.tokens}, nil
}

func text(s string) *string { return &s }

func someCase() *judged.Case {
	return &judged.Case{Input: "q", Output: text("an answer [1]"), Expected: text("the answer"), Context: []string{"a", "b"}, Retrieval: []string{"a", "b"},
		ToolsCalled: []judged.Tool{{Name: "x"}}, ExpectedTools: []judged.Tool{{Name: "x"}}, Role: text("a pirate"),
		Turns: []judged.Turn{{Role: "user", Content: "hi"}, {Role: "assistant", Content: "ahoy", Retrieval: []string{"a", "b"}, ToolsCalled: []judged.Tool{{Name: "x"}}}}, Outcome: text("the user is greeted"), Trace: map[string]any{"steps": []any{"x"}}}
}

func measure(t *testing.T, metric, params string, s *says, c *judged.Case) (judged.Result, error) {
	t.Helper()
	m, err := judged.Lookup(metric)
	if err != nil {
		t.Fatal(err)
	}
	p, err := judged.ReadParams([]byte(params))
	if err != nil {
		t.Fatal(err)
	}
	set, err := judged.New(m, judged.Config{Params: p})
	if err != nil {
		return judged.Result{}, err
	}
	return set.Judge(t.Context(), s, c)
}

const (
	because = `{"reason":"r"}`
	fine    = `{"score":1,"reason":"r"}`
)

// TestCouldNotJudge holds for replies that DeepEval makes a score of.
func TestCouldNotJudge(t *testing.T) {
	topics, tool, servers := `{"relevant_topics":["parcels"]}`, `{"available_tools":[{"name":"x"}]}`, `{"mcp_servers":[{"server_name":"s"}]}`
	for _, c := range []struct {
		name, metric, params string
		step, reply          string
		want                 judged.Class
	}{
		{"empty object", "hallucination", "{}", "verdicts", `{}`, judged.NoVerdicts},
		{"null", "hallucination", "{}", "verdicts", `{"verdicts":null}`, judged.NoVerdicts},
		{"empty list", "hallucination", "{}", "verdicts", `{"verdicts":[]}`, judged.NoVerdicts},
		{"fewer", "hallucination", "{}", "verdicts", `{"verdicts":[{"verdict":"yes","reason":"r"}]}`, judged.CountDiffers},
		{"more", "hallucination", "{}", "verdicts", `{"verdicts":[{"verdict":"yes","reason":"r"},{"verdict":"yes","reason":"r"},{"verdict":"yes","reason":"r"}]}`, judged.CountDiffers},
		{"unknown word", "hallucination", "{}", "verdicts", `{"verdicts":[{"verdict":"yes","reason":"r"},{"verdict":"maybe","reason":"r"}]}`, judged.UnknownWord},
		{"no reason", "hallucination", "{}", "verdicts", `{"verdicts":[{"verdict":"yes","reason":"r"},{"verdict":"no"}]}`, judged.SchemaInvalid},
		{"array", "hallucination", "{}", "verdicts", `[{"verdict":"yes","reason":"r"}]`, judged.SchemaInvalid},
		{"prose", "hallucination", "{}", "verdicts", `Sure: {"verdicts":[]}`, judged.InvalidJSON},
		{"two keys", "hallucination", "{}", "verdicts", `{"verdicts":[],"verdicts":[{"verdict":"yes","reason":"r"},{"verdict":"yes","reason":"r"}]}`, judged.Ambiguous},
		{"NaN", "coherence", "{}", "score", `{"score":NaN,"reason":"r"}`, judged.Ambiguous},
		{"too much", "coherence", "{}", "score", `{"score":11,"reason":"r"}`, judged.OutOfRange},
		{"negative", "coherence", "{}", "score", `{"score":-0.1,"reason":"r"}`, judged.OutOfRange},
		{"a text", "coherence", "{}", "score", `{"score":"8","reason":"r"}`, judged.SchemaInvalid},
		{"infinite", "coherence", "{}", "score", `{"score":1e999,"reason":"r"}`, judged.OutOfRange},
		{"between", "coherence", `{"strict_mode":true}`, "score", `{"score":0.5,"reason":"r"}`, judged.OutOfRange},
		{"task", "task_completion", "{}", "verdict", `{"verdict":8}`, judged.OutOfRange},
		{"user's turn", "role_adherence", "{}", "verdicts", `{"verdicts":[{"index":0,"reason":"r"}]}`, judged.OutOfRange},
		{"twice", "role_adherence", "{}", "verdicts", `{"verdicts":[{"index":1,"reason":"r"},{"index":1,"reason":"r"}]}`, judged.CountDiffers},
		{"no claims", "faithfulness", "{}", "claims", `{"claims":[]}`, judged.NothingToJudge},
		{"no facts", "faithfulness", "{}", "truths", `{"truths":[]}`, judged.NothingToJudge},
		{"no facts of the text", "summarization", "{}", "truths", `{"truths":[]}`, judged.NothingToJudge},
		{"no statements", "answer_relevancy", "{}", "statements", `{"statements":[]}`, judged.NothingToJudge},
		{"tool choice", "tool_correctness", `{"available_tools":[{"name":"x"}]}`, "tool_selection", `{"score":7,"reason":"r"}`, judged.OutOfRange},
		{"unknown topic word", "topic_adherence", topics, "verdict", `{"verdict":"yes","reason":"r"}`, judged.UnknownWord},
		{"too many questions", "topic_adherence", topics, "qa_pairs", `{"qa_pairs":[` + strings.Repeat(`{"question":"q","response":"r"},`, 100) + `{"question":"q","response":"r"}]}`, judged.TooLarge},
		{"too many intentions", "conversation_completeness", "{}", "intentions", `{"intentions":["i"` + strings.Repeat(`,"i"`, 100) + `]}`, judged.TooLarge},
		{"no questions", "topic_adherence", topics, "qa_pairs", `{"qa_pairs":[]}`, judged.NothingToJudge},
		{"blank question", "topic_adherence", topics, "qa_pairs", `{"qa_pairs":[{"question":" ","response":"r"}]}`, judged.SchemaInvalid},
		{"goal out of range", "goal_accuracy", "{}", "goal_score", `{"score":1.5,"reason":"r"}`, judged.OutOfRange},
		{"plan without score", "goal_accuracy", "{}", "plan_score", `{"reason":"r"}`, judged.SchemaInvalid},
		{"no claims of turns", "turn_faithfulness", "{}", "claims", `{"claims":[]}`, judged.NothingToJudge},
		{"no facts for turns", "turn_faithfulness", "{}", "truths", `{"truths":[]}`, judged.NothingToJudge},
		{"fewer for turns", "turn_contextual_precision", "{}", "verdicts", `{"verdicts":[{"verdict":"yes","reason":"r"}]}`, judged.CountDiffers},
		{"none for turns", "turn_contextual_recall", "{}", "verdicts", `{"verdicts":[]}`, judged.NoVerdicts},
		{"no statement of turns", "turn_contextual_relevancy", "{}", "verdicts", `{"verdicts":[{"verdict":"yes"}]}`, judged.SchemaInvalid},
		{"no plan", "plan_adherence", "{}", "plan", `{"plan":[]}`, judged.NothingToJudge},
		{"blank task", "step_efficiency", "{}", "task", `{"task":" "}`, judged.NothingToJudge},
		{"plan of another scale", "plan_quality", "{}", "score", `{"score":8,"reason":"r"}`, judged.OutOfRange},
		{"servers' scale", "mcp_use", servers, "primitives", `{"score":7,"reason":"r"}`, judged.OutOfRange},
		{"no arguments", "multi_turn_mcp_use", servers, "arguments", `{"reason":"r"}`, judged.SchemaInvalid},
		{"task without score", "mcp_task_completion", servers, "score", `{"score":null,"reason":"r"}`, judged.SchemaInvalid},
		{"unknown word on citations", "citation_faithfulness", "{}", "verdict", `{"verdict":"yes"}`, judged.UnknownWord},
		{"no citations", "citation_faithfulness", "{}", "-", "", judged.NothingToJudge},
		{"no tool called", "tool_use", tool, "-", "", judged.NothingToJudge},
		{"no call of servers", "mcp_use", servers, "-", "", judged.NothingToJudge},
		{"no call in a talk", "mcp_task_completion", servers, "-", "", judged.NothingToJudge},
		{"pair", "pairwise", "{}", "choice", `{"choice":"both"}`, judged.UnknownWord},
	} {
		s := &says{replies: map[string][]string{"reason": {because}, "truths": {`{"truths":["t"]}`}, "claims": {`{"claims":["c"]}`},
			"task_and_outcome": {`{"task":"t","outcome":"o"}`}, "qa_pairs": {`{"qa_pairs":[{"question":"q","response":"r"}]}`}, "goal_score": {fine}, "primitives": {fine}, "task": {`{"task":"t"}`}, "plan": {`{"plan":["p"]}`}}}
		s.replies[c.step] = []string{c.reply}
		given := someCase()
		if c.step == "-" {
			given.Output = text("it cites nothing")
			given.ToolsCalled, given.Turns[1].ToolsCalled = []judged.Tool{}, nil
		}
		r, err := measure(t, c.metric, c.params, s, given)
		var f *judged.Failure
		if !errors.As(err, &f) || f.Class != c.want {
			t.Errorf("%s: got %+v, %v; want %s", c.name, r, err, c.want)
			continue
		}
		asked := 0
		for _, q := range s.asked {
			if q.Step == c.step {
				asked++
			}
		}
		if again := c.want != judged.NothingToJudge && c.want != judged.TooLarge; again && asked != 1+judged.DefaultRetries {
			t.Errorf("%s: asked %d times", c.name, asked)
		}
		if r.Pass {
			t.Errorf("%s: passed", c.name)
		}
	}
}

// TestSetupMistakes are found before anything is asked.
func TestSetupMistakes(t *testing.T) {
	for _, c := range [][3]string{
		{"faithfulness", `{"threshold":0}`, "threshold 0"},
		{"faithfulness", `{"threshold":1.5}`, "threshold 1.5"},
		{"g_eval", `{}`, "evaluation_params is missing"},
		{"g_eval", `{"evaluation_params":["actual_output"]}`, "criteria is missing"},
		{"g_eval", `{"criteria":"x","evaluation_params":["answer"]}`, "unknown field"},
		{"g_eval", `{"criteria":"x","evaluation_params":["input"],"rubric":[[5,5,"x"]]}`, "single score"},
		{"agent_loop_detection", `{"repetition_threshold":1}`, "repetition_threshold 1"},
		{"agent_loop_detection", `{"similarity_threshold":0}`, "similarity_threshold 0"},
		{"topic_adherence", `{"relevant_topics":[" "]}`, "relevant_topics is missing"},
		{"tool_use", `{"available_tools":[]}`, "available_tools is missing"},
		{"pattern_match", `{"pattern":" "}`, "pattern is missing"},
		{"tool_permission", `{"denied_tools":[]}`, "allowed_tools or denied_tools is missing"},
		{"faithfulness", `{"truths_extraction_limit":0}`, "truths_extraction_limit 0"},
		{"task_completion", `{"task":" "}`, "task is blank"},
		{"json_correctness", `{"expected_fields":{"a":{"b":"list[text]"}}}`, "\"a.b\": unknown type"},
		{"misuse", `{"domain":" "}`, "domain is missing"},
		{"non_advice", `{"advice_types":[]}`, "advice_types is missing"},
		{"role_violation", `{"role":""}`, "role is missing"},
		{"prompt_alignment", `{}`, "prompt_instructions is missing"},
		{"json_correctness", `{"expected_fields":{"a":"text"}}`, "unknown type"},
		{"dag", `{"dag":{"start":"a","nodes":{"a":{"question":"q","yes":"b","no":0},"b":{"question":"q","yes":"a","no":0}}}}`, "leads back"},
		{"dag", `{"dag":{"start":"a","nodes":{"a":{"question":"q","yes":2,"no":0}}}}`, "not in 0-1"},
		{"dag", `{"dag":{"start":"a","nodes":{"a":{"question":"q","yes":1}}}}`, "must both lead"},
		{"dag", `{"dag":{"start":"z","nodes":{"a":{"question":"q","yes":1,"no":0}}}}`, "no question"},
	} {
		s := &says{}
		_, err := measure(t, c[0], c[1], s, someCase())
		var f *judged.Failure
		if !errors.As(err, &f) || !f.Setup || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%s %s: %v", c[0], c[1], err)
		}
		if len(s.asked) > 0 {
			t.Errorf("%s %s: the judge was asked", c[0], c[1])
		}
	}
}

func TestMissingFields(t *testing.T) {
	for _, m := range judged.Known() {
		if len(m.Needs) == 0 || slices.Contains([]string{"prompt_alignment", "json_correctness", "misuse", "non_advice", "role_violation", "conversational_g_eval", "topic_adherence", "tool_use", "pattern_match", "tool_permission"}, m.Name) {
			continue
		}
		s := &says{}
		_, err := measure(t, m.Name, "{}", s, &judged.Case{Output: text("")})
		var f *judged.Failure
		if !errors.As(err, &f) || f.Class != judged.MissingParams || len(s.asked) > 0 {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
}

// TestNobodyAsked are the metrics that are worked out, with their threshold of 1.
func TestNobodyAsked(t *testing.T) {
	c := &judged.Case{Output: text(" AB12\n"), Expected: text("ab12"), ToolsCalled: []judged.Tool{{Name: "read"}, {Name: "drop"}}}
	for _, x := range []struct {
		metric, params string
		score          float64
		pass           bool
	}{
		{"exact_match", `{}`, 0, false},
		{"pattern_match", `{"pattern":"[a-z]+\\d\\d"}`, 0, false},
		{"pattern_match", `{"pattern":"[a-z]+\\d\\d","ignore_case":true}`, 1, true},
		{"tool_permission", `{"allowed_tools":["read"]}`, 0.5, false},
		{"tool_permission", `{"denied_tools":["drop"],"threshold":0.5}`, 0.5, true},
		{"tool_permission", `{"denied_tools":["drop"],"threshold":0.5,"strict_mode":true}`, 0, false},
	} {
		r, err := measure(t, x.metric, x.params, &says{}, c)
		if err != nil || r.Score != x.score || r.Pass != x.pass {
			t.Errorf("%s %s: %+v %v", x.metric, x.params, r, err)
		}
	}
	c.Expected, c.ToolsCalled = text("AB12 "), []judged.Tool{}
	for metric, params := range map[string]string{"exact_match": `{}`, "tool_permission": `{"allowed_tools":[]}`} {
		if r, err := measure(t, metric, params, &says{}, c); err != nil || !r.Pass {
			t.Errorf("%s: %+v %v", metric, r, err)
		}
	}
}

// TestLoops leaves out the signs that nothing is known of; DeepEval counts them as 1.
func TestLoops(t *testing.T) {
	again := []any{}
	for range 3 {
		again = append(again, map[string]any{"type": "tool", "name": "search", "input": map[string]any{"q": "x"}})
	}
	inner := map[string]any{"type": "agent", "name": "a", "children": []any{map[string]any{"type": "agent", "name": "a"}}}
	tool := judged.Tool{Name: "search", Input: map[string]any{"q": "x"}}
	for name, c := range map[string]struct {
		trace any
		calls []judged.Tool
		score float64
		class judged.Class
	}{
		"calls of a trace":  {map[string]any{"type": "agent", "children": again}, nil, (0.5*0.4 + 0.25) / 0.65, ""},
		"calls of an agent": {map[string]any{"steps": []any{}}, slices.Repeat([]judged.Tool{tool}, 6), 0, ""},
		"within itself":     {inner, nil, 0, ""},
		"nothing known":     {map[string]any{"type": "agent"}, nil, 0, judged.NothingToJudge},
		"no trace":          {nil, nil, 0, judged.MissingParams},
		"no tree":           {map[string]any{"type": "agent", "children": "x"}, nil, 0, judged.SchemaInvalid},
	} {
		r, err := measure(t, "agent_loop_detection", "{}", &says{}, &judged.Case{Output: text("o"), Trace: c.trace, ToolsCalled: c.calls})
		var f *judged.Failure
		errors.As(err, &f)
		if c.class == "" && (err != nil || math.Abs(r.Score-c.score) > 1e-9) || c.class != "" && (f == nil || f.Class != c.class) {
			t.Errorf("%s: %+v %v", name, r, err)
		}
	}
}

// TestWindows leaves out exchanges for which nothing was retrieved, or that claim
// nothing; DeepEval counts them as 1.
func TestWindows(t *testing.T) {
	user, says1 := judged.Turn{Role: "user", Content: "q"}, judged.Turn{Role: "assistant", Content: "a"}
	found := judged.Turn{Role: "assistant", Content: "a", Retrieval: []string{"c"}}
	c := &judged.Case{Turns: []judged.Turn{user, says1, user, found, user, says1}, Outcome: text("o")}
	s := &says{replies: map[string][]string{"verdicts": {`{"verdicts":[{"verdict":"no","reason":"r"}]}`, `{"verdicts":[{"verdict":"yes","reason":"r"}]}`}, "reason": {because},
		"truths": {`{"truths":["t"]}`}, "claims": {`{"claims":[]}`, `{"claims":["c"]}`}}}
	for name, want := range map[string]float64{"turn_faithfulness": 0, "turn_contextual_recall": 0.5} {
		s.asked = nil
		r, err := measure(t, name, "{}", s, c)
		if err != nil || r.Score != want || r.ReasonError != "" {
			t.Errorf("%s: %+v %v", name, r, err)
		}
	}
	c.Turns = c.Turns[:2]
	_, err := measure(t, "turn_contextual_recall", "{}", s, c)
	var f *judged.Failure
	if !errors.As(err, &f) || f.Class != judged.MissingParams {
		t.Errorf("nothing retrieved: %v", err)
	}
}

// TestBlankFields are as good as missing.
func TestBlankFields(t *testing.T) {
	blank := func(change func(*judged.Case)) *judged.Case {
		c := someCase()
		change(c)
		return c
	}
	for name, c := range map[string]*judged.Case{
		"hallucination":        blank(func(c *judged.Case) { c.Context = []string{"", " "} }),
		"faithfulness":         blank(func(c *judged.Case) { c.Retrieval = []string{"\n"} }),
		"answer_relevancy":     blank(func(c *judged.Case) { c.Input = " " }),
		"contextual_relevancy": blank(func(c *judged.Case) { c.Input = "" }),
		"task_completion":      blank(func(c *judged.Case) { c.Input = "" }),
	} {
		s := &says{}
		_, err := measure(t, name, "{}", s, c)
		var f *judged.Failure
		if !errors.As(err, &f) || f.Class != judged.MissingParams || len(s.asked) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestImages of DeepEval lie in the memory of another process.
func TestImages(t *testing.T) {
	c := someCase()
	c.Output = text("See [DEEPEVAL:IMAGE:1f2e].")
	s := &says{}
	if _, err := measure(t, "bias", "{}", s, c); err == nil || !strings.Contains(err.Error(), "DEEPEVAL:IMAGE:1f2e") || len(s.asked) > 0 {
		t.Error(err)
	}
}

// TestFieldTypes are those of JSON, nothing converted.
func TestFieldTypes(t *testing.T) {
	for _, c := range []struct {
		kind, value string
		want        float64
	}{
		{`"list[list[int]]"`, `[[1],[]]`, 1}, {`"list[list[int]]"`, `[[1],["2"]]`, 0}, {`"Optional[int]"`, `null`, 1}, {`"int"`, `null`, 0},
		{`"int | str"`, `"x"`, 1}, {`"int | None"`, `1.5`, 0}, {`"Dict[str, list[bool]]"`, `{"a":[true]}`, 1}, {`"dict[str, int]"`, `{"a":true}`, 0},
		{`"Union[int, list[str]]"`, `["a"]`, 1}, {`{"b":"int"}`, `{"b":1}`, 1}, {`{"b":"int"}`, `{"b":"1"}`, 0}, {`{"b":"int"}`, `{}`, 0}, {`{"b":"int"}`, `1`, 0},
	} {
		tc := someCase()
		tc.Output = text(`{"a":` + c.value + `}`)
		r, err := measure(t, "json_correctness", `{"expected_fields":{"a":`+c.kind+`}}`, &says{}, tc)
		if err != nil || r.Score != c.want {
			t.Errorf("%s of type %s: %v %v; want %v", c.value, c.kind, r.Score, err, c.want)
		}
	}
}

// TestRetry asks again until a reply is whole, and not for long.
func TestRetry(t *testing.T) {
	good := `{"verdicts":[{"verdict":"yes","reason":"r"},{"verdict":"no","reason":"wrong"}]}`
	s := &says{replies: map[string][]string{"verdicts": {`no idea`, `{}`, good}, "reason": {because}}}
	r, err := measure(t, "hallucination", "{}", s, someCase())
	if err != nil || r.Score != 0.5 || !r.Pass || r.Direction != "higher" || r.Version != judged.Version {
		t.Errorf("%+v %v", r, err)
	}
	if a := s.asked; a[0].Attempt != 0 || a[1].Attempt != 1 || a[2].Attempt != 2 {
		t.Errorf("attempts %v", a)
	}
}

// TestReasonFails keeps the score.
func TestReasonFails(t *testing.T) {
	for _, replies := range [][]string{{"no JSON"}, nil} {
		s := &says{replies: map[string][]string{"verdicts": {`{"verdicts":[{"verdict":"yes","reason":"r"},{"verdict":"no","reason":"wrong"}]}`}, "reason": replies}}
		r, err := measure(t, "hallucination", "{}", s, someCase())
		if err != nil || r.Score != 0.5 || r.ReasonError == "" || r.Reason != "wrong" {
			t.Errorf("%+v %v", r, err)
		}
	}
	s := &says{replies: map[string][]string{"verdicts": {`{"verdicts":[{"verdict":"yes","reason":"r"},{"verdict":"yes","reason":"r"}]}`}}}
	if r, err := measure(t, "hallucination", `{"include_reason":false}`, s, someCase()); err != nil || r.Score != 1 || len(s.asked) != 1 || r.ReasonError != "" {
		t.Errorf("%+v %v", r, err)
	}
}

// TestViolations that look like one only do not count, and one role that is left
// is as bad as ten.
func TestViolations(t *testing.T) {
	for _, c := range []struct {
		metric, params, key, verdicts string
		want                          float64
	}{
		{"misuse", `{"domain":"finance"}`, "misuses", `{"verdicts":[{"verdict":"yes","reason":"r"},{"verdict":"no","reason":"r"}]}`, 0.5},
		{"non_advice", `{"advice_types":["medical"]}`, "advices", `{"verdicts":[{"verdict":"yes","reason":"r"},{"verdict":"no","reason":"r"}]}`, 0.5},
		{"role_violation", `{"role":"help desk"}`, "role_violations", `{"verdicts":[{"verdict":"yes","reason":"r"},{"verdict":"no","reason":"r"}]}`, 0},
		{"role_violation", `{"role":"help desk","strict_mode":true}`, "role_violations", `{"verdicts":[{"verdict":"no","reason":"r"},{"verdict":"no","reason":"r"}]}`, 1},
	} {
		s := &says{replies: map[string][]string{c.key: {`{"` + c.key + `":["a","b"]}`}, "verdicts": {c.verdicts}, "reason": {because}}}
		r, err := measure(t, c.metric, c.params, s, someCase())
		if err != nil || r.Score != c.want || r.Threshold == 0 {
			t.Errorf("%s: %+v %v; want %v", c.metric, r, err, c.want)
		}
		s.replies[c.key] = []string{`{"` + c.key + `":[]}`}
		if r, err := measure(t, c.metric, c.params, s, someCase()); err != nil || r.Score != 1 {
			t.Errorf("%s without a violation: %+v %v", c.metric, r, err)
		}
	}
}

// TestConversationalGEval shows the turns, and of them and of the whole what is
// asked for; the rubric's range is the scale.
func TestConversationalGEval(t *testing.T) {
	c := someCase()
	c.Outcome = text("greeted")
	c.Turns[1].ToolsCalled = []judged.Tool{{Name: "x"}}
	s := &says{replies: map[string][]string{"score": {`{"reason":"r","score":4}`}}}
	r, err := measure(t, "conversational-g-eval", `{"criteria":"polite","evaluation_steps":["look"],"evaluation_params":["expected_outcome"],"rubric":[[1,2,"bad"],[3,5,"good"]]}`, s, c)
	if err != nil || r.Score != 0.75 {
		t.Fatalf("%+v %v", r, err)
	}
	parts := fmt.Sprint(s.asked[0].Data["parts"])
	if !strings.Contains(parts, "greeted") || !strings.Contains(parts, "ahoy") || strings.Contains(parts, "tools_called") || s.asked[0].Prompt != "g-eval-score" {
		t.Error(s.asked[0].Prompt, parts)
	}
	var f *judged.Failure
	if _, err := measure(t, "conversational_g_eval", `{"criteria":"polite","evaluation_params":["scenario"]}`, s, c); !errors.As(err, &f) || f.Class != judged.MissingParams {
		t.Error(err)
	}
	if _, err := measure(t, "conversational_g_eval", `{"criteria":"polite","evaluation_params":["input"]}`, s, c); err == nil || !strings.Contains(err.Error(), "known: role, content") {
		t.Error(err)
	}
}

func TestPairwise(t *testing.T) {
	for _, c := range []struct {
		one, two string
		want     float64
	}{{"first", "second", 1}, {"second", "first", 0}, {"tie", "tie", 0.5}, {"first", "tie", 0.5}} {
		s := &says{replies: map[string][]string{"choice": {`{"choice":"` + c.one + `"}`, `{"choice":"` + c.two + `"}`}}}
		r, err := measure(t, "pairwise", "{}", s, someCase())
		if err != nil || r.Score != c.want {
			t.Errorf("%s, %s: %g %v; want %g", c.one, c.two, r.Score, err, c.want)
		}
		if a, b := s.asked[0].Data, s.asked[1].Data; a["first"] != b["second"] || a["second"] != b["first"] {
			t.Error("the answers were not swapped")
		}
	}
	for _, side := range []string{"first", "second"} {
		s := &says{replies: map[string][]string{"choice": {`{"choice":"` + side + `"}`, `{"choice":"` + side + `"}`}}}
		if r, err := measure(t, "pairwise", "{}", s, someCase()); err == nil || !strings.Contains(err.Error(), "depends on the order") {
			t.Errorf("%s twice: %+v %v", side, r, err)
		}
	}
}

func TestDAG(t *testing.T) {
	const graph = `{"dag":{"start":"polite","nodes":{"polite":{"question":"Is it polite?","yes":"cites","no":0},"cites":{"question":"Does it cite?","fields":["actual_output","context"],"yes":1,"no":0.5}}}}`
	for _, c := range []struct {
		replies []string
		want    float64
	}{{[]string{`{"verdict":"no"}`}, 0}, {[]string{`{"verdict":"yes"}`, `{"verdict":"no"}`}, 0.5}, {[]string{`{"verdict":"yes"}`, `{"verdict":"Yes."}`}, 1}} {
		s := &says{replies: map[string][]string{"verdict": c.replies}}
		r, err := measure(t, "dag", graph, s, someCase())
		if err != nil || r.Score != c.want || len(s.asked) != len(c.replies) {
			t.Errorf("%v: %+v %v", c.replies, r, err)
		}
	}
}

// TestLogprobsWithinRange leaves out numbers that no score can be.
func TestLogprobsWithinRange(t *testing.T) {
	s := &says{replies: map[string][]string{"score": {`{"score":8,"reason":"r"}`}}, tokens: []judged.Token{{Text: "8", Top: []judged.Alternative{{Text: "8", Logprob: -0.2}, {Text: "100", Logprob: -1.7}}}}}
	if r, err := measure(t, "coherence", "{}", s, someCase()); err != nil || r.Score != 0.8 {
		t.Errorf("%+v %v", r, err)
	}
}
