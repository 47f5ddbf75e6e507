package generators

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

func TestOpenAIEncode(t *testing.T) {
	user := func(parts ...pipeline.Part) *pipeline.Chat {
		return &pipeline.Chat{Messages: []pipeline.Message{{Role: "user", Parts: parts}}}
	}
	media := func(url, mime string) *pipeline.Chat {
		return user(pipeline.Part{Media: &pipeline.Media{URL: url, Type: mime}})
	}
	hello := func(c pipeline.Config) *pipeline.Chat {
		return &pipeline.Chat{Messages: []pipeline.Message{{Role: "user", Content: "hello"}}, Config: c}
	}
	k := 3
	nan := math.NaN()
	for _, c := range []struct {
		name   string
		wire   openAIWire
		chat   *pipeline.Chat
		want   string // in the body
		refuse string // in the error
	}{
		{"new limit", openAIWire{}, hello(pipeline.Config{MaxOutputTokens: 7}), `"max_completion_tokens":7`, ""},
		{"old limit", openAIWire{compatible: true}, hello(pipeline.Config{MaxOutputTokens: 7}), `"max_tokens":7`, ""},
		{"top_k", openAIWire{compatible: true}, hello(pipeline.Config{TopK: &k}), `"top_k":3`, ""},
		{"no top_k", openAIWire{}, hello(pipeline.Config{TopK: &k}), "", "OpenAI's API has none"},
		{"no number", openAIWire{}, hello(pipeline.Config{TopP: &nan}), "", "top_p"},
		{"logprobs", openAIWire{}, hello(pipeline.Config{TopLogprobs: 4}), `"logprobs":true,"top_logprobs":4`, ""},
		{"extra", openAIWire{}, hello(pipeline.Config{Extra: map[string]any{"reasoning_effort": "low", "metadata": map[string]any{"a": "<b>"}}}), `"metadata":{"a":"<b>"},"reasoning_effort":"low"`, ""},
		{"a data URL in a data URL, as promptfoo sends it", openAIWire{}, media("data:image/jpeg;base64,data:image/png;base64,YWJj", ""), `"url":"data:image/jpeg;base64,data:image/png;base64,YWJj"`, ""},
		{"extra model", openAIWire{}, hello(pipeline.Config{Extra: map[string]any{"model": "x"}}), "", "config model"},
		{"extra messages", openAIWire{}, hello(pipeline.Config{Extra: map[string]any{"messages": nil}}), "", "config messages"},
		{"extra stream", openAIWire{}, hello(pipeline.Config{Extra: map[string]any{"stream": true}}), "", "config stream"},
		{"extra twice", openAIWire{}, hello(pipeline.Config{MaxOutputTokens: 1, Extra: map[string]any{"max_completion_tokens": 2}}), "", "max_completion_tokens"},
		{"extra that is no JSON", openAIWire{}, hello(pipeline.Config{Extra: map[string]any{"f": func() {}}}), "", "config f"},
		{"json", openAIWire{}, &pipeline.Chat{Messages: hello(pipeline.Config{}).Messages, JSON: true}, `"response_format":{"type":"json_object"}`, ""},
		{"json, unsaid", openAIWire{}, &pipeline.Chat{Messages: hello(pipeline.Config{}).Messages, JSON: true}, `[{"role":"system","content":"Answer with one JSON`, ""},
		{"json, said", openAIWire{}, &pipeline.Chat{Messages: []pipeline.Message{{Role: "user", Content: "as JSON"}}, JSON: true}, `"messages":[{"role":"user"`, ""},
		{"broken schema", openAIWire{}, &pipeline.Chat{Messages: hello(pipeline.Config{}).Messages, Schema: json.RawMessage(`{`)}, "", "schema"},
		{"image by address", openAIWire{}, media("https://x/a.png?sig=1", ""), `{"type":"image_url","image_url":{"url":"https://x/a.png?sig=1"}}`, ""},
		{"something by address", openAIWire{}, media("https://x/a", ""), `image_url`, ""},
		{"sound", openAIWire{}, media("data:audio/mpeg;base64,AAAA", ""), `{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}}`, ""},
		{"sound by address", openAIWire{}, media("https://x/a.wav", "audio/wav"), "", "only as a data URL"},
		{"document", openAIWire{}, media("data:application/pdf;base64,AAAA", ""), `{"type":"file","file":{"filename":"file.pdf","file_data":"data:application/pdf;base64,AAAA"}}`, ""},
		{"document, plainly written", openAIWire{}, media("data:text/plain,a%20b", ""), `"filename":"file.txt","file_data":"data:text/plain;base64,YSBi"`, ""},
		{"film", openAIWire{}, media("https://x/a.mp4", "video/mp4"), "", "no videos"},
		{"film elsewhere", openAIWire{compatible: true}, media("https://x/a.mp4", "video/mp4"), `"video_url":{"url":"https://x/a.mp4"}`, ""},
		{"file address", openAIWire{}, media("file:///etc/passwd", ""), "", "no http"},
		{"one text part", openAIWire{}, user(pipeline.Part{Text: "a"}), `{"role":"user","content":"a"}`, ""},
		{"no part", openAIWire{}, &pipeline.Chat{Messages: []pipeline.Message{{Role: "user"}}}, `{"role":"user","content":""}`, ""},
		{"no messages", openAIWire{}, &pipeline.Chat{}, "", "no messages"},
		{"unknown role", openAIWire{}, &pipeline.Chat{Messages: []pipeline.Message{{Role: "boss", Content: "a"}}}, "", "message 1"},
		{"tool text", openAIWire{}, &pipeline.Chat{Messages: []pipeline.Message{{Role: "tool", Content: "a"}}}, "", "results of tools"},
		{"lost result", openAIWire{}, user(pipeline.Part{ToolResult: &pipeline.ToolResult{Name: "f"}}), "", "answers no call"},
		{"call by a user", openAIWire{}, user(pipeline.Part{ToolCall: &pipeline.ToolCall{Name: "f"}}), "", "only a model"},
		{"calls without ids", openAIWire{}, &pipeline.Chat{Messages: []pipeline.Message{
			{Role: "model", Parts: []pipeline.Part{{Text: "let me see"}, {ToolCall: &pipeline.ToolCall{Name: "f"}}}},
			{Role: "tool", Parts: []pipeline.Part{{ToolResult: &pipeline.ToolResult{Name: "f", Output: json.RawMessage(`{"a": 1}`)}}}},
		}}, `{"role":"assistant","content":"let me see","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"{\"a\":1}","tool_call_id":"call_1"}`, ""},
	} {
		body, err := c.wire.encode("m", c.chat, false)
		switch {
		case c.refuse != "":
			if err == nil || !strings.Contains(err.Error(), c.refuse) {
				t.Errorf("%s: %s, %v, want an error with %q", c.name, body, err, c.refuse)
			}
		case err != nil || !json.Valid(body) || !strings.Contains(string(body), c.want):
			t.Errorf("%s: %s, %v, want %s", c.name, body, err, c.want)
		}
	}
}

func TestStrictSchema(t *testing.T) {
	for schema, want := range map[string]bool{
		`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}`:                                true,
		`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}`:                                                             false,
		`{"type":"object","properties":{"a":{},"b":{}},"required":["a"],"additionalProperties":false}`:                                        false,
		`{"type":"object","properties":{"a":{"type":["object","null"],"properties":{"x":{}}}},"required":["a"],"additionalProperties":false}`: false,
		`{"type":"object","properties":{"a":{"oneOf":[{"type":"string"}]}},"required":["a"],"additionalProperties":false}`:                    false,
		`{"type":"array","items":{"type":"string"}}`:                                                                                          false,
		`true`:          false,
		`{"type":null}`: false,
		strings.Repeat(`{"type":"object","properties":{"a":`, 200) + `{}` + strings.Repeat(`},"required":["a"],"additionalProperties":false}`, 200): false,
	} {
		if got := strictSchema(json.RawMessage(schema)); got != want {
			t.Errorf("%.120s: %v", schema, got)
		}
	}
}

func TestOpenAIDecode(t *testing.T) {
	for _, c := range []struct{ name, body, text, finish, err string }{
		{"parts", `{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},"finish_reason":"stop"}]}`, "ab", "stop", ""},
		{"empty text", `{"choices":[{"message":{"content":""},"finish_reason":"stop"}]}`, "", "stop", ""},
		{"odd usage", `{"choices":[{"message":{"content":"a"}}],"usage":"much"}`, "a", "", ""},
		{"filter", `{"choices":[{"message":{"content":"a"},"finish_reason":"content_filter"}]}`, "", "", "content filter"},
		{"refusal", `{"choices":[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}]}`, "", "", "refused: no"},
		{"only thoughts", `{"choices":[{"message":{"content":""},"finish_reason":"length"}]}`, "", "", "used up its output tokens"},
		{"arguments that are no JSON", `{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{a:"}}]}}]}`, "", "", `"f" with arguments`},
		{"arguments that are no object", `{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":"[1]"}}]}}]}`, "", "", "no JSON object"},
		{"an object for arguments", `{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},"finish_reason":"stop"}]}`, "", "tool_calls", ""},
		{"no choices", `{"object":"list"}`, "", "", "no choices"},
		{"error", `{"error":{"message":"busy","type":"overloaded_error"}}`, "", "", "busy"},
		{"array", `[]`, "", "", "not the JSON"},
	} {
		a, err := openAIWire{}.decode([]byte(c.body), "application/json")
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %q", c.name, err, c.err)
			}
			continue
		}
		if err != nil || a.Text != c.text || a.FinishReason != c.finish {
			t.Errorf("%s: %+v, %v", c.name, a, err)
		}
	}
	a, err := openAIWire{}.decode([]byte(`{"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":17,"cost":0.25,"completion_tokens_details":{"reasoning_tokens":10}}}`), "")
	if want := (pipeline.Usage{InputTokens: 5, OutputTokens: 12, ReasoningTokens: 10}); err != nil || a.Usage != want || a.CostUSD != 0.25 {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestOpenAIEvents(t *testing.T) {
	read := func(events ...string) (pipeline.Asset, error) {
		s := openAIWire{}.events()
		for _, e := range events {
			if _, err := s.event("", []byte(e)); err != nil {
				return pipeline.Asset{}, err
			}
		}
		return s.asset()
	}
	a, err := read(`{"choices":[],"prompt_filter_results":[]}`,
		`{"choices":[{"index":0,"delta":{"tool_calls":[{"id":"x","function":{"name":"f","arguments":""}}]}}]}`, // no index
		`{"choices":[{"index":1,"delta":{"content":"another choice"}}]}`,
		`{"choices":[{"index":0,"delta":{"tool_calls":[{"function":{"arguments":"{\"a\":1}"}}]}}]}`,
		`{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)
	if err != nil || len(a.ToolCalls) != 1 || string(a.ToolCalls[0].Args) != `{"a":1}` || a.ToolCalls[0].ID != "x" || a.Text != "" || a.FinishReason != "tool_calls" {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := read(`{"choices":[{"delta":{"content":"a"}}]}`); !errors.Is(err, errUnfinished) {
		t.Errorf("no end: %v", err)
	}
	for _, bad := range []string{`{`, `{"choices":[{"delta":{"content":7}}]}`, `{"choices":[{"delta":{"tool_calls":[{"index":4}]}}]}`, `{"choices":[{"delta":{"tool_calls":[{"index":-1}]}}]}`} {
		if _, err := read(bad); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
	var re *replyError
	if _, err := read(`{"error":{"code":429,"message":"slow down"}}`); !errors.As(err, &re) || re.status != 429 {
		t.Errorf("an error event: %v", err)
	}
}
