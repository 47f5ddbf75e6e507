package script

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

//go:embed runner.cjs
var nodeProgram string

//go:embed runner.py
var pythonProgram string

//go:embed runner.rb
var rubyProgram string

// The user's Python and Ruby.
const (
	Python Runtime = "python"
	Ruby   Runtime = "ruby"
)

// KindProvider is a file that exports a provider: a class, whose instance is
// made once with Options, or an object or function; its callApi is called.
const KindProvider = "provider"

// KindIdentity asks a provider, made as KindProvider makes it, for {id, label}.
const KindIdentity = "identity"

// Defaults of RunnerConfig.
const (
	DefaultRunnerDeadline = 5 * time.Minute
	nodeWindow            = 64 // calls in flight in one node: they wait for networks
	runnerStart           = 30 * time.Second
)

// RunnerConfig says which program of the user's runs scripts.
type RunnerConfig struct {
	Runtime  Runtime                   // Node, Python or Ruby
	Program  string                    // "" = as Find finds it
	Dir      string                    // working directory; "" = this process's
	Env      []string                  // complete environment; nil = this process's
	Workers  int                       // processes at most; 0 = one node, or four of the others. They start when they are needed
	Deadline time.Duration             // of one call; 0 = DefaultRunnerDeadline
	Log      io.Writer                 // gets what scripts print; nil = dropped
	Bundler  *Engine                   // of TypeScript and of ES modules that node doesn't take for ones; nil = none
	Decode   func([]byte) (any, error) // as of Config
}

// Find looks for the program of a runtime: the variable PROMPTFOO_NODE,
// PROMPTFOO_PYTHON or PROMPTFOO_RUBY, then the names in PATH. getenv is os.Getenv's kind. None is
// an ErrUnavailable that names what was looked for.
func Find(r Runtime, getenv func(string) string) (string, error) {
	variable, names := "PROMPTFOO_NODE", []string{"node"}
	switch r {
	case Python:
		variable, names = "PROMPTFOO_PYTHON", []string{"python3", "python"}
	case Ruby:
		variable, names = "PROMPTFOO_RUBY", []string{"ruby"}
	}
	if name := getenv(variable); name != "" {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("%w: %s names %q: %w", ErrUnavailable, variable, name, err)
		}
		return path, nil
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: %s is not installed: looked for %s in PATH (%s may name it)", ErrUnavailable, r, strings.Join(names, " and "), variable)
}

// Runner runs scripts in lasting processes of the user's node, Python or Ruby, with
// all that these may do. Its methods are safe for concurrent use.
type Runner struct {
	cfg     RunnerConfig
	window  int
	queue   chan *job
	lastID  atomic.Uint64
	bundled sync.Map // absolute path → source, of files that node can't load as they stand

	mu      sync.Mutex
	started int
	busy    int
	closed  chan struct{}
	once    sync.Once
	workers sync.WaitGroup
}

// NewRunner finds the program; it starts with the first call.
func NewRunner(cfg RunnerConfig) (*Runner, error) {
	if cfg.Runtime != Node && cfg.Runtime != Python && cfg.Runtime != Ruby {
		return nil, fmt.Errorf("a runner of %q; known: node, python, ruby", cfg.Runtime)
	}
	if cfg.Program == "" {
		path, err := Find(cfg.Runtime, cfg.getenv)
		if err != nil {
			return nil, err
		}
		cfg.Program = path
	}
	cfg.Log = locked(cfg.Log)
	r := &Runner{cfg: cfg, window: 1, queue: make(chan *job), closed: make(chan struct{})}
	if r.cfg.Deadline <= 0 {
		r.cfg.Deadline = DefaultRunnerDeadline
	}
	workers := 4
	if cfg.Runtime == Node {
		r.window, workers = nodeWindow, 1
	}
	if cfg.Workers <= 0 {
		r.cfg.Workers = workers
	}
	return r, nil
}

// getenv looks into the environment that the program gets.
func (c *RunnerConfig) getenv(name string) (value string) {
	if c.Env == nil {
		return os.Getenv(name)
	}
	for _, line := range c.Env {
		if rest, ok := strings.CutPrefix(line, name+"="); ok {
			value = rest // of several the last one counts
		}
	}
	return value
}

// Program is the path of what runs, for a list of what a run is going to start.
func (r *Runner) Program() string { return r.cfg.Program }

// Close ends the processes. Calls under way fail.
func (r *Runner) Close() error {
	r.once.Do(func() { close(r.closed) })
	r.workers.Wait()
	return nil
}

// request is one line to the program, reply one from it.
type request struct {
	ID       uint64            `json:"id"`
	Ping     bool              `json:"ping,omitempty"`
	Kind     string            `json:"kind,omitempty"`
	File     string            `json:"file,omitempty"`
	Dir      string            `json:"dir,omitempty"`
	Function string            `json:"function,omitempty"`
	Value    bool              `json:"value,omitempty"`
	Package  string            `json:"package,omitempty"`
	Tree     bool              `json:"tree,omitempty"`
	Member   []string          `json:"member"`
	Given    []json.RawMessage `json:"given,omitempty"`
	Live     []string          `json:"live,omitempty"`
	Source   string            `json:"source,omitempty"`
	Params   []string          `json:"params,omitempty"`
	Options  json.RawMessage   `json:"options,omitempty"`
	Args     []any             `json:"args"`
}

type runnerReply struct {
	ID     uint64          `json:"id"`
	OK     json.RawMessage `json:"ok"`
	Thrown *Thrown         `json:"thrown"`
	Fault  string          `json:"fault"`
	Bundle string          `json:"bundle"` // why the file can't be loaded as it stands
}

// job is one call under way.
type job struct {
	id     uint64
	file   string // of the script; "" = inline
	line   []byte
	ctx    context.Context
	again  bool // it was sent before, to a process that ended
	once   bool // it must not be sent twice: it may cost money
	answer chan jobAnswer
	timer  *time.Timer
}

type jobAnswer struct {
	reply runnerReply
	err   error
}

// Call runs code with named arguments, as Engine.Call does. A provider's call is
// sent once; others are sent again, once, when their process ends under them.
func (r *Runner) Call(ctx context.Context, code Code, args map[string]any) (any, error) {
	code.Params = code.order(args)
	q := request{Kind: code.Kind, Dir: code.Dir, Function: code.Function, Value: code.Value, Source: code.Source, Params: code.Params, Options: code.Options,
		Package: code.Package, Tree: code.Tree, Member: code.Member, Live: code.Live, Args: []any{}}
	if code.Member != nil {
		q.Given = code.given()
	}
	for _, name := range code.Params {
		q.Args = append(q.Args, args[name])
	}
	if code.Package == "" && (code.Kind == KindFile || code.Kind == KindProvider || code.Kind == KindIdentity) {
		path, err := filepath.Abs(filepath.Join(code.Dir, code.File))
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("reading the script %s: %w", code.File, err)
		}
		q.File = path
		if source, ok := r.bundled.Load(path); ok {
			q.Source = source.(string)
		} else if r.cfg.Runtime == Node && isTypeScript(path) {
			if q.Source, err = r.bundle(ctx, code, path, "node runs no TypeScript"); err != nil {
				return nil, err
			}
		}
	}
	a, err := r.do(ctx, q)
	if err == nil && a.Bundle != "" {
		if q.Source, err = r.bundle(ctx, code, q.File, a.Bundle); err == nil {
			a, err = r.do(ctx, q)
		}
	}
	switch {
	case err != nil:
		return nil, err
	case a.Thrown != nil:
		return nil, a.Thrown
	case a.Fault != "":
		return nil, errors.New(a.Fault)
	case a.Bundle != "":
		return nil, errors.New(a.Bundle)
	}
	return decodeResult(a.OK, r.cfg.Decode)
}

func isTypeScript(path string) bool {
	switch filepath.Ext(path) {
	case ".ts", ".mts", ".cts", ".tsx":
		return true
	}
	return false
}

// bundle makes one source of a file and those that it imports, as they are at its
// first call.
func (r *Runner) bundle(ctx context.Context, code Code, path, why string) (string, error) {
	if r.cfg.Bundler == nil {
		return "", fmt.Errorf("%w: %s: %s, and there is no bundler", ErrUnavailable, code.File, why)
	}
	source, err := r.cfg.Bundler.nodeBundle(ctx, code)
	if err == nil {
		r.bundled.Store(path, source)
	}
	return source, err
}

func (r *Runner) do(ctx context.Context, q request) (runnerReply, error) {
	q.ID = r.lastID.Add(1)
	line, err := json.Marshal(q)
	if err != nil {
		return runnerReply{}, fmt.Errorf("passing arguments to a script: %w", err)
	}
	j := &job{id: q.ID, file: q.File, line: line, ctx: ctx, once: q.Kind == KindProvider, answer: make(chan jobAnswer, 1)}
	r.staff()
	defer r.leave()
	select {
	case r.queue <- j:
	case <-ctx.Done():
		return runnerReply{}, ctx.Err()
	case <-r.closed:
		return runnerReply{}, r.errClosed()
	}
	select {
	case a := <-j.answer:
		return a.reply, a.err
	case <-ctx.Done():
		return runnerReply{}, ctx.Err()
	}
}

func (r *Runner) errClosed() error {
	return fmt.Errorf("%w: the %s runner is closed", ErrUnavailable, r.cfg.Runtime)
}

// staff starts a process when the others have all they can take.
func (r *Runner) staff() {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.closed:
		return
	default:
	}
	if r.busy++; r.started < r.cfg.Workers && r.busy > r.started*r.window {
		r.started++
		r.workers.Add(1)
		go newProcess(r).run()
	}
}

func (r *Runner) leave() {
	r.mu.Lock()
	r.busy--
	r.mu.Unlock()
}
