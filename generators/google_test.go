package generators

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

func TestGooglePath(t *testing.T) {
	for _, c := range []struct {
		model  string
		stream bool
		want   string
	}{
		{"gemini-3.1-pro", false, "/v1beta/models/gemini-3.1-pro:generateContent"},
		{"models/gemini-3.1-pro", true, "/v1beta/models/gemini-3.1-pro:streamGenerateContent?alt=sse"},
		{"tunedModels/my-1", false, "/v1beta/tunedModels/my-1:generateContent"},
		{"a b?c", false, "/v1beta/models/a%20b%3Fc:generateContent"},
	} {
		if got := (googleWire{}).path(c.model, c.stream); got != c.want {
			t.Errorf("%s: %s, want %s", c.model, got, c.want)
		}
	}
	h := http.Header{}
	googleWire{}.authorize(h, "k")
	if h.Get("x-goog-api-key") != "k" || len(h) != 1 {
		t.Errorf("%v", h)
	}
}

func TestGoogleEncode(t *testing.T) {
	zero, seed, big := 0.0, int64(-7), int64(1)<<32
	user := []pipeline.Message{says("user", "hi")}
	body := func(rest string) string {
		return `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]` + rest + `}`
	}
	runEncode(t, googleWire{}, []encodeCase{
		{name: "plain", chat: pipeline.Chat{Messages: user}, want: body("")},
		{name: "empty text", chat: pipeline.Chat{Messages: []pipeline.Message{says("user", "")}}, want: `{"contents":[{"role":"user","parts":[{"text":""}]}]}`},
		{name: "parameters", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{
			Temperature: &zero, Seed: &seed, MaxOutputTokens: 7, StopSequences: []string{"a"}, TopLogprobs: 3,
		}}, want: body(`,"generationConfig":{"temperature":0,"seed":-7,"maxOutputTokens":7,"stopSequences":["a"],"responseLogprobs":true,"logprobs":3}`)},
		{name: "roles", chat: pipeline.Chat{Messages: []pipeline.Message{
			says("system", "a"), says("user", "b"), says("user", "c"), says("system", "d"), says("assistant", "e"),
		}}, want: `{"systemInstruction":{"parts":[{"text":"a"},{"text":"d"}]},"contents":[{"role":"user","parts":[{"text":"b"},{"text":"c"}]},{"role":"model","parts":[{"text":"e"}]}]}`},
		{name: "media", chat: pipeline.Chat{Messages: []pipeline.Message{holds("user",
			shows("data:audio/wav;base64,YWJj", ""), shows("https://h/a.png", ""), shows("https://h/v", "video/mp4; codecs=x"), shows("https://h/v", ""),
		)}}, want: `{"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"audio/wav","data":"YWJj"}},{"fileData":{"mimeType":"image/png","fileUri":"https://h/a.png"}},
			{"fileData":{"mimeType":"video/mp4","fileUri":"https://h/v"}},{"fileData":{"fileUri":"https://h/v"}}]}]}`},
		{name: "tools", chat: pipeline.Chat{
			Tools: []pipeline.Tool{{Name: "t", Description: "d", Schema: raw(`{"type":"object"}`)}, {Name: "u"}},
			Messages: []pipeline.Message{says("user", "hi"), holds("model", pipeline.Part{Text: "so"}, calls("", "t", `{"a": 1}`), calls("x", "u", "")),
				holds("tool", gives("x", "", `[1]`)), holds("tool", gives("", "t", `{"b":2}`))},
		}, want: `{"tools":[{"functionDeclarations":[{"name":"t","description":"d","parametersJsonSchema":{"type":"object"}},{"name":"u"}]}],
			"contents":[{"role":"user","parts":[{"text":"hi"}]},
			{"role":"model","parts":[{"text":"so"},{"functionCall":{"id":"call_1","name":"t","args":{"a":1}},"thoughtSignature":"` + googleNoSignature + `"},{"functionCall":{"id":"x","name":"u","args":{}}}]},
			{"role":"user","parts":[{"functionResponse":{"id":"x","name":"u","response":{"output":[1]}}},{"functionResponse":{"id":"call_1","name":"t","response":{"b":2}}}]}]}`},
		{name: "json", chat: pipeline.Chat{Messages: user, JSON: true}, want: body(`,"generationConfig":{"responseMimeType":"application/json"}`)},
		{name: "schema", chat: pipeline.Chat{Messages: user, Schema: raw(`{"type":"string"}`)},
			want: body(`,"generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{"type":"string"}}`)},
		{name: "extra", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{Temperature: &zero, Extra: map[string]any{
			"thinkingConfig": map[string]any{"thinkingLevel": "low"}, "safetySettings": []any{}, "generationConfig": map[string]any{"presencePenalty": 1},
		}}}, want: body(`,"safetySettings":[],"generationConfig":{"temperature":0,"thinkingConfig":{"thinkingLevel":"low"},"presencePenalty":1}`)},

		{name: "seed", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{Seed: &big}}, err: "32 bits"},
		{name: "extra in the way", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{Temperature: &zero, Extra: map[string]any{"temperature": 1}}}, err: "temperature"},
		{name: "extra contents", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{Extra: map[string]any{"contents": 1}}}, err: "contents"},
		{name: "extra candidates", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{Extra: map[string]any{"candidateCount": 2}}}, err: "candidateCount"},
		{name: "extra that is no object", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{Extra: map[string]any{"generationConfig": 2}}}, err: "generationConfig"},
		{name: "nothing", chat: pipeline.Chat{}, err: "no message"},
		{name: "role", chat: pipeline.Chat{Messages: []pipeline.Message{says("robot", "a")}}, err: `message 1 ("robot")`},
		{name: "system image", chat: pipeline.Chat{Messages: []pipeline.Message{holds("system", shows("https://h/a", ""))}}, err: "only hold text"},
		{name: "file", chat: pipeline.Chat{Messages: []pipeline.Message{holds("user", shows("gs://b/o", ""))}}, err: "no http"},
		{name: "lost result", chat: pipeline.Chat{Messages: []pipeline.Message{holds("tool", gives("", "t", "1"))}}, err: "answers no call"},
		{name: "args", chat: pipeline.Chat{Messages: []pipeline.Message{holds("model", calls("x", "t", "1"))}}, err: "no JSON object"},
		{name: "result that is no JSON", chat: pipeline.Chat{Messages: []pipeline.Message{holds("model", calls("x", "t", "")), holds("tool", gives("x", "t", "{"))}}, err: "encoding the request"},
	})
	if body, err := (googleWire{}).encode("gemini-2.5-pro", &pipeline.Chat{Messages: []pipeline.Message{holds("model", calls("x", "t", ""))}}, true); err != nil || strings.Contains(string(body), "Signature") {
		t.Errorf("an older model's calls are signed: %s, %v", body, err)
	}
}

func TestGoogleDecode(t *testing.T) {
	reply := func(parts, reason, more string) string {
		return `{"candidates":[{"content":{"role":"model","parts":[` + parts + `]},"finishReason":"` + reason + `"` + more + `}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"totalTokenCount":5},"modelVersion":"m-1"}`
	}
	asset := func(text, finish string, calls ...pipeline.ToolCall) pipeline.Asset {
		return pipeline.Asset{Text: text, Usage: pipeline.Usage{InputTokens: 3, OutputTokens: 2}, Model: "m-1", FinishReason: finish, ToolCalls: calls}
	}
	cases := []replyCase{
		{body: reply(`{"text":"hm","thought":true},{"text":"a"},{"executableCode":{}},{"text":"b","thoughtSignature":"x"}`, "STOP", ""),
			want: echoed(asset("ab", "stop"), googleAPI, `[{"text":"a"},{"executableCode":{}},{"text":"b","thoughtSignature":"x"}]`)},
		{body: reply(`{"text":""}`, "STOP", ""), want: asset("", "stop")},
		{body: reply(`{"text":"a"}`, "MAX_TOKENS", ""), want: asset("a", "length")},
		{body: reply(`{"text":"so"},{"functionCall":{"name":"t","args":{ "a" : 1 }}},{"functionCall":{"id":"z","name":"u"}}`, "STOP", ""),
			want: asset("so", "tool_calls", pipeline.ToolCall{ID: "call_1", Name: "t", Args: raw(`{"a":1}`)}, pipeline.ToolCall{ID: "z", Name: "u", Args: raw(`{}`)})},
		{body: reply(`{"functionCall":{"name":"t","args":[1]}}`, "STOP", ""), want: asset("", "stop"), err: "no JSON object"},
		{body: reply(``, "STOP", ""), want: asset("", "stop"), err: "gave no content"},
		{body: reply(`{"text":"hm","thought":true}`, "MAX_TOKENS", ""), want: asset("", "length"), err: "used up its output tokens"},
		{body: reply(``, "MALFORMED_FUNCTION_CALL", `,"finishMessage":"Malformed\ncall: t("`), want: asset("", "malformed_function_call"), err: "broke off (finishReason MALFORMED_FUNCTION_CALL): Malformed call: t("},
		{body: `{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2},"modelVersion":"m-1"}`, want: asset("", ""), err: "content filter withheld the prompt (blockReason SAFETY)"},
		{body: `{"promptFeedback":{"blockReason":"OTHER","blockReasonMessage":"it says why"}}`, err: "it says why"},
		{body: `{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2},"modelVersion":"m-1"}`, want: asset("", ""), err: "gave no content"},
		{body: `{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":320,"toolUsePromptTokenCount":1,"candidatesTokenCount":2,"thoughtsTokenCount":6,"cachedContentTokenCount":300}}`,
			want: pipeline.Asset{Text: "a", FinishReason: "stop", Usage: pipeline.Usage{InputTokens: 321, OutputTokens: 8, CachedTokens: 300, ReasoningTokens: 6}}},
		{body: `{"candidates":[{"content":{"parts":[{"text":"ab"}]},"finishReason":"STOP","logprobsResult":{"chosenCandidates":[{"token":"a","logProbability":-0.5},{"token":"b"}],"topCandidates":[{"candidates":[{"token":"x","logProbability":-1}]}]}}]}`,
			want: pipeline.Asset{Text: "ab", FinishReason: "stop", Logprobs: []pipeline.TokenProb{{Token: "a", Logprob: -0.5, Top: []pipeline.TokenProb{{Token: "x", Logprob: -1}}}, {Token: "b"}}}},
		{body: `{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}`, err: "overloaded"},
		{body: `{"type":"message"}`, err: "Gemini API"},
		{body: `<html>`, err: "not the JSON"},
		{body: ``, err: "empty"},
	}
	for _, reason := range []string{"SAFETY", "RECITATION", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "IMAGE_SAFETY"} {
		cases = append(cases, replyCase{body: reply(`{"text":"a"}`, reason, ""), want: asset("", strings.ToLower(reason)), err: "content filter withheld the answer (finishReason " + reason + ")"})
	}
	runDecode(t, googleWire{}, cases)
}

func TestGoogleEvents(t *testing.T) {
	piece := func(part string) string {
		return `{"candidates":[{"content":{"role":"model","parts":[` + part + `]},"index":0}],"usageMetadata":{"promptTokenCount":3},"modelVersion":"m-1"}`
	}
	end := func(reason string) string {
		return `{"candidates":[{"content":{"parts":[{"text":""}]},"finishReason":"` + reason + `"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":9,"thoughtsTokenCount":1}}`
	}
	asset := func(text, finish string, calls ...pipeline.ToolCall) pipeline.Asset {
		return pipeline.Asset{Text: text, Usage: pipeline.Usage{InputTokens: 3, OutputTokens: 10, ReasoningTokens: 1}, Model: "m-1", FinishReason: finish, ToolCalls: calls}
	}
	for _, c := range []struct {
		name   string
		events []string
		want   pipeline.Asset
		err    string
	}{
		{"text", []string{piece(`{"text":"hm","thought":true}`), piece(`{"text":"a"}`), piece(`{"text":"b"}`), end("STOP")}, asset("ab", "stop"), ""},
		{"usage after the end", []string{piece(`{"text":"a"}`), `{"candidates":[{"finishReason":"STOP"}]}`, `{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":9,"thoughtsTokenCount":1}}`}, asset("a", "stop"), ""},
		{"a reason in each", []string{strings.Replace(piece(`{"text":"a"}`), `"index":0`, `"finishReason":"STOP"`, 1), piece(`{"text":"b"}`), end("STOP")}, asset("ab", "stop"), ""},
		{"tools", []string{piece(`{"functionCall":{"name":"t","args":{}}}`), piece(`{"functionCall":{"name":"t","args":{"a":1}}}`), end("STOP")},
			asset("", "tool_calls", pipeline.ToolCall{ID: "call_1", Name: "t", Args: raw(`{}`)}, pipeline.ToolCall{ID: "call_2", Name: "t", Args: raw(`{"a":1}`)}), ""},
		{"withheld", []string{piece(`{"text":"a"}`), end("SAFETY")}, asset("", "safety"), "content filter"},
		{"blocked", []string{`{"promptFeedback":{"blockReason":"BLOCKLIST"},"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":9,"thoughtsTokenCount":1},"modelVersion":"m-1"}`}, asset("", ""), "content filter"},
		{"overloaded", []string{piece(`{"text":"a"}`), `{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}`}, pipeline.Asset{}, "overloaded"},
		{"no JSON", []string{piece(`{"text":"a"}`), `{"cand`}, pipeline.Asset{}, "not the JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, _, err := feed(googleWire{}, c.events)
			checkReply(t, replyCase{strings.Join(c.events, "\n"), c.want, c.err}, a, err)
		})
	}
	for _, early := range [][]string{{}, {piece(`{"text":"a"}`)}} {
		if a, done, err := feed(googleWire{}, early); done || !errors.Is(err, errUnfinished) {
			t.Errorf("%q: done %v, %+v, %v", early, done, a, err)
		}
	}
}
