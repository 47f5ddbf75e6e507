package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
)

// responsesWire is OpenAI's Responses API. Nothing is kept at the provider for
// it: each request holds the whole conversation.
type responsesWire struct{ openAIWire }

// responsesAPI marks echoes: the output items of an answer that holds more than a
// text. The API wants its reasoning back before the calls of tools.
const responsesAPI = "openai_responses"

func (responsesWire) path(string, bool) string { return "/responses" }

func (w responsesWire) encode(model string, c *pipeline.Chat, stream bool) ([]byte, error) {
	b := openAIBody{wire: w.openAIWire, b: make([]byte, 0, 256+textSize(c.Messages))}
	b.b = append(b.b, '{')
	b.text("model", model)
	items, err := responsesInput(c)
	if err != nil {
		return nil, err
	}
	if err := b.value("input", items); err != nil {
		return nil, err
	}
	if stream {
		b.raw("stream", "true")
	}
	if err := b.responsesTools(c.Tools); err != nil {
		return nil, err
	}
	if err := b.responsesFormat(c); err != nil {
		return nil, err
	}
	if err := b.responsesConfig(c.Config); err != nil {
		return nil, err
	}
	if err := b.extra(c.Config.Extra); err != nil {
		return nil, err
	}
	return append(b.b, '}'), nil
}

// responsesItem is one item of an input: a message, a call of a tool, or what the
// tool gave back.
type responsesItem struct {
	Type    string  `json:"type,omitempty"` // "" = a message
	Role    string  `json:"role,omitempty"`
	Content any     `json:"content,omitempty"` // text or parts
	CallID  string  `json:"call_id,omitempty"`
	Name    string  `json:"name,omitempty"`
	Args    string  `json:"arguments,omitempty"`
	Output  *string `json:"output,omitempty"`
}

type responsesPart struct {
	Type     string `json:"type"`
	Text     string `json:"text,omitempty"`
	Image    string `json:"image_url,omitempty"`
	File     string `json:"file_data,omitempty"`
	FileURL  string `json:"file_url,omitempty"`
	Filename string `json:"filename,omitempty"`
}

func responsesInput(c *pipeline.Chat) ([]any, error) {
	if len(c.Messages) == 0 {
		return nil, errors.New("the chat has no messages")
	}
	var items []any
	if c.JSON && isNull(c.Schema) && !speakOfJSON(c.Messages) {
		items = append(items, responsesItem{Role: "system", Content: jsonOnly})
	}
	var pairs toolPairs
	for i, m := range c.Messages {
		role, err := roleOf(m, openAIRoles)
		if err == nil {
			items, err = responsesMessage(items, role, m, &pairs)
		}
		if err != nil {
			return nil, fmt.Errorf("message %d (%s): %w", i+1, config.Shorten(m.Role), err)
		}
	}
	return items, nil
}

// responsesMessage adds the items of a message: calls and results are items of
// their own, all else is one.
func responsesMessage(items []any, role string, m pipeline.Message, pairs *toolPairs) ([]any, error) {
	if role == "assistant" && m.Echo.Of(responsesAPI) {
		var given []any
		if err := json.Unmarshal(m.Echo.Content, &given); err != nil {
			return nil, fmt.Errorf("its echo: %w", err)
		}
		pairs.callAll(m)
		return append(items, given...), nil
	}
	if len(m.Parts) == 0 && role != "tool" {
		return append(items, responsesItem{Role: role, Content: m.Content}), nil
	}
	var content []responsesPart
	var behind []any
	for _, p := range partsOf(m) {
		switch {
		case p.ToolResult != nil:
			id, _, err := pairs.result(p.ToolResult)
			if err != nil {
				return nil, err
			}
			text, _ := textOf(p.ToolResult.Output)
			behind = append(behind, responsesItem{Type: "function_call_output", CallID: id, Output: &text})
		case role == "tool":
			return nil, errors.New("it holds something else than results of tools")
		case p.ToolCall != nil:
			if role != "assistant" {
				return nil, errors.New("only a model message can call a tool")
			}
			call := openAICallOf(p.ToolCall, pairs)
			behind = append(behind, responsesItem{Type: "function_call", CallID: call.ID, Name: call.Function.Name, Args: call.Function.Arguments})
		default:
			part, err := responsesPartOf(role, p)
			if err != nil {
				return nil, err
			}
			content = append(content, part)
		}
	}
	switch {
	case len(content) == 1 && content[0].Text != "":
		items = append(items, responsesItem{Role: role, Content: content[0].Text})
	case len(content) > 0:
		items = append(items, responsesItem{Role: role, Content: content})
	}
	return append(items, behind...), nil
}

func responsesPartOf(role string, p pipeline.Part) (responsesPart, error) {
	if p.Media == nil {
		if role == "assistant" {
			return responsesPart{Type: "output_text", Text: p.Text}, nil
		}
		return responsesPart{Type: "input_text", Text: p.Text}, nil
	}
	chat, err := (&openAIBody{}).part(p)
	switch {
	case err != nil:
		return responsesPart{}, err
	case chat.Image != nil:
		return responsesPart{Type: "input_image", Image: chat.Image.URL}, nil
	case chat.Document != nil:
		return responsesPart{Type: "input_file", Filename: chat.Document.Name, File: chat.Document.Data}, nil
	}
	return responsesPart{}, errors.New("the Responses API takes texts, images and files, and no sound; use openai:MODEL")
}

type responsesTool struct {
	Type        string          `json:"type"`
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters"`
	Strict      bool            `json:"strict"` // the API's own default is true, which most schemas do not fit
}

func (b *openAIBody) responsesTools(tools []pipeline.Tool) error {
	if len(tools) == 0 {
		return nil
	}
	all := make([]responsesTool, len(tools))
	for i, t := range tools {
		all[i] = responsesTool{Type: "function", Name: t.Name, Description: t.Description, Parameters: t.Schema}
		if isNull(t.Schema) {
			all[i].Parameters = json.RawMessage(`{"type":"object","properties":{}}`)
		}
	}
	return b.value("tools", all)
}

func (b *openAIBody) responsesFormat(c *pipeline.Chat) error {
	switch {
	case isNull(c.Schema) && c.JSON:
		b.raw("text", `{"format":{"type":"json_object"}}`)
	case isNull(c.Schema):
	case !json.Valid(c.Schema):
		return errors.New("the output schema is not valid JSON")
	default:
		b.raw("text", `{"format":{"type":"json_schema","name":"output","strict":`+strconv.FormatBool(strictSchema(c.Schema))+`,"schema":`+string(c.Schema)+"}}")
	}
	return nil
}

func (b *openAIBody) responsesConfig(c pipeline.Config) error {
	switch {
	case len(c.StopSequences) > 0:
		return errors.New("config stopSequences: the Responses API has none; remove them, or use openai:MODEL")
	case c.Seed != nil:
		return errors.New("config seed: the Responses API takes none; remove it, or use openai:MODEL")
	}
	common := c
	common.MaxOutputTokens, common.TopLogprobs = 0, 0
	if err := b.config(common); err != nil {
		return err
	}
	if c.MaxOutputTokens > 0 {
		b.raw("max_output_tokens", strconv.Itoa(c.MaxOutputTokens))
	}
	if c.TopLogprobs > 0 {
		b.raw("top_logprobs", strconv.Itoa(c.TopLogprobs))
		b.raw("include", `["message.output_text.logprobs"]`)
	}
	return nil
}

func (w responsesWire) authorize(header http.Header, key string) { w.openAIWire.authorize(header, key) }
