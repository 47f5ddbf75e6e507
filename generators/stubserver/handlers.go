package stubserver

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// chat answers the last user message of a chat completion.
func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r, func(body []byte) (string, string, bool) {
		var in struct {
			Model    string `json:"model"`
			Messages []struct {
				Role    string `json:"role"`
				Content string `json:"content"`
			} `json:"messages"`
		}
		if json.Unmarshal(body, &in) != nil || len(in.Messages) == 0 {
			return "", "", false
		}
		return in.Messages[len(in.Messages)-1].Content, in.Model, true
	}, chatBody)
}

// classify answers {"text":…}.
func (s *Server) classify(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r, func(body []byte) (string, string, bool) {
		var in struct {
			Text *string `json:"text"`
		}
		if json.Unmarshal(body, &in) != nil || in.Text == nil {
			return "", "", false
		}
		return *in.Text, "", true
	}, func(_ Fault, _, _, answer string) []byte {
		return append(appendJSON([]byte(`{"result":{"label":`), answer), "}}\n"...)
	})
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// serve is the course of a call: read, count, go wrong or wait and answer.
func (s *Server) serve(w http.ResponseWriter, r *http.Request,
	decode func([]byte) (input, model string, ok bool),
	encode func(f Fault, model, input, answer string) []byte) {
	defer s.enter()()
	buf := bodies.Get().(*bytes.Buffer)
	buf.Reset()
	defer bodies.Put(buf)
	if _, err := io.Copy(buf, r.Body); err != nil {
		return // the caller went away
	}
	n := s.received.Add(1)
	if key := s.opts.Key; key != "" && r.Header.Get("Authorization") != "Bearer "+key {
		given := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		s.refuse(w, 401, "invalid_api_key", "Incorrect API key provided: "+given)
		return
	}
	if s.opts.Rate > 0 && !s.announce(w) {
		s.refuse(w, 429, "rate_limit_exceeded", "Rate limit reached")
		return
	}
	fault := None
	if s.opts.Fault != nil {
		fault = s.opts.Fault(n)
	}
	if s.fail(w, r, fault) {
		return
	}
	input, model, ok := decode(buf.Bytes())
	if !ok {
		s.refuse(w, 400, "invalid_request_error", "the body is not a request of this API")
		return
	}
	answer := input
	if s.opts.Answer != nil {
		var err error
		if answer, err = s.opts.Answer(r.Context(), input); err != nil {
			s.refuse(w, 422, "invalid_request_error", err.Error())
			return
		}
	}
	if s.opts.Latency > 0 && !sleep(r.Context(), s.opts.Latency) {
		return
	}
	s.reply(w, r, fault, encode(fault, model, input, answer))
}

func (s *Server) reply(w http.ResponseWriter, r *http.Request, f Fault, body []byte) {
	w.Header()["Content-Type"] = jsonType
	switch f {
	case CutBody:
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body[:len(body)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case Drip:
		drip(r.Context(), w, body)
	default:
		w.Write(body)
	}
	s.answered.Add(1)
}

var jsonType = []string{"application/json"}

// announce writes the rate limit's state; false when it is exhausted.
func (s *Server) announce(w http.ResponseWriter) bool {
	left := s.allow()
	h := w.Header()
	h.Set("X-Ratelimit-Limit-Requests", strconv.Itoa(s.opts.Rate))
	h.Set("X-Ratelimit-Remaining-Requests", strconv.Itoa(max(left, 0)))
	h.Set("X-Ratelimit-Reset-Requests", "1s")
	return left >= 0
}

// chatBody is a chat completion. Tokens are counted as words, near enough for
// a stub.
func chatBody(f Fault, model, input, answer string) []byte {
	content, refusal, finish := appendJSON(nil, answer), []byte("null"), "stop"
	switch f {
	case Filtered:
		content, finish = []byte("null"), "content_filter"
	case Refused:
		content, refusal = []byte("null"), []byte(`"I can't help with that."`)
	case NullContent:
		content = []byte("null")
	}
	b := make([]byte, 0, 256+len(content))
	b = append(b, `{"id":"chatcmpl-stub","object":"chat.completion","created":1700000000,"model":`...)
	b = appendJSON(b, model)
	b = append(b, `,"choices":[{"index":0,"message":{"role":"assistant","content":`...)
	b = append(append(append(b, content...), `,"refusal":`...), refusal...)
	b = append(append(append(b, `},"finish_reason":"`...), finish...), `"}],"usage":{"prompt_tokens":`...)
	in, out := words(input), words(answer)
	b = strconv.AppendInt(b, int64(in), 10)
	b = strconv.AppendInt(append(b, `,"completion_tokens":`...), int64(out), 10)
	b = strconv.AppendInt(append(b, `,"total_tokens":`...), int64(in+out), 10)
	return append(b, "}}\n"...)
}

func words(s string) int { return strings.Count(s, " ") + 1 }

// appendJSON appends s as a JSON string.
func appendJSON(dst []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // a string can always be encoded
	return append(dst, quoted...)
}
