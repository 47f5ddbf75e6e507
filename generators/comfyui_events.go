package generators

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// comfyEvents is the event socket, one for all jobs. It only says when to look
// into the history; nothing is lost when it is silent. It is open while jobs
// wait.
type comfyEvents struct {
	c *ComfyUI

	mu      sync.Mutex
	waiting map[string]chan bool // by prompt ID; true = it is over
	running bool
	ready   chan struct{} // closed when the first attempt to connect is over
	opened  int           // sockets so far
	stop    context.CancelFunc
	closed  bool
	gone    sync.WaitGroup
}

func newComfyEvents(c *ComfyUI) *comfyEvents {
	return &comfyEvents{c: c, waiting: map[string]chan bool{}}
}

// readyTime bounds the wait for the socket before a job is queued.
const readyTime = 2 * time.Second

// watch returns a channel that gets true when a job is said to be over, and false
// when something may have been missed. It waits a moment for the socket, so that the first event is not missed.
func (e *comfyEvents) watch(ctx context.Context, id string) (wake <-chan bool, unwatch func()) {
	ch := make(chan bool, 1)
	e.mu.Lock()
	e.waiting[id] = ch
	if !e.running && !e.closed {
		run, stop := context.WithCancel(context.Background())
		e.running, e.stop, e.ready = true, stop, make(chan struct{})
		e.gone.Go(func() { e.run(run, e.ready) })
	}
	ready := e.ready
	e.mu.Unlock()
	if ready != nil {
		timer := time.NewTimer(readyTime)
		defer timer.Stop()
		select {
		case <-ready:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return ch, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.waiting[id] == ch {
			delete(e.waiting, id)
		}
	}
}

func (e *comfyEvents) close() {
	e.mu.Lock()
	e.closed = true
	if e.stop != nil {
		e.stop()
	}
	e.mu.Unlock()
	e.gone.Wait()
}

// idle reports whether nobody waits; then the socket's end is settled.
func (e *comfyEvents) idle() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.waiting) == 0 {
		e.running = false
	}
	return !e.running
}

// run keeps the socket open until nobody has waited for a while. ready is
// closed after the first attempt.
func (e *comfyEvents) run(ctx context.Context, ready chan struct{}) {
	first := sync.OnceFunc(func() { close(ready) })
	defer first()
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		if e.listen(ctx, first) {
			wait = 100 * time.Millisecond
		}
		first()
		if ctx.Err() != nil || e.idle() || !pause(ctx, wait) {
			return
		}
	}
}

// maxFrame bounds an event in bytes; previews are images.
const maxFrame = 32 << 20

// listen opens the socket and reads it to its end: an error, or a silence, which
// on a socket that looks alive means that its server has forgotten it. It
// reports whether anything was read.
func (e *comfyEvents) listen(ctx context.Context, opened func()) (heard bool) {
	dial, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req := e.c.route(http.MethodGet, "/ws", url.Values{"clientId": {e.c.clientID}})
	conn, _, err := websocket.Dial(dial, req.URL.String(), &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: e.c.transport}, HTTPHeader: req.Header,
	})
	if err != nil {
		return false
	}
	// It has to be gone before the next one comes: the server forgets both else.
	defer conn.CloseNow()
	conn.SetReadLimit(maxFrame)
	e.mu.Lock()
	e.opened++
	e.mu.Unlock()
	opened()
	e.wakeAll() // what was said before was not heard
	for {
		read, cancel := context.WithTimeout(ctx, e.c.cfg.Silence)
		kind, data, err := conn.Read(read)
		cancel()
		if err != nil {
			return heard
		}
		heard = true
		if kind == websocket.MessageText {
			if id, final := parseEvent(data); final {
				e.wake(id)
			}
		}
	}
}

// parseEvent reads a text frame: whose it is, and whether the job is over.
func parseEvent(frame []byte) (id string, final bool) {
	var in struct {
		Type string `json:"type"`
		Data struct {
			ID   string          `json:"prompt_id"`
			Node json.RawMessage `json:"node"`
		} `json:"data"`
	}
	if json.Unmarshal(frame, &in) != nil {
		return "", false
	}
	switch in.Type {
	case "execution_success", "execution_error", "execution_interrupted":
		return in.Data.ID, in.Data.ID != ""
	case "executing":
		return in.Data.ID, in.Data.ID != "" && isNull(in.Data.Node)
	}
	return in.Data.ID, false
}

func (e *comfyEvents) wake(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.nudge(e.waiting[id], true)
}

func (e *comfyEvents) wakeAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ch := range e.waiting {
		e.nudge(ch, false)
	}
}

func (e *comfyEvents) nudge(ch chan bool, final bool) {
	select {
	case ch <- final:
	default: // nobody waits, or has been told
	}
}
