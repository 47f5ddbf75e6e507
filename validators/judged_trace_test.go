package validators

import (
	"encoding/json"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

func TestTraceOf(t *testing.T) {
	call := pipeline.ToolCall{Name: "track", Args: json.RawMessage(`{"id":7}`)}
	spans := &pipeline.Trace{Spans: []pipeline.Span{{Name: "plan", Attributes: map[string]any{"text": "look"}}}}
	given := map[string]any{"trace": map[string]any{"name": "agent"}}
	for name, c := range map[string]struct {
		asset    pipeline.Asset
		metadata map[string]any
		want     string
	}{
		"nobody tells":  {pipeline.Asset{Text: "o"}, nil, `null`},
		"no steps":      {pipeline.Asset{Text: "o", Trace: &pipeline.Trace{}}, nil, `{"input":"i","output":"o","steps":[]}`},
		"calls":         {pipeline.Asset{Text: "o", ToolCalls: []pipeline.ToolCall{call}}, nil, `{"input":"i","output":"o","steps":[{"name":"track","args":{"id":7}}]}`},
		"spans":         {pipeline.Asset{Text: "o", Trace: spans}, nil, `{"input":"i","output":"o","steps":[{"name":"plan","attributes":{"text":"look"}}]}`},
		"both":          {pipeline.Asset{Text: "o", Trace: spans, ToolCalls: []pipeline.ToolCall{call}}, nil, `{"input":"i","output":"o","steps":[{"name":"plan","attributes":{"text":"look"}},{"name":"track","args":{"id":7}}]}`},
		"another's":     {pipeline.Asset{Text: "o"}, given, `null`},
		"recorded":      {pipeline.Asset{Text: "o", Talk: &pipeline.Talk{}}, given, `{"name":"agent"}`},
		"recorded none": {pipeline.Asset{Text: "o", Talk: &pipeline.Talk{Turns: []pipeline.Turn{{Role: "user", Content: "i"}, {Role: "assistant", Content: "o"}}}}, nil, `null`},
		"turns": {pipeline.Asset{Text: "o", Talk: &pipeline.Talk{Calls: 1, Turns: []pipeline.Turn{{Role: "user", Content: "i"}, {Role: "assistant", Content: "o", Trace: spans}}}}, given,
			`{"turns":[{"content":"i","role":"user"},{"content":"o","role":"assistant","steps":[{"name":"plan","attributes":{"text":"look"}}]}]}`},
	} {
		got, err := json.Marshal(traceOf(pipeline.Subject{Request: pipeline.Request{Input: "i"}, Asset: c.asset, Metadata: c.metadata}))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s %v", name, got, err)
		}
	}
}
