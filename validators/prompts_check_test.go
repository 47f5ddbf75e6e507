package validators

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/validators/judged"
)

func TestPromptsCheck(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"bias-verdicts", "{{count}} {{json opinions}}", ""},
		{"reason", "{{about}} {{json verdicts}} {{alignment}}", ""},
		{"summarization-reason", "{{alignment}} {{coverage}} {{json score}}", ""},
		{"promptfoo-llm-rubric", "{{anything}}", ""},
		{"_own", "{{anything}}", ""},
		{"bias-verdict", "{{opinions}}", "did you mean bias-verdicts.prompt?"},
		{"nothing", "x", "words no question"},
		{"bias-verdicts", "{{json opinion}}", `bias-verdicts.prompt:1: unknown variable "opinion"; did you mean opinions?`},
		{"bias-verdicts", "Be fair: {{count}}", "shows the judge nothing"},
		{"bias-verdicts", "{{#each}", "bias-verdicts.prompt:1"},
		{"bias-reason", "{{json score}} {{alignment}}", `unknown variable "alignment"`},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, c.name+".prompt"), []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		err := (&Prompts{Dir: dir}).Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s %q: %v; want %q", c.name, c.text, err, c.want)
		}
	}
}

// seen answers so that each metric asks all its questions, and keeps them.
type seen map[string]judged.Question

func (s seen) Ask(_ context.Context, q judged.Question) (judged.Reply, error) {
	s[q.Prompt] = q
	switch q.Step {
	case "verdicts":
		if q.Data["turns"] != nil {
			return judged.Reply{Text: `{"verdicts":[]}`}, nil
		}
		return judged.Reply{Text: `{"verdicts":[{"verdict":"yes","reason":"r","statement":"s"}]}`}, nil
	case "reason":
		return judged.Reply{Text: `{"reason":"r"}`}, nil
	case "verdict":
		return judged.Reply{Text: `{"verdict":"yes","reason":"r"}`}, nil
	case "answers":
		return judged.Reply{Text: `{"answers":["yes"]}`}, nil
	case "extract":
		return judged.Reply{Text: `{"extracted_pii":["x"]}`}, nil
	case "knowledge":
		return judged.Reply{Text: `{"data":{"a":"b"}}`}, nil
	case "qa_pairs":
		return judged.Reply{Text: `{"qa_pairs":[{"question":"q","response":"r"}]}`}, nil
	case "task":
		return judged.Reply{Text: `{"task":"t"}`}, nil
	case "score", "tool_selection", "goal_score", "plan_score", "primitives", "arguments":
		return judged.Reply{Text: `{"score":1,"reason":"r"}`}, nil
	case "task_and_outcome":
		return judged.Reply{Text: `{"task":"t","outcome":"o"}`}, nil
	case "choice":
		return judged.Reply{}, errors.New("seen enough")
	}
	return judged.Reply{Text: `{"` + q.Step + `":["x"]}`}, nil
}

// TestQuestionsKnow holds what Check knows of the questions to what they are.
func TestQuestionsKnow(t *testing.T) {
	steps := questionSteps()
	text := func(s string) *string { return &s }
	params := map[string]string{"prompt_alignment": `{"prompt_instructions":["i"]}`, "json_correctness": `{"expected_fields":{"a":"int"}}`,
		"g_eval": `{"criteria":"c","evaluation_params":["input"]}`, "conversational_g_eval": `{"criteria":"c","evaluation_params":["role"]}`,
		"misuse": `{"domain":"d"}`, "non_advice": `{"advice_types":["a"]}`, "role_violation": `{"role":"r"}`, "tool_correctness": `{"available_tools":[{"name":"x"}]}`,
		"dag": `{"dag":{"start":"a","nodes":{"a":{"question":"q","yes":1,"no":0}}}}`, "topic_adherence": `{"relevant_topics":["t"]}`, "mcp_use": `{"mcp_servers":[{"server_name":"s"}]}`, "pattern_match": `{"pattern":"p"}`, "tool_permission": `{"denied_tools":["x"]}`, "tool_use": `{"available_tools":[{"name":"x"}]}`, "faithfulness": `{"truths_extraction_limit":3}`}
	for _, m := range judged.Known() {
		p, err := judged.ReadParams([]byte(cmp.Or(params[m.Name], "{}")))
		if err != nil {
			t.Fatal(err)
		}
		for _, mode := range []judged.Mode{judged.Default, judged.Exact} {
			set, err := judged.New(m, judged.Config{Mode: mode, Params: p})
			if err != nil {
				t.Fatal(err)
			}
			asked := seen{}
			_, _ = set.Judge(t.Context(), asked, &judged.Case{Input: "i", Output: text("o"), Expected: text("e"), Context: []string{"c"}, Retrieval: []string{"c"},
				ToolsCalled: []judged.Tool{{Name: "x"}}, ExpectedTools: []judged.Tool{{Name: "x"}}, Role: text("r"),
				Turns: []judged.Turn{{Role: "user", Content: "a"}, {Role: "assistant", Content: "b", Retrieval: []string{"c"}, ToolsCalled: []judged.Tool{{Name: "x"}}}}, Outcome: text("o"), Trace: []any{"step"}, Servers: []map[string]any{{"server_name": "s"}}, MCPCalls: map[string]any{"mcp_prompts_called": []any{"p"}}})
			for name, q := range asked {
				step, ok := steps[name]
				if !ok || step != q.Step {
					t.Errorf("%s: step %q, want %q", name, step, q.Step)
				}
				known := knownVariables(name, q.Step)
				for key := range q.Data {
					if !slices.Contains(known, key) {
						t.Errorf("%s: the variable %s is not known", name, key)
					}
				}
			}
		}
	}
}
