package generators

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

func FuzzAnthropicReply(f *testing.F) {
	f.Add([]byte(`{"type":"message","model":"m","content":[{"type":"text","text":"a"},{"type":"tool_use","id":"x","name":"t","input":{"a":1}}],"stop_reason":"tool_use","usage":{"input_tokens":3,"output_tokens":2}}`))
	f.Add([]byte("{\"type\":\"message_start\",\"message\":{\"type\":\"message\"}}\n{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"input\":{}}}\n{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\"}}\n{\"type\":\"message_stop\"}"))
	f.Add([]byte(`{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`))
	f.Add([]byte(`{"type":"message","content":[],"stop_reason":"refusal","stop_details":{"category":null}}`))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzReply(t, anthropicWire{}, data) })
}

func FuzzGoogleReply(f *testing.F) {
	f.Add([]byte(`{"candidates":[{"content":{"parts":[{"text":"a"},{"functionCall":{"name":"t","args":{"a":1}}}]},"finishReason":"STOP","logprobsResult":{"chosenCandidates":[{"token":"a"}],"topCandidates":[]}}],"usageMetadata":{"promptTokenCount":1}}`))
	f.Add([]byte("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n{\"candidates\":[{\"finishReason\":\"MAX_TOKENS\"}]}"))
	f.Add([]byte(`{"promptFeedback":{"blockReason":"SAFETY"}}`))
	f.Add([]byte(`{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"1s"}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzReply(t, googleWire{}, data) })
}

// fuzzReply reads data as a whole reply, and its lines as events.
func fuzzReply(t *testing.T, w wire, data []byte) {
	a, err := w.decode(data, "application/json")
	soundReply(t, a, err)
	r := w.events()
	for line := range bytes.Lines(data) {
		if done, err := r.event("", bytes.TrimSpace(line)); done || err != nil {
			break
		}
	}
	a, err = r.asset()
	soundReply(t, a, err)
}

func soundReply(t *testing.T, a pipeline.Asset, err error) {
	t.Helper()
	if a.JSON != nil || a.Usage.InputTokens < 0 || a.Usage.OutputTokens < 0 {
		t.Errorf("%+v", a)
	}
	if err != nil && (len(err.Error()) > 1000 || a.Text != "") {
		t.Errorf("%+v with the error %v", a, err)
	}
	for _, c := range a.ToolCalls {
		var object map[string]any
		if err == nil && json.Unmarshal(c.Args, &object) != nil {
			t.Errorf("tool call with the arguments %s", c.Args)
		}
	}
}

// What was lowered is JSON of the same kind, and has nothing left to lower.
func FuzzAnthropicSchema(f *testing.F) {
	f.Add([]byte(`{"type":"object","properties":{"a":{"oneOf":[{"type":"integer","minimum":1}],"description":"d"}},"required":["a"]}`))
	f.Add([]byte(`{"$ref":"#/$defs/a","$defs":{"a":{"type":["array","null"],"minItems":3,"items":true}}}`))
	f.Fuzz(func(t *testing.T, schema []byte) {
		once, err := anthropicSchema(schema)
		if err != nil || !json.Valid(schema) {
			return
		}
		twice, err := anthropicSchema(once)
		if err != nil || string(once) != string(twice) {
			t.Errorf("%s\nbecame %s\nthen   %s, %v", schema, once, twice, err)
		}
	})
}

func FuzzMedia(f *testing.F) {
	f.Add("data:image/png;base64,YWJj", "")
	f.Add("data:,a%20b", "text/plain; charset=utf-8")
	f.Add("https://h/a.png?x#y", "")
	f.Add("data:image/jpeg;base64,data:image/png;base64,YWJj", "")
	f.Fuzz(func(t *testing.T, address, kind string) {
		m, err := openMedia(&pipeline.Media{URL: address, Type: kind})
		_, body, _ := strings.Cut(strings.ToLower(address), ",")
		if again := strings.HasPrefix(body, "data:"); err == nil && !again && (m.url == "") != strings.HasPrefix(strings.ToLower(address), "data:") {
			t.Errorf("%q became %+v", address, m)
		}
		for _, w := range []wire{anthropicWire{}, googleWire{}} {
			body, err := w.encode("m", &pipeline.Chat{Messages: []pipeline.Message{holds("user", shows(address, kind))}}, false)
			if err == nil && !json.Valid(body) {
				t.Errorf("%q: %s", address, body)
			}
		}
	})
}
