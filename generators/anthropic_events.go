package generators

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/GaboBase/arch-genops/pipeline"
)

// anthropicEvents puts a streamed message together.
type anthropicEvents struct {
	reply  *anthropicReply // nil before message_start
	blocks []*anthropicGrowing
	done   bool
}

// anthropicGrowing is a block of content whose text or JSON comes in pieces.
type anthropicGrowing struct {
	anthropicPiece
	grown     []byte
	thinking  []byte
	signature string
}

// whole is the block when it has come.
func (b *anthropicGrowing) whole() anthropicPiece {
	p := b.anthropicPiece
	var key string
	var value any
	switch {
	case p.Type == "text":
		p.Text = string(b.grown)
		key, value = "text", p.Text
	case p.Type == "thinking":
		p.raw = withMembers(p.raw, "thinking", string(b.thinking), "signature", b.signature)
		return p
	case len(b.grown) > 0: // a call's arguments
		p.Input = b.grown
		key, value = "input", p.Input
	default:
		return p
	}
	p.raw = withMembers(p.raw, key, value)
	return p
}

// withMembers is an object with further members; what can't be written leaves it
// as it is, for the one who reads it to complain.
func withMembers(object json.RawMessage, more ...any) json.RawMessage {
	all := map[string]any{}
	if json.Unmarshal(object, &all) != nil {
		return object
	}
	for i := 0; i < len(more); i += 2 {
		all[more[i].(string)] = more[i+1]
	}
	if out, err := json.Marshal(all); err == nil {
		return out
	}
	return object
}

type anthropicEvent struct {
	Type    string          `json:"type"`
	Message *anthropicReply `json:"message"`       // message_start
	Index   int             `json:"index"`         // content_block_*
	Block   anthropicPiece  `json:"content_block"` // content_block_start
	Delta   struct {
		Type        string            `json:"type"` // of content_block_delta
		Text        string            `json:"text"`
		PartialJSON string            `json:"partial_json"`
		Thinking    string            `json:"thinking"`
		Signature   string            `json:"signature"`
		StopReason  string            `json:"stop_reason"` // of message_delta
		Details     *anthropicRefusal `json:"stop_details"`
	} `json:"delta"`
	Usage *anthropicUsage `json:"usage"` // message_delta; running totals
}

func (anthropicWire) events() eventReader { return &anthropicEvents{} }

func (s *anthropicEvents) event(name string, data []byte) (bool, error) {
	var e anthropicEvent
	if err := json.Unmarshal(data, &e); err != nil {
		return false, fmt.Errorf("the stream's event %.40q is not the JSON that was expected (%v): %s", name, err, excerpt(data, 200))
	}
	switch e.Type {
	case "error":
		err := errorOf(data)
		return true, &err
	case "message_start":
		if e.Message == nil || s.reply != nil {
			return false, errors.New("the stream holds not just one message_start with a message")
		}
		s.reply = e.Message
	case "content_block_start", "content_block_delta", "message_delta", "message_stop":
		if s.reply == nil {
			return false, fmt.Errorf("the stream begins with %s, not with message_start", e.Type)
		}
		return s.grow(&e)
	}
	return false, nil // ping, content_block_stop, and what newer versions may add
}

func (s *anthropicEvents) grow(e *anthropicEvent) (bool, error) {
	switch e.Type {
	case "content_block_start":
		if e.Index != len(s.blocks) {
			return false, fmt.Errorf("the stream begins block %d after %d blocks", e.Index, len(s.blocks))
		}
		s.blocks = append(s.blocks, &anthropicGrowing{anthropicPiece: e.Block, grown: []byte(e.Block.Text)})
	case "content_block_delta":
		if e.Index < 0 || e.Index >= len(s.blocks) {
			return false, fmt.Errorf("the stream continues block %d, which has not begun", e.Index)
		}
		b := s.blocks[e.Index]
		switch e.Delta.Type {
		case "text_delta":
			b.grown = append(b.grown, e.Delta.Text...)
		case "input_json_delta":
			b.grown = append(b.grown, e.Delta.PartialJSON...)
		case "thinking_delta":
			b.thinking = append(b.thinking, e.Delta.Thinking...)
		case "signature_delta":
			b.signature += e.Delta.Signature
		}
	case "message_delta":
		if e.Delta.StopReason != "" {
			s.reply.StopReason, s.reply.Details = e.Delta.StopReason, e.Delta.Details
		}
		if e.Usage != nil {
			s.reply.Usage.update(*e.Usage)
		}
	case "message_stop":
		s.done = true
	}
	return s.done, nil
}

// update takes over the totals that are given.
func (u *anthropicUsage) update(later anthropicUsage) {
	for _, f := range []struct {
		to   *int
		from int
	}{
		{&u.Input, later.Input}, {&u.Output, later.Output}, {&u.CacheRead, later.CacheRead},
		{&u.CacheWrite, later.CacheWrite}, {&u.Details.Thinking, later.Details.Thinking},
	} {
		if f.from > 0 {
			*f.to = f.from
		}
	}
}

func (s *anthropicEvents) asset() (pipeline.Asset, error) {
	if !s.done {
		return pipeline.Asset{}, fmt.Errorf("%w, message_stop", errUnfinished)
	}
	r := *s.reply
	r.Content = nil
	for _, b := range s.blocks {
		r.Content = append(r.Content, b.whole())
	}
	return r.asset()
}
