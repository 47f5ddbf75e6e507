package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// counter is a provider that answers after 50–200 ms and counts.
type counter struct {
	server *httptest.Server
	mu     sync.Mutex
	asked  map[string]int
}

func newCounter() *counter {
	c := &counter{asked: map[string]int{}}
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.FormValue("id")
		c.mu.Lock()
		c.asked[id]++
		c.mu.Unlock()
		time.Sleep(50*time.Millisecond + rand.N(150*time.Millisecond))
		io.WriteString(w, id)
	}))
	return c
}

func (c *counter) url() string { return c.server.URL }

func (c *counter) close() {
	c.server.CloseClientConnections()
	c.server.Close()
}

func (c *counter) calls() int {
	asked, repeated := c.sums()
	return asked + repeated
}

func (c *counter) sums() (asked, repeated int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.asked {
		repeated += n - 1
	}
	return len(c.asked), repeated
}

// client asks the counter.
type client struct{ url string }

func (g client) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	q, err := http.NewRequestWithContext(ctx, "GET", g.url+"?id="+url.QueryEscape(r.ID), nil)
	if err != nil {
		return pipeline.Asset{}, err
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return pipeline.Asset{}, &pipeline.Transient{Err: err, Ambiguous: true}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && string(text) != r.ID {
		err = fmt.Errorf("answered %q", text)
	}
	return pipeline.Asset{Text: string(text)}, err
}

// proxy is the network between the workers and the server.
type proxy struct {
	to, at string
	mu     sync.Mutex
	l      net.Listener
	open   map[net.Conn]bool
}

func newProxy(to string) (*proxy, error) {
	x := &proxy{to: to, at: "127.0.0.1:0", open: map[net.Conn]bool{}}
	err := x.mend()
	if err == nil {
		x.at = x.l.Addr().String()
	}
	return x, err
}

func (x *proxy) port() int { return x.l.Addr().(*net.TCPAddr).Port }

// cut breaks all connections, and allows no others.
func (x *proxy) cut() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.l.Close()
	for c := range x.open {
		c.Close()
	}
	clear(x.open)
}

// mend lets connections through again.
func (x *proxy) mend() (err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.l, err = net.Listen("tcp", x.at); err != nil {
		return err
	}
	go x.serve(x.l)
	return nil
}

func (x *proxy) serve(l net.Listener) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", x.to)
		if err != nil {
			in.Close()
			continue
		}
		x.mu.Lock()
		x.open[in], x.open[out] = true, true
		x.mu.Unlock()
		pass := func(a, b net.Conn) {
			io.Copy(a, b)
			a.Close()
			b.Close()
		}
		go pass(in, out)
		go pass(out, in)
	}
}
