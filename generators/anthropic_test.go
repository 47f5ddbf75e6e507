package generators

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

// raw is a JSON text as a value.
func raw(s string) json.RawMessage { return json.RawMessage(s) }

func says(role, text string) pipeline.Message { return pipeline.Message{Role: role, Content: text} }

func holds(role string, parts ...pipeline.Part) pipeline.Message {
	return pipeline.Message{Role: role, Parts: parts}
}

func shows(url, kind string) pipeline.Part {
	return pipeline.Part{Media: &pipeline.Media{URL: url, Type: kind}}
}

func calls(id, name, args string) pipeline.Part {
	return pipeline.Part{ToolCall: &pipeline.ToolCall{ID: id, Name: name, Args: raw(args)}}
}

func gives(id, name, output string) pipeline.Part {
	return pipeline.Part{ToolResult: &pipeline.ToolResult{ID: id, Name: name, Output: raw(output)}}
}

// encodeCase is a chat with the body or the error that a wire makes of it.
type encodeCase struct {
	name string
	chat pipeline.Chat
	want string // JSON; compared by value
	err  string
}

func runEncode(t *testing.T, w wire, cases []encodeCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			body, err := w.encode("m", &c.chat, false)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("got %s, error %v, want %q", body, err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, want := sortedJSON(t, string(body)), sortedJSON(t, c.want); got != want {
				t.Errorf("\ngot  %s\nwant %s", got, want)
			}
		})
	}
}

func sortedJSON(t *testing.T, s string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%v: %s", err, s)
	}
	b, _ := json.Marshal(v)
	return string(b)
}

func TestAnthropicEncode(t *testing.T) {
	zero, nan, seed, five := 0.0, math.NaN(), int64(1), 5
	user := []pipeline.Message{says("user", "hi")}
	body := func(rest string) string {
		return `{"model":"m","max_tokens":4096,"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]` + rest + `}`
	}
	content := func(blocks string) string {
		return `{"model":"m","max_tokens":4096,"messages":[{"role":"user","content":[` + blocks + `]}]}`
	}
	runEncode(t, anthropicWire{}, []encodeCase{
		{name: "plain", chat: pipeline.Chat{Messages: user}, want: body("")},
		{name: "parameters", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{Temperature: &zero, TopK: &five, MaxOutputTokens: 7, StopSequences: []string{"a"}}},
			want: strings.Replace(body(`,"temperature":0,"top_k":5,"stop_sequences":["a"]`), "4096", "7", 1)},
		{name: "roles", chat: pipeline.Chat{Messages: []pipeline.Message{
			says("system", "a"), says("user", "b"), says("user", "c"), says("system", "d"), says("assistant", "e"), says("model", "f"),
		}}, want: `{"model":"m","max_tokens":4096,"system":[{"type":"text","text":"a"},{"type":"text","text":"d"}],"messages":[
			{"role":"user","content":[{"type":"text","text":"b"},{"type":"text","text":"c"}]},
			{"role":"assistant","content":[{"type":"text","text":"e"},{"type":"text","text":"f"}]}]}`},
		{name: "media", chat: pipeline.Chat{Messages: []pipeline.Message{holds("user",
			shows("data:image/png;base64,YWJj", ""), shows("https://h/a.jpg?x=1", ""), shows("https://h/a", ""), shows("https://h/a.pdf", ""),
			shows("data:application/pdf;base64,YWI", ""), shows("data:,a%20b", ""), shows("DATA:image/webp;name=x;base64,Y%57%4Aj", ""), pipeline.Part{Text: ""},
		)}}, want: content(`{"type":"image","source":{"type":"base64","media_type":"image/png","data":"YWJj"}},
			{"type":"image","source":{"type":"url","url":"https://h/a.jpg?x=1"}},
			{"type":"image","source":{"type":"url","url":"https://h/a"}},
			{"type":"document","source":{"type":"url","url":"https://h/a.pdf"}},
			{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"YWI="}},
			{"type":"document","source":{"type":"text","media_type":"text/plain","data":"a b"}},
			{"type":"image","source":{"type":"base64","media_type":"image/webp","data":"YWJj"}}`)},
		{name: "tools without ids", chat: pipeline.Chat{
			Tools: []pipeline.Tool{{Name: "t", Description: "d", Schema: raw(`{"type":"object"}`)}, {Name: "u"}},
			Messages: []pipeline.Message{says("user", "hi"), holds("model", calls("", "t", `{"a": 1}`), calls("", "u", "")),
				holds("tool", gives("", "u", `{"b":[]}`), gives("", "", `"text"`))},
		}, want: `{"model":"m","max_tokens":4096,"tools":[{"name":"t","description":"d","input_schema":{"type":"object"}},{"name":"u","input_schema":{"type":"object","properties":{}}}],
			"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]},
			{"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"t","input":{"a":1}},{"type":"tool_use","id":"call_2","name":"u","input":{}}]},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_2","content":"{\"b\":[]}"},{"type":"tool_result","tool_use_id":"call_1","content":"text"}]}]}`},
		{name: "json", chat: pipeline.Chat{Messages: user, JSON: true}, want: body(`,"system":[{"type":"text","text":"` + jsonOnly + `"}]`)},
		{name: "schema", chat: pipeline.Chat{Messages: user, JSON: true, Schema: raw(`{"type":"string"}`)},
			want: body(`,"output_config":{"format":{"type":"json_schema","schema":{"type":"string"}}}`)},
		{name: "extra", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{Extra: map[string]any{"thinking": map[string]any{"type": "adaptive"}, "max_tokens": 9}}},
			want: strings.Replace(body(`,"thinking":{"type":"adaptive"}`), "4096", "9", 1)},

		{name: "seed", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{Seed: &seed}}, err: "seed"},
		{name: "logprobs", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{TopLogprobs: 1}}, err: "topLogprobs"},
		{name: "blank stop", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{StopSequences: []string{"a", "\n"}}}, err: "stopSequences"},
		{name: "nan", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{TopP: &nan}}, err: "NaN"},
		{name: "extra in the way", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{MaxOutputTokens: 3, Extra: map[string]any{"max_tokens": 1}}}, err: "max_tokens"},
		{name: "extra stream", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{Extra: map[string]any{"stream": true}}}, err: "stream"},
		{name: "extra that is no JSON", chat: pipeline.Chat{Messages: user, Config: pipeline.Config{Extra: map[string]any{"metadata": func() {}}}}, err: "metadata"},
		{name: "nothing", chat: pipeline.Chat{}, err: "no message"},
		{name: "only system", chat: pipeline.Chat{Messages: []pipeline.Message{says("system", "a")}}, err: "no message"},
		{name: "empty", chat: pipeline.Chat{Messages: []pipeline.Message{says("user", "")}}, err: `message 1 ("user"): it is empty`},
		{name: "role", chat: pipeline.Chat{Messages: []pipeline.Message{says("robot", "a")}}, err: `message 1 ("robot"): the role is none of`},
		{name: "sound", chat: pipeline.Chat{Messages: []pipeline.Message{holds("user", shows("data:audio/wav;base64,YQ==", ""))}}, err: `"audio/wav"`},
		{name: "broken data", chat: pipeline.Chat{Messages: []pipeline.Message{holds("user", shows("data:image/png;base64,%%%", ""))}}, err: "percent"},
		{name: "broken base64", chat: pipeline.Chat{Messages: []pipeline.Message{holds("user", shows("data:image/png;base64,é", ""))}}, err: "base64"},
		{name: "no comma", chat: pipeline.Chat{Messages: []pipeline.Message{holds("user", shows("data:image/png", ""))}}, err: "comma"},
		{name: "file", chat: pipeline.Chat{Messages: []pipeline.Message{holds("user", shows("file:///etc/passwd", ""))}}, err: "no http"},
		{name: "system image", chat: pipeline.Chat{Messages: []pipeline.Message{holds("system", shows("https://h/a", ""))}}, err: "only hold text"},
		{name: "lost result", chat: pipeline.Chat{Messages: []pipeline.Message{holds("tool", gives("x", "t", "1"))}}, err: `"t" (id "x") answers no call`},
		{name: "args", chat: pipeline.Chat{Messages: []pipeline.Message{holds("model", calls("x", "t", "[1]"))}}, err: `"t" are no JSON object`},
		{name: "schema that is none", chat: pipeline.Chat{Messages: user, Schema: raw("[1]")}, err: "output schema"},
	})
}

func TestAnthropicSchema(t *testing.T) {
	for _, c := range []struct{ in, want, err string }{
		{in: `{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"integer"}},"required":["z"]}`,
			want: `{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"integer"}},"required":["z"],"additionalProperties":false}`},
		{in: `{"$schema":"x","properties":{"a":{"type":"integer","minimum":1,"description":"an age","maximum":9}},"additionalProperties":true}`,
			want: `{"properties":{"a":{"type":"integer","description":"an age Must fulfil the JSON Schema {\"minimum\":1,\"maximum\":9}"}},"additionalProperties":false}`},
		{in: `{"type":"array","minItems":2,"items":{"oneOf":[{"type":"string","format":"date"},{"type":"string","format":"iban"},true]}}`,
			want: `{"type":"array","items":{"anyOf":[{"type":"string","format":"date"},{"type":"string","description":"Must fulfil the JSON Schema {\"format\":\"iban\"}"},true]},"description":"Must fulfil the JSON Schema {\"minItems\":2}"}`},
		{in: `{"$ref":"#/$defs/a","$defs":{"a":{"type":["object","null"],"properties":{}}}}`,
			want: `{"$ref":"#/$defs/a","$defs":{"a":{"type":["object","null"],"properties":{},"additionalProperties":false}}}`},
		{in: `{"type":"object","additionalProperties":{"type":"object","properties":{"a":true}}}`,
			want: `{"type":"object","additionalProperties":{"type":"object","properties":{"a":true},"additionalProperties":false}}`},
		{in: `{"type":"object"}`, err: "properties"},
		{in: `{"type":"array","items":{"type":"object","properties":{},"additionalProperties":{"type":"string"}}}`, err: "items: additionalProperties"},
		{in: `{"properties":[]}`, err: "properties: it is no JSON object"},
		{in: `{"anyOf":{}}`, err: "anyOf"},
		{in: `true`, err: "no JSON object"},
		{in: `{"type":`, err: "EOF"},
	} {
		got, err := anthropicSchema(raw(c.in))
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %s, error %v, want %q", c.in, got, err, c.err)
			}
		case err != nil || string(got) != c.want: // also the order
			t.Errorf("%s:\ngot  %s, %v\nwant %s", c.in, got, err, c.want)
		}
	}
}

// replyCase is a reply with the answer or the error that a wire makes of it.
type replyCase struct {
	body string
	want pipeline.Asset
	err  string
}

func echoed(a pipeline.Asset, api, content string) pipeline.Asset {
	a.Echo = &pipeline.Echo{API: api, Content: json.RawMessage(content)}
	return a
}

func runDecode(t *testing.T, w wire, cases []replyCase) {
	for _, c := range cases {
		got, err := w.decode([]byte(c.body), "application/json")
		checkReply(t, c, got, err)
	}
}

func checkReply(t *testing.T, c replyCase, got pipeline.Asset, err error) {
	t.Helper()
	if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
		t.Errorf("%s:\nerror %v, want %q", c.body, err, c.err)
	}
	g, _ := json.Marshal(got)
	if w, _ := json.Marshal(c.want); string(g) != string(w) {
		t.Errorf("%s:\ngot  %s\nwant %s", c.body, g, w)
	}
}

func TestAnthropicDecode(t *testing.T) {
	message := func(content, reason, more string) string {
		return `{"type":"message","role":"assistant","model":"m-1","content":[` + content + `],"stop_reason":"` + reason + `"` + more + `,"usage":{"input_tokens":3,"output_tokens":2}}`
	}
	usage := pipeline.Usage{InputTokens: 3, OutputTokens: 2}
	asset := func(text, finish string, calls ...pipeline.ToolCall) pipeline.Asset {
		return pipeline.Asset{Text: text, Usage: usage, Model: "m-1", FinishReason: finish, ToolCalls: calls}
	}
	runDecode(t, anthropicWire{}, []replyCase{
		{body: message(`{"type":"thinking","thinking":"hm"},{"type":"text","text":"a"},{"type":"server_tool_use"},{"type":"text","text":"b"}`, "end_turn", ""),
			want: echoed(asset("ab", "stop"), anthropicAPI, `[{"type":"thinking","thinking":"hm"},{"type":"text","text":"a"},{"type":"server_tool_use"},{"type":"text","text":"b"}]`)},
		{body: message(`{"type":"text","text":""}`, "stop_sequence", `,"stop_sequence":"END"`), want: asset("", "stop")},
		{body: message(`{"type":"text","text":"a"}`, "max_tokens", ""), want: asset("a", "length")},
		{body: message(`{"type":"text","text":"a"}`, "model_context_window_exceeded", ""), want: asset("a", "length")},
		{body: message(`{"type":"text","text":"a"}`, "pause_turn", ""), want: asset("a", "pause_turn")},
		{body: message(`{"type":"text","text":"see"},{"type":"tool_use","id":"x","name":"t","input":{ "a" : 1 }}`, "tool_use", ""), want: asset("see", "tool_calls", pipeline.ToolCall{ID: "x", Name: "t", Args: raw(`{"a":1}`)})},
		{body: message(`{"type":"tool_use","id":"x","name":"t","input":[1]}`, "tool_use", ""), want: asset("", "tool_calls"), err: `"t" with arguments that are no JSON object`},
		{body: message(``, "end_turn", ""), want: asset("", "stop"), err: "gave no content"},
		{body: message(`{"type":"thinking","thinking":"hm"}`, "max_tokens", ""), want: asset("", "length"), err: "used up its output tokens"},
		{body: message(`{"type":"text","text":"I"}`, "refusal", ""), want: asset("", "refusal"), err: "the model refused"},
		{body: message(``, "refusal", `,"stop_details":{"type":"refusal","category":"cyber","explanation":null}`), want: asset("", "refusal"), err: "category cyber"},
		{body: message(``, "refusal", `,"stop_details":{"type":"refusal","category":"cyber","explanation":"No\nattacks."}`), want: asset("", "refusal"), err: "refused to answer: No attacks."},
		{body: `{"type":"message","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":8,"cache_creation_input_tokens":20,"cache_read_input_tokens":300,"output_tokens_details":{"thinking_tokens":6}}}`,
			want: pipeline.Asset{Text: "a", FinishReason: "stop", Usage: pipeline.Usage{InputTokens: 321, OutputTokens: 8, CachedTokens: 300, CacheWriteTokens: 20, ReasoningTokens: 6}}},
		{body: `{"type":"message","content":[{"type":"text","text":"a"}],"usage":{"input_tokens":null,"output_tokens":-4,"output_tokens_details":null}}`, want: pipeline.Asset{Text: "a"}},
		{body: `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}`, err: "Overloaded"},
		{body: `{"choices":[]}`, err: "Messages API"},
		{body: `<html>`, err: "not the JSON"},
		{body: ``, err: "empty"},
	})
}

func TestAnthropicHeaders(t *testing.T) {
	h := http.Header{}
	anthropicWire{}.authorize(h, "k")
	if h.Get("x-api-key") != "k" || h.Get("anthropic-version") != "2023-06-01" || len(h) != 2 {
		t.Errorf("%v", h)
	}
	h = http.Header{}
	anthropicWire{}.authorize(h, "") // a gateway that adds the key itself
	if len(h) != 1 {
		t.Errorf("%v", h)
	}
}

// feed gives a reader events, "name data" or just data, and returns its answer.
func feed(w wire, events []string) (a pipeline.Asset, done bool, err error) {
	r := w.events()
	for _, e := range events {
		name, data, ok := strings.Cut(e, " ")
		if !ok || strings.HasPrefix(e, "{") {
			name, data = "", e
		}
		if done, err = r.event(name, []byte(data)); err != nil || done {
			break
		}
	}
	if err == nil {
		a, err = r.asset()
	}
	return a, done, err
}

func TestAnthropicEvents(t *testing.T) {
	const (
		start = `{"type":"message_start","message":{"type":"message","model":"m-1","content":[],"usage":{"input_tokens":3,"cache_read_input_tokens":2,"output_tokens":1}}}`
		open  = `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`
		stop  = `{"type":"message_stop"}`
	)
	end := func(reason string) string {
		return `{"type":"message_delta","delta":{"stop_reason":"` + reason + `"},"usage":{"output_tokens":9,"input_tokens":null,"cache_read_input_tokens":0}}`
	}
	piece := func(i, kind, key, text string) string {
		quoted, _ := json.Marshal(text)
		return `{"type":"content_block_delta","index":` + i + `,"delta":{"type":"` + kind + `","` + key + `":` + string(quoted) + `}}`
	}
	tool := []string{start,
		`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}`, piece("0", "thinking_delta", "thinking", "hm"), piece("0", "signature_delta", "signature", "x"), `{"type":"content_block_stop","index":0}`,
		`{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"a","name":"t","input":{}}}`, piece("1", "input_json_delta", "partial_json", ""), piece("1", "input_json_delta", "partial_json", `{"c":"K`), piece("1", "input_json_delta", "partial_json", `öln"}`),
		`{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"b","name":"u","input":{}}}`,
	}
	asset := func(text, finish string, calls ...pipeline.ToolCall) pipeline.Asset {
		return pipeline.Asset{Text: text, Usage: pipeline.Usage{InputTokens: 5, OutputTokens: 9, CachedTokens: 2}, Model: "m-1", FinishReason: finish, ToolCalls: calls}
	}
	for _, c := range []struct {
		name   string
		events []string
		want   pipeline.Asset
		err    string
	}{
		{"text", []string{start, "ping {\"type\":\"ping\"}", open, piece("0", "text_delta", "text", "a"), piece("0", "text_delta", "text", "b"), end("end_turn"), stop}, asset("ab", "stop"), ""},
		{"unknown kinds", []string{start, open, piece("0", "text_delta", "text", "a"), `{"type":"new_kind"}`, piece("0", "new_delta", "new", "?"), end("max_tokens"), stop}, asset("a", "length"), ""},
		{"tools", append(tool, end("tool_use"), stop), echoed(asset("", "tool_calls", pipeline.ToolCall{ID: "a", Name: "t", Args: raw(`{"c":"Köln"}`)}, pipeline.ToolCall{ID: "b", Name: "u", Args: raw(`{}`)}), anthropicAPI,
			`[{"signature":"x","thinking":"hm","type":"thinking"},{"id":"a","input":{"c":"Köln"},"name":"t","type":"tool_use"},{"type":"tool_use","id":"b","name":"u","input":{}}]`), ""},
		{"cut arguments", append(tool[:8:8], end("max_tokens"), stop), asset("", "length"), "arguments that are no JSON object"},
		{"refusal", []string{start, open, piece("0", "text_delta", "text", "a"), `{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"category":"bio"}},"usage":{"output_tokens":9}}`, stop}, asset("", "refusal"), "category bio"},
		{"overloaded", []string{start, open, `error {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`}, pipeline.Asset{}, "Overloaded"},
		{"no start", []string{open}, pipeline.Asset{}, "begins with content_block_start"},
		{"two starts", []string{start, start}, pipeline.Asset{}, "message_start"},
		{"a gap", []string{start, piece("0", "text_delta", "text", "a")}, pipeline.Asset{}, "has not begun"},
		{"a jump", []string{start, strings.Replace(open, "0", "7", 1)}, pipeline.Asset{}, "begins block 7"},
		{"below", []string{start, open, piece("-1", "text_delta", "text", "a")}, pipeline.Asset{}, "has not begun"},
		{"no JSON", []string{start, `{"type":"con`}, pipeline.Asset{}, "not the JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, _, err := feed(anthropicWire{}, c.events)
			checkReply(t, replyCase{strings.Join(c.events, "\n"), c.want, c.err}, a, err)
		})
	}
	for _, early := range [][]string{{}, {start}, {start, open, piece("0", "text_delta", "text", "a"), end("end_turn")}} {
		if a, done, err := feed(anthropicWire{}, early); done || !errors.Is(err, errUnfinished) {
			t.Errorf("%q: done %v, %+v, %v", early, done, a, err)
		}
	}
}
