// Package anthropicserver is a faithful local stand-in for Anthropic's Messages
// API: a real server on the loopback address that is as strict about requests
// as the real one, answers in its formats, streamed or whole, and can go wrong
// in its ways. Tests and benchmarks use it.
//
// It serves POST /v1/messages.
package anthropicserver

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// Options say how the server behaves; the zero value echoes at once. All
// functions must be safe for concurrent use.
type Options struct {
	Addr    string        // host:port; "" = a free port on 127.0.0.1
	Key     string        // the x-api-key that is required; "" = any
	Models  []string      // that exist; nil = any
	Latency time.Duration // of every answer
	// Answer returns the answer to the last text of a request; an error becomes
	// an invalid_request_error. ctx ends with the call or the server. nil = echo.
	Answer func(ctx context.Context, input string) (string, error)
	// Reply, if not nil, makes whole replies, in place of Answer.
	Reply func(Request) Reply
	// Fault chooses what goes wrong with the nth call, n = 1, 2, …; nil =
	// nothing.
	Fault      func(n int64) Fault
	RetryAfter time.Duration // announced with RateLimited, rounded up to a second
	Rate       int           // calls per second, announced in headers; more get 429. 0 = any
	MaxTokens  int           // largest prompt, in words; a longer one is "too long". 0 = any
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
const maxBody = 32 << 20

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

// serve is the course of a call: who asks, how often, what, and the answer.
func (s *Server) serve(c *loopback.Call) {
	c.Header().Set("Request-Id", requestID(c))
	if c.Request.Method != http.MethodPost || c.Request.URL.Path != "/v1/messages" {
		s.refuse(c, 404, "not_found_error", "Not Found")
		return
	}
	if c.TooLarge {
		s.refuse(c, 413, "request_too_large", "Request exceeds the maximum size")
		return
	}
	if !s.admit(c) {
		return
	}
	fault := None
	if s.opts.Fault != nil {
		fault = s.opts.Fault(c.N)
	}
	if s.fail(c, fault) {
		return
	}
	r, err := parse(c.Body)
	if err != nil {
		s.refuse(c, 400, "invalid_request_error", err.Error())
		return
	}
	r.Key = c.Request.Header.Get("X-Api-Key")
	s.mu.Lock()
	s.heard = append(s.heard, *r)
	s.mu.Unlock()
	s.answer(c, r, fault)
}

// admit checks the headers and the rate.
func (s *Server) admit(c *loopback.Call) bool {
	key := c.Request.Header.Get("X-Api-Key")
	switch {
	case s.opts.Key != "" && key == "":
		s.refuse(c, 401, "authentication_error", "x-api-key header is required")
		return false
	case s.opts.Key != "" && key != s.opts.Key:
		s.refuse(c, 401, "authentication_error", "invalid x-api-key")
		return false
	case c.Request.Header.Get("Anthropic-Version") == "":
		s.refuse(c, 400, "invalid_request_error", "anthropic-version: header is required")
		return false
	}
	if s.opts.Rate > 0 {
		left, reset := s.rate.Take(time.Now())
		s.announce(c, s.opts.Rate, left, reset)
		if left < 0 {
			c.Header().Set("Retry-After", "1")
			s.refuse(c, 429, "rate_limit_error", tooMany)
			return false
		}
	}
	return true
}

const tooMany = "This request would exceed the rate limit for your organization. Please reduce the number of requests."

// announce writes the state of the limit on requests.
func (s *Server) announce(c *loopback.Call, limit, left int, reset time.Time) {
	h := c.Header()
	h.Set("Anthropic-Ratelimit-Requests-Limit", fmt.Sprint(limit))
	h.Set("Anthropic-Ratelimit-Requests-Remaining", fmt.Sprint(max(left, 0)))
	h.Set("Anthropic-Ratelimit-Requests-Reset", reset.UTC().Format(time.RFC3339))
}

func (s *Server) answer(c *loopback.Call, r *Request, fault Fault) {
	input := r.LastText()
	switch {
	case s.opts.Models != nil && !slices.Contains(s.opts.Models, r.Model):
		s.refuse(c, 404, "not_found_error", "model: "+r.Model)
		return
	case s.opts.MaxTokens > 0 && r.words() > s.opts.MaxTokens:
		s.refuse(c, 400, "invalid_request_error", fmt.Sprintf("prompt is too long: %d tokens > %d maximum", r.words(), s.opts.MaxTokens))
		return
	}
	var reply Reply
	switch {
	case s.opts.Reply != nil:
		reply = s.opts.Reply(*r)
	case s.opts.Answer != nil:
		text, err := s.opts.Answer(c.Request.Context(), input)
		if err != nil {
			s.refuse(c, 400, "invalid_request_error", err.Error())
			return
		}
		reply = Text(text)
	default:
		reply = Text(input)
	}
	if c.Wait(s.opts.Latency) {
		s.send(c, r, reply, fault)
	}
}

func requestID(c *loopback.Call) string { return fmt.Sprintf("req_local%018d", c.N) }
