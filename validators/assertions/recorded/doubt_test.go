package recorded

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/GaboBase/arch-genops/validators/assertions"
)

// TestSilentPasses: replies on which promptfoo passes or fails though the judge
// gave no clear verdict could not be judged.
func TestSilentPasses(t *testing.T) {
	d := assertions.Deps{}
	for _, c := range []struct {
		assertion, replies, vars string
		exact                    bool // promptfoo passes
		want                     assertions.Deviation
	}{
		{`{"type":"llm-rubric"}`, `["{\"pass\":true,\"score\":1}"]`, "", true, ""},
		{`{"type":"llm-rubric"}`, `["{\"pass\":\"yes\",\"score\":\"0.5\"}"]`, "", true, ""},
		{`{"type":"llm-rubric"}`, `["{\"score\":0}"]`, "", true, assertions.MissingVerdict},
		{`{"type":"not-llm-rubric"}`, `["{\"pass\":\"passed\"}"]`, "", true, assertions.UnknownVerdict},
		{`{"type":"not-llm-rubric"}`, `["{\"pass\":1,\"score\":1}"]`, "", true, assertions.UnknownVerdict},
		{`{"type":"llm-rubric"}`, `["{\"pass\":true,\"score\":\"high\"}"]`, "", true, assertions.NoScore},
		{`{"type":"llm-rubric"}`, `["{\"pass\":true,\"score\":[0.9]}"]`, "", true, assertions.NoScore},
		{`{"type":"llm-rubric"}`, `["{\"pass\":true,\"score\":7}"]`, "", true, assertions.ScoreRange},
		{`{"type":"llm-rubric"}`, `["if it were {\"pass\":true} but it is {\"pass\":false}"]`, "", true, assertions.Conflict},
		{`{"type":"llm-rubric"}`, `["{\"pass\":true} again: {\"pass\":true}"]`, "", true, ""},
		{`{"type":"llm-rubric"}`, `["{\"pass\":false,\"pass\":true,\"score\":1}"]`, "", true, assertions.UnclearReply},
		{`{"type":"llm-rubric"}`, `["{\"pass\":true,\"score\":1,\"reason\":\"r\""]`, "", true, assertions.UnclearReply},
		{`{"type":"llm-rubric"}`, `["[{\"pass\":true,\"score\":1}]"]`, "", true, assertions.UnclearReply},
		{`{"type":"llm-rubric"}`, `["{\"pass\":true,\"score\":1e999}"]`, "", true, assertions.NoScore},
		{`{"type":"llm-rubric"}`, `["{\"pass\":true,\"score\":Infinity}"]`, "", true, assertions.NoScore},
		{`{"type":"llm-rubric"}`, `["{\"pass\":true,\"score\":null}"]`, "", true, assertions.NoScore},
		{`{"type":"search-rubric","value":"x"}`, `["{\"pass\":false,\"pass\":true,\"score\":1}"]`, "", true, assertions.UnclearReply},
		{`{"type":"factuality","value":"x"}`, `["{\"category\":\"D\",\"category\":\"C\"}"]`, "", true, assertions.UnclearReply},
		{`{"type":"conversation-relevance"}`, `["{\"verdict\":\"no\",\"verdict\":\"yes\"}"]`, "", true, assertions.UnclearReply},
		{`{"type":"llm-rubric"}`, `["Here: {\"pass\":true,\"score\":1,\"a\":{\"b\":1,\"c\":{\"b\":1}}} [1]"]`, "", true, ""},
		{`{"type":"llm-rubric"}`, `["I can't say."]`, "", false, assertions.MalformedJudge},
		{`{"type":"factuality","value":"x"}`, `["between (A) and (D)"]`, "", true, assertions.Conflict},
		{`{"type":"factuality","value":"x"}`, `["(A) a subset"]`, "", true, ""},
		{`{"type":"factuality","value":"x"}`, `["{\"category\":\"C\"} or {\"category\":\"D\"}"]`, "", true, assertions.Conflict},
		{`{"type":"model-graded-closedqa","value":"x"}`, `["I wonder WHY"]`, "", true, assertions.VerdictOrScore},
		{`{"type":"model-graded-closedqa","value":"x"}`, `["It is.\nY"]`, "", true, ""},
		{`{"type":"model-graded-closedqa","value":"x"}`, `["Answer:Y"]`, "", true, ""},
		{`{"type":"context-faithfulness"}`, `["a\nb\nc","Final verdict for each statement in order: Yes. Yes."]`, `{"query":"q","context":"c"}`, true, assertions.CountDiffers},
		{`{"type":"context-faithfulness"}`, `["a\nb","Final verdict for each statement in order: Yes. Yes."]`, `{"query":"q","context":"c"}`, true, ""},
		{`{"type":"context-faithfulness"}`, `["a","Final verdict for each statement in order: yes and no."]`, `{"query":"q","context":"c"}`, true, assertions.Conflict},
		{`{"type":"context-relevance"}`, `["A cat sat.\nIt slept well."]`, `{"query":"q","context":"A cat sat.\nIt ran."}`, true, assertions.NotQuoted},
		{`{"type":"context-relevance"}`, `["- A cat sat."]`, `{"query":"q","context":"A cat sat.\nIt ran."}`, true, ""},
		{`{"type":"conversation-relevance"}`, `["{\"verdict\":\"yes\"} or {\"verdict\":\"no\"}"]`, "", true, assertions.Conflict},
	} {
		for _, mode := range []assertions.Mode{assertions.Exact, assertions.Strict} {
			r := Record{ID: "doubt", Output: json.RawMessage(`"out"`), Assert: []json.RawMessage{json.RawMessage(c.assertion)}}
			var list []any
			if err := json.Unmarshal([]byte(c.replies), &list); err != nil {
				t.Fatal(err)
			}
			r.Replies = map[string][]any{"*": list[:1], "context-faithfulness-nli": list[len(list)-1:]}
			if c.vars != "" {
				if err := json.Unmarshal([]byte(c.vars), &r.Vars); err != nil {
					t.Fatal(err)
				}
			}
			got, err := r.Run(context.Background(), d, mode)
			var doubt *assertions.Doubt
			switch errors.As(err, &doubt); {
			case mode == assertions.Exact && (err != nil || got.Pass != c.exact):
				t.Errorf("exact: %s on %s: %v, error %v", c.assertion, c.replies, got.Pass, err)
			case mode == assertions.Exact:
			case c.want == "" && (err != nil || !got.Pass):
				t.Errorf("%s on %s: %v, error %v", c.assertion, c.replies, got.Pass, err)
			case c.want != "" && (doubt == nil || doubt.ID != c.want || got.Pass):
				t.Errorf("%s on %s: want %s, got %v %v", c.assertion, c.replies, c.want, got.Pass, err)
			}
		}
	}
}
