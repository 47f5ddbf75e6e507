// Package loopback is the ground that the local stand-ins for providers are
// built on: a real HTTP server on the loopback address that counts what it
// sees, cuts connections and can be restarted on its port.
package loopback

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// Options say how the server behaves towards connections.
type Options struct {
	Addr    string // host:port; "" = a free port on 127.0.0.1
	MaxBody int64  // in bytes; a longer body arrives cut, with Call.TooLarge; 0 = any
	// CutAccept, if not nil, cuts the nth connection, n = 1, 2, …, before
	// anything is read from it.
	CutAccept func(n int64) bool
}

// Server is a running server. Its methods are safe for concurrent use.
type Server struct {
	opts   Options
	handle func(*Call)
	addr   string

	received, billed, inFlight, maxInFlight, connections atomic.Int64

	mu     sync.Mutex
	http   *http.Server // nil while stopped
	served chan struct{}
}

// New starts a server that gives every call to handle; Close it.
func New(opts Options, handle func(*Call)) (*Server, error) {
	s := &Server{opts: opts, handle: handle, addr: opts.Addr}
	if s.addr == "" {
		s.addr = "127.0.0.1:0"
	}
	return s, s.Start()
}

// URL is the server's address without a path, e.g. "http://127.0.0.1:41234".
func (s *Server) URL() string { return "http://" + s.addr }

// Received counts calls that arrived completely.
func (s *Server) Received() int64 { return s.received.Load() }

// Billed counts calls that were carried out, whether or not their reply
// arrived.
func (s *Server) Billed() int64 { return s.billed.Load() }

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
		return fmt.Errorf("starting the local server: %w", err)
	}
	s.addr = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	server := &http.Server{Handler: s, BaseContext: func(net.Listener) context.Context { return ctx }}
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

// ServeHTTP answers one call, also when another server received it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.enter()()
	var body bytes.Buffer
	in := io.Reader(r.Body)
	if s.opts.MaxBody > 0 {
		in = io.LimitReader(in, s.opts.MaxBody+1)
	}
	if _, err := io.Copy(&body, in); err != nil {
		return // the caller went away
	}
	c := &Call{ResponseWriter: w, Request: r, Body: body.Bytes(), N: s.received.Add(1), server: s}
	c.TooLarge = s.opts.MaxBody > 0 && int64(body.Len()) > s.opts.MaxBody
	s.handle(c)
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
