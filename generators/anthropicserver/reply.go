package anthropicserver

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// Reply is what the model says.
type Reply struct {
	Content    []Block
	StopReason string // "" = tool_use when a tool is called, else end_turn
	Details    *StopDetails
	Model      string // "" = as asked for
	Usage      Usage  // zero = words are counted
}

// StopDetails explain a refusal.
type StopDetails struct {
	Type        string `json:"type"`
	Category    string `json:"category"`
	Explanation string `json:"explanation"`
}

// Usage counts tokens; Input leaves out those that the cache had a part in.
type Usage struct {
	Input      int           `json:"input_tokens"`
	CacheWrite int           `json:"cache_creation_input_tokens"`
	CacheRead  int           `json:"cache_read_input_tokens"`
	Output     int           `json:"output_tokens"`
	Details    *UsageDetails `json:"output_tokens_details,omitempty"`
}

// UsageDetails split the output.
type UsageDetails struct {
	Thinking int `json:"thinking_tokens"`
}

// Text is a reply of one text.
func Text(text string) Reply { return Reply{Content: []Block{{Type: "text", Text: text}}} }

// message is a reply on the wire.
type message struct {
	ID           string           `json:"id"`
	Type         string           `json:"type"`
	Role         string           `json:"role"`
	Model        string           `json:"model"`
	Content      []map[string]any `json:"content"`
	StopReason   *string          `json:"stop_reason"`
	StopSequence *string          `json:"stop_sequence"`
	StopDetails  *StopDetails     `json:"stop_details"`
	Usage        Usage            `json:"usage"`
}

// send writes a reply, whole or streamed.
func (s *Server) send(c *loopback.Call, r *Request, reply Reply, fault Fault) {
	c.Bill()
	reply.complete(r, fault)
	if r.Stream {
		s.stream(c, reply, fault)
		return
	}
	if fault == Malformed {
		c.Header().Set("Content-Type", "text/html; charset=utf-8")
		c.Write([]byte("<html><body>Please sign in</body></html>"))
		return
	}
	m := reply.message(c)
	m.StopReason, m.StopDetails = &reply.StopReason, reply.Details
	for _, b := range reply.Content {
		m.Content = append(m.Content, b.wire())
	}
	body := append(encode(m), '\n')
	c.Header().Set("Content-Type", "application/json")
	switch fault {
	case CutReply:
		c.Header().Set("Content-Length", fmt.Sprint(len(body)))
		c.Send(body[:len(body)/2])
		c.Cut()
	case Drip:
		c.Drip(body, 5, dripPause)
	default:
		c.Write(body)
	}
}

const dripPause = 10 * time.Millisecond

// complete fills in what a reply leaves open, and what a fault makes of it.
func (p *Reply) complete(r *Request, fault Fault) {
	switch fault {
	case Refused:
		p.Content, p.StopReason = nil, "refusal"
		p.Details = &StopDetails{"refusal", "cyber", "This request asks for help with an attack."}
	case Truncated:
		p.StopReason, p.Content = "max_tokens", slices.Clone(p.Content)
		for i, b := range p.Content {
			p.Content[i].Text = b.Text[:len(b.Text)/2]
		}
	}
	for i, b := range p.Content {
		if b.Type == "thinking" && b.Signature == "" {
			p.Content = slices.Clone(p.Content)
			p.Content[i].Signature = Sign(b.Thinking)
		}
	}
	if p.StopReason == "" {
		p.StopReason = "end_turn"
		for _, b := range p.Content {
			if b.Type == "tool_use" {
				p.StopReason = "tool_use"
			}
		}
	}
	if p.Model == "" {
		p.Model = r.Model
	}
	if p.Usage == (Usage{}) {
		p.Usage.Input = max(r.words(), 1)
		for _, b := range p.Content {
			p.Usage.Output += words(b.Text) + len(b.Input)/4
		}
		p.Usage.Output = max(p.Usage.Output, 1)
	}
}

func (p *Reply) message(c *loopback.Call) *message {
	return &message{
		ID: fmt.Sprintf("msg_local%018d", c.N), Type: "message", Role: "assistant",
		Model: p.Model, Content: []map[string]any{}, Usage: p.Usage,
	}
}

// wire is a block with exactly the keys of its type.
func (b *Block) wire() map[string]any {
	switch b.Type {
	case "tool_use":
		return map[string]any{"type": b.Type, "id": b.ID, "name": b.Name, "input": b.Input}
	case "thinking":
		return map[string]any{"type": b.Type, "thinking": b.Thinking, "signature": b.Signature}
	case "redacted_thinking":
		return map[string]any{"type": b.Type, "data": b.Data}
	}
	return map[string]any{"type": b.Type, "text": b.Text}
}

// stream writes the events of a reply, in the order of the real API.
func (s *Server) stream(c *loopback.Call, p Reply, fault Fault) {
	c.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	c.Header().Set("Cache-Control", "no-cache")
	pause := time.Duration(0)
	if fault == Drip {
		pause = dripPause
	}
	event := func(name string, data any) bool {
		c.Send([]byte("event: " + name + "\ndata: " + string(encode(data)) + "\n\n"))
		return c.Wait(pause)
	}
	start := p.message(c)
	start.Usage.Output, start.Usage.Details = 1, nil
	event("message_start", map[string]any{"type": "message_start", "message": start})
	for i, b := range p.Content {
		event("content_block_start", map[string]any{"type": "content_block_start", "index": i, "content_block": b.empty()})
		if i == 0 {
			event("ping", map[string]string{"type": "ping"})
		}
		for j, delta := range b.deltas() {
			if j == 1 && s.breakOff(c, fault) {
				return
			}
			if !event("content_block_delta", map[string]any{"type": "content_block_delta", "index": i, "delta": delta}) {
				return
			}
		}
		event("content_block_stop", map[string]any{"type": "content_block_stop", "index": i})
	}
	if s.breakOff(c, fault) {
		return
	}
	event("message_delta", map[string]any{
		"type":  "message_delta",
		"delta": map[string]any{"stop_reason": p.StopReason, "stop_sequence": nil, "stop_details": p.Details},
		"usage": p.Usage,
	})
	event("message_stop", map[string]string{"type": "message_stop"})
}

// breakOff ends a stream early when the fault says so.
func (s *Server) breakOff(c *loopback.Call, fault Fault) bool {
	switch fault {
	case CutReply:
		c.Cut()
	case ErrorEvent:
		c.Send([]byte("event: error\ndata: " + string(s.errorObject(c, "overloaded_error", "Overloaded")) + "\n\n"))
	case Malformed:
		c.Send([]byte("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\n\n"))
	case EndEarly:
	default:
		return false
	}
	return true
}

// empty is a block as its stream begins.
func (b *Block) empty() map[string]any {
	start := Block{Type: b.Type, ID: b.ID, Name: b.Name, Input: json.RawMessage("{}"), Data: b.Data}
	return start.wire()
}

// deltas are the pieces of a block.
func (b *Block) deltas() (all []map[string]string) {
	add := func(kind, key, value string) { all = append(all, map[string]string{"type": kind, key: value}) }
	switch b.Type {
	case "tool_use":
		add("input_json_delta", "partial_json", "")
		for _, p := range pieces(string(b.Input)) {
			add("input_json_delta", "partial_json", p)
		}
	case "thinking":
		for _, p := range pieces(b.Thinking) {
			add("thinking_delta", "thinking", p)
		}
		add("signature_delta", "signature", b.Signature)
	case "redacted_thinking": // comes whole
	default:
		for _, p := range pieces(b.Text) {
			add("text_delta", "text", p)
		}
	}
	return all
}

// pieces cuts a text between characters, into at most about twenty.
func pieces(text string) (all []string) {
	size := max(len(text)/20, 5)
	for len(text) > 0 {
		n := min(size, len(text))
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n++
		}
		all = append(all, text[:n])
		text = text[n:]
	}
	return all
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil { // a reply with a tool_use whose input is no JSON: a mistake of the test
		panic(err)
	}
	return b
}
