package generators

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/internal/subprocess"
	"github.com/GaboBase/arch-genops/pipeline"
)

// DefaultTimeout is the deadline of a request when none is configured.
const DefaultTimeout = 60 * time.Second

// ProcessConfig describes an agent that is a program.
type ProcessConfig struct {
	Command []string      // program and arguments; not empty. A program with a slash is relative to Dir, one without is looked up in PATH, "genops" is Self
	Dir     string        // working directory
	Env     []string      // "KEY=VALUE", added to the own environment
	Self    string        // path of the running executable; "" = ask the system
	Stderr  io.Writer     // gets the program's log; nil = dropped. Written by one goroutine at a time
	Timeout time.Duration // from sending a request to its answer; 0 = DefaultTimeout, < 0 = none
	MaxLine int           // longest answer in bytes; 0 = 16 MiB
	Grace   time.Duration // of each step when the program is stopped; 0 = 2 s
	Log     *slog.Logger  // restarts and oddities as they happen; nil = none
}

// Process is an agent that runs as a program and speaks JSON lines: one
// request a line on stdin, answers in any order on stdout, log on stderr.
//
//	in:  {"id":"c001#1","input":"…","vars":{…},"messages":[…]}
//	out: {"id":"c001#1","output":any JSON,"usage":{"input_tokens":1,"output_tokens":2},"cost_usd":0.1}
//	     {"id":"c001#1","error":"…"}
//
// A request with a Chat has its messages, with parts, and beside them what else
// it sets: tools, schema, json, config. An answer may then also hold
// tool_calls, finish_reason, model and logprobs.
//
// The program is started by the first request and restarted when it ends or
// hangs; requests that were in flight are sent again. It is safe for concurrent
// use and must be closed.
type Process struct {
	cfg   ProcessConfig
	kick  chan struct{} // cap 1: run may have something to do
	quit  chan struct{} // closed when fatal is set
	gone  chan struct{} // closed when run has ended
	close sync.Once

	mu      sync.Mutex
	d       *dispatch
	child   *subprocess.Child // nil when none runs
	running bool              // run was started
	fatal   error             // every request fails with it
	ticking bool              // a deadline check is scheduled
	stopped string            // why the present start was stopped; "" = it was not
	notes   notes
}

var errClosed = errors.New("the agent was closed")

// NewProcess checks the configuration; it starts nothing.
func NewProcess(cfg ProcessConfig) (*Process, error) {
	if len(cfg.Command) == 0 || cfg.Command[0] == "" {
		return nil, errors.New("runtime.process.command is empty: name a program, e.g. [\"./agent\"]")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	return &Process{
		cfg: cfg, d: newDispatch(cfg.Timeout), notes: notes{log: cfg.Log},
		kick: make(chan struct{}, 1), quit: make(chan struct{}), gone: make(chan struct{}),
	}, nil
}

// Generate sends one request and waits for its answer, across restarts of the
// program. A failed request is a plain error, with Sends set in the Asset;
// *pipeline.Unusable says that the program can't be used at all.
func (p *Process) Generate(ctx context.Context, req pipeline.Request) (pipeline.Asset, error) {
	if err := ctx.Err(); err != nil {
		return pipeline.Asset{}, context.Cause(ctx)
	}
	line, err := encodeRequest(req.ID, req)
	if err != nil {
		return pipeline.Asset{}, fmt.Errorf("encoding the request: %w", err)
	}
	j := &job{id: req.ID, line: line, done: make(chan struct{})}
	if err := p.submit(j, req); err != nil {
		return pipeline.Asset{}, err
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if p.abandon(j) {
			return pipeline.Asset{Sends: j.sends}, fmt.Errorf("waiting for the agent: %w", context.Cause(ctx))
		}
	}
	j.asset.Sends = j.sends
	return j.asset, j.err
}

func (p *Process) submit(j *job, req pipeline.Request) (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fatal != nil {
		return p.fatal
	}
	for n := 2; j.id == "" || p.d.jobs[j.id] != nil; n++ {
		j.id = req.ID + "~" + strconv.Itoa(n)
	}
	if j.id != req.ID {
		if j.line, err = encodeRequest(j.id, req); err != nil {
			return err
		}
	}
	p.d.add(j)
	p.pump()
	if !p.running {
		p.running = true
		go p.run()
	}
	return nil
}

// abandon forgets a request; false when it is done already.
func (p *Process) abandon(j *job) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if j.in == nil {
		return false
	}
	p.d.drop(j)
	p.pump()
	return true
}

// pump sends what may go now, and asks for a program when there is none.
func (p *Process) pump() {
	if p.child != nil {
		now := time.Now()
		for j := p.d.next(now); j != nil; j = p.d.next(now) {
			if p.child.Write(j.line) != nil {
				p.d.unsend(j)
			}
		}
		p.tick(now)
	}
	if p.d.idle() {
		select {
		case p.kick <- struct{}{}:
		default:
		}
	}
}

// tick schedules one look at the deadlines, unless one is pending.
func (p *Process) tick(now time.Time) {
	at := p.d.nextCheck()
	if p.ticking || at.IsZero() {
		return
	}
	p.ticking = true
	time.AfterFunc(max(at.Sub(now), time.Millisecond), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.ticking = false
		if p.child == nil || p.stopped != "" {
			return
		}
		failed, hung := p.d.expire(time.Now())
		for _, j := range failed {
			j.fail(fmt.Errorf("no answer within %s; raise --timeout or lower --concurrency", seconds(p.cfg.Timeout)))
		}
		if hung {
			p.stopped = "stopped: no answer for " + seconds(p.cfg.Timeout)
			p.child.Kill()
		}
		p.pump()
	})
}

func (j *job) fail(err error) {
	j.err = err
	close(j.done)
}

// end fails every request that waits, and all to come.
func (p *Process) end(err error) {
	if p.fatal == nil {
		p.fatal = err
		close(p.quit)
	}
	for _, j := range p.d.jobs {
		p.d.drop(j)
		j.fail(p.fatal)
	}
}

// Reached reports whether the program has ever answered a request.
func (p *Process) Reached() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.d.ever
}

// Warnings lists what was odd so far, for people: restarts, lines that are not
// answers, answers nobody asked for. Each kind is one line with its count.
func (p *Process) Warnings() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.notes.list()
}

// Close stops the program together with its children: it closes its stdin,
// waits, asks it to terminate, waits, and kills it. Requests that still wait
// fail. Close may be called more than once.
func (p *Process) Close() error {
	p.close.Do(func() {
		p.mu.Lock()
		p.end(errClosed)
		child, running := p.child, p.running
		p.mu.Unlock()
		if child != nil {
			child.Stop()
		}
		if running {
			<-p.gone
		}
	})
	return nil
}

// seconds writes a duration the way --timeout takes it: "60s", "0.2s".
func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'g', 4, 64) + "s"
}

// commandLine is the command as a shell would take it.
func commandLine(command []string) string {
	words := make([]string, len(command))
	for i, w := range command {
		if w == "" || strings.ContainsAny(w, " \t\n\"'\\$&|;<>(){}*?#~`") {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		words[i] = w
	}
	return strings.Join(words, " ")
}
