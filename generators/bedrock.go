package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/s3"
	"github.com/GaboBase/arch-genops/pipeline"
)

// bedrockWire is the Converse API of Amazon Bedrock, which is the same for all of
// its chat models. Replies are never streamed.
type bedrockWire struct{}

func (bedrockWire) path(model string, _ bool) string {
	return "/model/" + strings.ReplaceAll(url.PathEscape(model), ":", "%3A") + "/converse"
}

func (bedrockWire) authorize(header http.Header, key string) {
	if key != "" {
		header.Set("Authorization", "Bearer "+key)
	}
}

// events is never asked for: no reply is a stream.
func (bedrockWire) events() eventReader { return anthropicWire{}.events() }

// bedrockAddress is the address of the region that the environment names.
func bedrockAddress(getenv func(string) string) string {
	region := "us-east-1"
	for _, name := range []string{"AWS_BEDROCK_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"} {
		if v := strings.TrimSpace(getenv(name)); v != "" {
			region = v
			break
		}
	}
	return "https://bedrock-runtime." + region + ".amazonaws.com"
}

// signAWS signs each call with the keys of the environment, and names the variable
// that they begin with; "" when there are none.
func (m *Model) signAWS(getenv func(string) string, u *url.URL) string {
	const first = "AWS_ACCESS_KEY_ID"
	s := s3.Signer{AccessKey: getenv(first), Secret: getenv("AWS_SECRET_ACCESS_KEY"), Token: getenv("AWS_SESSION_TOKEN"), Service: "bedrock"}
	if s.AccessKey == "" || s.Secret == "" {
		return ""
	}
	host := u.Hostname()
	if !strings.HasPrefix(host, "bedrock-runtime") { // an address of one's own
		host = strings.TrimPrefix(bedrockAddress(getenv), "https://")
	}
	_, rest, _ := strings.Cut(host, ".")
	s.Region, _, _ = strings.Cut(rest, ".")
	m.hide(s.Secret, s.Token)
	m.sign = func(r *http.Request, body []byte) error { s.Sign(r, body, time.Now()); return nil }
	return first
}

type bedrockRequest struct {
	Messages  []bedrockMessage  `json:"messages"`
	System    []bedrockBlock    `json:"system,omitempty"`
	Inference *bedrockInference `json:"inferenceConfig,omitempty"`
	Tools     *bedrockTools     `json:"toolConfig,omitempty"`
}

type bedrockMessage struct {
	Role    string         `json:"role"`
	Content []bedrockBlock `json:"content"`
}

// bedrockBlock is one piece of content: one field is set.
type bedrockBlock struct {
	Text     string         `json:"text,omitempty"`
	Image    *bedrockMedia  `json:"image,omitempty"`
	Document *bedrockMedia  `json:"document,omitempty"`
	Use      *bedrockUse    `json:"toolUse,omitempty"`
	Result   *bedrockResult `json:"toolResult,omitempty"`
}

type bedrockMedia struct {
	Format string `json:"format"`
	Name   string `json:"name,omitempty"`
	Source struct {
		Bytes string `json:"bytes"`
	} `json:"source"`
}

type bedrockUse struct {
	ID    string          `json:"toolUseId"`
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"`
}

type bedrockResult struct {
	ID      string         `json:"toolUseId"`
	Content []bedrockBlock `json:"content"`
	Status  string         `json:"status,omitempty"`
}

type bedrockInference struct {
	MaxTokens     int      `json:"maxTokens,omitempty"`
	Temperature   *float64 `json:"temperature,omitempty"`
	TopP          *float64 `json:"topP,omitempty"`
	StopSequences []string `json:"stopSequences,omitempty"`
}

type bedrockTools struct {
	Tools []bedrockTool `json:"tools"`
}

type bedrockTool struct {
	Spec struct {
		Name        string `json:"name"`
		Description string `json:"description,omitempty"`
		Schema      struct {
			JSON json.RawMessage `json:"json"`
		} `json:"inputSchema"`
	} `json:"toolSpec"`
}

func (bedrockWire) encode(_ string, c *pipeline.Chat, _ bool) ([]byte, error) {
	cfg := c.Config
	switch {
	case cfg.Seed != nil:
		return nil, errors.New("config seed: Bedrock's Converse API has none; remove it")
	case cfg.TopLogprobs > 0:
		return nil, errors.New("config topLogprobs: Bedrock's Converse API gives no log-probabilities; remove it")
	case cfg.TopK != nil:
		return nil, errors.New("config topK: Bedrock's Converse API has none; write it as the model wants it below additionalModelRequestFields")
	}
	var r bedrockRequest
	if err := r.addMessages(c.Messages); err != nil {
		return nil, err
	}
	if !isNull(c.Schema) {
		r.System = append(r.System, bedrockBlock{Text: jsonOnly + " It follows this JSON schema: " + string(c.Schema)})
	} else if c.JSON {
		r.System = append(r.System, bedrockBlock{Text: jsonOnly})
	}
	if cfg.MaxOutputTokens > 0 || cfg.Temperature != nil || cfg.TopP != nil || len(cfg.StopSequences) > 0 {
		r.Inference = &bedrockInference{cfg.MaxOutputTokens, cfg.Temperature, cfg.TopP, cfg.StopSequences}
	}
	for _, t := range c.Tools {
		var tool bedrockTool
		tool.Spec.Name, tool.Spec.Description, tool.Spec.Schema.JSON = t.Name, t.Description, t.Schema
		if isNull(t.Schema) {
			tool.Spec.Schema.JSON = json.RawMessage(`{"type":"object","properties":{}}`)
		}
		if r.Tools == nil {
			r.Tools = &bedrockTools{}
		}
		r.Tools.Tools = append(r.Tools.Tools, tool)
	}
	body, err := json.Marshal(&r)
	if err != nil {
		return nil, fmt.Errorf("encoding the request: %w", err)
	}
	return withExtra(body, cfg.Extra, []string{"toolConfig", "inferenceConfig"}, nil)
}

// addMessages writes a chat. Neighbours of one role become one message, since the API
// wants the roles to take turns.
func (r *bedrockRequest) addMessages(messages []pipeline.Message) error {
	var pairs toolPairs
	for i, m := range messages {
		role, err := roleOf(m, map[string]string{"system": "system", "user": "user", "model": "assistant", "tool": "user"})
		if err != nil {
			return fmt.Errorf("message %d: %w", i+1, err)
		}
		var blocks []bedrockBlock
		for _, p := range partsOf(m) {
			block, err := bedrockPart(p, &pairs)
			if err != nil {
				return fmt.Errorf("message %d (%s): %w", i+1, m.Role, err)
			}
			if block != (bedrockBlock{}) {
				blocks = append(blocks, block)
			}
		}
		switch last := len(r.Messages) - 1; {
		case role == "system":
			r.System = append(r.System, blocks...)
		case last >= 0 && r.Messages[last].Role == role:
			r.Messages[last].Content = append(r.Messages[last].Content, blocks...)
		default:
			r.Messages = append(r.Messages, bedrockMessage{role, blocks})
		}
	}
	if len(r.Messages) == 0 {
		return errors.New("the chat has no messages")
	}
	return nil
}

func bedrockPart(p pipeline.Part, pairs *toolPairs) (b bedrockBlock, err error) {
	switch {
	case p.Media != nil:
		return bedrockMediaOf(p.Media)
	case p.ToolCall != nil:
		args, err := objectOf(p.ToolCall.Args)
		if err != nil {
			return b, fmt.Errorf("the arguments of tool %q %w", p.ToolCall.Name, err)
		}
		b.Use = &bedrockUse{pairs.call(p.ToolCall), p.ToolCall.Name, args}
	case p.ToolResult != nil:
		id, _, err := pairs.result(p.ToolResult)
		if err != nil {
			return b, err
		}
		text := ""
		if !isNull(p.ToolResult.Output) {
			text, _ = textOf(p.ToolResult.Output)
		}
		b.Result = &bedrockResult{ID: id, Content: []bedrockBlock{{Text: text}}}
		if p.ToolResult.Failed {
			b.Result.Status = "error"
		}
	default:
		b.Text = p.Text
	}
	return b, nil
}

func bedrockMediaOf(m *pipeline.Media) (b bedrockBlock, err error) {
	media, err := openMedia(m)
	switch {
	case err != nil:
		return b, err
	case media.url != "":
		return b, errors.New("the Converse API of Bedrock takes the bytes of a picture or document, not an address")
	}
	one := &bedrockMedia{}
	one.Source.Bytes = media.base64()
	switch kind, format, _ := strings.Cut(media.mime, "/"); {
	case kind == "image":
		one.Format, b.Image = format, one
	case media.mime == "application/pdf":
		one.Format, one.Name, b.Document = "pdf", "document", one
	case media.mime == "text/plain":
		one.Format, one.Name, b.Document = "txt", "document", one
	default:
		return b, fmt.Errorf("media type %q: Bedrock's Converse API takes images, PDF files and plain texts here", media.mime)
	}
	return b, nil
}

// bedrockReply is what is read of a reply.
type bedrockReply struct {
	Output struct {
		Message *bedrockMessage `json:"message"`
	} `json:"output"`
	StopReason string `json:"stopReason"`
	Usage      struct {
		Input      int `json:"inputTokens"`
		Output     int `json:"outputTokens"`
		CacheRead  int `json:"cacheReadInputTokens"`
		CacheWrite int `json:"cacheWriteInputTokens"`
	} `json:"usage"`
}

func (bedrockWire) decode(body []byte, contentType string) (pipeline.Asset, error) {
	var r bedrockReply
	if err := json.Unmarshal(body, &r); err != nil {
		return pipeline.Asset{}, notJSON(body, contentType, err)
	}
	if r.Output.Message == nil {
		return pipeline.Asset{}, fmt.Errorf("the reply is no message; is the address Bedrock's runtime? It begins: %s", excerpt(body, 200))
	}
	u := r.Usage
	a := pipeline.Asset{FinishReason: anthropicFinish(r.StopReason), Usage: pipeline.Usage{
		InputTokens:  tokens(u.Input) + tokens(u.CacheRead) + tokens(u.CacheWrite),
		OutputTokens: tokens(u.Output), CachedTokens: tokens(u.CacheRead), CacheWriteTokens: tokens(u.CacheWrite)}}
	var text strings.Builder
	for _, b := range r.Output.Message.Content {
		text.WriteString(b.Text)
		if b.Use == nil {
			continue
		}
		args, err := objectOf(b.Use.Input)
		if err != nil {
			return a, fmt.Errorf("the model called the tool %.60q with arguments that %w", b.Use.Name, err)
		}
		a.ToolCalls = append(a.ToolCalls, pipeline.ToolCall{ID: b.Use.ID, Name: b.Use.Name, Args: args})
	}
	a.Text = text.String()
	switch {
	case len(a.ToolCalls) > 0 || a.Text != "":
	case r.StopReason == "max_tokens":
		return a, errors.New("the model used up its output tokens before it gave any text")
	default:
		return a, fmt.Errorf("the model gave no content (stopReason %.60q)", r.StopReason)
	}
	return a, nil
}
