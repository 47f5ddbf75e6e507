package script

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// Defaults of Config.
const (
	DefaultDeadline = 5 * time.Second
	DefaultMemory   = 256 << 20
	maxWorkers      = 4
)

// Config says how the sandbox runs. The zero value is useful.
type Config struct {
	Program  string            // whose hidden command is the child; "" = this program
	Args     []string          // that make it a child; nil = those of the hidden command
	Workers  int               // children at most; 0 = one per core, at most 4. They start when they are needed
	Deadline time.Duration     // of one call, not counting the wait for its turn; 0 = DefaultDeadline
	Memory   int64             // bytes of one child; 0 = DefaultMemory, at least 64 MB
	Env      map[string]string // what process.env holds; nil = nothing
	Log      io.Writer         // gets what scripts log to their console, some KB per call; nil = dropped
	// Decode reads the JSON of a result; nil = as package encoding/json does. It
	// lets a caller keep the order of keys.
	Decode func([]byte) (any, error)
}

// childCommand is the hidden command that calls Serve.
const childCommand = "script-child"

// childArgs reach the hidden command of genops and of asm, where genops is a
// subcommand: Child takes both.
func childArgs() []string { return []string{"genops", childCommand} }

// Child reports whether a program's arguments ask it to be a child, and returns
// those for Serve.
func Child(args []string) ([]string, bool) {
	if len(args) > 0 && args[0] == "genops" {
		args = args[1:]
	}
	if len(args) > 0 && args[0] == childCommand {
		return args[1:], true
	}
	return nil, false
}

// Engine runs JavaScript in children. Its methods are safe for concurrent use.
type Engine struct {
	cfg      Config
	name     string // argv[0] of the children
	queue    chan *call
	bundles  bundles
	matchers matchers
	plains   plains

	mu      sync.Mutex
	started int
	ready   int // children that take calls
	closed  chan struct{}
	once    sync.Once
	workers sync.WaitGroup
}

// New returns an engine that starts its first child with the first call.
func New(cfg Config) (*Engine, error) {
	name := ""
	if cfg.Program == "" {
		name = os.Args[0]
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("%w: finding this program, which runs JavaScript: %w", ErrUnavailable, err)
		}
		cfg.Program = self
	}
	if cfg.Args == nil {
		cfg.Args = childArgs()
	}
	if cfg.Workers <= 0 {
		cfg.Workers = min(runtime.GOMAXPROCS(0), maxWorkers)
	}
	if cfg.Deadline <= 0 {
		cfg.Deadline = DefaultDeadline
	}
	if cfg.Memory <= 0 {
		cfg.Memory = DefaultMemory
	}
	cfg.Memory = max(cfg.Memory, minMemory)
	cfg.Log = locked(cfg.Log)
	return &Engine{cfg: cfg, name: name, queue: make(chan *call), closed: make(chan struct{})}, nil
}

// Close ends the children. Calls under way fail.
func (e *Engine) Close() error {
	e.once.Do(func() { close(e.closed) })
	e.workers.Wait()
	return nil
}

// call is one request under way.
type call struct {
	word    string
	program program
	body    []byte
	limit   time.Duration
	alone   bool // it may have brought a child down: it runs with no other one
	answer  chan answer
	ctx     context.Context
}

type answer struct {
	body []byte
	err  error
}

// Call runs a piece of code with named arguments and returns the decoded JSON
// of what it returned: nil for null and undefined; NaN and the infinities are
// float64. A value may be a json.RawMessage, which keeps the order of its keys.
//
// The error is a *Thrown when the script threw or its text is no JavaScript; it
// wraps ErrLimit when the call exceeded a limit, and ErrUnavailable when the
// script needs what the sandbox doesn't have.
func (e *Engine) Call(ctx context.Context, code Code, args map[string]any) (any, error) {
	if code.Kind == KindProvider {
		return nil, fmt.Errorf("%w: %s is a provider, which runs in node", ErrUnavailable, code.File)
	}
	if code.Package != "" || code.Node {
		return nil, fmt.Errorf("%w: it runs in node: %s", ErrUnavailable, code.nodeOnly())
	}
	code.Params = code.order(args)
	if v, ok := e.plainly(code, args); ok {
		return v, nil
	}
	return e.inChild(ctx, code, args)
}

// inChild runs a piece of code in a child. Its Params are set.
func (e *Engine) inChild(ctx context.Context, code Code, args map[string]any) (any, error) {
	list := make([]any, len(code.Params))
	for i, name := range code.Params {
		list[i] = code.reached(name, args[name])
	}
	if code.Member != nil {
		code.Picks = true
		list = append([]any{code.given(), code.Member}, list...)
	}
	body, err := encodeArgs(list)
	if err != nil {
		return nil, fmt.Errorf("passing arguments to a script: %w", err)
	}
	var p program
	if code.Kind == KindFile {
		p, err = e.fileProgram(ctx, code)
	} else {
		p, err = newProgram(code)
	}
	if err != nil {
		return nil, err
	}
	raw, err := e.do(ctx, &call{word: "call", program: p, body: body, limit: e.cfg.Deadline})
	if err != nil {
		return nil, err
	}
	return decodeResult(raw, e.cfg.Decode)
}

// MayRunHere says that a piece of code may not need a child.
func (e *Engine) MayRunHere(code Code) bool { return e.plains.of(code) != nil }

// plainly runs plain code here; ok is false when a child has to.
func (e *Engine) plainly(code Code, args map[string]any) (v any, ok bool) {
	p := e.plains.of(code)
	if p == nil {
		return nil, false
	}
	v, ok = p.run(args, &e.matchers)
	if _, isText := v.(string); !ok || isText {
		return v, ok
	}
	text, some := jsvalue.Stringify(v, "")
	if !some { // undefined
		return nil, true
	}
	if v, err := decodeResult([]byte(text), e.cfg.Decode); err == nil && len(text) <= maxResult {
		return v, true
	}
	return nil, false
}

// encodeArgs is the JSON of the arguments; what JSON doesn't have is null.
func encodeArgs(list []any) ([]byte, error) {
	b := jsvalue.AppendJSON(nil, list, "", "")
	if len(b) > maxFrame/2 {
		return nil, fmt.Errorf("%w: %d bytes of arguments; at most %d", ErrLimit, len(b), maxFrame/2)
	}
	return b, nil
}

func decodeResult(raw []byte, decode func([]byte) (any, error)) (any, error) {
	var v any
	if decode != nil && !bytes.HasPrefix(raw, []byte(`{"`+numberKey+`"`)) {
		v, err := decode(raw)
		if err != nil {
			err = fmt.Errorf("reading a script's result: %w", err)
		}
		return v, err
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, fmt.Errorf("reading a script's result: %.200s", err)
	}
	if o, ok := v.(map[string]any); ok && len(o) == 1 {
		switch o[numberKey] {
		case "NaN":
			return math.NaN(), nil
		case "+Inf":
			return math.Inf(1), nil
		case "-Inf":
			return math.Inf(-1), nil
		}
	}
	return v, nil
}

// do hands a call to a child and waits for its answer.
func (e *Engine) do(ctx context.Context, c *call) ([]byte, error) {
	c.ctx, c.answer = ctx, make(chan answer, 1)
	if err := e.hand(ctx, c); err != nil {
		return nil, err
	}
	select {
	case a := <-c.answer:
		return a.body, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// patience is how long a call waits for children that are at work before another
// one is started, which costs as much as some hundred small scripts.
const patience = 5 * time.Millisecond

// hand waits until a worker takes the call.
func (e *Engine) hand(ctx context.Context, c *call) error {
	e.Warm()
	select {
	case e.queue <- c:
		return nil
	default:
	}
	long := time.NewTicker(patience)
	defer long.Stop()
	for {
		select {
		case e.queue <- c:
			return nil
		case <-long.C:
			e.staff()
		case <-ctx.Done():
			return ctx.Err()
		case <-e.closed:
			return errClosed()
		}
	}
}

func errClosed() error { return fmt.Errorf("%w: the script engine is closed", ErrUnavailable) }

// Warm starts the first child, which may be done ahead of the first call: see
// MayRunHere.
func (e *Engine) Warm() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.started == 0 {
		e.hire()
	}
}

// staff starts one more child where all that were started are at work.
func (e *Engine) staff() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.started < e.cfg.Workers && e.ready == e.started {
		e.hire()
	}
}

// count notes that children begin to take calls, or end.
func (e *Engine) count(n int) {
	e.mu.Lock()
	e.ready += n
	e.mu.Unlock()
}

// hire starts a worker with its child.
func (e *Engine) hire() {
	select {
	case <-e.closed:
		return
	default:
	}
	e.started++
	e.workers.Add(1)
	go newWorker(e).run()
}
