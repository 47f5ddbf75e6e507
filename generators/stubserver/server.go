// Package stubserver is a faithful local stand-in for an agent or model behind
// HTTP: a real server on the loopback address that can be slow, refuse, break
// off and restart, and that counts what it sees. Tests and benchmarks use it.
//
// It serves POST /v1/chat/completions (OpenAI-compatible: streams, tools,
// structured output, log-probabilities, rate limits), POST /v1/responses (OpenAI's:
// the same in its form), POST /v1/moderations (OpenAI's), POST /models/NAME (text classification of Hugging Face) and POST
// /classify ({"text":…} → {"result":{"label":…}}).
package stubserver

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options say how the server behaves; the zero value echoes at once.
type Options struct {
	Addr    string        // host:port; "" = a free port on 127.0.0.1
	Latency time.Duration // of every answer
	// Answer returns the answer to an input; an error becomes status 422. It
	// must be safe for concurrent use; ctx ends with the call or the server.
	// nil = echo.
	Answer func(ctx context.Context, input string) (string, error)
	// Fault chooses what goes wrong with the nth call, n = 1, 2, …; nil =
	// nothing. It must be safe for concurrent use.
	Fault      func(n int64) Fault
	RetryAfter time.Duration // announced with refusals, rounded up to a second; 0 = not announced
	Rate       int           // calls per RateWindow, announced; more get 429. 0 = any
	TokenRate  int           // tokens per RateWindow, of four bytes of request each; 0 = any
	RateWindow time.Duration // 0 = a second
	RateSteady bool          // the allowance comes back steadily, not all at once at the window's end
	RateStyle  RateStyle     // of the announcement
	Key        string        // bearer token or api-key that is required; "" = none
	ShowKey    bool          // show the caller's key in every error, as careless servers do
	// Chat answers chat completions in Answer's place, with all that they can
	// hold. It must be safe for concurrent use.
	Chat ChatFunc
	// Scores are the categories of a moderated text, or the classes of a classified
	// one, with their scores; a text is flagged for those above a half. It must be
	// safe for concurrent use. nil = no category, and one class.
	Scores func(text string) map[string]float64
	// Thinks makes the server one whose answers hold their reasoning, and which
	// wants it back with the results of the tools that an answer calls for.
	Thinks bool
	// CutAccept, if not nil, cuts the nth connection, n = 1, 2, …, before
	// anything is read from it.
	CutAccept func(n int64) bool
}

// Server is a running stub. Its methods are safe for concurrent use.
type Server struct {
	opts Options
	addr string

	received, answered, billed, turnedAway, inFlight, maxInFlight, connections atomic.Int64

	mu     sync.Mutex
	http   *http.Server // nil while stopped
	served chan struct{}

	requests, tokens allowance // guarded by mu
}

// New starts a server; Close it.
func New(opts Options) (*Server, error) {
	s := &Server{opts: opts, addr: opts.Addr}
	if s.addr == "" {
		s.addr = "127.0.0.1:0"
	}
	s.newAllowances()
	return s, s.Start()
}

// URL is the server's address without a path, e.g. "http://127.0.0.1:41234".
func (s *Server) URL() string { return "http://" + s.addr }

// Received counts calls that arrived completely.
func (s *Server) Received() int64 { return s.received.Load() }

// Answered counts calls whose answer was written: not those refused or cut.
func (s *Server) Answered() int64 { return s.answered.Load() }

// Billed counts calls that a provider would charge: those that were carried
// out, whether or not their answer arrived.
func (s *Server) Billed() int64 { return s.billed.Load() }

// TurnedAway counts calls that were too many for the rate.
func (s *Server) TurnedAway() int64 { return s.turnedAway.Load() }

// MaxInFlight is the largest number of calls that were under way at once.
func (s *Server) MaxInFlight() int64 { return s.maxInFlight.Load() }

// Start starts the server again after Stop, on the same port.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http != nil {
		return nil
	}
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		return fmt.Errorf("starting the stub server: %w", err)
	}
	s.addr = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", s.chat)
	mux.HandleFunc("POST /v1/responses", s.responses)
	mux.HandleFunc("POST /v1/moderations", s.moderate)
	mux.HandleFunc("POST /models/{name...}", s.textClasses)
	mux.HandleFunc("POST /classify", s.classify)
	server := &http.Server{Handler: mux, BaseContext: func(net.Listener) context.Context { return ctx }}
	server.RegisterOnShutdown(cancel)
	s.http, s.served = server, make(chan struct{})
	served := s.served
	go func() {
		defer close(served)
		defer cancel()
		server.Serve(&listener{l.(*net.TCPListener), s})
	}()
	return nil
}

// Stop ends the server at once, cutting calls under way; nobody listens until
// Start.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http != nil {
		s.http.Close()
		<-s.served
		s.http = nil
	}
}

// Close is Stop, for good.
func (s *Server) Close() { s.Stop() }

// listener cuts connections that Options.CutAccept chooses.
type listener struct {
	*net.TCPListener
	s *Server
}

func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.AcceptTCP()
		if err != nil {
			return nil, err
		}
		n := l.s.connections.Add(1)
		if cut := l.s.opts.CutAccept; cut == nil || !cut(n) {
			return conn, nil
		}
		conn.SetLinger(0) // a reset, as of a crashed server
		conn.Close()
	}
}

// enter counts a call in; the result counts it out.
func (s *Server) enter() func() {
	n := s.inFlight.Add(1)
	for {
		most := s.maxInFlight.Load()
		if n <= most || s.maxInFlight.CompareAndSwap(most, n) {
			break
		}
	}
	return func() { s.inFlight.Add(-1) }
}
