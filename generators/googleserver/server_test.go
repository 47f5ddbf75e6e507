package googleserver

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
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

const (
	whole  = "/v1beta/models/m:generateContent"
	stream = "/v1beta/models/m:streamGenerateContent?alt=sse"
	hello  = `{"systemInstruction":{"parts":[{"text":"be kind"}]},"contents":[{"role":"user","parts":[{"text":"hello, 日本 you"}]}]}`
)

// post sends a body to a method of the API.
func post(t *testing.T, s *Server, path, body, key string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequest("POST", s.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("x-goog-api-key", key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, string(b), err
}

// wholeReply is what a client reads.
type wholeReply struct {
	Candidates []struct {
		Content      Content
		FinishReason string
	}
	UsageMetadata Usage
	ModelVersion  string
}

func TestWhole(t *testing.T) {
	s := newServer(t, Options{})
	resp, body, err := post(t, s, whole, hello, "")
	var got wholeReply
	if err != nil || json.Unmarshal([]byte(body), &got) != nil || resp.StatusCode != 200 || len(got.Candidates) != 1 {
		t.Fatalf("%v %s", err, body)
	}
	c := got.Candidates[0]
	if *c.Content.Parts[0].Text != "hello, 日本 you" || c.Content.Role != "model" || c.FinishReason != "STOP" || got.ModelVersion != "m" || got.UsageMetadata != (Usage{Prompt: 5, Candidates: 3, Total: 8}) {
		t.Errorf("%+v", got)
	}
	if h := s.Heard(); len(h) != 1 || *h[0].SystemInstruction.Parts[0].Text != "be kind" || h[0].Stream || s.Billed() != 1 {
		t.Errorf("heard %+v, billed %d", h, s.Billed())
	}
}

func TestStream(t *testing.T) {
	s := newServer(t, Options{Reply: func(Request) Reply {
		thought, text := "well", "日本, hello"
		return Reply{Parts: []Part{{Text: &thought, Thought: true}, {Text: &text}, {FunctionCall: &FunctionCall{Name: "t", Args: json.RawMessage(`{"a":1}`)}}}}
	}})
	resp, body, err := post(t, s, stream, hello, "")
	if err != nil || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%v, %v", resp, err)
	}
	events := strings.Split(strings.TrimSuffix(body, "\r\n\r\n"), "\r\n\r\n")
	text, calls := "", 0
	for i, e := range events {
		var got wholeReply
		data, ok := strings.CutPrefix(e, "data: ")
		if !ok || json.Unmarshal([]byte(data), &got) != nil {
			t.Fatal(e)
		}
		c := got.Candidates[0]
		if (c.FinishReason == "STOP") != (i == len(events)-1) || got.UsageMetadata.Prompt == 0 {
			t.Errorf("event %d: %s", i, e)
		}
		for _, p := range c.Content.Parts {
			if p.Text != nil && !p.Thought {
				text += *p.Text
			}
			if p.FunctionCall != nil {
				calls++
			}
		}
	}
	if text != "日本, hello" || calls != 1 {
		t.Errorf("text %q, %d calls", text, calls)
	}
}

// Each of these is a request that the real API refuses with a status 400.
func TestStrict(t *testing.T) {
	s := newServer(t, Options{})
	with := func(rest string) string { return strings.Replace(hello, "{", "{"+rest+",", 1) }
	config := func(rest string) string { return with(`"generationConfig":{` + rest + `}`) }
	contents := func(list string) string { return `{"contents":[` + list + `]}` }
	parts := func(list string) string { return contents(`{"role":"user","parts":[` + list + `]}`) }
	const user, call = `{"role":"user","parts":[{"text":"a"}]}`, `{"role":"model","parts":[{"functionCall":{"name":"t"},"thoughtSignature":"skip_thought_signature_validator"}]}`
	const result = `{"role":"user","parts":[{"functionResponse":{"name":"t","response":{}}}]}`
	for body, want := range map[string]string{
		``: "Invalid JSON payload", `{`: "Invalid JSON payload", hello + hello: "Parsing terminated", `{}`: "contents is not specified",
		with(`"model":"m"`): `Unknown name "model"`, config(`"max_tokens":1`): `Unknown name "max_tokens"`, config(`"temperature":"hot"`): "Invalid value at",
		config(`"temperature":2.5`): "temperature", config(`"topP":-1`): "top_p", config(`"topK":0`): "top_k", config(`"maxOutputTokens":-1`): "max_output_tokens",
		config(`"seed":4294967296`): "Invalid value", config(`"stopSequences":["a","b","c","d","e","f"]`): "at most 5", config(`"stopSequences":[""]`): "cannot be empty",
		config(`"logprobs":3`): "Logprobs is not enabled", config(`"responseLogprobs":true,"logprobs":21`): "[0, 20]",
		config(`"responseJsonSchema":{}`): "application/json", config(`"responseMimeType":"application/json","responseJsonSchema":{},"responseSchema":{}`): "only one",
		contents(`{"role":"assistant","parts":[{"text":"a"}]}`): "valid role", contents(user + `,{"parts":[{"text":"a"}]}`): "valid role", parts(``): "must not be empty",
		parts(`{}`): "oneof field 'data' must", parts(`{"text":"a","fileData":{"fileUri":"https://h/a"}}`): "already set", parts(`{"fileData":{}}`): "file_uri",
		parts(`{"inlineData":{"mimeType":"image/png","data":"?"}}`): "Base64", parts(`{"inlineData":{"mimeType":"png","data":"YQ=="}}`): "Unsupported MIME type",
		parts(`{"text":"a","thoughtSignature":"?"}`): "thought_signature",
		contents(call):                           "immediately after a user turn",
		contents(user + "," + call + "," + user): "number of function response parts",
		contents(user + "," + result):            "number of function response parts",
		contents(user + "," + strings.Replace(call, `,"thoughtSignature":"skip_thought_signature_validator"`, "", 1) + "," + result): "missing a thought_signature",
		contents(user + "," + call + "," + strings.Replace(result, `{}`, `[]`, 1)):                                                   "protobuf.Struct",
		contents(user + "," + call + "," + strings.Replace(result, `"t"`, `""`, 1)):                                                  "Name cannot be empty",
		contents(user + "," + strings.Replace(call, `"t"`, `""`, 1) + "," + result):                                                  "Name cannot be empty",
		with(`"tools":[{"functionDeclarations":[{"name":"1t"}]}]`):                                                                   "Invalid function name",
		with(`"tools":[{"functionDeclarations":[{"name":"t"},{"name":"t"}]}]`):                                                       "Duplicate",
		with(`"tools":[{"functionDeclarations":[{"name":"t","parameters":{},"parametersJsonSchema":{}}]}]`):                          "only one",
		strings.Replace(hello, `{"text":"be kind"}`, `{"inlineData":{"mimeType":"image/png","data":"YQ=="}}`, 1):                     "Developer instruction",
	} {
		resp, got, err := post(t, s, whole, body, "")
		var e struct {
			Error struct {
				Code            int
				Status, Message string
			}
		}
		if err != nil || resp.StatusCode != 400 || json.Unmarshal([]byte(got), &e) != nil || e.Error.Code != 400 || e.Error.Status != "INVALID_ARGUMENT" || !strings.Contains(e.Error.Message, want) {
			t.Errorf("%s\ngot  %s, %v\nwant %s", body, got, err, want)
		}
	}
	if s.Billed() != 0 || len(s.Heard()) != 0 {
		t.Errorf("billed %d, heard %d", s.Billed(), len(s.Heard()))
	}
	// An older model takes calls without a signature.
	unsigned := contents(user + "," + strings.Replace(call, `,"thoughtSignature":"skip_thought_signature_validator"`, "", 1) + "," + result)
	if resp, body, err := post(t, s, strings.Replace(whole, "/m:", "/gemini-2.5-pro:", 1), unsigned, ""); err != nil || resp.StatusCode != 200 {
		t.Errorf("%s, %v", body, err)
	}
}

func TestDoors(t *testing.T) {
	s := newServer(t, Options{Key: "k", Leak: true, Models: []string{"m"}, MaxTokens: 6})
	for _, c := range []struct {
		path, body, key string
		status          int
		want            string
	}{
		{whole, hello, "k", 200, `"STOP"`},
		{stream, hello, "k", 200, `"STOP"`},
		{whole, hello, "", 403, "unregistered callers"},
		{whole, hello, "other", 400, "API_KEY_INVALID"},
		{whole, hello, "other", 400, "(x-goog-api-key: other)"},
		{strings.Replace(whole, "/m:", "/n:", 1), hello, "k", 404, "models/n is not found"},
		{whole, strings.Replace(hello, "hello", "hello hello hello hello", 1), "k", 400, "The input token count (8) exceeds the maximum number of tokens allowed (6)."},
		{strings.TrimSuffix(stream, "?alt=sse"), hello, "k", 404, "NOT_FOUND"},
		{"/v1beta/models/m:countTokens", hello, "k", 404, "NOT_FOUND"},
		{"/v1beta/models/m", hello, "k", 404, "NOT_FOUND"},
		{"/v2/models/m:generateContent", hello, "k", 404, "NOT_FOUND"},
	} {
		resp, body, err := post(t, s, c.path, c.body, c.key)
		if err != nil || resp.StatusCode != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s, %v", c.path, resp.StatusCode, body, err)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		fault  Fault
		status int
		want   string
		billed int64
	}{
		{RateLimited, 429, `"retryDelay":"1.5s"`, 0}, {Busy, 429, "RESOURCE_EXHAUSTED", 0}, {Overloaded, 503, "UNAVAILABLE", 0}, {Broken, 500, "INTERNAL", 0},
		{TimedOut, 504, "DEADLINE_EXCEEDED", 0}, {NoQuota, 429, "credits are depleted", 0}, {DailyQuota, 429, "PerDay", 0}, {BadKey, 400, "API_KEY_INVALID", 0},
		{Forbidden, 403, "PERMISSION_DENIED", 0}, {TooLong, 400, "input token count", 0}, {BadRequest, 400, "INVALID_ARGUMENT", 0},
		{Moderated, 200, `"blockReason"`, 1}, {Withheld, 200, `"SAFETY"`, 1}, {BadCall, 200, "MALFORMED_FUNCTION_CALL", 1}, {Truncated, 200, "MAX_TOKENS", 1},
		{Malformed, 200, "<html>", 1}, {Drip, 200, `"STOP"`, 1},
		{Cut, 0, "", 0}, {CutAfter, 0, "", 1}, {CutReply, 0, "", 1},
	} {
		s := newServer(t, Options{Fault: First(1, c.fault), RetryAfter: 1500 * time.Millisecond})
		resp, body, err := post(t, s, whole, hello, "")
		if c.status == 0 {
			if err == nil {
				t.Errorf("%s: no error but %s", c.fault, body)
			}
		} else if err != nil || resp.StatusCode != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %v, %s, %v", c.fault, resp, body, err)
		}
		if s.Received() != 1 || s.Billed() != c.billed {
			t.Errorf("%s: received %d, billed %d", c.fault, s.Received(), s.Billed())
		}
		if _, body, err := post(t, s, whole, hello, ""); err != nil || !strings.Contains(body, "STOP") {
			t.Errorf("%s, the next call: %s, %v", c.fault, body, err)
		}
	}
	// Streams end in ways of their own.
	for fault, want := range map[Fault]string{EndEarly: `"hello"`, ErrorEvent: `"UNAVAILABLE"`, Malformed: `[{"te` + "\r\n", Withheld: `"SAFETY"`, Moderated: `"blockReason"`} {
		s := newServer(t, Options{Fault: Every(1, fault)})
		if _, body, err := post(t, s, stream, hello, ""); err != nil || !strings.Contains(body, want) || strings.Contains(body, "STOP") {
			t.Errorf("%s: %s, %v", fault, body, err)
		}
	}
}

func TestRateAndAnswer(t *testing.T) {
	answer := func(_ context.Context, input string) (string, error) {
		if input == "fail" {
			return "", errors.New("as asked")
		}
		return "re: " + input, nil
	}
	s := newServer(t, Options{Rate: 2, Answer: answer})
	refused := 0
	for n := 0; refused < 2 && n < 100; n++ { // the rate is for every second anew
		resp, body, err := post(t, s, whole, hello, "")
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode == 429 && strings.Contains(body, "RetryInfo") {
			refused++
		}
	}
	if refused < 2 {
		t.Errorf("%d were refused", refused)
	}
	s = newServer(t, Options{Answer: answer})
	if _, body, _ := post(t, s, whole, hello, ""); !strings.Contains(body, "re: hello") {
		t.Error(body)
	}
	if resp, body, _ := post(t, s, whole, strings.Replace(hello, "hello, 日本 you", "fail", 1), ""); resp.StatusCode != 400 || !strings.Contains(body, "as asked") {
		t.Error(body)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(hello))
	f.Add([]byte(`{"contents":[{"parts":[{"functionCall":null,"inlineData":{}}]}],"tools":[{}],"generationConfig":{"seed":1}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := parse(body, "m")
		if err == nil && (len(r.Contents) == 0 || r.words() < 0) {
			t.Errorf("%+v", r)
		}
	})
}
