package generators

import (
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

func TestResponsesEncode(t *testing.T) {
	seed := int64(1)
	user := []pipeline.Message{{Role: "user", Content: "hi"}}
	for want, c := range map[string]pipeline.Chat{
		"config seed":          {Messages: user, Config: pipeline.Config{Seed: &seed}},
		"config stopSequences": {Messages: user, Config: pipeline.Config{StopSequences: []string{"x"}}},
		"config topK":          {Messages: user, Config: pipeline.Config{TopK: new(int)}},
		"no messages":          {},
		`message 1 ("user"): only a model message can call`: {Messages: []pipeline.Message{{Role: "user", Parts: []pipeline.Part{{ToolCall: &pipeline.ToolCall{Name: "f"}}}}}},
	} {
		if _, err := (responsesWire{}).encode("m", &c, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	body, err := (responsesWire{}).encode("m", &pipeline.Chat{JSON: true, Messages: append(user, pipeline.Message{Role: "model"}),
		Tools: []pipeline.Tool{{Name: "f"}}, Config: pipeline.Config{TopLogprobs: 2, MaxOutputTokens: 9, Extra: map[string]any{"store": false}}}, false)
	want := `{"model":"m","input":[{"role":"system","content":"` + jsonOnly + `"},{"role":"user","content":"hi"},{"role":"assistant","content":""}],` +
		`"tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{}},"strict":false}],"text":{"format":{"type":"json_object"}},` +
		`"max_output_tokens":9,"top_logprobs":2,"include":["message.output_text.logprobs"],"store":false}`
	if err != nil || string(body) != want {
		t.Errorf("%v\ngot  %s\nwant %s", err, body, want)
	}
}

func TestResponsesDecode(t *testing.T) {
	for body, want := range map[string]string{
		`{"choices":[]}`: "is the address a Responses API?",
		`{"output":[],"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}`: "used up its output tokens",
		`{"output":[],"status":"completed"}`:                                                      "the model gave no content",
		`{"error":{"message":"boom"},"output":[]}`:                                                "boom",
		`{"output":[{"type":"function_call","name":"f","arguments":"[1]"}]}`:                      "no JSON object",
	} {
		if _, err := (responsesWire{}).decode([]byte(body), "application/json"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
	a, err := (responsesWire{}).decode([]byte(`{"model":"m-1","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"a"},{"type":"output_text","text":"b"}]}]}`), "")
	if err != nil || a.Text != "ab" || a.Echo != nil || a.FinishReason != "stop" || a.Model != "m-1" {
		t.Errorf("%+v, %v", a, err)
	}
	if TakesSeed("openai_responses:gpt-5") || PricedAs("openai_responses") != "openai" {
		t.Error("the API takes no seed, and has OpenAI's prices")
	}
}
