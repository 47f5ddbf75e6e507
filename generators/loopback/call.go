package loopback

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// Call is one call under way, read completely.
type Call struct {
	http.ResponseWriter
	Request  *http.Request
	Body     []byte
	N        int64 // 1 for the first call that the server received
	TooLarge bool  // Body holds but the beginning
	server   *Server
}

// Bill counts the call as carried out.
func (c *Call) Bill() { c.server.billed.Add(1) }

// Send writes b at once, in its own chunk.
func (c *Call) Send(b []byte) {
	c.Write(b)
	http.NewResponseController(c).Flush()
}

// Drip sends b in pieces with a pause after each; false when the caller went
// away.
func (c *Call) Drip(b []byte, pieces int, pause time.Duration) bool {
	size := len(b)/max(pieces, 1) + 1
	for len(b) > 0 {
		n := min(size, len(b))
		c.Send(b[:n])
		b = b[n:]
		if !c.Wait(pause) {
			return false
		}
	}
	return true
}

// Cut resets the connection, also in the middle of a reply. Nothing can be
// written after it.
func (c *Call) Cut() {
	conn, _, err := http.NewResponseController(c).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

// Hang waits until the caller gives up, or the server stops.
func (c *Call) Hang() { <-c.Request.Context().Done() }

// Wait waits for d; false when the caller goes away first.
func (c *Call) Wait(d time.Duration) bool {
	if d <= 0 {
		return c.Request.Context().Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.Request.Context().Done():
		return false
	}
}

// Unwrap lets http.ResponseController see the writer within.
func (c *Call) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// Allowance hands out a number of calls for every second of the clock. It is
// safe for concurrent use.
type Allowance struct {
	PerSecond int // 0 = any number

	mu     sync.Mutex
	second int64
	used   int
}

// Take takes one call at the time now. It returns what is left of this second,
// less than 0 when there was nothing to take, and when the next second begins.
func (a *Allowance) Take(now time.Time) (left int, reset time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := now.Unix(); s != a.second {
		a.second, a.used = s, 0
	}
	a.used++
	return a.PerSecond - a.used, time.Unix(now.Unix()+1, 0)
}
