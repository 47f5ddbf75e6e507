package script

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/subprocess"
)

const (
	window      = 8                      // calls in the pipe of one child, while they are quick
	quick       = 5 * time.Millisecond   // what a call takes that others may wait behind
	slack       = 500 * time.Millisecond // past the deadline, for a child that ends calls itself
	startTime   = 30 * time.Second       // of a child
	maxStarts   = 3                      // children that end before they are ready
	maxPrograms = 500                    // kept by a child
	maxKept     = 32 << 20               // bytes of them
)

// worker owns one child at a time. All its state belongs to the goroutine run.
type worker struct {
	e      *Engine
	child  *subprocess.Child
	log    *childLog
	lines  chan []byte // of the child; closed at its end
	ready  bool
	failed int // starts in a row that came to nothing

	inflight []*call   // in the order in which they were sent
	since    time.Time // when the oldest of them became that
	window   int       // how many there may be: one, until an answer came quickly
	again    []*call   // to be sent before others
	lastID   uint64    // of the newest call in flight
	known    map[string]bool
	kept     int
	timer    *time.Timer // until the oldest call is overdue
	overdue  bool
}

func newWorker(e *Engine) *worker {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &worker{e: e, timer: t, window: 1}
}

// run takes calls until the engine is closed. What keeps its child from starting is
// told to the first call, which tries again.
func (w *worker) run() {
	defer w.e.workers.Done()
	w.start()
	for {
		for w.sendAgain() {
		}
		var more chan *call
		if len(w.again) == 0 && len(w.inflight) < w.window && !w.busyAlone() {
			more = w.e.queue
		}
		select {
		case c := <-more:
			w.send(c)
		case line, ok := <-w.lines:
			if !ok {
				w.bury()
			} else if err := w.take(line); err != nil {
				w.child.Kill() // what it says next is ignored
				w.setReady(false)
			}
		case <-w.timer.C:
			w.overdue = true
			w.child.Kill()
		case <-w.e.closed:
			w.end()
			return
		}
	}
}

func (w *worker) busyAlone() bool { return len(w.inflight) > 0 && w.inflight[0].alone }

// sendAgain sends the next call that a lost child left, if it may go now.
func (w *worker) sendAgain() bool {
	if len(w.again) == 0 || w.busyAlone() || len(w.inflight) >= w.window {
		return false
	}
	c := w.again[0]
	if c.alone && len(w.inflight) > 0 {
		return false
	}
	w.again = w.again[1:]
	w.send(c)
	return true
}

// send puts a call into the child's pipe, and starts a child for it if needed.
func (w *worker) send(c *call) {
	if c.ctx.Err() != nil {
		return // nobody waits
	}
	if w.child == nil {
		if err := w.start(); err != nil {
			c.answer <- answer{err: err}
			return
		}
	}
	if c.word == "call" && !w.known[c.program.digest] {
		if len(w.known) >= maxPrograms || w.kept > maxKept {
			w.write(frame{word: "forget"})
			clear(w.known)
			w.kept = 0
		}
		w.known[c.program.digest] = true
		w.kept += len(c.program.body)
		w.write(frame{word: "program", digest: c.program.digest, body: c.program.body})
	}
	w.lastID++
	w.write(frame{word: c.word, id: w.lastID, millis: c.limit.Milliseconds(), digest: c.program.digest, body: c.body})
	w.inflight = append(w.inflight, c)
	if len(w.inflight) == 1 {
		w.since = time.Now()
		w.watch()
	}
}

// write can't fail: the end of a child is seen where it is read.
func (w *worker) write(f frame) { w.child.Write(f.append(nil)) }

func (w *worker) start() error {
	cfg := w.e.cfg
	w.log = &childLog{log: cfg.Log}
	child, err := subprocess.Start(subprocess.Config{
		Path: cfg.Program, Name: w.e.name, Args: append(append([]string{}, cfg.Args...), fmt.Sprintf("%s%d", argMemory, cfg.Memory)),
		Env: childEnv(), Stderr: w.log, MaxLine: maxFrame,
	})
	if err != nil {
		return fmt.Errorf("%w: starting the JavaScript engine %s: %w", ErrUnavailable, cfg.Program, err)
	}
	w.child, w.lines, w.overdue = child, make(chan []byte, window), false
	w.known, w.kept = map[string]bool{}, 0
	go readLines(child, w.lines, new(error))
	if env, err := json.Marshal(cfg.Env); err == nil && len(cfg.Env) > 0 {
		w.write(frame{word: "env", body: env})
	}
	return nil
}

// readLines kills a child that ends or writes a line that is too long; end, which
// is readable once lines is closed, says which.
func readLines(child *subprocess.Child, lines chan<- []byte, end *error) {
	defer close(lines)
	for {
		line, err := child.ReadLine()
		if err != nil {
			*end = err
			child.Kill()
			<-child.Done()
			return
		}
		lines <- append([]byte(nil), line...)
	}
}

// setReady notes whether the child takes calls.
func (w *worker) setReady(ready bool) {
	if w.ready == ready {
		return
	}
	if w.ready = ready; ready {
		w.e.count(1)
	} else {
		w.e.count(-1)
	}
}

// watch starts the clock of the oldest call.
func (w *worker) watch() {
	w.timer.Stop()
	if len(w.inflight) == 0 || w.overdue {
		return
	}
	if !w.ready {
		w.timer.Reset(startTime)
		return
	}
	w.timer.Reset(w.inflight[0].limit + slack)
}

// take hands an answer to its call.
func (w *worker) take(line []byte) error {
	if w.overdue {
		return nil // it is being killed
	}
	f, err := parseFrame(line)
	if err != nil {
		return err
	}
	if f.word == "hello" {
		w.setReady(true)
		w.failed, w.since = 0, time.Now()
		w.watch()
		return nil
	}
	if !w.ready || len(w.inflight) == 0 || f.id != w.lastID-uint64(len(w.inflight))+1 {
		return errors.New("an answer out of order")
	}
	c := w.inflight[0]
	w.inflight = w.inflight[1:]
	c.answer <- result(f)
	w.pace()
	w.watch()
	return nil
}

// pace opens the pipe for calls behind a quick one. Behind a slow one they would wait
// where another child could take them.
func (w *worker) pace() {
	now := time.Now()
	if w.window = 1; now.Sub(w.since) < quick {
		w.window = window
	}
	w.since = now
}

func result(f frame) answer {
	if f.word == "ok" {
		return answer{body: f.body}
	}
	if f.word == "threw" {
		t := &Thrown{}
		if err := json.Unmarshal(f.body, t); err != nil {
			return answer{err: fmt.Errorf("reading what a script threw: %w", err)}
		}
		return answer{err: t}
	}
	var text string
	if err := json.Unmarshal(f.body, &text); err != nil {
		return answer{err: fmt.Errorf("reading an answer of the JavaScript engine: %w", err)}
	}
	switch f.word {
	case "limit":
		return answer{err: fmt.Errorf("%w: %s", ErrLimit, text)}
	case "refused":
		return answer{err: fmt.Errorf("%w: %s", ErrUnavailable, text)}
	}
	return answer{err: errors.New(text)}
}

// bury settles what an ended child left: the oldest call is what it was doing.
func (w *worker) bury() {
	status, said := w.child.Status(), w.log.own()
	left := w.inflight
	ready, overdue := w.ready, w.overdue
	w.setReady(false)
	w.child, w.lines, w.inflight, w.overdue, w.window = nil, nil, nil, false, 1
	w.watch()
	if len(left) == 0 {
		return
	}
	if !ready {
		if w.failed++; w.failed >= maxStarts {
			w.failed = 0
			for _, c := range left {
				c.answer <- answer{err: fmt.Errorf("%w: the JavaScript engine does not start (%s): %s", ErrUnavailable, status, shorten(said))}
			}
			return
		}
		w.again = append(left, w.again...)
		return
	}
	guilty := left[0]
	switch {
	case overdue:
		guilty.answer <- answer{err: fmt.Errorf("%w: no answer within %v", ErrLimit, guilty.limit)}
		left = left[1:]
	case guilty.alone:
		guilty.answer <- answer{err: fmt.Errorf("%w: %s", ErrLimit, w.why(status, said))}
		left = left[1:]
	default:
		// Memory that earlier calls left may have been the cause.
		guilty.alone = true
	}
	w.again = append(left, w.again...)
}

// outOfMemory are the words with which the engine ends when the system gives it no
// memory. One is of builds with the race detector; the system stack's
// fault is Go's own collector, which trips over what it didn't get.
func outOfMemory(said string) bool {
	for _, words := range []string{"out of memory", "cannot allocate memory", "pthread_create failed", "create new OS thread", "failed to allocate"} {
		if strings.Contains(said, words) {
			return true
		}
	}
	return strings.Contains(said, "SIGSEGV") && strings.Contains(said, "goroutine 0 ")
}

func (w *worker) why(status, said string) string {
	if status == fmt.Sprintf("exit status %d", ExitMemory) || outOfMemory(said) {
		return fmt.Sprintf("more than %d MB of memory", w.e.cfg.Memory>>20)
	}
	if strings.Contains(said, "stack exceeds") || strings.Contains(said, "stack overflow") {
		return "too deep a recursion"
	}
	line, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	return "it ended the JavaScript engine (" + strings.TrimSuffix(status+": "+shorten(line), ": ") + ")"
}

// end stops the child and fails what is under way.
func (w *worker) end() {
	for _, c := range append(w.inflight, w.again...) {
		c.answer <- answer{err: errClosed()}
	}
	if w.child == nil {
		return
	}
	w.child.Kill()
	for range w.lines {
	}
}
