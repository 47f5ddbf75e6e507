package generators

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// Reached reports whether the model has ever answered anything.
func (m *Model) Reached() bool {
	if m.program != nil {
		return m.program.Reached()
	}
	return m.reached.Load()
}

// Warnings lists what was odd so far, for people.
func (m *Model) Warnings() []string {
	if m.program != nil {
		return m.program.Warnings()
	}
	return nil
}

// Close drops idle connections, or stops the program.
func (m *Model) Close() error {
	if m.program != nil {
		return m.program.Close()
	}
	m.close()
	return nil
}

// Generate makes one attempt to answer r.Chat, or r.Messages and r.Input where
// Chat is nil. An output that was to be JSON, and is, comes as JSON too; one
// that is not stays a text, for a validator to judge.
//
// A call that is held back and ends before it is sent has Sends 0. Failures
// are those of HTTP, and *pipeline.Unusable also says that no credit is left
// and that there is no such model.
func (m *Model) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	if ctx.Err() != nil {
		return pipeline.Asset{}, context.Cause(ctx)
	}
	chat := m.chat(&r)
	if m.program != nil {
		r.Chat = chat
		a, err := m.program.Generate(ctx, r)
		return finished(chat, a, err)
	}
	payload, err := m.format.encode(m.name, chat, m.stream)
	if err != nil {
		return pipeline.Asset{}, err
	}
	t, err := m.pacer.enter(ctx, size{payload: len(payload), maxOutput: chat.Config.MaxOutputTokens})
	if err != nil {
		return pipeline.Asset{}, err
	}
	if m.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, m.timeout)
		defer cancel()
	}
	a, err := m.send(ctx, payload, func(resp *http.Response, buf *bytes.Buffer) (pipeline.Asset, error) {
		m.pacer.report(t, resp.Header, time.Now())
		return m.take(resp, buf)
	})
	m.pacer.leave(t, a.Usage, err)
	return finished(chat, a, err)
}

// take reads a reply, whole or streamed.
func (m *Model) take(resp *http.Response, buf *bytes.Buffer) (pipeline.Asset, error) {
	if m.stream && resp.StatusCode >= 200 && resp.StatusCode <= 299 && streams(resp.Header.Get("Content-Type")) {
		a, err := readStream(resp.Body, m.format.events())
		return a, m.explained(resp, err)
	}
	if err := readBody(buf, resp); err != nil {
		return pipeline.Asset{}, err
	}
	return m.result(resp, buf.Bytes(), m.format.decode)
}

// streams reports a content type that may hold events. Some servers ignore the
// wish for a stream and answer as a whole.
func streams(contentType string) bool {
	return !strings.Contains(contentType, "json") && !strings.Contains(contentType, "html")
}

// chat is what the model is asked, with the defaults filled in.
func (m *Model) chat(r *pipeline.Request) *pipeline.Chat {
	var c pipeline.Chat
	if r.Chat != nil {
		c = *r.Chat
	} else {
		c.Messages = r.Messages
		if r.Input != "" || len(r.Messages) == 0 {
			c.Messages = append(r.Messages[:len(r.Messages):len(r.Messages)], pipeline.Message{Role: "user", Content: r.Input})
		}
	}
	c.Config = withDefaults(c.Config, m.defaults)
	return &c
}

// withDefaults fills in what c leaves open.
func withDefaults(c, d pipeline.Config) pipeline.Config {
	if c.Temperature == nil {
		c.Temperature = d.Temperature
	}
	if c.TopP == nil {
		c.TopP = d.TopP
	}
	if c.TopK == nil {
		c.TopK = d.TopK
	}
	if c.MaxOutputTokens == 0 {
		c.MaxOutputTokens = d.MaxOutputTokens
	}
	if c.StopSequences == nil {
		c.StopSequences = d.StopSequences
	}
	if c.Seed == nil {
		c.Seed = d.Seed
	}
	if c.TopLogprobs == 0 {
		c.TopLogprobs = d.TopLogprobs
	}
	if len(d.Extra) > 0 {
		extra := make(map[string]any, len(c.Extra)+len(d.Extra))
		for k, v := range d.Extra {
			extra[k] = v
		}
		for k, v := range c.Extra {
			extra[k] = v
		}
		c.Extra = extra
	}
	return c
}

// finished completes an answer. A failed call has no text.
func finished(c *pipeline.Chat, a pipeline.Asset, err error) (pipeline.Asset, error) {
	switch {
	case err != nil:
		a.Text, a.JSON, a.ToolCalls, a.Logprobs = "", nil, nil, nil
	case (c.JSON || !isNull(c.Schema)) && a.JSON == nil && json.Valid([]byte(a.Text)):
		a.Text, a.JSON = textOf(bytes.TrimSpace([]byte(a.Text)))
	}
	return a, err
}
