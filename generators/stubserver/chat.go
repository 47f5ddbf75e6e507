package stubserver

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ChatCall is a chat completion that was asked for, and found correct.
type ChatCall struct {
	Key  string          // that the caller gave; "" = none
	Body json.RawMessage // the whole request; not valid after the call
	Request
}

// Request is what the server itself reads of a chat completion request.
type Request struct {
	Model         string          `json:"model"`
	Messages      []Message       `json:"messages"`
	Tools         []Tool          `json:"tools"`
	Format        *Format         `json:"response_format"`
	Stream        bool            `json:"stream"`
	StreamOptions json.RawMessage `json:"stream_options"`
	Logprobs      bool            `json:"logprobs"`
	TopLogprobs   *int            `json:"top_logprobs"`
	MaxTokens     *int            `json:"max_tokens"`
	MaxCompletion *int            `json:"max_completion_tokens"`
	Temperature   *float64        `json:"temperature"`
	TopP          *float64        `json:"top_p"`
}

// Message is one message of a chat.
type Message struct {
	Role       string          `json:"role"`
	Content    json.RawMessage `json:"content"` // text, parts or null
	Reasoning  string          `json:"reasoning_content"`
	ToolCalls  []ToolCall      `json:"tool_calls"`
	ToolCallID string          `json:"tool_call_id"`
}

// ToolCall is a call of a function, asked for by the model.
type ToolCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"` // JSON
	} `json:"function"`
}

// Tool is a function on offer.
type Tool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
	} `json:"function"`
}

// Format is the form that the output must have.
type Format struct {
	Type   string `json:"type"`
	Schema *struct {
		Name   string          `json:"name"`
		Strict bool            `json:"strict"`
		Schema json.RawMessage `json:"schema"`
	} `json:"json_schema"`
}

// Token is one token of an output with its log-probability.
type Token struct {
	Token   string  `json:"token"`
	Logprob float64 `json:"logprob"`
	Bytes   []int   `json:"bytes"`
	Top     []Token `json:"top_logprobs,omitempty"`
}

// ChatReply is an answer to a ChatCall.
type ChatReply struct {
	Text      string
	Reasoning string // "" = none
	ToolCalls []ToolCall
	Finish    string  // "" = stop, or tool_calls
	Model     string  // "" = as asked
	Logprobs  []Token // nil = made up, where asked for
	Usage     Usage   // zero = words are counted, near enough for a stub
}

// Usage counts tokens.
type Usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
	PromptIn   struct {
		Cached int `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
	CompletionIn struct {
		Reasoning int `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
	Cost float64 `json:"cost,omitempty"` // USD, as gateways report it
}

// chat answers a chat completion.
func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r, func(key string, body []byte, f Fault) {
		c := ChatCall{Key: key, Body: body}
		if json.Unmarshal(body, &c.Request) != nil || len(c.Messages) == 0 {
			s.refuse(w, 400, "invalid_request_error", "the body is not a request of this API", key)
			return
		}
		wrong := c.wrong()
		if wrong == "" && s.opts.Thinks {
			wrong = c.unreasoned()
		}
		if wrong != "" {
			s.refuse(w, 400, "invalid_request_error", wrong, key)
			return
		}
		reply, ok := s.replyTo(w, r, &c)
		if !ok {
			return
		}
		s.billed.Add(1)
		if c.Stream {
			s.stream(w, r, f, &c, &reply)
			return
		}
		s.reply(w, r, f, chatBody(f, &c, &reply))
	})
}

// replyTo makes the answer; false when there is none, or nobody to take it.
func (s *Server) replyTo(w http.ResponseWriter, r *http.Request, c *ChatCall) (reply ChatReply, ok bool) {
	input := ""
	if s.opts.Chat != nil {
		var err error
		if reply, err = s.opts.Chat(r.Context(), *c); err != nil {
			s.refuse(w, 422, "invalid_request_error", err.Error(), c.Key)
			return reply, false
		}
		if s.opts.Latency > 0 && !sleep(r.Context(), s.opts.Latency) {
			return reply, false
		}
	} else {
		input = c.Messages[len(c.Messages)-1].Text()
		if reply.Text, ok = s.answer(w, r, c.Key, input); !ok {
			return reply, false
		}
	}
	c.complete(&reply, input)
	return reply, true
}

// complete fills in what an answer leaves open.
func (c *ChatCall) complete(r *ChatReply, input string) {
	if r.Model == "" {
		r.Model = c.Model
	}
	if r.Finish == "" {
		r.Finish = "stop"
		if len(r.ToolCalls) > 0 {
			r.Finish = "tool_calls"
		}
	}
	if r.Usage == (Usage{}) {
		r.Usage.Prompt, r.Usage.Completion = words(input), words(r.Text)
	}
	if r.Usage.Total == 0 {
		r.Usage.Total = r.Usage.Prompt + r.Usage.Completion
	}
	if c.Logprobs && r.Logprobs == nil {
		for i, word := range strings.SplitAfter(r.Text, " ") {
			t := Token{Token: word, Logprob: -0.125 * float64(i+1)}
			if c.TopLogprobs != nil && *c.TopLogprobs > 0 {
				t.Top = []Token{{Token: word, Logprob: t.Logprob}}
			}
			r.Logprobs = append(r.Logprobs, t)
		}
	}
}

// Text is the message's text; images and the like are described, so that an
// echo shows what came.
func (m *Message) Text() string {
	if c := m.Content; len(c) > 1 && c[0] == '"' && bytes.IndexByte(c, '\\') < 0 && utf8.Valid(c) {
		return string(c[1 : len(c)-1]) // as benchmarks ask
	}
	var text string
	if json.Unmarshal(m.Content, &text) == nil {
		return text
	}
	var parts []struct {
		Type  string `json:"type"`
		Text  string `json:"text"`
		Image struct {
			URL string `json:"url"`
		} `json:"image_url"`
	}
	if json.Unmarshal(m.Content, &parts) != nil {
		return ""
	}
	all := make([]string, len(parts))
	for i, p := range parts {
		switch p.Type {
		case "text":
			all[i] = p.Text
		case "image_url":
			all[i] = "[image " + describe(p.Image.URL) + "]"
		default:
			all[i] = "[" + p.Type + "]"
		}
	}
	return strings.Join(all, " ")
}

func describe(url string) string {
	head, data, ok := strings.Cut(url, ";base64,")
	if !ok {
		return url
	}
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return "broken"
	}
	return fmt.Sprintf("%s, %d bytes", strings.TrimPrefix(head, "data:"), len(raw))
}

// chatBody is a chat completion.
func chatBody(f Fault, c *ChatCall, r *ChatReply) []byte {
	content, refusal, finish := appendJSON(nil, r.Text), []byte("null"), r.Finish
	switch {
	case f == Filtered:
		content, finish = []byte("null"), "content_filter"
	case f == Refused:
		content, refusal = []byte("null"), []byte(`"I can't help with that."`)
	case f == NullContent, r.Text == "" && len(r.ToolCalls) > 0:
		content = []byte("null")
	}
	b := make([]byte, 0, 256+len(content))
	b = append(b, `{"id":"chatcmpl-stub","object":"chat.completion","created":1700000000,"model":`...)
	b = appendJSON(b, r.Model)
	b = append(b, `,"choices":[{"index":0,"message":{"role":"assistant","content":`...)
	b = append(append(append(b, content...), `,"refusal":`...), refusal...)
	if r.Reasoning != "" {
		b = appendJSON(append(b, `,"reasoning_content":`...), r.Reasoning)
	}
	if len(r.ToolCalls) > 0 {
		b = appendValue(append(b, `,"tool_calls":`...), r.ToolCalls)
	}
	b = append(b, '}')
	if c.Logprobs {
		b = append(appendValue(append(b, `,"logprobs":{"content":`...), r.Logprobs), '}')
	}
	b = append(append(append(b, `,"finish_reason":"`...), finish...), `"}],"usage":`...)
	return append(r.Usage.append(b), "}\n"...)
}

// append writes the counts by hand where there are but few, as benchmarks do.
func (u *Usage) append(b []byte) []byte {
	if u.PromptIn.Cached+u.CompletionIn.Reasoning > 0 || u.Cost > 0 {
		return appendValue(b, u)
	}
	b = strconv.AppendInt(append(b, `{"prompt_tokens":`...), int64(u.Prompt), 10)
	b = strconv.AppendInt(append(b, `,"completion_tokens":`...), int64(u.Completion), 10)
	b = strconv.AppendInt(append(b, `,"total_tokens":`...), int64(u.Total), 10)
	return append(b, '}')
}

// appendValue appends v, of this package's types, as JSON.
func appendValue(dst []byte, v any) []byte {
	w := bytes.NewBuffer(dst)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // these types can always be encoded
	return bytes.TrimSuffix(w.Bytes(), []byte("\n"))
}

// ChatFunc answers chat completions. An error becomes status 422.
type ChatFunc func(ctx context.Context, c ChatCall) (ChatReply, error)
