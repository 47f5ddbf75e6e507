package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
)

// anthropicWire is the Messages API of Anthropic, version 2023-06-01.
type anthropicWire struct{}

// anthropicMaxTokens is asked for when the configuration says nothing: the API
// wants a number, and every model can give this many.
const anthropicMaxTokens = 4096

// jsonOnly is added to the system texts when the output must be JSON of any
// shape: the API can only enforce a schema whose objects are closed.
const jsonOnly = "Answer with one JSON value and nothing else: no explanation, no code fence."

func (anthropicWire) path(string, bool) string { return "/v1/messages" }

func (anthropicWire) authorize(header http.Header, key string) {
	header.Set("Anthropic-Version", "2023-06-01")
	if key != "" {
		header.Set("X-Api-Key", key)
	}
}

type anthropicRequest struct {
	Model         string             `json:"model"`
	MaxTokens     int                `json:"max_tokens"`
	System        []anthropicBlock   `json:"system,omitempty"`
	Messages      []anthropicMessage `json:"messages"`
	Tools         []anthropicTool    `json:"tools,omitempty"`
	OutputConfig  *anthropicOutput   `json:"output_config,omitempty"`
	Temperature   *float64           `json:"temperature,omitempty"`
	TopP          *float64           `json:"top_p,omitempty"`
	TopK          *int               `json:"top_k,omitempty"`
	StopSequences []string           `json:"stop_sequences,omitempty"`
	Stream        bool               `json:"stream,omitempty"`
}

type anthropicMessage struct {
	Role    string           `json:"role"`
	Content []anthropicBlock `json:"content"`
}

type anthropicTool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	InputSchema json.RawMessage `json:"input_schema"`
}

// anthropicOutput asks for structured output, which all models since Claude 4.5
// have; a forced tool, as older ones needed, would exclude the user's own.
type anthropicOutput struct {
	Format struct {
		Type   string          `json:"type"`
		Schema json.RawMessage `json:"schema"`
	} `json:"format"`
}

func (anthropicWire) encode(model string, c *pipeline.Chat, stream bool) ([]byte, error) {
	cfg := c.Config
	blank := slices.IndexFunc(cfg.StopSequences, func(s string) bool { return strings.TrimSpace(s) == "" })
	switch {
	case cfg.Seed != nil:
		return nil, errors.New("config seed: Anthropic's API has none; remove it")
	case cfg.TopLogprobs > 0:
		return nil, errors.New("config topLogprobs: Anthropic's API gives no log-probabilities; remove it")
	case blank >= 0:
		return nil, fmt.Errorf("config stopSequences: Anthropic's API refuses %q, which is nothing but blanks; remove it", cfg.StopSequences[blank])
	}
	r := anthropicRequest{
		Model: model, MaxTokens: cfg.MaxOutputTokens, Stream: stream,
		Temperature: cfg.Temperature, TopP: cfg.TopP, TopK: cfg.TopK, StopSequences: cfg.StopSequences,
	}
	if r.MaxTokens == 0 {
		r.MaxTokens = anthropicMaxTokens
	}
	if err := r.addMessages(c.Messages); err != nil {
		return nil, err
	}
	if err := r.addOutput(c); err != nil {
		return nil, err
	}
	for _, t := range c.Tools {
		schema := t.Schema
		if isNull(schema) {
			schema = json.RawMessage(`{"type":"object","properties":{}}`)
		}
		r.Tools = append(r.Tools, anthropicTool{t.Name, t.Description, schema})
	}
	body, err := json.Marshal(&r)
	if err != nil {
		return nil, fmt.Errorf("encoding the request: %w", err)
	}
	var open []string
	if cfg.MaxOutputTokens == 0 {
		open = []string{"max_tokens"}
	}
	return withExtra(body, cfg.Extra, open, []string{"stream"})
}

func (r *anthropicRequest) addOutput(c *pipeline.Chat) error {
	if isNull(c.Schema) {
		if c.JSON {
			r.System = append(r.System, anthropicBlock{Type: "text", Text: jsonOnly})
		}
		return nil
	}
	schema, err := anthropicSchema(c.Schema)
	if err != nil {
		return fmt.Errorf("the output schema: %w", err)
	}
	r.OutputConfig = &anthropicOutput{}
	r.OutputConfig.Format.Type, r.OutputConfig.Format.Schema = "json_schema", schema
	return nil
}

// addMessages keeps the order, except that system texts have their own place.
// Neighbours of one role become one message, so that roles alternate.
func (r *anthropicRequest) addMessages(messages []pipeline.Message) error {
	var calls toolPairs
	for i, m := range messages {
		role, blocks, err := anthropicBlocks(m, &calls)
		if err != nil {
			return fmt.Errorf("message %d (%s): %w", i+1, config.Shorten(m.Role), err)
		}
		last := len(r.Messages) - 1
		switch {
		case role == "system":
			r.System = append(r.System, blocks...)
		case last >= 0 && r.Messages[last].Role == role:
			r.Messages[last].Content = append(r.Messages[last].Content, blocks...)
		default:
			r.Messages = append(r.Messages, anthropicMessage{role, blocks})
		}
	}
	if len(r.Messages) == 0 {
		return errors.New("the chat has no message from the user, which Anthropic's API wants")
	}
	return nil
}
