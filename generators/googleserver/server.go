// Package googleserver is a faithful local stand-in for Google's Gemini API: a
// real server on the loopback address that is as strict about requests as the
// real one, answers in its formats, streamed or whole, and can go wrong in its
// ways. Tests and benchmarks use it.
//
// It serves POST /v1beta/models/MODEL:generateContent and
// :streamGenerateContent?alt=sse.
package googleserver

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// Options say how the server behaves; the zero value echoes at once. All
// functions must be safe for concurrent use.
type Options struct {
	Addr    string        // host:port; "" = a free port on 127.0.0.1
	Key     string        // the x-goog-api-key that is required; "" = any
	Models  []string      // that exist; nil = any
	Latency time.Duration // of every answer
	// Answer returns the answer to the last text of a request; an error becomes
	// an INVALID_ARGUMENT. ctx ends with the call or the server. nil = echo.
	Answer func(ctx context.Context, input string) (string, error)
	// Reply, if not nil, makes whole replies, in place of Answer.
	Reply func(Request) Reply
	// Fault chooses what goes wrong with the nth call, n = 1, 2, …; nil =
	// nothing.
	Fault      func(n int64) Fault
	RetryAfter time.Duration // announced with RateLimited
	Rate       int           // calls per second; more get 429. 0 = any
	MaxTokens  int           // largest prompt, in words; a longer one is refused. 0 = any
	Leak       bool          // every error shows the caller's key, as careless servers do
	// CutAccept, if not nil, cuts the nth connection before anything is read.
	CutAccept func(n int64) bool
}

// Server is a running stand-in. Its methods, and those of loopback.Server, are
// safe for concurrent use.
type Server struct {
	*loopback.Server
	opts Options
	rate loopback.Allowance

	mu    sync.Mutex
	heard []Request
}

// maxBody is the largest request of the real API.
const maxBody = 100 << 20

// New starts a server; Close it.
func New(opts Options) (*Server, error) {
	s := &Server{opts: opts, rate: loopback.Allowance{PerSecond: opts.Rate}}
	var err error
	s.Server, err = loopback.New(loopback.Options{Addr: opts.Addr, MaxBody: maxBody, CutAccept: opts.CutAccept}, s.serve)
	return s, err
}

// Heard returns the requests that were understood, in the order of arrival.
func (s *Server) Heard() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.heard)
}

// serve is the course of a call: which method, who asks, how often, what, and
// the answer.
func (s *Server) serve(c *loopback.Call) {
	model, stream, ok := route(c.Request)
	switch {
	case !ok:
		s.refuse(c, problem{code: 404, status: "NOT_FOUND", text: "Requested entity was not found."})
		return
	case c.TooLarge:
		s.refuse(c, problem{code: 413, status: "INVALID_ARGUMENT", text: "Request payload size exceeds the limit: 104857600 bytes."})
		return
	case !s.admit(c):
		return
	}
	fault := None
	if s.opts.Fault != nil {
		fault = s.opts.Fault(c.N)
	}
	if s.fail(c, fault) {
		return
	}
	r, err := parse(c.Body, model)
	if err != nil {
		s.refuse(c, invalid(err.Error()))
		return
	}
	r.Model, r.Stream, r.Key = model, stream, c.Request.Header.Get("X-Goog-Api-Key")
	s.mu.Lock()
	s.heard = append(s.heard, *r)
	s.mu.Unlock()
	s.answer(c, r, fault)
}

// route takes a path such as /v1beta/models/NAME:generateContent apart.
func route(r *http.Request) (model string, stream, ok bool) {
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), "/v1beta/models/")
	if !ok || r.Method != http.MethodPost {
		return "", false, false
	}
	i := strings.LastIndex(path, ":")
	if i < 0 {
		return "", false, false
	}
	model, err := url.PathUnescape(path[:i])
	switch path[i+1:] {
	case "generateContent":
		return model, false, err == nil
	case "streamGenerateContent":
		// Without alt=sse the real API sends a JSON array; nobody here wants it.
		return model, true, err == nil && r.URL.Query().Get("alt") == "sse"
	}
	return "", false, false
}

// admit checks the key and the rate.
func (s *Server) admit(c *loopback.Call) bool {
	key := c.Request.Header.Get("X-Goog-Api-Key")
	switch {
	case s.opts.Key != "" && key == "":
		s.refuse(c, problem{code: 403, status: "PERMISSION_DENIED", text: "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API."})
		return false
	case s.opts.Key != "" && key != s.opts.Key:
		s.refuse(c, refusals[BadKey])
		return false
	}
	if s.opts.Rate > 0 {
		if left, reset := s.rate.Take(time.Now()); left < 0 {
			s.refuse(c, perMinute(time.Until(reset)))
			return false
		}
	}
	return true
}

func (s *Server) answer(c *loopback.Call, r *Request, fault Fault) {
	switch {
	case s.opts.Models != nil && !slices.Contains(s.opts.Models, r.Model):
		s.refuse(c, problem{code: 404, status: "NOT_FOUND", text: fmt.Sprintf("models/%s is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.", r.Model)})
		return
	case s.opts.MaxTokens > 0 && r.words() > s.opts.MaxTokens:
		s.refuse(c, invalid(fmt.Sprintf("The input token count (%d) exceeds the maximum number of tokens allowed (%d).", r.words(), s.opts.MaxTokens)))
		return
	}
	var reply Reply
	switch {
	case s.opts.Reply != nil:
		reply = s.opts.Reply(*r)
	case s.opts.Answer != nil:
		text, err := s.opts.Answer(c.Request.Context(), r.LastText())
		if err != nil {
			s.refuse(c, invalid(err.Error()))
			return
		}
		reply = Text(text)
	default:
		reply = Text(r.LastText())
	}
	if c.Wait(s.opts.Latency) {
		s.send(c, r, reply, fault)
	}
}
