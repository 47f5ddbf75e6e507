package usermetric

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/validators/judged"
)

//go:embed score.py
var program string

// ErrUnavailable says that a metric can't run here: its Python or a package that
// it imports is not installed.
var ErrUnavailable = errors.New("unavailable")

// Python runs the body of a function with one argument, request, in the user's
// Python, and returns its result as JSON. Safe for concurrent use.
type Python interface {
	Run(ctx context.Context, body string, request any) (json.RawMessage, error)
}

// Config says what runs metrics.
type Config struct {
	Python   Python
	Root     string        // where the paths of metrics start
	Deadline time.Duration // of one case; 0 = a minute
	Width    int           // calls of Python under way for one metric; 0 = 2
	Batch    int           // cases in one call at most; 0 = 32
}

// Metrics scores cases. It is safe for concurrent use.
type Metrics struct {
	cfg Config
	ctx context.Context

	mu     sync.Mutex
	queues map[string]*queue // by metric and parameters
}

// Score is what a metric found.
type Score struct {
	Score   float64 `json:"score"`
	Success bool    `json:"success"`
	Reason  string  `json:"reason"`
}

// queue holds the cases that wait for a metric. Those that come while all calls
// are under way share the next one.
type queue struct {
	ref     Ref
	params  json.RawMessage
	waiting []*waiting
	working int
}

type waiting struct {
	c     *judged.Case
	done  chan struct{}
	score Score
	err   error
}

// New makes Metrics; nothing starts before a call. ctx ends all of them.
func New(ctx context.Context, cfg Config) *Metrics {
	if cfg.Deadline <= 0 {
		cfg.Deadline = time.Minute
	}
	if cfg.Width <= 0 {
		cfg.Width = 2
	}
	if cfg.Batch <= 0 {
		cfg.Batch = 32
	}
	return &Metrics{cfg: cfg, ctx: ctx, queues: map[string]*queue{}}
}

// Known is what loading a metric told.
type Known struct {
	Digest  string `json:"digest"`  // of the file
	Model   string `json:"model"`   // that judges, as the metric names it; "" = none
	Version string `json:"version"` // of DeepEval; "" = the file does not import it
}

// Check loads a metric and makes it once, without a case. An error that wraps
// ErrUnavailable says what is not installed.
func (m *Metrics) Check(ctx context.Context, r Ref, params json.RawMessage) (Known, error) {
	var out struct {
		Known
		Missing string `json:"missing"`
		Python  string `json:"python"`
		Error   string `json:"error"`
	}
	data, err := m.cfg.Python.Run(ctx, program, m.request(r, params, nil, true))
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	switch {
	case err != nil:
		return out.Known, err
	case out.Missing != "":
		return out.Known, fmt.Errorf("%w: the package %s is not installed for %s", ErrUnavailable, out.Missing, out.Python)
	case out.Error != "":
		return out.Known, errors.New(out.Error)
	}
	return out.Known, nil
}

func (m *Metrics) request(r Ref, params json.RawMessage, cases []json.RawMessage, check bool) map[string]any {
	file := filepath.FromSlash(r.File)
	if !filepath.IsAbs(file) {
		file = filepath.Join(m.cfg.Root, file)
	}
	if len(params) == 0 {
		params = json.RawMessage("{}")
	}
	return map[string]any{"file": file, "name": r.Name, "params": params, "cases": cases, "deadline": m.cfg.Deadline.Seconds(), "check": check}
}

// Score scores one case. An error means that it could not be judged.
func (m *Metrics) Score(ctx context.Context, r Ref, params json.RawMessage, c *judged.Case) (Score, error) {
	w := &waiting{c: c, done: make(chan struct{})}
	key := r.String() + "\x00" + string(params)
	m.mu.Lock()
	q := m.queues[key]
	if q == nil {
		q = &queue{ref: r, params: params}
		m.queues[key] = q
	}
	q.waiting = append(q.waiting, w)
	if q.working < m.cfg.Width {
		q.working++
		go m.work(q)
	}
	m.mu.Unlock()
	select {
	case <-w.done:
		return w.score, w.err
	case <-ctx.Done():
		return Score{}, context.Cause(ctx)
	}
}

// work takes cases until none waits.
func (m *Metrics) work(q *queue) {
	for {
		m.mu.Lock()
		n := min(len(q.waiting), m.cfg.Batch)
		batch := q.waiting[:n:n]
		q.waiting = q.waiting[n:]
		if n == 0 {
			q.working--
		}
		m.mu.Unlock()
		if n == 0 {
			return
		}
		m.together(q, batch)
		for _, w := range batch {
			close(w.done)
		}
	}
}

// together scores a batch. When the call comes to nothing, each case is tried
// alone: one that ends the process must not take others with it.
func (m *Metrics) together(q *queue, batch []*waiting) {
	later, err := m.call(q, batch)
	switch {
	case err == nil && len(later) > 0:
		m.together(q, later)
	case err == nil:
	case len(batch) == 1 || m.ctx.Err() != nil:
		for _, w := range batch {
			w.err = err
		}
	default:
		for i := range batch {
			m.together(q, batch[i:i+1])
		}
	}
}

// call is one call of Python; an error is about all of its cases. Those that it
// had no time for are returned.
func (m *Metrics) call(q *queue, batch []*waiting) (later []*waiting, err error) {
	cases := make([]json.RawMessage, len(batch))
	for i, w := range batch {
		data, err := json.Marshal(fieldsOf(w.c))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.ref, err)
		}
		cases[i] = data
	}
	data, err := m.cfg.Python.Run(m.ctx, program, m.request(q.ref, q.params, cases, false))
	if err != nil {
		return nil, err
	}
	var list []struct {
		Score   *float64 `json:"score"`
		Success *bool    `json:"success"`
		Reason  string   `json:"reason"`
		Error   string   `json:"error"`
		Later   bool     `json:"later"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s: reading its scores: %w", q.ref, err)
	}
	if len(list) != len(batch) {
		return nil, fmt.Errorf("%s: %d scores came back for %d cases", q.ref, len(list), len(batch))
	}
	for i, w := range batch {
		s := list[i]
		switch {
		case s.Later && i > 0:
			later = append(later, w)
		case s.Error != "":
			w.err = errors.New(s.Error)
		case s.Score == nil || s.Success == nil || *s.Score < 0 || *s.Score > 1:
			w.err = errors.New("it gave no score in 0..1 with a success")
		default:
			w.score = Score{*s.Score, *s.Success, s.Reason}
		}
	}
	return later, nil
}

// fieldsOf is a case by the names that users of DeepEval know.
func fieldsOf(c *judged.Case) map[string]any {
	return map[string]any{"input": c.Input, "actual_output": c.Output, "expected_output": c.Expected, "context": c.Context,
		"retrieval_context": c.Retrieval, "tools_called": c.ToolsCalled, "expected_tools": c.ExpectedTools, "turns": c.Turns, "chatbot_role": c.Role}
}
