package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
)

var openAIRoles = map[string]string{"system": "system", "user": "user", "model": "assistant", "tool": "tool"}

// messages writes a chat. A message that is nothing but a text, the common
// case, is written as one. The API refuses to give JSON of any shape where no
// message speaks of it; there one is put in front.
func (b *openAIBody) messages(c *pipeline.Chat) error {
	messages := c.Messages
	if len(messages) == 0 {
		return errors.New("the chat has no messages")
	}
	b.raw("messages", "[")
	if c.JSON && isNull(c.Schema) && !speakOfJSON(messages) {
		b.b = append(appendMessage(b.b, "system", jsonOnly), ',')
	}
	var pairs toolPairs
	for i, m := range messages {
		role, err := roleOf(m, openAIRoles)
		if err != nil {
			return fmt.Errorf("message %d (%s): %w", i+1, config.Shorten(m.Role), err)
		}
		if len(m.Parts) == 0 && role != "tool" {
			b.b = append(appendMessage(b.b, role, m.Content), ',')
			continue
		}
		if err := b.parts(role, m, &pairs); err != nil {
			return fmt.Errorf("message %d (%s): %w", i+1, m.Role, err)
		}
	}
	b.b = append(b.b[:len(b.b)-1], ']')
	return nil
}

func speakOfJSON(messages []pipeline.Message) bool {
	for _, m := range messages {
		for _, p := range partsOf(m) {
			if strings.Contains(strings.ToLower(p.Text), "json") {
				return true
			}
		}
	}
	return false
}

type openAIPart struct {
	Type     string          `json:"type"`
	Text     string          `json:"text,omitempty"`
	Image    *openAIURL      `json:"image_url,omitempty"`
	Video    *openAIURL      `json:"video_url,omitempty"`
	Audio    *openAIAudio    `json:"input_audio,omitempty"`
	Document *openAIDocument `json:"file,omitempty"`
}

type openAIURL struct {
	URL string `json:"url"`
}

type openAIAudio struct {
	Data   string `json:"data"` // base64
	Format string `json:"format"`
}

type openAIDocument struct {
	Name string `json:"filename"`
	Data string `json:"file_data"` // data URL
}

type openAICall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"` // JSON
	} `json:"function"`
	Extra json.RawMessage `json:"extra_content,omitempty"`
}

type openAIMessage struct {
	Role      string       `json:"role"`
	Content   any          `json:"content"` // text, parts or null
	ToolCalls []openAICall `json:"tool_calls,omitempty"`
	ToolID    string       `json:"tool_call_id,omitempty"`
	openAIThoughts
}

// openAIThoughts are what compatible servers add to an answer, and want back
// with the results of the tools that it calls for.
type openAIThoughts struct {
	Reasoning string          `json:"reasoning_content,omitempty"` // DeepSeek, Kimi
	Details   json.RawMessage `json:"reasoning_details,omitempty"` // OpenRouter
}

// openAIEcho is an echo: Calls are of the tool calls, in their order.
type openAIEcho struct {
	openAIThoughts
	Calls []json.RawMessage `json:"calls,omitempty"` // extra_content: Google's signatures
}

// compatibleAPI marks what is for compatible servers only: OpenAI itself gives
// and takes nothing of the kind.
const compatibleAPI = "openai_compatible"

// echo gives thoughts back. A server wants them only where tools are called.
func (m *openAIMessage) echo(e *pipeline.Echo) error {
	if !e.Of(compatibleAPI) || len(m.ToolCalls) == 0 {
		return nil
	}
	var given openAIEcho
	if err := json.Unmarshal(e.Content, &given); err != nil {
		return fmt.Errorf("its echo: %w", err)
	}
	m.openAIThoughts = given.openAIThoughts
	for i := range min(len(given.Calls), len(m.ToolCalls)) {
		if !isNull(given.Calls[i]) {
			m.ToolCalls[i].Extra = given.Calls[i]
		}
	}
	return nil
}

// parts writes a message with parts: each result of a tool is a message of its
// own, all else is one.
func (b *openAIBody) parts(role string, m pipeline.Message, pairs *toolPairs) error {
	out := openAIMessage{Role: role}
	var content []openAIPart
	wrote := false
	for _, p := range partsOf(m) {
		switch {
		case p.ToolResult != nil:
			id, _, err := pairs.result(p.ToolResult)
			if err != nil {
				return err
			}
			text, _ := textOf(p.ToolResult.Output)
			if err := b.message(openAIMessage{Role: "tool", Content: text, ToolID: id}); err != nil {
				return err
			}
			wrote = true
		case role == "tool":
			return errors.New("it holds something else than results of tools")
		case p.ToolCall != nil:
			if role != "assistant" {
				return errors.New("only a model message can call a tool")
			}
			out.ToolCalls = append(out.ToolCalls, openAICallOf(p.ToolCall, pairs))
		default:
			part, err := b.part(p)
			if err != nil {
				return err
			}
			content = append(content, part)
		}
	}
	if b.wire.compatible {
		if err := out.echo(m.Echo); err != nil {
			return err
		}
	}
	switch {
	case len(content) == 0 && out.ToolCalls == nil && wrote:
		return nil
	case len(content) == 1 && content[0].Type == "text":
		out.Content = content[0].Text // every server takes a text
	case len(content) > 0:
		out.Content = content
	case out.ToolCalls == nil:
		out.Content = ""
	}
	return b.message(out)
}

func (b *openAIBody) message(m openAIMessage) error {
	raw, err := encodeJSON(m)
	if err != nil {
		return err
	}
	b.b = append(append(b.b, raw...), ',')
	return nil
}

func openAICallOf(c *pipeline.ToolCall, pairs *toolPairs) openAICall {
	call := openAICall{ID: pairs.call(c), Type: "function"}
	call.Function.Name, call.Function.Arguments = c.Name, "{}"
	if !isNull(c.Args) {
		call.Function.Arguments = string(c.Args)
	}
	return call
}

func (b *openAIBody) part(p pipeline.Part) (openAIPart, error) {
	if p.Media == nil {
		return openAIPart{Type: "text", Text: p.Text}, nil
	}
	m, err := openMedia(p.Media)
	if err != nil {
		return openAIPart{}, err
	}
	kind, sub, _ := strings.Cut(m.mime, "/")
	url := &openAIURL{m.url}
	if m.url == "" {
		url.URL = "data:" + m.mime + ";base64," + m.base64()
	}
	switch {
	case kind == "image", m.mime == "" && m.url != "":
		return openAIPart{Type: "image_url", Image: url}, nil
	case kind == "video" && b.wire.compatible:
		return openAIPart{Type: "video_url", Video: url}, nil
	case kind == "video":
		return openAIPart{}, errors.New("OpenAI's chat API takes no videos")
	case m.url != "":
		return openAIPart{}, fmt.Errorf("the chat API takes media of type %s only as a data URL", m.mime)
	case kind == "audio":
		return openAIPart{Type: "input_audio", Audio: &openAIAudio{m.base64(), audioFormat(sub)}}, nil
	}
	return openAIPart{Type: "file", Document: &openAIDocument{"file." + extension(sub), url.URL}}, nil
}

// audioFormat is the API's word for a kind of sound.
func audioFormat(sub string) string {
	switch {
	case sub == "mpeg" || sub == "mp3":
		return "mp3"
	case slices.Contains([]string{"wav", "x-wav", "wave", "vnd.wave"}, sub):
		return "wav"
	}
	return strings.TrimPrefix(sub, "x-")
}

// extension makes up the end of a file's name, by which servers tell formats.
func extension(sub string) string {
	switch sub {
	case "plain":
		return "txt"
	case "markdown":
		return "md"
	}
	return strings.TrimPrefix(sub, "x-")
}
