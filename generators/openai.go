package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/GaboBase/arch-genops/pipeline"
)

// openAIWire is the Chat Completions API, of OpenAI or of one of the many
// servers that are compatible with it.
type openAIWire struct {
	compatible bool // knows top_k, and the older max_tokens
	azure      bool // takes the key in a header of its own
}

func (openAIWire) path(string, bool) string { return "/chat/completions" }

func (w openAIWire) authorize(header http.Header, key string) {
	switch {
	case key == "":
	case w.azure:
		header.Set("Api-Key", key)
	default:
		header.Set("Authorization", "Bearer "+key)
	}
}

// encode appends the request by hand: it is on the path of every call, and most
// of it is one text.
func (w openAIWire) encode(model string, c *pipeline.Chat, stream bool) ([]byte, error) {
	var keys [12]string // most requests have fewer
	b := openAIBody{wire: w, b: make([]byte, 0, 256+textSize(c.Messages)), keys: keys[:0]}
	b.b = append(b.b, '{')
	b.text("model", model)
	if err := b.messages(c); err != nil {
		return nil, err
	}
	if stream {
		b.raw("stream", `true,"stream_options":{"include_usage":true}`)
	}
	if err := b.tools(c.Tools); err != nil {
		return nil, err
	}
	if err := b.format(c); err != nil {
		return nil, err
	}
	if err := b.config(c.Config); err != nil {
		return nil, err
	}
	if err := b.extra(c.Config.Extra); err != nil {
		return nil, err
	}
	return append(b.b, '}'), nil
}

func textSize(messages []pipeline.Message) int {
	n := 0
	for i := range messages {
		n += len(messages[i].Content) + 40
	}
	return n
}

// openAIBody is a request under construction: an open object.
type openAIBody struct {
	wire openAIWire
	b    []byte
	keys []string // written so far
}

// key begins a member.
func (b *openAIBody) key(name string) {
	if len(b.keys) > 0 {
		b.b = append(b.b, ',')
	}
	b.keys = append(b.keys, name)
	b.b = append(appendString(b.b, name), ':')
}

func (b *openAIBody) text(key, value string) {
	b.key(key)
	b.b = appendString(b.b, value)
}

func (b *openAIBody) raw(key, value string) {
	b.key(key)
	b.b = append(b.b, value...)
}

func (b *openAIBody) number(key string, value float64) {
	b.key(key)
	b.b = strconv.AppendFloat(b.b, value, 'g', -1, 64)
}

func (b *openAIBody) value(key string, value any) error {
	raw, err := encodeJSON(value)
	if err != nil {
		return fmt.Errorf("config %s: %w", key, err)
	}
	b.raw(key, raw)
	return nil
}

type openAITool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description,omitempty"`
		Parameters  json.RawMessage `json:"parameters,omitempty"`
	} `json:"function"`
}

func (b *openAIBody) tools(tools []pipeline.Tool) error {
	if len(tools) == 0 {
		return nil
	}
	all := make([]openAITool, len(tools))
	for i, t := range tools {
		all[i].Type = "function"
		all[i].Function.Name, all[i].Function.Description = t.Name, t.Description
		if !isNull(t.Schema) {
			all[i].Function.Parameters = t.Schema
		}
	}
	return b.value("tools", all)
}

// format asks for JSON. Strict adherence can be had only for schemas of a
// certain form; for all others the schema guides the model.
func (b *openAIBody) format(c *pipeline.Chat) error {
	if isNull(c.Schema) {
		if c.JSON {
			b.raw("response_format", `{"type":"json_object"}`)
		}
		return nil
	}
	if !json.Valid(c.Schema) {
		return errors.New("the output schema is not valid JSON")
	}
	b.raw("response_format", `{"type":"json_schema","json_schema":{"name":"output","strict":`+strconv.FormatBool(strictSchema(c.Schema))+`,"schema":`)
	b.b = append(append(b.b, c.Schema...), "}}"...)
	return nil
}

func (b *openAIBody) config(c pipeline.Config) error {
	for _, f := range []struct {
		key   string
		value *float64
	}{{"temperature", c.Temperature}, {"top_p", c.TopP}} {
		if f.value == nil {
			continue
		}
		if v := *f.value; v != v || v-v != 0 {
			return fmt.Errorf("config %s: %v is no number that can be sent", f.key, v)
		}
		b.number(f.key, *f.value)
	}
	if c.TopK != nil {
		if !b.wire.compatible {
			return errors.New("config topK: OpenAI's API has none; remove it, or use topP")
		}
		b.raw("top_k", strconv.Itoa(*c.TopK))
	}
	if c.MaxOutputTokens > 0 {
		key := "max_completion_tokens" // counts reasoning too; newer models refuse the older key
		if b.wire.compatible {
			key = "max_tokens"
		}
		b.raw(key, strconv.Itoa(c.MaxOutputTokens))
	}
	if len(c.StopSequences) > 0 {
		if err := b.value("stop", c.StopSequences); err != nil {
			return err
		}
	}
	if c.Seed != nil {
		b.raw("seed", strconv.FormatInt(*c.Seed, 10))
	}
	if c.TopLogprobs > 0 {
		b.raw("logprobs", "true")
		b.raw("top_logprobs", strconv.Itoa(c.TopLogprobs))
	}
	return nil
}

// extra adds what the provider knows and the pipeline does not. It takes
// nothing's place.
func (b *openAIBody) extra(extra map[string]any) error {
	for _, key := range slices.Sorted(maps.Keys(extra)) {
		switch {
		case key == "stream", key == "stream_options", key == "n":
			return fmt.Errorf("config %s: it can't be set here; remove it", key)
		case slices.Contains(b.keys, key):
			return fmt.Errorf("config %s: it is written from the agent's model and prompt already; remove it", key)
		}
		if err := b.value(key, extra[key]); err != nil {
			return err
		}
	}
	return nil
}

func (w openAIWire) decode(body []byte, contentType string) (pipeline.Asset, error) {
	return decodeCompletion(body, contentType)
}
