package evals

import (
	"maps"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

// TestBeside: a sheet of labels holds what the metric judges by, and no more.
func TestBeside(t *testing.T) {
	c := testsets.Case{Input: "when?", Expected: "30 days", Context: []string{"a fact", "another"},
		Messages: []testsets.Message{{Role: "user", Content: "hi"}, {Role: "assistant", Content: "yes?"}},
		Metadata: map[string]any{"retrieval_context": []any{"found"}, "chatbot_role": "a clerk"}}
	bare := c
	bare.Messages, bare.Metadata = nil, nil
	said := "user: hi\nassistant: yes?\nuser: when?"
	talk := &pipeline.Talk{Turns: []pipeline.Turn{{Role: "user", Content: "cancel 7"}, {Role: "assistant", Content: "done", Tools: []pipeline.ToolUse{
		{ToolCall: pipeline.ToolCall{Name: "cancel", Args: []byte(`{"id":7}`)}, Output: []byte(`{"ok":true}`)}}}}}
	for _, x := range []struct {
		metric string
		c      testsets.Case
		talk   *pipeline.Talk
		want   map[string]string
	}{
		{"faithfulness", c, nil, map[string]string{"conversation": said, "retrieval_context": "found"}},
		{"faithfulness", bare, nil, map[string]string{"context": "a fact\n\nanother"}},
		{"coherence", bare, nil, map[string]string{}},
		{"contextual_recall", bare, nil, map[string]string{"context": "a fact\n\nanother", "expected": "30 days"}},
		{"role_adherence", c, nil, map[string]string{"conversation": said, "role": "a clerk"}},
		{"g-eval", bare, nil, map[string]string{"asked": "is it polite?", "context": "a fact\n\nanother", "expected": "30 days"}},
		{"llm-rubric", testsets.Case{Input: "x", Metadata: map[string]any{"asked": map[string]any{"llm-rubric": "is fine", "tone": "is kind"}}}, nil, map[string]string{"asked": "is fine"}},
		{"argument_correctness", bare, talk, map[string]string{"conversation": "user: cancel 7\ntool: cancel {\"id\":7} → {\"ok\":true}"}},
	} {
		j := &Judgement{}
		j.Talk = x.talk
		asked := ""
		if x.metric == "g-eval" {
			asked = "is it polite?"
		}
		if got := j.beside(&x.c, x.metric, asked); !maps.Equal(got, x.want) {
			t.Errorf("%s: %q, want %q", x.metric, got, x.want)
		}
	}
}
