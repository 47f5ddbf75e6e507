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

// comfyTicket is what a server knows a queued job by. A job that is sent again under
// its ID has another number, so that what the history says of the first time is
// not taken for the second.
type comfyTicket struct {
	id     string
	number *float64 // nil = unknown: any
}

// run queues a job and waits for its image.
func (c *ComfyUI) run(ctx context.Context, id string, p comfyPrompt, lowered json.RawMessage) (pipeline.Asset, error) {
	wake, unwatch := c.events.watch(ctx, id)
	defer unwatch()
	payload, err := c.payload(id, lowered)
	if err != nil {
		return pipeline.Asset{}, err
	}
	k, sends, err := c.submit(ctx, payload)
	if err != nil && sends > 0 {
		k, err = c.afterBadSubmit(ctx, id, err)
	}
	if err != nil {
		return pipeline.Asset{Sends: sends}, err
	}
	if k.id != id {
		// An old server gives IDs of its own.
		unwatch()
		wake, unwatch = c.events.watch(ctx, k.id)
		defer unwatch()
	}
	entry, err := c.await(ctx, k, wake)
	if err != nil {
		return pipeline.Asset{Sends: 1, Recipe: map[string]string{"prompt_id": k.id}}, c.gaveUp(ctx, k, err)
	}
	a, err := c.collect(ctx, k.id, entry, p.Prompt, p.Targets[0])
	a.Sends = 1
	if ctx.Err() != nil && err != nil {
		err = c.gaveUp(ctx, k, err)
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

// submit queues a job. sends is 1 as soon as it may have gone out.
func (c *ComfyUI) submit(ctx context.Context, payload []byte) (k comfyTicket, sends int, err error) {
	a, err := c.sendAs(ctx, c.route(http.MethodPost, "/prompt", nil), payload, func(resp *http.Response, buf *bytes.Buffer) (pipeline.Asset, error) {
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
		}
		k = comfyTicket{said.ID, said.Number}
		if len(said.NodeErrors) > 0 {
			// The rest of the graph is queued: it would make half of what was asked.
			c.withdraw(k)
			return pipeline.Asset{}, fmt.Errorf("%s left out a part of the workflow, so the job was taken back: %s", c.name, c.redact(said.text()))
		}
		return pipeline.Asset{}, nil
	})
	return k, a.Sends, err
}

// submitted is the reply of /prompt.
type submitted struct {
	ID     string   `json:"prompt_id"`
	Number *float64 `json:"number"`
	Error  *struct {
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
// failed: the server is asked. Else the error is final, and Ambiguous only when
// the server could not be asked.
func (c *ComfyUI) afterBadSubmit(ctx context.Context, id string, failed error) (comfyTicket, error) {
	k := comfyTicket{id: id}
	var tr *pipeline.Transient
	if !errors.As(failed, &tr) || tr.Limited || tr.Overload && tr.RetryAfter > 0 {
		return k, failed
	}
	if ctx.Err() != nil {
		return k, c.gaveUp(ctx, k, failed)
	}
	for try := range 3 {
		if try > 0 && !pause(ctx, settleTime) {
			return k, c.gaveUp(ctx, k, failed)
		}
		there, err := c.known(ctx, &k)
		switch {
		case err != nil:
			return k, failed // as ambiguous as it was
		case there:
			return k, nil
		}
	}
	if !c.keepsIDs(ctx) {
		return k, failed
	}
	// The server answers, and has no such job.
	return k, &pipeline.Transient{Err: failed, RetryAfter: tr.RetryAfter, Overload: tr.Overload}
}

// known reports whether the queue has a job, whose number it notes, or the
// history its success. A failure there may be that of an earlier time.
func (c *ComfyUI) known(ctx context.Context, k *comfyTicket) (bool, error) {
	number, there, err := c.inQueue(ctx, k.id, time.Now())
	if err != nil || there {
		k.number = number
		return there, err
	}
	entry, err := c.history(ctx, *k)
	if err != nil || entry == nil {
		return false, err
	}
	failed, _ := entry.failure()
	return failed == nil, nil
}
