package script

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/dlclark/regexp2/v2"
)

// ExitMemory is the exit status of a child that outgrew its limit.
const ExitMemory = 86

const (
	maxFrame    = 64 << 20
	gcPercent   = 200
	maxStack    = 64 << 20 // of native recursion; more ends the child
	minMemory   = 64 << 20
	argMemory   = "--memory="
	headroom    = 128 << 20 // mapped but not used
	softPercent = 80        // of the limit: there the collector works harder
)

// Serve is the child: it answers the frames of its stdin until that ends.
// args are those after the command's name. The result is the exit status.
func Serve(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	limit := int64(DefaultMemory)
	for _, a := range args {
		if text, ok := bytes.CutPrefix([]byte(a), []byte(argMemory)); ok {
			n, err := strconv.ParseInt(string(text), 10, 64)
			if err != nil || n < minMemory {
				fmt.Fprintf(stderr, "script-child: bad %s\n", a)
				return 2
			}
			limit = n
		}
	}
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(limit * softPercent / 100)
	debug.SetMaxStack(maxStack)
	limitData(2*limit + headroom)
	// A regular expression that runs out of its stack would count as one that
	// doesn't match; memory is what limits it here.
	regexp2.DefaultOptimizationOptions.MaxBacktrackingStackSize = -1

	c := &child{out: newOutbox(stdout), stderr: stderr, programs: map[string]*compiled{}}
	c.meter = newMeter(limit)
	c.out.send(frame{word: "hello"}) // before any answer
	ended := make(chan int, 4)
	frames := make(chan []byte, 64)
	go c.meter.watch(func() { ended <- ExitMemory })
	go func() { ended <- c.out.writeLoop() }()
	go readFrames(stdin, frames, ended)
	go c.run(frames, ended)
	return <-ended
}

// lastCalls is how long a child may work at what it has once its stdin ended.
const lastCalls = 2 * time.Second

// readFrames ends the child soon after its stdin, whatever is running.
func readFrames(stdin io.Reader, frames chan<- []byte, ended chan<- int) {
	r := bufio.NewReaderSize(stdin, 64<<10)
	for {
		line, err := readLine(r)
		if err != nil {
			close(frames)
			time.AfterFunc(lastCalls, func() { ended <- 0 })
			return
		}
		frames <- line
	}
}

// readLine returns a line of its own memory, without its end.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxFrame {
			return nil, fmt.Errorf("a frame of more than %d bytes", maxFrame)
		}
		line = append(line, part...)
		if err == nil {
			return line[:len(line)-1], nil
		}
		if err != bufio.ErrBufferFull {
			return nil, err
		}
	}
}

type child struct {
	out      *outbox
	stderr   io.Writer
	meter    *meter
	env      map[string]string
	programs map[string]*compiled
}

func (c *child) run(frames <-chan []byte, ended chan<- int) {
	for line := range frames {
		f, err := parseFrame(line)
		if err != nil {
			fmt.Fprintln(c.stderr, "script-child:", err)
			ended <- 2
			return
		}
		switch f.word {
		case "env":
			err = json.Unmarshal(f.body, &c.env)
		case "program":
			c.programs[f.digest] = compile(f.body)
		case "forget":
			clear(c.programs)
		case "call":
			c.out.send(c.call(f))
		case "bundle":
			c.out.send(bundleFrame(f))
		default:
			err = fmt.Errorf("a frame %q is not for a child", f.word)
		}
		if err != nil {
			fmt.Fprintln(c.stderr, "script-child:", err)
			ended <- 2
			return
		}
	}
	close(c.out.wake)
}

// outbox writes frames from one goroutine, so that an answer leaves while the
// next call runs, and many leave together.
type outbox struct {
	w       io.Writer
	mu      sync.Mutex
	pending []byte
	wake    chan struct{}
}

func newOutbox(w io.Writer) *outbox { return &outbox{w: w, wake: make(chan struct{}, 1)} }

func (o *outbox) send(f frame) {
	o.mu.Lock()
	o.pending = append(f.append(o.pending), '\n')
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// writeLoop ends when all is written and nothing follows, or nobody reads.
func (o *outbox) writeLoop() int {
	var buf []byte
	for more := true; more; {
		_, more = <-o.wake
		o.mu.Lock()
		buf, o.pending = o.pending, buf[:0]
		o.mu.Unlock()
		if _, err := o.w.Write(buf); err != nil {
			return 0
		}
		if cap(buf) > 1<<20 {
			buf = nil
		}
	}
	return 0
}
