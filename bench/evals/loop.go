package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"

	"github.com/GaboBase/arch-genops/internal/measure"
)

// bareLoop makes the calls and nothing else: no judging, no record. It is the
// floor under every harness written with net/http.
func bareLoop(url, path string, inFlight int) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var cases []testCase
	if err := json.Unmarshal(data, &cases); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = inFlight
	client := &http.Client{Transport: transport}
	var next atomic.Int64
	errs := make([]error, inFlight)
	var wait sync.WaitGroup
	for w := range inFlight {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(cases)) && errs[w] == nil; i = next.Add(1) - 1 {
				errs[w] = post(client, url, cases[i].Input)
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

func post(client *http.Client, url, text string) error {
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		return err
	}
	resp, err := client.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

func (b *bench) runLoop(s *stub) (measure.Usage, error) {
	return s.counted(b.cases, func() (measure.Usage, error) {
		u, err := runProcess(b.dir, nil, b.self, "--role", "loop", "--url", s.url+"/classify", "--file", b.casesFile(), "--inflight", fmt.Sprint(b.inFlight))
		if err == nil && u.Code != 0 {
			err = fmt.Errorf("the bare loop failed: %s", u.Stderr)
		}
		return u, err
	})
}
