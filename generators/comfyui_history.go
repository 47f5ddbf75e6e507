package generators

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// place is where a server has a job.
type place int

const (
	nowhere place = iota
	inQueue
	inHistory
)

// comfyEntry is a finished job as the history tells it.
type comfyEntry struct {
	Prompt  []json.RawMessage `json:"prompt"` // number, ID, workflow, extra data, outputs
	Outputs map[string]struct {
		Images []comfyFile `json:"images"`
		Gifs   []comfyFile `json:"gifs"` // videos of a common pack of nodes
	} `json:"outputs"`
	Status struct {
		Text      string              `json:"status_str"`
		Completed bool                `json:"completed"`
		Messages  [][]json.RawMessage `json:"messages"` // name and data of each event
	} `json:"status"`
}

// comfyFile is an image on the server.
type comfyFile struct {
	Name      string `json:"filename"`
	Subfolder string `json:"subfolder"`
	Type      string `json:"type"` // output, temp or input
}

// parseHistory finds a job in the reply of /history/{id}; nil when it is not
// there.
func parseHistory(body []byte, id string) (*comfyEntry, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, fmt.Errorf("the history is no JSON object: %w; it begins: %s", err, excerpt(body, 120))
	}
	raw, ok := all[id]
	if !ok {
		return nil, nil
	}
	var e comfyEntry
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, fmt.Errorf("the history of job %s can't be read: %w", id, err)
	}
	return &e, nil
}

// failure says why a job did not succeed; nil when it did. interrupted says that
// somebody ended it.
func (e *comfyEntry) failure() (err error, interrupted bool) {
	for _, m := range e.Status.Messages {
		if len(m) != 2 {
			continue
		}
		var event string
		if json.Unmarshal(m[0], &event) != nil {
			continue
		}
		switch event {
		case "execution_interrupted":
			return fmt.Errorf("the job was interrupted on the server"), true
		case "execution_error":
			var in struct {
				Node  any    `json:"node_id"`
				Class string `json:"node_type"`
				Kind  string `json:"exception_type"`
				Text  string `json:"exception_message"`
			}
			if json.Unmarshal(m[1], &in) == nil {
				return fmt.Errorf("node %v (%s) failed: %s: %s", in.Node, in.Class, in.Kind, excerpt([]byte(in.Text), 300)), false
			}
		}
	}
	if e.Status.Text == "error" || e.Status.Text != "" && e.Status.Text != "success" {
		return fmt.Errorf("the server reports the job as %q and gives no reason", e.Status.Text), false
	}
	return nil, false
}

// parseQueue lists the jobs that run or wait, with the numbers that they have.
func parseQueue(body []byte) (map[string]*float64, error) {
	var q struct {
		Running [][]json.RawMessage `json:"queue_running"`
		Pending [][]json.RawMessage `json:"queue_pending"`
	}
	if err := json.Unmarshal(body, &q); err != nil {
		return nil, fmt.Errorf("the queue can't be read: %w; it begins: %s", err, excerpt(body, 120))
	}
	if q.Running == nil || q.Pending == nil {
		return nil, fmt.Errorf("the queue can't be read: it begins: %s", excerpt(body, 120))
	}
	jobs := map[string]*float64{}
	for _, item := range slices.Concat(q.Running, q.Pending) {
		var id string
		if len(item) < 2 || json.Unmarshal(item[1], &id) != nil {
			continue
		}
		jobs[id] = nil
		var number float64
		if json.Unmarshal(item[0], &number) == nil {
			jobs[id] = &number
		}
	}
	return jobs, nil
}

// history finds a finished job; nil when there is none with that number.
func (c *ComfyUI) history(ctx context.Context, k comfyTicket) (*comfyEntry, error) {
	body, err := c.ask(ctx, http.MethodGet, "/history/"+url.PathEscape(k.id), nil, nil)
	if err != nil {
		return nil, err
	}
	e, err := parseHistory(body, k.id)
	if e == nil || err != nil || !e.numbered(k.number) {
		return nil, err
	}
	return e, nil
}

// numbered reports whether a job has a number, as far as both are known.
func (e *comfyEntry) numbered(want *float64) bool {
	var have float64
	if want == nil || len(e.Prompt) == 0 || json.Unmarshal(e.Prompt[0], &have) != nil {
		return true
	}
	return have == *want
}

// comfyQueue is the server's queue as last seen, shared by all who wait: with
// many jobs in it, it is a long reply.
type comfyQueue struct {
	lock chan struct{} // cap 1: who holds it may read and renew the rest
	at   time.Time     // when it was asked for
	jobs map[string]*float64
}

// inQueue reports whether a job runs or waits, as of notBefore or later, and its
// number.
func (c *ComfyUI) inQueue(ctx context.Context, id string, notBefore time.Time) (number *float64, there bool, err error) {
	select {
	case c.queue.lock <- struct{}{}:
		defer func() { <-c.queue.lock }()
	case <-ctx.Done():
		return nil, false, context.Cause(ctx)
	}
	if c.queue.at.Before(notBefore) {
		at := time.Now()
		body, err := c.ask(ctx, http.MethodGet, "/queue", nil, nil)
		if err != nil {
			return nil, false, err
		}
		jobs, err := parseQueue(body)
		if err != nil {
			return nil, false, err
		}
		c.queue.at, c.queue.jobs = at, jobs
	}
	number, there = c.queue.jobs[id]
	return number, there, nil
}

// locate finds a job: in the queue as of notBefore, else in the history. The
// queue is asked first: a job may only move from there to the history.
func (c *ComfyUI) locate(ctx context.Context, k comfyTicket, notBefore time.Time) (place, *comfyEntry, error) {
	_, queued, err := c.inQueue(ctx, k.id, notBefore)
	if err != nil || queued {
		return inQueue, nil, err
	}
	e, err := c.history(ctx, k)
	if err != nil || e == nil {
		return nowhere, nil, err
	}
	return inHistory, e, nil
}
