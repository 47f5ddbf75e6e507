// Package comfyserver is a faithful local stand-in for a ComfyUI server: a real
// server on the loopback address with a queue and one worker, the routes,
// checks, events and errors of the real one, that can go wrong in its ways and
// counts what it made. Its images depend on the workflow alone. Tests and
// benchmarks use it.
//
// It serves /prompt, /queue, /history, /interrupt, /view, /upload/image, /ws,
// /object_info, /embeddings, /models, /system_stats, /features and /free, all of
// them also below /api, and /__stats, which is none of ComfyUI's: what was made,
// by job.
package comfyserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// Release is the age of the server that is played.
type Release int

const (
	Current Release = iota // 0.3.64: takes the caller's prompt_id, interrupts a job by its ID
	Old                    // 0.3.40: neither; every interrupt is global, and nothing is said of what came from the cache
	Newest                 // 0.3.68: also has /api/jobs, and wants a prompt_id in canonical form
)

// Options say how the server behaves; the zero value works at once and has the
// models of Default.
type Options struct {
	Addr    string        // host:port; "" = a free port on 127.0.0.1
	Release Release       //
	Latency time.Duration // of the work on one prompt
	Jitter  time.Duration // added to it, at random below this
	Steps   int           // progress reports of a sampler; 0 = 4
	// HistoryDelay is the time between execution_success and the moment the
	// history knows it.
	HistoryDelay time.Duration
	Models       *Models // nil = DefaultModels()
	// Missing are node classes that this server does not have.
	Missing []string
	// Fault chooses what goes wrong with the nth POST /prompt, n = 1, 2, …; nil
	// = nothing. It must be safe for concurrent use.
	Fault      func(n int64) Fault
	ViewFaults int           // how many fetches of one image go wrong; 0 = all
	RetryAfter time.Duration // announced with RateLimited, rounded up to a second
	// Zombie, if not nil, says which sockets stop sending once a job runs, n = 1,
	// 2, …; they stay open. It must be safe for concurrent use.
	Zombie func(n int64) bool
	NoText bool // --disable-metadata: images don't hold their workflow
	Key    string
	Leak   bool // refusals show the caller's key, as careless proxies do
}

// Server is a running stand-in. Its methods, and those of loopback.Server, are
// safe for concurrent use.
type Server struct {
	*loopback.Server
	Tally loopback.Tally // survives Stop; billed = nodes were run for it
	opts  Options
	kinds map[string]class // of nodes

	mu      sync.Mutex
	prompts int64 // POSTs of /prompt
	number  float64
	queue   jobHeap
	running *job
	history map[string]*job
	order   []string           // of the history
	cached  map[string]bool    // signatures of the nodes of the last job
	outputs map[string][]file  // of nodes, by signature
	made    map[string]picture // by file name
	inputs  map[string]*upload // by file name: the input folder
	views   map[string]int     // fetches by file name
	sockets sockets
	epoch   int // counts restarts
	wake    chan struct{}
	quit    chan struct{}
}

// New starts a server; Close it.
func New(opts Options) (*Server, error) {
	if opts.Models == nil {
		opts.Models = DefaultModels()
	}
	if opts.Steps == 0 {
		opts.Steps = 4
	}
	s := &Server{opts: opts, made: map[string]picture{}, inputs: map[string]*upload{}, views: map[string]int{}}
	s.kinds = classes(opts.Models, opts.Missing)
	s.forget()
	var err error
	s.Server, err = loopback.New(loopback.Options{Addr: opts.Addr, MaxBody: 100 << 20}, s.serve)
	return s, err
}

// forget loses all that a restart loses, and starts the next worker.
func (s *Server) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.quit != nil {
		close(s.quit)
	}
	s.sockets.closeAll()
	s.number, s.queue, s.running, s.order = 0, nil, nil, nil
	s.history, s.cached = map[string]*job{}, map[string]bool{}
	s.wake, s.quit = make(chan struct{}, 1), make(chan struct{})
	s.epoch++
	go s.work(s.epoch, s.wake, s.quit)
}

// Stop ends the server at once: calls and sockets are cut, queue and history
// are lost, the work under way is not finished. Files stay.
func (s *Server) Stop() {
	s.Server.Stop()
	s.forget()
}

// Restart is Stop and Start.
func (s *Server) Restart() error {
	s.Stop()
	return s.Start()
}

// Close is Stop, for good.
func (s *Server) Close() {
	s.Server.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sockets.closeAll()
	if s.quit != nil {
		close(s.quit)
		s.quit = nil
	}
	s.epoch++
}

// Queued counts jobs that wait or run.
func (s *Server) Queued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.queue.Len()
	if s.running != nil {
		n++
	}
	return n
}

// serve is the table of routes.
func (s *Server) serve(c *loopback.Call) {
	r := c.Request
	if !sameOrigin(r) {
		c.WriteHeader(http.StatusForbidden)
		return
	}
	if s.opts.Key != "" && r.Header.Get("Authorization") != "Bearer "+s.opts.Key {
		s.refuse(c, 401, "Unauthorized: this server wants a key")
		return
	}
	path := r.URL.Path
	if rest, ok := strings.CutPrefix(path, "/api/jobs"); ok {
		if s.opts.Release == Newest {
			s.jobs(c, rest)
		} else {
			notFound(c)
		}
		return
	}
	if strings.HasPrefix(path, "/api/") {
		path = path[len("/api"):]
	}
	head, tail, _ := strings.Cut(path[1:], "/")
	route := r.Method + " /" + head
	switch route {
	case "POST /prompt":
		s.postPrompt(c)
	case "GET /prompt":
		reply(c, 200, map[string]any{"exec_info": s.execInfo()})
	case "GET /queue":
		s.getQueue(c)
	case "POST /queue":
		s.postQueue(c)
	case "GET /history":
		s.getHistory(c, tail)
	case "POST /history":
		s.postHistory(c)
	case "POST /interrupt":
		s.interrupt(c)
	case "GET /view":
		s.view(c)
	case "POST /upload":
		s.upload(c, tail)
	case "GET /ws":
		s.socket(c)
	case "GET /__stats":
		s.Tally.ServeHTTP(c, r)
	default:
		s.discovery(c, route, tail)
	}
}

// sameOrigin is the guard against pages of other hosts that call a server on
// this machine.
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

func reply(c *loopback.Call, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("comfyserver: %v", err))
	}
	c.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.WriteHeader(status)
	c.Write(b)
}

// notFound is the answer of the real server's HTTP library.
func notFound(c *loopback.Call) { plain(c, 404, "404: Not Found") }

func plain(c *loopback.Call, status int, text string) {
	c.Header().Set("Content-Type", "text/plain; charset=utf-8")
	c.WriteHeader(status)
	c.Write([]byte(text))
}

// refuse is the answer of a proxy before the server.
func (s *Server) refuse(c *loopback.Call, status int, text string) {
	if s.opts.Leak {
		text += " (" + c.Request.Header.Get("Authorization") + ")"
	}
	reply(c, status, map[string]any{"error": text})
}
