package anthropicserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Request is a request of the Messages API. Texts that were strings are one
// block.
type Request struct {
	Model         string          `json:"model"`
	MaxTokens     *int            `json:"max_tokens"`
	System        Blocks          `json:"system"`
	Messages      []Message       `json:"messages"`
	Tools         []Tool          `json:"tools"`
	OutputConfig  *OutputConfig   `json:"output_config"`
	Temperature   *float64        `json:"temperature"`
	TopP          *float64        `json:"top_p"`
	TopK          *int            `json:"top_k"`
	StopSequences []string        `json:"stop_sequences"`
	Stream        bool            `json:"stream"`
	ToolChoice    json.RawMessage `json:"tool_choice"`
	Thinking      json.RawMessage `json:"thinking"`
	Metadata      json.RawMessage `json:"metadata"`
	ServiceTier   string          `json:"service_tier"`
	InferenceGeo  string          `json:"inference_geo"`
	CacheControl  json.RawMessage `json:"cache_control"`
	Container     json.RawMessage `json:"container"`
	Speed         string          `json:"speed"`
	Diagnostics   json.RawMessage `json:"diagnostics"`

	Key string `json:"-"` // the caller's, from the header
}

// Message is one turn.
type Message struct {
	Role    string `json:"role"`
	Content Blocks `json:"content"`
}

// Blocks are a message's content: a list, or a string for one text.
type Blocks []Block

// Block is one block of content, of a request or a reply.
type Block struct {
	Type         string          `json:"type"`
	Text         string          `json:"text,omitempty"`
	Thinking     string          `json:"thinking,omitempty"`
	Signature    string          `json:"signature,omitempty"` // "" in a reply = the server signs
	Data         string          `json:"data,omitempty"`      // of redacted thoughts
	Source       *Source         `json:"source,omitempty"`
	ID           string          `json:"id,omitempty"`
	Name         string          `json:"name,omitempty"`
	Input        json.RawMessage `json:"input,omitempty"`
	ToolUseID    string          `json:"tool_use_id,omitempty"`
	Content      Blocks          `json:"content,omitempty"`
	IsError      bool            `json:"is_error,omitempty"`
	Title        string          `json:"title,omitempty"`
	Context      string          `json:"context,omitempty"`
	Citations    json.RawMessage `json:"citations,omitempty"`
	CacheControl json.RawMessage `json:"cache_control,omitempty"`
}

// Source is where an image or document is.
type Source struct {
	Type      string `json:"type"` // base64, url or text
	MediaType string `json:"media_type"`
	Data      string `json:"data"`
	URL       string `json:"url"`
}

// Tool is a function that the model may call.
type Tool struct {
	Name         string          `json:"name"`
	Description  string          `json:"description"`
	InputSchema  json.RawMessage `json:"input_schema"`
	Type         string          `json:"type"`
	Strict       bool            `json:"strict"`
	CacheControl json.RawMessage `json:"cache_control"`
}

// OutputConfig asks for an effort or a format.
type OutputConfig struct {
	Effort string `json:"effort"`
	Format *struct {
		Type   string          `json:"type"`
		Schema json.RawMessage `json:"schema"`
	} `json:"format"`
}

// UnmarshalJSON takes a string or a list.
func (b *Blocks) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		*b = Blocks{{Type: "text", Text: text}}
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields() // which is not handed down to this method
	return d.Decode((*[]Block)(b))
}

// LastText is the last text of the messages, which an echo answers with.
func (r *Request) LastText() string {
	for i := len(r.Messages) - 1; i >= 0; i-- {
		blocks := r.Messages[i].Content
		for j := len(blocks) - 1; j >= 0; j-- {
			if blocks[j].Type == "text" {
				return blocks[j].Text
			}
		}
	}
	return ""
}

// words counts the prompt's words, near enough to tokens for a stand-in.
func (r *Request) words() int {
	n := 0
	for _, m := range append([]Message{{Content: r.System}}, r.Messages...) {
		for _, b := range m.Content {
			n += words(b.Text) + len(b.Input)/4
			for _, inner := range b.Content {
				n += words(inner.Text)
			}
		}
	}
	return n
}

func words(s string) int { return len(strings.Fields(s)) }

// parse reads and checks a request; the error's text is for the caller.
func parse(body []byte) (*Request, error) {
	var r Request
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return nil, inputError(err)
	}
	if d.More() {
		return nil, complain("The request body is not valid JSON: it goes on after its end")
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	return &r, nil
}

// inputError is a JSON error in the API's words.
func inputError(err error) error {
	if _, field, ok := strings.Cut(err.Error(), "unknown field "); ok {
		return complain("%s: Extra inputs are not permitted", strings.Trim(field, `"`))
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return complain("%s: Input should be a valid %s", kind.Field, kind.Type)
	}
	return complain("The request body is not valid JSON: %v", err)
}

// complaint is an error in the API's own words, for the caller.
type complaint string

func (c complaint) Error() string { return string(c) }

func complain(format string, args ...any) error { return complaint(fmt.Sprintf(format, args...)) }
