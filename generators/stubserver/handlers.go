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

// classify answers {"text":…}.
func (s *Server) classify(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r, func(key string, body []byte, f Fault) {
		var in struct {
			Text *string `json:"text"`
		}
		if json.Unmarshal(body, &in) != nil || in.Text == nil {
			s.refuse(w, 400, "invalid_request_error", "the body is not a request of this API", key)
			return
		}
		if label, ok := s.answer(w, r, key, *in.Text); ok {
			s.billed.Add(1)
			s.reply(w, r, f, append(appendJSON([]byte(`{"result":{"label":`), label), "}}\n"...))
		}
	})
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// serve is the course of a call: read, count, go wrong or be handled.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, handle func(key string, body []byte, f Fault)) {
	defer s.enter()()
	buf := bodies.Get().(*bytes.Buffer)
	buf.Reset()
	defer bodies.Put(buf)
	if _, err := io.Copy(buf, r.Body); err != nil {
		return // the caller went away
	}
	n := s.received.Add(1)
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if key == "" {
		key = r.Header.Get("Api-Key")
	}
	if s.opts.Key != "" && key != s.opts.Key {
		s.refuse(w, 401, "invalid_api_key", "Incorrect API key provided: "+key, key)
		return
	}
	if !s.admit(w, key, buf.Len()) {
		return
	}
	fault := None
	if s.opts.Fault != nil {
		fault = s.opts.Fault(n)
	}
	if !s.fail(w, r, key, fault) {
		handle(key, buf.Bytes(), fault)
	}
}

// answer makes the answer to an input; false when there is none, or nobody to
// take it.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, key, input string) (string, bool) {
	if s.opts.Answer != nil {
		var err error
		if input, err = s.opts.Answer(r.Context(), input); err != nil {
			s.refuse(w, 422, "invalid_request_error", err.Error(), key)
			return "", false
		}
	}
	return input, s.opts.Latency <= 0 || sleep(r.Context(), s.opts.Latency)
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

func words(s string) int { return strings.Count(s, " ") + 1 }

// appendJSON appends s as a JSON string.
func appendJSON(dst []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // a string can always be encoded
	return append(dst, quoted...)
}
