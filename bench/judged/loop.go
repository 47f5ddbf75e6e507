package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// loop is what the calls alone take on this machine now: so many posts of a
// judge's size, by as many workers as calls may be in flight.
func (b *bench) loop(calls int) (time.Duration, error) {
	b.judge.reset()
	body := []byte(`{"model":"grader","messages":[{"role":"system","content":"step:verdicts` + string(bytes.Repeat([]byte(" word"), 200)) + `"},{"role":"user","content":"Order 00000"}]}`)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: b.inFlight}}
	jobs, errs := make(chan struct{}), make(chan error, b.inFlight)
	var wait sync.WaitGroup
	began := time.Now()
	for range b.inFlight {
		wait.Go(func() {
			for range jobs {
				r, err := client.Post(b.judge.URL()+"/v1/chat/completions", "application/json", bytes.NewReader(body))
				if err == nil {
					_, err = io.Copy(io.Discard, r.Body)
					r.Body.Close()
				}
				if err != nil {
					select {
					case errs <- err:
					default:
					}
				}
			}
		})
	}
	for range calls {
		jobs <- struct{}{}
	}
	close(jobs)
	wait.Wait()
	took := time.Since(began)
	select {
	case err := <-errs:
		return 0, err
	default:
	}
	if b.judge.answered() != calls {
		return 0, fmt.Errorf("the loop got %d answers, not %d", b.judge.answered(), calls)
	}
	return took, nil
}
