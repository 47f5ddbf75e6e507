package stubserver

import (
	"context"
	"strings"
	"testing"
	"time"
)

func chat(t *testing.T, s *Server, body string) (int, string) {
	t.Helper()
	resp, reply, err := post(t, s.URL()+"/v1/chat/completions", body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, reply
}

func TestStream(t *testing.T) {
	s := newServer(t, Options{})
	const ask = `{"model":"m","stream":true,"messages":[{"role":"user","content":"Größe ist alles"}]`
	_, body := chat(t, s, ask+`}`)
	if !strings.HasSuffix(body, "data: [DONE]\n\n") || strings.Contains(body, "usage") || strings.Count(body, `"content"`) < 4 {
		t.Errorf("stream: %s", body)
	}
	_, body = chat(t, s, ask+`,"stream_options":{"include_usage":true}}`)
	if !strings.Contains(body, `"choices":[],"usage":{"prompt_tokens":3`) {
		t.Errorf("no usage: %s", body)
	}
	for fault, want := range map[Fault]string{EndEarly: "", NoDone: `"finish_reason":"stop"}]}` + "\n\n", ErrorEvent: "overloaded_error\",\"code\":null}}\n\n"} {
		s := newServer(t, Options{Fault: Every(1, fault)})
		if _, body := chat(t, s, ask+`}`); !strings.HasSuffix(body, want) || strings.Contains(body, "[DONE]") || s.Billed() != 1 {
			t.Errorf("fault %d: %s, billed %d", fault, body, s.Billed())
		}
	}
}

func TestChatFunc(t *testing.T) {
	s := newServer(t, Options{Key: "k", Chat: func(_ context.Context, c ChatCall) (ChatReply, error) {
		call := ToolCall{ID: "call_1", Type: "function"}
		call.Function.Name, call.Function.Arguments = c.Tools[0].Function.Name, "{}"
		return ChatReply{ToolCalls: []ToolCall{call}}, nil
	}})
	if status, _ := chat(t, s, `{"messages":[{"role":"user","content":"a"}]}`); status != 401 {
		t.Errorf("without a key: %d", status)
	}
	s.opts.Key = ""
	_, body := chat(t, s, `{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f"}}]}`)
	if !strings.Contains(body, `"content":null`) || !strings.Contains(body, `"name":"f","arguments":"{}"`) || !strings.Contains(body, `"finish_reason":"tool_calls"`) {
		t.Errorf("%s", body)
	}
}

// TestRefusals: what the real API refuses.
func TestRefusals(t *testing.T) {
	s := newServer(t, Options{})
	const user = `{"role":"user","content":"a"}`
	for _, c := range []struct {
		body string
		ok   bool
	}{
		{`{"messages":[` + user + `]}`, true},
		{`{"messages":[]}`, false},
		{`{"messages":[{"role":"boss","content":"a"}]}`, false},
		{`{"messages":[{"role":"user","content":null}]}`, false},
		{`{"messages":[{"role":"tool","tool_call_id":"x","content":"a"}]}`, false},
		{`{"messages":[{"role":"assistant","tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":"{}"}}]},` + user + `]}`, false},
		{`{"messages":[{"role":"assistant","tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"x","content":"a"}]}`, true},
		{`{"messages":[{"role":"user","tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":"{}"}}]}]}`, false},
		{`{"messages":[` + user + `],"max_tokens":1,"max_completion_tokens":1}`, false},
		{`{"messages":[` + user + `],"stream_options":{}}`, false},
		{`{"messages":[` + user + `],"top_logprobs":2}`, false},
		{`{"messages":[` + user + `],"logprobs":true,"top_logprobs":21}`, false},
		{`{"messages":[` + user + `],"logprobs":true,"top_logprobs":2}`, true},
		{`{"messages":[` + user + `],"temperature":2.5}`, false},
		{`{"messages":[` + user + `],"tools":[{"type":"function","function":{}}]}`, false},
		{`{"messages":[` + user + `],"response_format":{"type":"json_schema"}}`, false},
		{`{"messages":[` + user + `],"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}}}`, false},
		{`{"messages":[` + user + `],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}}`, true},
		{`{"messages":[` + user + `],"response_format":{"type":"yaml"}}`, false},
	} {
		if status, reply := chat(t, s, c.body); (status == 200) != c.ok || status != 200 && status != 400 {
			t.Errorf("%s: %d %s", c.body, status, reply)
		}
	}
}

// TestJSONMode: the type alone does not count as speaking of it.
func TestJSONMode(t *testing.T) {
	s := newServer(t, Options{})
	const format = `,"response_format":{"type":"json_object"}}`
	if status, _ := chat(t, s, `{"messages":[{"role":"user","content":"a"}]`+format); status != 400 {
		t.Errorf("nobody speaks of JSON: %d", status)
	}
	if status, _ := chat(t, s, `{"messages":[{"role":"user","content":"as Json"}]`+format); status != 200 {
		t.Errorf("the user does: %d", status)
	}
}

func TestImageIsEchoed(t *testing.T) {
	s := newServer(t, Options{})
	_, body := chat(t, s, `{"messages":[{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}`)
	if !strings.Contains(body, "see [image image/png, 3 bytes]") {
		t.Errorf("%s", body)
	}
}

func TestAllowance(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for _, steady := range []bool{false, true} {
		a := allowance{size: 4, window: 4 * time.Second, steady: steady}
		a.refill(now)
		a.left -= 4
		half := now.Add(2 * time.Second)
		a.refill(half)
		left, reset := 0.0, 2*time.Second
		if steady {
			left = 2
		}
		if a.left != left || a.reset(half) != reset {
			t.Errorf("steady %v: %v left, reset in %v", steady, a.left, a.reset(half))
		}
		a.refill(now.Add(5 * time.Second))
		if a.left != 4 {
			t.Errorf("steady %v: %v left in the end", steady, a.left)
		}
	}
}

func TestTokenRate(t *testing.T) {
	s := newServer(t, Options{TokenRate: 60, RateWindow: time.Hour})
	body := `{"messages":[{"role":"user","content":"` + strings.Repeat("a", 100) + `"}]}`
	if status, _ := chat(t, s, body); status != 200 {
		t.Errorf("first: %d", status)
	}
	if status, reply := chat(t, s, body); status != 429 || !strings.Contains(reply, "try again in") || s.TurnedAway() != 1 || s.Billed() != 1 {
		t.Errorf("second: %d %s, turned away %d, billed %d", status, reply, s.TurnedAway(), s.Billed())
	}
}
