package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/freeport"
)

// proxy is the network between the processes and the database: toxiproxy.
type proxy struct {
	at      string // where it listens for the database's clients
	control string
	server  *exec.Cmd
}

func newProxy(to string) (*proxy, error) {
	found := exec.Command("sh", "scripts/toxiproxy")
	path, err := found.Output()
	if err != nil {
		return nil, fmt.Errorf("scripts/toxiproxy (the bench is started at the root of the repository): %w", err)
	}
	control, err := freeport.Find()
	if err != nil {
		return nil, err
	}
	x := &proxy{control: fmt.Sprint("http://127.0.0.1:", control)}
	x.server = exec.Command(strings.TrimSpace(string(path)), "-host", "127.0.0.1", "-port", strconv.Itoa(control))
	if err := x.server.Start(); err != nil {
		return nil, err
	}
	port, err := freeport.Find()
	x.at = fmt.Sprint("127.0.0.1:", port)
	for end := time.Now().Add(10 * time.Second); err == nil; time.Sleep(50 * time.Millisecond) {
		err = x.post("POST", "/proxies", map[string]any{"name": "postgres", "listen": x.at, "upstream": to, "enabled": true})
		var op *net.OpError
		if err == nil || !errors.As(err, &op) || time.Now().After(end) {
			break
		}
		err = nil // it does not listen yet
	}
	if err != nil {
		x.close()
		return nil, err
	}
	return x, nil
}

func (x *proxy) close() {
	x.server.Process.Kill()
	x.server.Wait()
}

// enable lets connections through, or breaks all and allows none.
func (x *proxy) enable(on bool) error {
	return x.post("POST", "/proxies/postgres", map[string]any{"enabled": on})
}

// swallow keeps connections open, and lets nothing through in either direction.
func (x *proxy) swallow() error {
	for _, stream := range []string{"upstream", "downstream"} {
		err := x.post("POST", "/proxies/postgres/toxics", map[string]any{"name": stream, "type": "timeout", "stream": stream, "attributes": map[string]int{"timeout": 0}})
		if err != nil {
			return err
		}
	}
	return nil
}

// clear takes all trouble away.
func (x *proxy) clear() error { return x.post("POST", "/reset", nil) }

func (x *proxy) post(method, path string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(method, x.control+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode/100 != 2 {
		err = fmt.Errorf("toxiproxy: %s %s: %s: %s", method, path, answer.Status, text)
	}
	return err
}
