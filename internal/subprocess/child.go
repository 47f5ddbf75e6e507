package subprocess

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// Defaults of Config.
const (
	DefaultMaxLine = 16 << 20
	DefaultGrace   = 2 * time.Second
)

// drainTime is how long output that is still in the pipes of an ended child is
// waited for; only a grandchild that left the process group can hold them open.
const drainTime = time.Second

// Config says what to start.
type Config struct {
	Path    string        // program file, as found by the caller
	Args    []string      // without the program's name
	Name    string        // argv[0]; "" = Path
	Dir     string        // working directory; "" = the caller's
	Env     []string      // complete environment; nil = the caller's
	Stderr  io.Writer     // gets the child's stderr from one goroutine; nil = dropped. Errors and size are its own matter
	MaxLine int           // longest line in bytes, newline not counted; 0 = DefaultMaxLine
	Grace   time.Duration // of each step of Stop; 0 = DefaultGrace
}

// ErrStopped is what Write returns once the child is being stopped or has ended.
var ErrStopped = errors.New("the program has ended")

// Child is a running program. Its methods are safe for concurrent use, but
// ReadLine belongs to one goroutine. Every Child must be read until ReadLine
// fails, or stopped: then all its goroutines have ended.
type Child struct {
	cmd    *exec.Cmd
	group  group
	stdin  *os.File
	stdout *os.File
	lines  *lineReader
	grace  time.Duration
	tail   tail

	mu      sync.Mutex
	pending []byte        // whole lines that the writer has not taken yet
	closing bool          // no more lines; stdin is closed after the pending ones
	reaped  bool          // the group's number may belong to someone else
	wake    chan struct{} // cap 1: pending or closing changed

	done   chan struct{} // closed when the program and its group are gone
	status string        // readable after done
}

// Start starts the program. A program that can't be started is an error that
// wraps the system's (fs.ErrNotExist, fs.ErrPermission, …).
func Start(cfg Config) (*Child, error) {
	cmd := exec.Command(cfg.Path, cfg.Args...)
	if cfg.Name != "" {
		cmd.Args[0] = cfg.Name
	}
	cmd.Dir, cmd.Env = cfg.Dir, cfg.Env
	// Pipes of our own: exec's are closed by Wait before the last lines are read.
	var p pipes
	if err := p.open(); err != nil {
		p.close()
		return nil, fmt.Errorf("opening pipes: %w", err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p[0], p[3], p[5]
	setGroup(cmd)
	if err := cmd.Start(); err != nil {
		p.close()
		return nil, err
	}
	for _, i := range []int{0, 3, 5} {
		p[i].Close()
	}
	c := &Child{
		cmd: cmd, group: newGroup(cmd.Process), stdin: p[1], stdout: p[2],
		lines: newLineReader(p[2], cfg.MaxLine), grace: cfg.Grace,
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	if c.grace <= 0 {
		c.grace = DefaultGrace
	}
	logged := make(chan struct{})
	go c.copyStderr(p[4], cfg.Stderr, logged)
	go c.writeLoop()
	go c.wait(p[4], logged)
	return c, nil
}

// pipes are the read and write ends of stdin, stdout and stderr.
type pipes [6]*os.File

func (p *pipes) open() (err error) {
	for i := 0; i < len(p); i += 2 {
		if p[i], p[i+1], err = os.Pipe(); err != nil {
			return err
		}
	}
	return nil
}

func (p *pipes) close() {
	for _, f := range p {
		if f != nil {
			f.Close()
		}
	}
}

// Write queues one line; the newline is added. It never waits for the child:
// what is queued is bounded by what the caller has in flight. Lines queued
// while an earlier write is under way go out together.
func (c *Child) Write(line []byte) error {
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return ErrStopped
	}
	c.pending = append(append(c.pending, line...), '\n')
	c.mu.Unlock()
	c.signal()
	return nil
}

func (c *Child) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// keepBuffer is the largest write buffer that is used again.
const keepBuffer = 1 << 20

func (c *Child) writeLoop() {
	defer c.stdin.Close()
	var buf []byte
	for range c.wake {
		c.mu.Lock()
		buf, c.pending = c.pending, buf[:0]
		closing := c.closing
		c.mu.Unlock()
		if len(buf) > 0 {
			// A child that closed its stdin may still answer: its end is seen on stdout.
			c.stdin.Write(buf)
		}
		if closing {
			return
		}
		if cap(buf) > keepBuffer {
			buf = nil
		}
	}
}

// ReadLine returns the next line of stdout without its newline, valid until
// the next call. io.EOF means that no more can come. ErrLineTooLong comes with
// the beginning of a line longer than MaxLine, whose rest is skipped by the
// next call; ErrEndlessLine when that rest has no end.
func (c *Child) ReadLine() ([]byte, error) {
	line, err := c.lines.next()
	if errors.Is(err, os.ErrClosed) {
		err = io.EOF
	}
	return line, err
}

// Done is closed when the program has ended and its group was killed.
func (c *Child) Done() <-chan struct{} { return c.done }

// Status says how the program ended, e.g. "exit status 1" or "signal: killed";
// "" while it runs.
func (c *Child) Status() string {
	select {
	case <-c.done:
		return c.status
	default:
		return ""
	}
}

// LastStderr returns the last lines of stderr, at most 20.
func (c *Child) LastStderr() []string { return c.tail.last() }

// Kill ends the program and its children at once, and does not wait.
func (c *Child) Kill() {
	c.closeStdin()
	c.signalGroup(group.kill)
}

// Stop closes stdin after what was queued, waits up to Grace for the program
// to end, asks it to terminate, waits again, and kills the group. It returns
// when the program is gone. What it still writes to stdout is dropped unless
// ReadLine takes it.
func (c *Child) Stop() {
	c.closeStdin()
	if !c.ended() {
		c.signalGroup(group.terminate)
		if !c.ended() {
			c.signalGroup(group.kill)
		}
	}
	<-c.done
}

func (c *Child) signalGroup(send func(group)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.reaped {
		send(c.group)
	}
}

func (c *Child) ended() bool {
	timer := time.NewTimer(c.grace)
	defer timer.Stop()
	select {
	case <-c.done:
		return true
	case <-timer.C:
		return false
	}
}

func (c *Child) closeStdin() {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	c.signal()
}

// wait reaps the program, kills what is left of its group, and sees to it that
// no pipe stays open.
func (c *Child) wait(stderr *os.File, logged <-chan struct{}) {
	err := c.cmd.Wait()
	c.signalGroup(group.kill)
	c.mu.Lock()
	c.reaped = true
	c.mu.Unlock()
	c.group.release()
	c.closeStdin()
	c.stdin.Close() // frees a write that is stuck in a full pipe
	c.status = "exit status 0"
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		c.status = exit.Error()
	} else if err != nil {
		c.status = err.Error()
	}
	// The pipes are at their end unless a grandchild escaped with them.
	time.AfterFunc(drainTime, func() { c.stdout.Close() })
	select {
	case <-logged:
	case <-time.After(drainTime):
		stderr.Close()
		<-logged
	}
	close(c.done)
}
