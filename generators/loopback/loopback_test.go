package loopback

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func newServer(t *testing.T, opts Options, handle func(*Call)) *Server {
	t.Helper()
	s, err := New(opts, handle)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func post(t *testing.T, s *Server, body string) (string, error) {
	t.Helper()
	resp, err := http.Post(s.URL(), "text/plain", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

func TestCalls(t *testing.T) {
	arrived := make(chan struct{}, 3)
	release := make(chan struct{})
	s := newServer(t, Options{MaxBody: 5}, func(c *Call) {
		if string(c.Body) == "wait" {
			arrived <- struct{}{}
			<-release
		}
		if c.TooLarge {
			c.Write([]byte("too large"))
			return
		}
		c.Bill()
		c.Drip(c.Body, 3, time.Millisecond)
	})
	for body, want := range map[string]string{"": "", "12345": "12345", "123456": "too large"} {
		if got, err := post(t, s, body); err != nil || got != want {
			t.Errorf("%q: %q, %v", body, got, err)
		}
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { post(t, s, "wait") })
	}
	for range 3 {
		<-arrived
	}
	close(release)
	wg.Wait()
	if s.Received() != 6 || s.Billed() != 5 || s.MaxInFlight() != 3 {
		t.Errorf("received %d, billed %d, most in flight %d", s.Received(), s.Billed(), s.MaxInFlight())
	}
}

func TestCuts(t *testing.T) {
	for name, handle := range map[string]func(*Call){
		"before":     func(c *Call) { c.Cut() },
		"in a reply": func(c *Call) { c.Send([]byte("half")); c.Cut() },
	} {
		s := newServer(t, Options{}, handle)
		if got, err := post(t, s, "a"); err == nil || s.Received() != 1 {
			t.Errorf("%s: %q without an error, received %d", name, got, s.Received())
		}
	}
	s := newServer(t, Options{CutAccept: func(n int64) bool { return n == 1 }}, func(*Call) {})
	if _, err := post(t, s, "a"); err == nil || s.Received() != 0 {
		t.Errorf("cut at accept: %v, received %d", err, s.Received())
	}
	if _, err := post(t, s, "a"); err != nil {
		t.Errorf("the connection after the cut one: %v", err)
	}
}

func TestStopEndsHangingCallsAndStartsAgain(t *testing.T) {
	hung := make(chan struct{})
	ended := make(chan struct{})
	s := newServer(t, Options{}, func(c *Call) {
		if c.N == 1 {
			close(hung)
			c.Hang()
			close(ended)
		}
	})
	url := s.URL()
	go post(t, s, "a")
	<-hung
	s.Stop()
	<-ended
	if _, err := post(t, s, "a"); err == nil {
		t.Error("a stopped server answered")
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := post(t, s, "a"); err != nil || s.URL() != url {
		t.Errorf("%s: %v", s.URL(), err)
	}
}

func TestAllowance(t *testing.T) {
	a := Allowance{PerSecond: 2}
	at := time.Unix(100, 300_000_000)
	for i, want := range []int{1, 0, -1, -2} {
		left, reset := a.Take(at)
		if left != want || !reset.Equal(time.Unix(101, 0)) {
			t.Errorf("call %d: %d left, reset at %v", i, left, reset)
		}
	}
	if left, _ := a.Take(at.Add(time.Second)); left != 1 {
		t.Errorf("%d left in the next second", left)
	}
}
