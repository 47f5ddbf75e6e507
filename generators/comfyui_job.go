package generators

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// ask makes one call and returns the whole reply of a status of 2xx.
func (c *ComfyUI) ask(ctx context.Context, method, path string, query url.Values, payload any) ([]byte, error) {
	var body []byte
	if payload != nil {
		var err error
		if body, err = json.Marshal(payload); err != nil {
			return nil, err
		}
	}
	var reply []byte
	_, err := c.sendAs(ctx, c.route(method, path, query), body, func(resp *http.Response, buf *bytes.Buffer) (pipeline.Asset, error) {
		if err := readBody(buf, resp); err != nil {
			return pipeline.Asset{}, err
		}
		if resp.StatusCode < 200 || resp.StatusCode > 299 {
			return pipeline.Asset{}, c.refusal(resp, buf.Bytes())
		}
		reply = bytes.Clone(buf.Bytes())
		return pipeline.Asset{}, nil
	})
	return reply, err
}

// run queues a job and waits for its image.
func (c *ComfyUI) run(ctx context.Context, id string, p comfyPrompt, lowered json.RawMessage) (pipeline.Asset, error) {
	wake, unwatch := c.events.watch(ctx, id)
	defer unwatch()
	payload, err := c.payload(id, lowered)
	if err != nil {
		return pipeline.Asset{}, err
	}
	asset, err := c.submit(ctx, id, payload)
	if err != nil {
		if asset.Sends == 0 {
			return asset, err
		}
		if asset, err = c.afterBadSubmit(ctx, id, err); err != nil {
			return asset, err
		}
	}
	if own := asset.Recipe["prompt_id"]; own != id {
		// An old server gives IDs of its own.
		unwatch()
		id = own
		wake, unwatch = c.events.watch(ctx, id)
		defer unwatch()
	}
	entry, err := c.await(ctx, id, wake)
	if err != nil {
		return pipeline.Asset{Sends: 1, Recipe: asset.Recipe}, c.gaveUp(ctx, id, err)
	}
	a, err := c.collect(ctx, id, entry, p.Prompt, p.Targets[0])
	a.Sends = 1
	if ctx.Err() != nil && err != nil {
		err = c.gaveUp(ctx, id, err)
	}
	return a, err
}

// payload is the body of /prompt.
func (c *ComfyUI) payload(id string, lowered json.RawMessage) ([]byte, error) {
	var body map[string]json.RawMessage
	if err := json.Unmarshal(lowered, &body); err != nil {
		return nil, fmt.Errorf("reading the lowered job: %w", err)
	}
	body = maps.Clone(body)
	body["client_id"], _ = json.Marshal(c.clientID)
	body["prompt_id"], _ = json.Marshal(id)
	return json.Marshal(body)
}

// submit queues a job. Recipe["prompt_id"] is the ID that the server gave it.
func (c *ComfyUI) submit(ctx context.Context, id string, payload []byte) (pipeline.Asset, error) {
	return c.sendAs(ctx, c.route(http.MethodPost, "/prompt", nil), payload, func(resp *http.Response, buf *bytes.Buffer) (pipeline.Asset, error) {
		if err := readBody(buf, resp); err != nil {
			return pipeline.Asset{}, err
		}
		said, ok := parseSubmitted(buf.Bytes())
		switch {
		case resp.StatusCode == http.StatusBadRequest && ok:
			return pipeline.Asset{}, fmt.Errorf("%s refused the workflow: %s", c.name, c.redact(said.text()))
		case resp.StatusCode < 200 || resp.StatusCode > 299:
			return pipeline.Asset{}, c.refusal(resp, buf.Bytes())
		case !ok || said.ID == "":
			return pipeline.Asset{}, fmt.Errorf("%s is no ComfyUI server: POST /prompt gave no prompt_id, but %s", c.name, excerpt([]byte(c.redact(buf.String())), 120))
		case len(said.NodeErrors) > 0:
			// The rest of the graph is queued: it would make half of what was asked.
			c.withdraw(said.ID)
			return pipeline.Asset{}, fmt.Errorf("%s left out a part of the workflow, so the job was taken back: %s", c.name, c.redact(said.text()))
		}
		return pipeline.Asset{Recipe: map[string]string{"prompt_id": said.ID}}, nil
	})
}

// submitted is the reply of /prompt.
type submitted struct {
	ID    string `json:"prompt_id"`
	Error *struct {
		Message string `json:"message"`
		Details string `json:"details"`
	} `json:"error"`
	NodeErrors map[string]struct {
		Class  string `json:"class_type"`
		Errors []struct {
			Message string `json:"message"`
			Details string `json:"details"`
		} `json:"errors"`
	} `json:"-"`
	RawErrors json.RawMessage `json:"node_errors"` // an empty list on some versions
}

func parseSubmitted(body []byte) (submitted, bool) {
	var s submitted
	if json.Unmarshal(body, &s) != nil {
		return s, false
	}
	if len(s.RawErrors) > 0 && s.RawErrors[0] == '{' && json.Unmarshal(s.RawErrors, &s.NodeErrors) != nil {
		return s, false
	}
	return s, s.ID != "" || s.Error != nil
}

// text tells all complaints.
func (s *submitted) text() string {
	var parts []string
	if s.Error != nil {
		parts = append(parts, strings.TrimSpace(s.Error.Message+" "+s.Error.Details))
	}
	for _, id := range slices.Sorted(maps.Keys(s.NodeErrors)) {
		n := s.NodeErrors[id]
		for _, e := range n.Errors {
			parts = append(parts, fmt.Sprintf("node %s (%s): %s: %s", id, n.Class, e.Message, e.Details))
		}
	}
	return excerpt([]byte(strings.Join(parts, "; ")), 800)
}

// settleTime is how long a job that was sent may take to show up.
const settleTime = 150 * time.Millisecond

// afterBadSubmit finds out whether a job was queued although its submission
// failed: the server is asked. The asset is that of a queued job; else the error
// is final, and Ambiguous only when the server could not be asked.
func (c *ComfyUI) afterBadSubmit(ctx context.Context, id string, failed error) (pipeline.Asset, error) {
	sent := pipeline.Asset{Sends: 1}
	var tr *pipeline.Transient
	if !errors.As(failed, &tr) || tr.Limited || tr.Overload && tr.RetryAfter > 0 {
		return sent, failed
	}
	if ctx.Err() != nil {
		return sent, c.gaveUp(ctx, id, failed)
	}
	for try := range 3 {
		if try > 0 && !pause(ctx, settleTime) {
			return sent, c.gaveUp(ctx, id, failed)
		}
		there, err := c.known(ctx, id)
		switch {
		case err != nil:
			return sent, failed // as ambiguous as it was
		case there:
			return pipeline.Asset{Sends: 1, Recipe: map[string]string{"prompt_id": id}}, nil
		}
	}
	if !c.keepsIDs(ctx) {
		return sent, failed
	}
	// The server answers, and has no such job.
	return sent, &pipeline.Transient{Err: failed, RetryAfter: tr.RetryAfter, Overload: tr.Overload}
}

// known reports whether history or queue have a job.
func (c *ComfyUI) known(ctx context.Context, id string) (bool, error) {
	where, _, err := c.locate(ctx, id, time.Now())
	return where != nowhere, err
}

// pause waits; false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// errLost says that the server no longer knows a job.
var errLost = errors.New("the server no longer knows the job: it was restarted, or its queue and history were cleared")

// await waits until the history has the job. Events only say when to look.
func (c *ComfyUI) await(ctx context.Context, id string, wake <-chan bool) (*comfyEntry, error) {
	queuedAt, heard := time.Now(), time.Now()
	missing := 0
	for {
		select {
		case final := <-wake:
			// The event comes before the history knows.
			if e := c.soon(ctx, id, final); e != nil {
				return e, nil
			}
		case <-time.After(c.cfg.Poll):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		where, entry, err := c.locate(ctx, id, later(queuedAt, time.Now().Add(-c.cfg.Poll/2)))
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			var unusable *pipeline.Unusable
			if errors.As(err, &unusable) {
				return nil, err
			}
			if out := time.Since(heard); out > c.cfg.Patience {
				return nil, &pipeline.Transient{Ambiguous: true, Err: fmt.Errorf("the job is queued, and for %s the server could not be asked about it: %w", seconds(out.Round(time.Second)), err)}
			}
			continue
		case where == inHistory:
			return entry, nil
		case where == inQueue:
			missing = 0
		default:
			if missing++; missing >= 2 {
				return nil, &pipeline.Transient{Err: fmt.Errorf("calling %s: %w", c.name, errLost)}
			}
			queuedAt = time.Now() // the next look is a fresh one
		}
		heard = time.Now()
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// soon looks into the history a few times within a second, if it is certain
// that the job is over.
func (c *ComfyUI) soon(ctx context.Context, id string, final bool) *comfyEntry {
	if !final {
		return nil
	}
	for wait := 5 * time.Millisecond; wait < 500*time.Millisecond; wait *= 2 {
		if e, err := c.history(ctx, id); err != nil || e != nil {
			return e
		}
		if !pause(ctx, wait) {
			return nil
		}
	}
	return nil
}

// gaveUp takes a job back when ctx ended before it was done, and says so.
func (c *ComfyUI) gaveUp(ctx context.Context, id string, err error) error {
	if ctx.Err() == nil {
		return err
	}
	gone := c.withdraw(id)
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("waiting for %s: %w", c.name, context.Cause(ctx))
	}
	what := "it was taken back"
	if !gone {
		what = "it may still be made"
	}
	return &pipeline.Transient{Ambiguous: !gone, Err: fmt.Errorf("no image from %s in time (%s); raise --timeout: %w", c.name, what, context.DeadlineExceeded)}
}

// withdraw takes the own job out of the queue, or interrupts it where that can
// be done to this one job alone. It reports whether the server has certainly
// stopped working on it.
func (c *ComfyUI) withdraw(id string) (gone bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if _, err := c.ask(ctx, http.MethodPost, "/queue", nil, map[string]any{"delete": []string{id}}); err != nil {
		return false
	}
	where, _, err := c.locate(ctx, id, time.Now())
	if err != nil || where == inHistory {
		return false
	}
	if where == nowhere {
		return true
	}
	if !c.interruptsOne(ctx) {
		return false
	}
	if _, err := c.ask(ctx, http.MethodPost, "/interrupt", nil, map[string]any{"prompt_id": id}); err != nil {
		return false
	}
	for range 10 {
		if where, _, err := c.locate(ctx, id, time.Now()); err == nil && where != inQueue {
			return true
		}
		if !pause(ctx, 50*time.Millisecond) {
			break
		}
	}
	return false
}
