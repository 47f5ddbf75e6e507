// Package openaiimageserver is a faithful local stand-in for OpenAI's Images
// API: a real server on the loopback address that is as strict about requests
// as the real one, answers in its formats, whole or streamed, counts tokens and
// charges by size and quality, and can go wrong in its ways. Its images depend
// on the request alone. Tests and benchmarks use it.
//
// It serves POST /v1/images/generations (JSON), POST /v1/images/edits
// (multipart), GET /v1/models[/ID], and /__stats, which is none of OpenAI's: what
// was made and charged, by the caller's X-Client-Request-Id.
package openaiimageserver

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// Options say how the server behaves; the zero value answers at once.
type Options struct {
	Addr       string        // host:port; "" = a free port on 127.0.0.1
	Key        string        // bearer token that is required; "" = any
	Models     []string      // that exist; nil = those of Models
	Latency    time.Duration // of every image
	Jitter     time.Duration // added to it, at random below this
	RetryAfter time.Duration // announced with RateLimited, rounded up to a second
	Rate       int           // images a second; more get 429. 0 = any
	Leak       bool          // every error shows the caller's key, as careless servers do
	// Fault chooses what goes wrong with the nth request for an image, n = 1, 2,
	// …; nil = nothing. It must be safe for concurrent use.
	Fault func(n int64) Fault
	// Banned is a word whose prompts are refused by the content filter; "" = none.
	Banned string
}

// Models are the models that exist unless Options say otherwise.
var Models = []string{
	"gpt-image-1-mini", "gpt-image-1.5", "gpt-image-2", "gpt-image-2-2026-04-21", "gpt-image-2.5-sunburst", "gpt-image-2.5-flare",
	"gpt-image-2.6-sunburst", "gpt-image-2.6-flare", "chatgpt-image-latest",
}

// Server is a running stand-in. Its methods, and those of loopback.Server, are
// safe for concurrent use.
type Server struct {
	*loopback.Server
	Tally loopback.Tally // by X-Client-Request-Id; survives Stop
	opts  Options
	rate  loopback.Allowance

	mu    sync.Mutex
	asked int64
	heard []Request
}

// New starts a server; Close it.
func New(opts Options) (*Server, error) {
	if opts.Models == nil {
		opts.Models = Models
	}
	s := &Server{opts: opts, rate: loopback.Allowance{PerSecond: opts.Rate}}
	var err error
	s.Server, err = loopback.New(loopback.Options{Addr: opts.Addr, MaxBody: 900 << 20}, s.serve)
	return s, err
}

// Heard returns the requests for images that were understood, in their order.
func (s *Server) Heard() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.heard)
}

func (s *Server) serve(c *loopback.Call) {
	path := c.Request.URL.Path
	if path == "/__stats" {
		s.Tally.ServeHTTP(c, c.Request)
		return
	}
	c.Header().Set("X-Request-Id", fmt.Sprintf("req_local%06d", c.N))
	key := strings.TrimPrefix(c.Request.Header.Get("Authorization"), "Bearer ")
	if s.opts.Key != "" && key != s.opts.Key {
		s.refuse(c, 401, apiError{Type: "invalid_request_error", Code: "invalid_api_key", Message: "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys."})
		return
	}
	switch {
	case c.Request.Method == "POST" && (path == "/v1/images/generations" || path == "/v1/images/edits"):
		s.image(c, path == "/v1/images/edits")
	case c.Request.Method == "GET" && path == "/v1/models":
		list := []any{}
		for _, id := range s.opts.Models {
			list = append(list, map[string]any{"id": id, "object": "model"})
		}
		s.reply(c, map[string]any{"object": "list", "data": list})
	case c.Request.Method == "GET" && strings.HasPrefix(path, "/v1/models/"):
		id := path[len("/v1/models/"):]
		if !slices.Contains(s.opts.Models, id) {
			s.noModel(c, id)
			return
		}
		s.reply(c, map[string]any{"id": id, "object": "model"})
	default:
		s.refuse(c, 404, apiError{Type: "invalid_request_error", Message: "Invalid URL (" + c.Request.Method + " " + path + ")"})
	}
}

// image is the course of a request for an image.
func (s *Server) image(c *loopback.Call, edit bool) {
	s.mu.Lock()
	s.asked++
	n := s.asked
	s.mu.Unlock()
	fault := None
	if s.opts.Fault != nil {
		fault = s.opts.Fault(n)
	}
	if s.opts.Rate > 0 {
		if left, _ := s.rate.Take(time.Now()); left < 0 {
			fault = RateLimited
		}
	}
	if s.fail(c, fault) {
		return
	}
	r, bad := parse(c.Request.Header.Get("Content-Type"), c.Body, edit)
	if bad == nil {
		bad = r.check()
	}
	switch {
	case bad != nil:
		s.refuse(c, 400, *bad)
		return
	case !slices.Contains(s.opts.Models, r.Model):
		s.noModel(c, r.Model)
		return
	case s.opts.Banned != "" && strings.Contains(strings.ToLower(r.Prompt), s.opts.Banned):
		s.moderate(c, "input")
		return
	}
	r.Job = c.Request.Header.Get("X-Client-Request-Id")
	s.mu.Lock()
	s.heard = append(s.heard, *r)
	s.mu.Unlock()
	s.Tally.Add(r.Job, loopback.JobTally{Submitted: 1})
	latency := s.opts.Latency
	if s.opts.Jitter > 0 {
		latency += rand.N(s.opts.Jitter)
	}
	// Who goes away is charged all the same: the image is made.
	await(context.WithoutCancel(c.Request.Context()), latency)
	if fault == ModeratedOutput {
		s.moderate(c, "output")
		return
	}
	u := r.usage()
	s.Tally.Add(r.Job, loopback.JobTally{Made: 1, Billed: 1, USD: u.usd})
	c.Bill()
	s.deliver(c, r, u, fault)
}

func await(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (s *Server) noModel(c *loopback.Call, id string) {
	s.refuse(c, 404, apiError{Type: "invalid_request_error", Code: "model_not_found", Message: fmt.Sprintf("The model '%s' does not exist or you do not have access to it.", id)})
}

// moderate refuses by the content filter.
func (s *Server) moderate(c *loopback.Call, stage string) {
	s.refuse(c, 400, apiError{
		Type: "image_generation_user_error", Code: "moderation_blocked",
		Message:    "Your request was rejected by the safety system. safety_violations=[violence].",
		Moderation: &moderation{stage, []string{"violence"}},
	})
}

type moderation struct {
	Stage      string   `json:"moderation_stage"`
	Categories []string `json:"categories"`
}

type apiError struct {
	Message    string      `json:"message"`
	Type       string      `json:"type"`
	Param      any         `json:"param"`
	Code       any         `json:"code"`
	Moderation *moderation `json:"moderation_details,omitempty"`
}

func (s *Server) refuse(c *loopback.Call, status int, e apiError) {
	if s.opts.Leak {
		e.Message += " (" + c.Request.Header.Get("Authorization") + ")"
	}
	if e.Code == "" {
		e.Code = nil
	}
	body, _ := json.Marshal(map[string]any{"error": e}) // texts can always be encoded
	c.Header().Set("Content-Type", "application/json")
	c.WriteHeader(status)
	c.Write(body)
}

func (s *Server) reply(c *loopback.Call, body any) {
	b, _ := json.Marshal(body)
	c.Header().Set("Content-Type", "application/json")
	c.WriteHeader(http.StatusOK)
	c.Write(b)
}
