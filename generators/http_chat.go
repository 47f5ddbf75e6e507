package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// chatEncoder renders chat completion requests: the history, then the input as
// the user's last message.
func chatEncoder(model string) func(pipeline.Request) ([]byte, error) {
	head := []byte(`{`)
	if model != "" {
		head = append(appendString([]byte(`{"model":`), model), ',')
	}
	head = append(head, `"messages":[`...)
	return func(r pipeline.Request) ([]byte, error) {
		body := make([]byte, 0, len(head)+len(r.Input)+64)
		body = append(body, head...)
		for _, m := range r.Messages {
			body = append(appendMessage(body, m.Role, m.Content), ',')
		}
		if r.Input != "" || len(r.Messages) == 0 {
			body = appendMessage(body, "user", r.Input)
		} else {
			body = body[:len(body)-1]
		}
		return append(body, "]}"...), nil
	}
}

func appendMessage(dst []byte, role, content string) []byte {
	dst = appendString(append(dst, `{"role":`...), role)
	dst = appendString(append(dst, `,"content":`...), content)
	return append(dst, '}')
}

// chatReply is what is read of a chat completion.
type chatReply struct {
	Choices []struct {
		Message struct {
			Content   json.RawMessage `json:"content"`
			Refusal   string          `json:"refusal"`
			ToolCalls []struct {
				Function struct {
					Name string `json:"name"`
				} `json:"function"`
			} `json:"tool_calls"`
		} `json:"message"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage struct {
		PromptTokens     int     `json:"prompt_tokens"`
		CompletionTokens int     `json:"completion_tokens"`
		Cost             float64 `json:"cost"` // USD; some gateways report it
	} `json:"usage"`
	Error json.RawMessage `json:"error"`
}

// decodeChat reads a chat completion. A reply without text is an error that
// says why.
func decodeChat(body []byte, contentType string) (pipeline.Asset, error) {
	var reply chatReply
	var asset pipeline.Asset
	if err := json.Unmarshal(body, &reply); err != nil {
		return asset, notJSON(body, contentType, err)
	}
	asset.Usage = pipeline.Usage{InputTokens: reply.Usage.PromptTokens, OutputTokens: reply.Usage.CompletionTokens}
	asset.CostUSD = max(reply.Usage.Cost, 0)
	if !isNull(reply.Error) {
		e := errorOf(body)
		return asset, &e
	}
	if len(reply.Choices) == 0 {
		return asset, fmt.Errorf("the reply has no choices; is the address a chat completions API? It begins: %s", excerpt(body, 200))
	}
	choice := reply.Choices[0]
	text, ok, err := chatText(choice.Message.Content)
	switch {
	case err != nil:
		return asset, err
	case choice.FinishReason == "content_filter":
		return asset, errors.New("the provider's content filter withheld the answer")
	case choice.Message.Refusal != "":
		return asset, fmt.Errorf("the model refused: %s", excerpt([]byte(choice.Message.Refusal), 300))
	case len(choice.Message.ToolCalls) > 0 && text == "":
		return asset, fmt.Errorf("the model called the tool %q and gave no text", choice.Message.ToolCalls[0].Function.Name)
	case choice.FinishReason == "length" && text == "":
		return asset, errors.New("the model used up its output tokens before it gave any text")
	case !ok:
		return asset, fmt.Errorf("the model gave no content (finish_reason %q)", choice.FinishReason)
	}
	asset.Text = text
	return asset, nil
}

// chatText reads a message's content: a string, or parts of which the text
// ones are joined; false when there is none.
func chatText(content json.RawMessage) (text string, ok bool, err error) {
	if isNull(content) {
		return "", false, nil
	}
	if content[0] == '"' {
		err = json.Unmarshal(content, &text)
		return text, true, err
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(content, &parts); err != nil {
		return "", false, fmt.Errorf("choices.0.message.content is neither a text nor a list of parts: %s", excerpt(content, 100))
	}
	var b strings.Builder
	for _, p := range parts {
		if p.Type == "text" || p.Type == "output_text" {
			b.WriteString(p.Text)
			ok = true
		}
	}
	return b.String(), ok, nil
}

func notJSON(body []byte, contentType string, err error) error {
	if contentType == "" {
		contentType = "no content type"
	}
	if len(body) == 0 {
		return fmt.Errorf("the reply is empty (%s)", contentType)
	}
	return fmt.Errorf("the reply is not the JSON that was expected (%s; %v): %s", contentType, err, excerpt(body, 200))
}
