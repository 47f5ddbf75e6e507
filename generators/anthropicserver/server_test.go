package anthropicserver

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func newServer(t *testing.T, opts Options) *Server {
	t.Helper()
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// post sends a body to the Messages API.
func post(t *testing.T, s *Server, body string, header ...string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequest("POST", s.URL()+"/v1/messages", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("anthropic-version", "2023-06-01")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, string(b), err
}

const hello = `{"model":"m","max_tokens":9,"system":"be kind","messages":[{"role":"user","content":"hello, 日本 you"}]}`

func TestWhole(t *testing.T) {
	s := newServer(t, Options{})
	resp, body, err := post(t, s, hello)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"id":"msg_local000000000000000001","type":"message","role":"assistant","model":"m","content":[{"text":"hello, 日本 you","type":"text"}],` +
		`"stop_reason":"end_turn","stop_sequence":null,"stop_details":null,"usage":{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":3}}` + "\n"
	if body != want || resp.Header.Get("Content-Type") != "application/json" || resp.Header.Get("Request-Id") == "" {
		t.Errorf("%v\ngot  %s\nwant %s", resp.Header, body, want)
	}
	if h := s.Heard(); len(h) != 1 || h[0].System[0].Text != "be kind" || h[0].LastText() != "hello, 日本 you" || s.Billed() != 1 {
		t.Errorf("heard %+v, billed %d", h, s.Billed())
	}
}

func TestStreamOrder(t *testing.T) {
	s := newServer(t, Options{Reply: func(Request) Reply {
		return Reply{Content: []Block{
			{Type: "thinking", Thinking: "well", Signature: "c2ln"}, {Type: "text", Text: "日本"}, {Type: "tool_use", ID: "x", Name: "t", Input: json.RawMessage(`{"a":1}`)},
		}}
	}})
	_, body, err := post(t, s, strings.Replace(hello, "{", `{"stream":true,`, 1))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	text, args := "", ""
	for block := range strings.SplitSeq(strings.TrimSuffix(body, "\n\n"), "\n\n") {
		name, data, _ := strings.Cut(strings.TrimPrefix(block, "event: "), "\ndata: ")
		var e struct {
			Type  string
			Delta struct {
				Text        string
				PartialJSON string `json:"partial_json"`
			}
		}
		if err := json.Unmarshal([]byte(data), &e); err != nil || e.Type != name {
			t.Fatalf("%s: %v", block, err)
		}
		text, args = text+e.Delta.Text, args+e.Delta.PartialJSON
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	want := []string{"message_start", "content_block_start", "ping", "content_block_delta", "content_block_stop", "content_block_start", "content_block_delta",
		"content_block_stop", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"}
	if !slices.Equal(names, want) || text != "日本" || args != `{"a":1}` || !strings.Contains(body, `"stop_reason":"tool_use"`) {
		t.Errorf("%q, text %q, args %q\n%s", names, text, args, body)
	}
}

// Each of these is a request that the real API refuses with a status 400.
func TestStrict(t *testing.T) {
	s := newServer(t, Options{})
	with := func(rest string) string { return strings.Replace(hello, "{", "{"+rest+",", 1) }
	messages := func(list string) string { return `{"model":"m","max_tokens":9,"messages":[` + list + `]}` }
	const user, call = `{"role":"user","content":"a"}`, `{"role":"assistant","content":[{"type":"tool_use","id":"x","name":"t","input":{}}]}`
	for body, want := range map[string]string{
		``: "not valid JSON", `{`: "not valid JSON", hello + hello: "not valid JSON", `[]`: "valid",
		`{"model":"m","messages":[]}`: "max_tokens: Field required", `{"max_tokens":1}`: "model: Field required", `{"model":"m","max_tokens":1}`: "messages: Field required",
		with(`"seed":1`): "seed: Extra inputs", with(`"temperature":1.5`): "temperature: range", with(`"top_p":-1`): "top_p: range", with(`"top_k":-1`): "top_k",
		with(`"stop_sequences":["a"," "]`): "stop_sequences.1", with(`"stream":"yes"`): "stream: Input should be a valid bool",
		strings.Replace(hello, `9`, `0`, 1): "max_tokens", strings.Replace(hello, "be kind", "", 1): "system.0",
		messages(``): "at least one message", messages(`{"role":"assistant","content":"a"}`): "first message", messages(user + "," + user): "alternate",
		messages(`{"role":"system","content":"a"}`): "top-level `system`", messages(`{"role":"tool","content":"a"}`): "'user' or 'assistant'",
		messages(`{"role":"user","content":""}`): "non-empty", messages(`{"role":"user","content":[]}`): "non-empty", messages(`{"role":"user","content":" \n"}`): "non-whitespace",
		messages(`{"role":"user","content":[{"type":"txt","text":"a"}]}`): "Input tag 'txt'", messages(`{"role":"user","content":[{"type":"text","txt":"a"}]}`): "Extra inputs",
		messages(user + "," + call):              "without `tool_result` blocks",
		messages(user + "," + call + "," + user): "without `tool_result` blocks",
		messages(user + `,{"role":"assistant","content":"a"},{"role":"user","content":[{"type":"tool_result","tool_use_id":"x"}]}`):   "unexpected `tool_use_id`",
		messages(`{"role":"user","content":[{"type":"tool_use","id":"x","name":"t","input":{}}]}`):                                    "can only be in `assistant`",
		messages(user + "," + strings.Replace(call, `"x"`, `"x:1"`, 1)):                                                               "should match pattern",
		messages(`{"role":"user","content":[{"type":"image"}]}`):                                                                      "source: Field required",
		messages(`{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/bmp","data":"YQ=="}}]}`):    "media_type",
		messages(`{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"?"}}]}`):       "invalid base64",
		messages(`{"role":"user","content":[{"type":"image","source":{"type":"url","url":"file:///a"}}]}`):                            "Input tag",
		messages(`{"role":"user","content":[{"type":"image","source":{"type":"text","media_type":"text/plain","data":"a"}}]}`):        "Input tag 'text'",
		messages(`{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"image/png","data":"YQ=="}}]}`): "media_type",
		with(`"tools":[{"name":"a b","input_schema":{"type":"object"}}]`):                                                             "tools.0.custom.name",
		with(`"tools":[{"name":"a"}]`):                                  "input_schema: Field required",
		with(`"tools":[{"name":"a","input_schema":{"type":"string"}}]`): "should be 'object'",
		with(`"tools":[{"name":"a","input_schema":{"type":"object"}},{"name":"a","input_schema":{"type":"object"}}]`):                          "unique",
		with(`"output_config":{"format":{"type":"json_object"}}`):                                                                              "json_schema",
		with(`"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{}}}}`):                                   "'additionalProperties' must be",
		with(`"output_config":{"format":{"type":"json_schema","schema":{"anyOf":[{"type":"array","items":{"type":"integer","minimum":1}}]}}}`): "'minimum' is not supported",
		with(`"output_config":{"format":{"type":"json_schema","schema":{"type":"array","minItems":2}}}`):                                       "'minItems'",
	} {
		resp, got, err := post(t, s, body)
		if err != nil || resp.StatusCode != 400 || !strings.Contains(got, `"type":"invalid_request_error"`) || !strings.Contains(got, want) {
			t.Errorf("%s\ngot  %s, %v\nwant %s", body, got, err, want)
		}
	}
	if s.Billed() != 0 || len(s.Heard()) != 0 {
		t.Errorf("billed %d, heard %d", s.Billed(), len(s.Heard()))
	}
}

func TestDoors(t *testing.T) {
	s := newServer(t, Options{Key: "k", Leak: true, Models: []string{"m"}, MaxTokens: 6})
	for _, c := range []struct {
		body   string
		header []string
		status int
		want   string
	}{
		{hello, []string{"x-api-key", "k"}, 200, `"end_turn"`},
		{hello, nil, 401, "x-api-key header is required"},
		{hello, []string{"x-api-key", "other"}, 401, "invalid x-api-key (x-api-key: other)"},
		{hello, []string{"x-api-key", "k", "anthropic-version", ""}, 400, "anthropic-version"},
		{strings.Replace(hello, `"m"`, `"n"`, 1), []string{"x-api-key", "k"}, 404, "not_found_error"},
		{strings.Replace(hello, "hello", "hello hello hello hello", 1), []string{"x-api-key", "k"}, 400, "prompt is too long: 8 tokens \\u003e 6 maximum"},
	} {
		resp, body, err := post(t, s, c.body, c.header...)
		if err != nil || resp.StatusCode != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%q: %d %s, %v", c.header, resp.StatusCode, body, err)
		}
	}
	resp, err := http.Get(s.URL() + "/v1/models")
	if err != nil || resp.StatusCode != 404 {
		t.Errorf("another path: %v, %v", resp, err)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		fault  Fault
		status int
		want   string
		billed int64
	}{
		{RateLimited, 429, "rate_limit_error", 0}, {Busy, 429, "rate_limit_error", 0}, {Overloaded, 529, "overloaded_error", 0}, {Broken, 500, "api_error", 0},
		{TimedOut, 504, "timeout_error", 0}, {NoQuota, 400, "credit balance is too low", 0}, {BadKey, 401, "authentication_error", 0}, {Forbidden, 403, "permission_error", 0},
		{TooLong, 400, "prompt is too long", 0}, {TooLarge, 413, "request_too_large", 0}, {Withheld, 400, "content filtering", 0}, {BadRequest, 400, "deprecated", 0},
		{Refused, 200, `"stop_reason":"refusal"`, 1}, {Truncated, 200, `"stop_reason":"max_tokens"`, 1}, {Malformed, 200, "<html>", 1}, {Drip, 200, "end_turn", 1},
		{Cut, 0, "", 0}, {CutAfter, 0, "", 1}, {CutReply, 0, "", 1},
	} {
		s := newServer(t, Options{Fault: First(1, c.fault), RetryAfter: 1500 * time.Millisecond})
		resp, body, err := post(t, s, hello)
		if c.status == 0 {
			if err == nil {
				t.Errorf("%s: no error but %s", c.fault, body)
			}
		} else if err != nil || resp.StatusCode != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %v, %s, %v", c.fault, resp, body, err)
		}
		if limited := c.fault == RateLimited; resp != nil && (limited != (resp.Header.Get("Retry-After") == "2")) {
			t.Errorf("%s: %v", c.fault, resp.Header)
		}
		if s.Received() != 1 || s.Billed() != c.billed {
			t.Errorf("%s: received %d, billed %d", c.fault, s.Received(), s.Billed())
		}
		if _, body, err := post(t, s, hello); err != nil || !strings.Contains(body, "end_turn") {
			t.Errorf("%s, the next call: %s, %v", c.fault, body, err)
		}
	}
}

func TestRateAndAnswer(t *testing.T) {
	s := newServer(t, Options{Rate: 2, Answer: func(_ context.Context, input string) (string, error) {
		if input == "fail" {
			return "", errors.New("as asked")
		}
		return "re: " + input, nil
	}})
	refused := 0
	for n := 0; refused < 2 && n < 100; n++ { // the rate is for every second anew
		resp, _, err := post(t, s, hello)
		if err != nil || resp.Header.Get("Anthropic-Ratelimit-Requests-Limit") != "2" {
			t.Fatalf("%v, %v", resp, err)
		}
		if _, err := time.Parse(time.RFC3339, resp.Header.Get("Anthropic-Ratelimit-Requests-Reset")); err != nil {
			t.Error(err)
		}
		if resp.StatusCode == 429 {
			refused++
		}
	}
	if refused < 2 {
		t.Errorf("%d were refused", refused)
	}
	s = newServer(t, Options{Answer: s.opts.Answer})
	if _, body, _ := post(t, s, hello); !strings.Contains(body, "re: hello") {
		t.Error(body)
	}
	if resp, body, _ := post(t, s, strings.Replace(hello, "hello, 日本 you", "fail", 1)); resp.StatusCode != 400 || !strings.Contains(body, "as asked") {
		t.Error(body)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(hello))
	f.Add([]byte(`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"image","source":null}]}],"output_config":{"format":{"type":"json_schema","schema":{"items":[]}}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := parse(body)
		if err == nil && (len(r.Messages) == 0 || r.words() < 0) {
			t.Errorf("%+v", r)
		}
	})
}
