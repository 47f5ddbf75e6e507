package anthropicserver

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// Sign is the signature of a thought.
func Sign(thinking string) string {
	sum := sha256.Sum256([]byte("thought\n" + thinking))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// thinks says that the request wants thoughts; always: before each reply, not
// where the model sees fit.
func (r *Request) thinks() (wanted, always bool) {
	var t struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal(r.Thinking, &t) // null and absent are no wish
	return t.Type == "enabled" || t.Type == "adaptive", t.Type == "enabled"
}

// checkThoughts wants signed thoughts back as they were given, and, where each
// reply has some, before the calls of tools that are being answered.
func (r *Request) checkThoughts() error {
	wanted, always := r.thinks()
	if !wanted {
		return nil // they are dropped
	}
	for i, m := range r.Messages {
		for j, b := range m.Content {
			where := fmt.Sprintf("messages.%d.content.%d", i, j)
			switch {
			case b.Type == "thinking" && b.Signature != Sign(b.Thinking):
				return complain("%s: Invalid `signature` in `thinking` block", where)
			case b.Type == "redacted_thinking" && b.Data == "":
				return complain("%s.redacted_thinking.data: Field required", where)
			}
		}
	}
	last := len(r.Messages) - 1
	if !always || last < 1 || r.Messages[last].Content[0].Type != "tool_result" {
		return nil
	}
	first := r.Messages[last-1].Content[0].Type
	if first != "thinking" && first != "redacted_thinking" {
		return complain("messages.%d.content.0.type: Expected `thinking` or `redacted_thinking`, but found `%s`. When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks).", last-1, first)
	}
	return nil
}
