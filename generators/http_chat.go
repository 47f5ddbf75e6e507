package generators

import (
	"bytes"
	"encoding/json"
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

// decodeChat reads a chat completion. A reply without text is an error that
// says why.
func decodeChat(body []byte, contentType string) (pipeline.Asset, error) {
	a, err := decodeCompletion(body, contentType)
	if err == nil && bytes.Contains(body, []byte(`"trace"`)) {
		a.Trace = traceIn(body, []string{"trace"})
	}
	if err == nil && len(a.ToolCalls) > 0 && a.Text == "" {
		err = fmt.Errorf("the model called the tool %q and gave no text", a.ToolCalls[0].Name)
	}
	return a, err
}

// chatText reads a message's content: a string, or parts of which the text
// ones are joined; false when there is none.
func chatText(content json.RawMessage) (text string, ok bool, err error) {
	if isNull(content) {
		return "", false, nil
	}
	if content[0] == '"' {
		err = readText(content, &text)
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
