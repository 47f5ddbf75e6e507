package script

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/subprocess"
)

// pongTime is how long a program that exceeded a deadline may take to show that
// it still hears, or its deadline if that is shorter; one that doesn't is stuck
// and is killed.
const pongTime = 2 * time.Second

// process owns one program at a time. All its state belongs to the goroutine run.
type process struct {
	r     *Runner
	mark  []byte // what replies start with
	child *subprocess.Child
	file  string // whose methods and constants a Ruby holds
	lines chan []byte
	ready bool
	fails int // starts in a row that came to nothing

	inflight map[uint64]*job
	overdue  []uint64    // whose time is over; nothing is sent until it is known whether the program still hears
	again    []*job      // to be sent once more, each alone
	late     chan uint64 // calls whose time is over
	stuck    *time.Timer // until the program counts as stuck, or as not starting
	why      string      // why it was killed
	ended    *error      // why its output ended
	printed  *printed
}

func newProcess(r *Runner) *process {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &process{r: r, inflight: map[uint64]*job{}, late: make(chan uint64), stuck: t}
}

func (p *process) run() {
	defer p.r.workers.Done()
	for {
		var more chan *job
		switch {
		case len(p.again) > 0 && len(p.inflight) == 0:
			j := p.again[0]
			p.again = p.again[1:]
			p.send(j)
			continue
		case len(p.again) == 0 && p.roomy():
			more = p.r.queue
		}
		select {
		case j := <-more:
			p.send(j)
		case line, ok := <-p.lines:
			if !ok {
				p.bury()
			} else {
				p.take(line)
			}
		case id := <-p.late:
			p.expire(id)
		case <-p.stuck.C:
			p.killStuck()
		case <-p.r.closed:
			p.end()
			return
		}
	}
}

// roomy reports whether another call may join those in flight.
func (p *process) roomy() bool {
	if len(p.inflight) >= p.r.window || len(p.overdue) > 0 {
		return false
	}
	for _, j := range p.inflight {
		if j.again {
			return false
		}
	}
	return true
}

func (p *process) kill(why string) {
	if p.child != nil && p.why == "" {
		p.why = why
		p.child.Kill()
	}
}

// killStuck kills a program that hears nothing.
func (p *process) killStuck() {
	if p.ready {
		p.kill(fmt.Sprintf("no answer within %v, and it is stuck", p.r.cfg.Deadline))
	} else {
		p.kill(fmt.Sprintf("not ready within %v", runnerStart))
	}
}

func (p *process) send(j *job) {
	if j.ctx.Err() != nil {
		return
	}
	if p.child != nil && p.r.cfg.Runtime == Ruby && p.file != j.file {
		p.stop() // methods and constants of two files would be one another's
	}
	if p.child == nil {
		p.file = j.file
		if err := p.start(); err != nil {
			j.answer <- jobAnswer{err: err}
			return
		}
	}
	p.inflight[j.id] = j
	p.child.Write(j.line)
	if p.ready {
		p.clock(j)
	}
}

// clock starts a call's time; that of the start of the program is not its own.
func (p *process) clock(j *job) {
	id, late, closed := j.id, p.late, p.r.closed
	j.timer = time.AfterFunc(p.r.cfg.Deadline, func() {
		select {
		case late <- id:
		case <-closed:
		}
	})
}

func (p *process) start() error {
	var nonce [8]byte
	rand.Read(nonce[:])
	p.mark = []byte(hex.EncodeToString(nonce[:]) + " ")
	cfg := p.r.cfg
	p.printed = &printed{log: cfg.Log, left: maxPrinted}
	args := []string{"-c", pythonProgram, string(p.mark)}
	switch cfg.Runtime {
	case Ruby:
		args = []string{"-e", rubyProgram, string(p.mark)}
	case Node:
		args = []string{"-e", nodeLoader, nodeProgram + treeSource, string(p.mark)}
	}
	child, err := subprocess.Start(subprocess.Config{Path: cfg.Program, Args: args, Dir: cfg.Dir, Env: cfg.Env, Stderr: p.printed, MaxLine: maxFrame})
	if err != nil {
		return fmt.Errorf("%w: starting %s: %w", ErrUnavailable, cfg.Program, err)
	}
	p.child, p.lines, p.ready, p.why = child, make(chan []byte, p.r.window), false, ""
	p.stuck.Reset(runnerStart)
	p.ended = new(error)
	go readLines(child, p.lines, p.ended)
	return nil
}

// nodeLoader runs the program that follows it as a module, so that no file has
// to be written. What -e makes global is no global of scripts in files: a CommonJS
// file in a package of ES modules would write its exports there.
const nodeLoader = `{
const load = require, source = process.argv[1]
process.argv.splice(1, 1, "genops-runner.cjs")
const globals = ["console", "crypto", "process"]
for (const name of ["module", "exports", "require", "__filename", "__dirname", ...load("module").builtinModules]) if (!globals.includes(name)) delete globalThis[name]
Object.defineProperty(globalThis, "crypto", {value: load("crypto").webcrypto, configurable: true, enumerable: true})
process.nextTick(() => delete globalThis.module) // which -e puts back when it is through
const m = new (load("module"))("genops-runner.cjs", null)
m.paths = []
m._compile(source, "genops-runner.cjs")
}`

// take hands a reply to its call. Other lines are what the user's code printed.
func (p *process) take(line []byte) {
	body, ok := bytes.CutPrefix(line, p.mark)
	if !ok {
		p.printed.Write(append(line, '\n'))
		return
	}
	var reply runnerReply
	if err := json.Unmarshal(body, &reply); err != nil {
		p.kill("it answered no JSON")
		return
	}
	p.printed.again()
	if p.why != "" {
		return // it is being killed
	}
	if j := p.inflight[reply.ID]; j != nil { // else it was given up
		p.settle(j, jobAnswer{reply: reply})
		return
	}
	if reply.ID != 0 {
		return
	}
	p.stuck.Stop()
	if !p.ready {
		p.ready, p.fails = true, 0
		for _, j := range p.inflight {
			p.clock(j)
		}
	}
	for _, id := range p.overdue { // it hears, so they are slow by themselves
		p.giveUp(id)
	}
	p.overdue = nil
}

func (p *process) giveUp(id uint64) {
	if j := p.inflight[id]; j != nil {
		p.settle(j, jobAnswer{err: fmt.Errorf("%w: no answer within %v", ErrLimit, p.r.cfg.Deadline)})
	}
}

func (p *process) settle(j *job, a jobAnswer) {
	delete(p.inflight, j.id)
	if j.timer != nil {
		j.timer.Stop()
	}
	j.answer <- a
}

// expire sees to a call whose time is over. A Python or Ruby works at nothing
// else and is killed. Node is asked whether it still hears: then only that call is given
// up, else any of those in flight may be the one that holds it.
func (p *process) expire(id uint64) {
	j := p.inflight[id]
	if j == nil || p.why != "" {
		return
	}
	if p.r.window == 1 {
		p.giveUp(id)
		p.kill("it took too long")
		return
	}
	p.overdue = append(p.overdue, id)
	if len(p.overdue) > 1 {
		return
	}
	p.stuck.Reset(min(pongTime, p.r.cfg.Deadline))
	if ping, err := json.Marshal(request{Ping: true}); err == nil {
		p.child.Write(ping)
	}
}

// bury settles what an ended program left: what may be sent twice is.
func (p *process) bury() {
	status, last := p.child.Status(), strings.Join(p.child.LastStderr(), " | ")
	switch {
	case p.why != "":
		status = p.why
	case errors.Is(*p.ended, subprocess.ErrLineTooLong):
		status = fmt.Sprintf("it wrote a line of more than %d MB", maxFrame>>20)
	}
	wasReady := p.ready
	p.child, p.lines, p.ready, p.why, p.overdue = nil, nil, false, "", nil
	p.stuck.Stop()
	if !wasReady {
		p.fails++
	}
	for _, j := range p.inflight {
		if j.timer != nil {
			j.timer.Stop()
		}
		delete(p.inflight, j.id)
		switch {
		case !wasReady && p.fails >= maxStarts:
			j.answer <- jobAnswer{err: fmt.Errorf("%w: %s does not start (%s): %s", ErrUnavailable, p.r.cfg.Program, status, shorten(last))}
		case !wasReady:
			p.again = append(p.again, j)
		case j.once || j.again:
			j.answer <- jobAnswer{err: p.lost(status, last)}
		default:
			j.again = true
			p.again = append(p.again, j)
		}
	}
	if p.fails >= maxStarts {
		p.fails = 0
	}
}

func (p *process) lost(status, last string) error {
	err := fmt.Errorf("%w: %s ended under the call (%s)", ErrLimit, p.r.cfg.Runtime, status)
	if last != "" {
		err = fmt.Errorf("%w: %s", err, shorten(last))
	}
	return err
}

func (p *process) end() {
	for _, j := range p.inflight {
		p.settle(j, jobAnswer{err: p.r.errClosed()})
	}
	for _, j := range p.again {
		j.answer <- jobAnswer{err: p.r.errClosed()}
	}
	p.stop()
}

// stop ends the program, with no call in flight.
func (p *process) stop() {
	if p.child == nil {
		return
	}
	go p.child.Stop()
	for range p.lines {
	}
	<-p.child.Done()
	p.child, p.lines, p.ready, p.why, p.overdue = nil, nil, false, "", nil
	p.stuck.Stop()
}
