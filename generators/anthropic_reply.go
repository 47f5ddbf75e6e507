package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// anthropicReply is what is read of a message from the model.
type anthropicReply struct {
	Type       string            `json:"type"` // message or error
	Model      string            `json:"model"`
	Content    []anthropicPiece  `json:"content"`
	StopReason string            `json:"stop_reason"`
	Details    *anthropicRefusal `json:"stop_details"`
	Usage      anthropicUsage    `json:"usage"`
}

// anthropicPiece is one block of the model's content: text, tool_use, or what
// is not shown to the user, such as thinking.
type anthropicPiece struct {
	Type  string          `json:"type"`
	Text  string          `json:"text"`
	ID    string          `json:"id"`
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"`
	raw   json.RawMessage // the block as it came
}

// UnmarshalJSON keeps the block as it is, too.
func (p *anthropicPiece) UnmarshalJSON(data []byte) error {
	type plain anthropicPiece
	p.raw = slices.Clone(data)
	return json.Unmarshal(data, (*plain)(p))
}

type anthropicRefusal struct {
	Category    string `json:"category"`
	Explanation string `json:"explanation"`
}

// anthropicUsage counts tokens; input_tokens are those that no cache had a part
// in, so that the prompt is the sum of three.
type anthropicUsage struct {
	Input      int `json:"input_tokens"`
	Output     int `json:"output_tokens"`
	CacheRead  int `json:"cache_read_input_tokens"`
	CacheWrite int `json:"cache_creation_input_tokens"`
	Details    struct {
		Thinking int `json:"thinking_tokens"`
	} `json:"output_tokens_details"`
}

func (u anthropicUsage) usage() pipeline.Usage {
	return pipeline.Usage{
		InputTokens:  tokens(u.Input) + tokens(u.CacheRead) + tokens(u.CacheWrite),
		OutputTokens: tokens(u.Output), CachedTokens: tokens(u.CacheRead),
		CacheWriteTokens: tokens(u.CacheWrite), ReasoningTokens: tokens(u.Details.Thinking),
	}
}

func (anthropicWire) decode(body []byte, contentType string) (pipeline.Asset, error) {
	var r anthropicReply
	if err := json.Unmarshal(body, &r); err != nil {
		return pipeline.Asset{}, notJSON(body, contentType, err)
	}
	switch r.Type {
	case "message":
		return r.asset()
	case "error":
		e := errorOf(body)
		return pipeline.Asset{}, &e
	}
	return pipeline.Asset{}, fmt.Errorf("the reply is no message; is the address Anthropic's Messages API? It begins: %s", excerpt(body, 200))
}

// asset is the answer, or why there is none. The usage is there in both cases:
// it is billed.
func (r *anthropicReply) asset() (pipeline.Asset, error) {
	a := pipeline.Asset{Usage: r.Usage.usage(), Model: r.Model, FinishReason: anthropicFinish(r.StopReason)}
	if r.StopReason == "refusal" {
		return a, r.refused()
	}
	var text strings.Builder
	gave := false
	for _, p := range r.Content {
		switch p.Type {
		case "text":
			gave = true
			text.WriteString(p.Text)
		case "tool_use":
			args, err := objectOf(p.Input)
			if err != nil {
				return a, fmt.Errorf("the model called the tool %.60q with arguments that %w", p.Name, err)
			}
			a.ToolCalls = append(a.ToolCalls, pipeline.ToolCall{ID: p.ID, Name: p.Name, Args: args})
		}
	}
	switch {
	case len(a.ToolCalls) > 0 || text.Len() > 0:
	case r.StopReason == "max_tokens":
		return a, errors.New("the model used up its output tokens before it gave any text")
	case !gave:
		return a, fmt.Errorf("the model gave no content (stop_reason %.60q)", r.StopReason)
	}
	a.Text, a.Echo = text.String(), r.echo()
	return a, nil
}

// echo is the content as the API wants it back where it holds thoughts, or what
// the API's own tools did: these come with signatures, and none may be missing
// or changed before the results of tools.
func (r *anthropicReply) echo() *pipeline.Echo {
	blocks, more := []json.RawMessage{}, false
	for _, p := range r.Content {
		if p.Type == "text" && p.Text == "" {
			continue // the API refuses empty texts
		}
		more = more || p.Type != "text" && p.Type != "tool_use"
		blocks = append(blocks, p.raw)
	}
	if !more {
		return nil
	}
	content, _ := json.Marshal(blocks) // they were read from JSON
	return &pipeline.Echo{API: anthropicAPI, Content: content}
}

func (r *anthropicReply) refused() error {
	why := "it does not say why"
	if d := r.Details; d != nil && d.Explanation != "" {
		why = excerpt([]byte(d.Explanation), 300)
	} else if d != nil && d.Category != "" {
		why = "category " + excerpt([]byte(d.Category), 60)
	}
	said := ""
	for _, p := range r.Content {
		if p.Type == "text" {
			said += p.Text
		}
	}
	return &pipeline.Refusal{Why: "the model refused to answer: " + why, Text: said}
}

// anthropicFinish is a stop_reason in the pipeline's words.
func anthropicFinish(reason string) string {
	switch reason {
	case "end_turn", "stop_sequence":
		return "stop"
	case "max_tokens", "model_context_window_exceeded":
		return "length"
	case "tool_use":
		return "tool_calls"
	}
	return reason
}
