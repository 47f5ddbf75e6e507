package generators

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// anthropicBlock is one block of a message's content; Type says which fields
// have a meaning.
type anthropicBlock struct {
	Type      string           `json:"type"`
	Text      string           `json:"text,omitempty"`
	Source    *anthropicSource `json:"source,omitempty"`      // image, document
	ID        string           `json:"id,omitempty"`          // tool_use
	Name      string           `json:"name,omitempty"`        // tool_use
	Input     json.RawMessage  `json:"input,omitempty"`       // tool_use
	ToolUseID string           `json:"tool_use_id,omitempty"` // tool_result
	Content   string           `json:"content,omitempty"`     // tool_result
	IsError   bool             `json:"is_error,omitempty"`    // tool_result
	raw       json.RawMessage  // of an echo: the block as it came; nil = the fields are all
}

// anthropicAPI marks what is for this API only.
const anthropicAPI = "anthropic"

// MarshalJSON writes an echo as it came.
func (b anthropicBlock) MarshalJSON() ([]byte, error) {
	if b.raw != nil {
		return b.raw, nil
	}
	type plain anthropicBlock
	return json.Marshal(plain(b))
}

// anthropicEcho is an answer as this API gave it.
func anthropicEcho(m pipeline.Message, calls *toolPairs) (blocks []anthropicBlock, err error) {
	var all []json.RawMessage
	if err := json.Unmarshal(m.Echo.Content, &all); err != nil {
		return nil, fmt.Errorf("its echo: %w", err)
	}
	for _, raw := range all {
		blocks = append(blocks, anthropicBlock{raw: raw})
	}
	calls.callAll(m)
	return blocks, nil
}

type anthropicSource struct {
	Type      string `json:"type"`
	MediaType string `json:"media_type,omitempty"`
	Data      string `json:"data,omitempty"`
	URL       string `json:"url,omitempty"`
}

// anthropicBlocks is a message's role and content in the Messages API.
func anthropicBlocks(m pipeline.Message, calls *toolPairs) (role string, blocks []anthropicBlock, err error) {
	role, err = roleOf(m, map[string]string{"system": "system", "user": "user", "model": "assistant", "tool": "user"})
	if err != nil {
		return "", nil, err
	}
	if role == "assistant" && m.Echo.Of(anthropicAPI) {
		blocks, err = anthropicEcho(m, calls)
		return role, blocks, err
	}
	for _, p := range partsOf(m) {
		if p.Media == nil && p.ToolCall == nil && p.ToolResult == nil && p.Text == "" {
			continue // the API refuses empty texts
		}
		block, err := anthropicPart(p, role, calls)
		if err != nil {
			return "", nil, err
		}
		blocks = append(blocks, block)
	}
	if len(blocks) == 0 {
		return "", nil, errors.New("it is empty, and Anthropic's API refuses empty messages")
	}
	return role, blocks, nil
}

func anthropicPart(p pipeline.Part, role string, calls *toolPairs) (anthropicBlock, error) {
	if role == "system" && (p.Media != nil || p.ToolCall != nil || p.ToolResult != nil) {
		return anthropicBlock{}, errors.New("a system message can only hold text")
	}
	switch {
	case p.Media != nil:
		return anthropicMedia(p.Media)
	case p.ToolCall != nil:
		args, err := objectOf(p.ToolCall.Args)
		if err != nil {
			return anthropicBlock{}, fmt.Errorf("the arguments of tool %q %w", p.ToolCall.Name, err)
		}
		return anthropicBlock{Type: "tool_use", ID: calls.call(p.ToolCall), Name: p.ToolCall.Name, Input: args}, nil
	case p.ToolResult != nil:
		id, _, err := calls.result(p.ToolResult)
		if err != nil {
			return anthropicBlock{}, err
		}
		var text string
		if !isNull(p.ToolResult.Output) {
			text, _ = textOf(p.ToolResult.Output)
		}
		return anthropicBlock{Type: "tool_result", ToolUseID: id, Content: text, IsError: p.ToolResult.Failed}, nil
	}
	return anthropicBlock{Type: "text", Text: p.Text}, nil
}

// anthropicMedia makes an image or document block.
func anthropicMedia(m *pipeline.Media) (anthropicBlock, error) {
	media, err := openMedia(m)
	if err != nil {
		return anthropicBlock{}, err
	}
	block := anthropicBlock{Type: "image", Source: &anthropicSource{Type: "url", URL: media.url}}
	switch kind := media.mime; {
	case strings.HasPrefix(kind, "image/"), kind == "" && media.url != "":
	case kind == "application/pdf":
		block.Type = "document"
	case kind == "text/plain" && media.url == "":
		block.Type = "document"
		block.Source = &anthropicSource{Type: "text", MediaType: kind, Data: string(media.data)}
		return block, nil
	default:
		return block, fmt.Errorf("media type %q: Anthropic's API takes images, PDF files and plain texts", kind)
	}
	if media.url == "" {
		block.Source = &anthropicSource{Type: "base64", MediaType: media.mime, Data: media.base64()}
	}
	return block, nil
}

// objectOf is args as a compact JSON object; {} when there are none.
func objectOf(args json.RawMessage) (json.RawMessage, error) {
	args = bytes.TrimSpace(args)
	if len(args) == 0 || isNull(args) {
		return json.RawMessage("{}"), nil
	}
	var b bytes.Buffer
	if args[0] != '{' || json.Compact(&b, args) != nil {
		return nil, fmt.Errorf("are no JSON object: %s", excerpt(args, 100))
	}
	return b.Bytes(), nil
}
