package importer

import (
	"encoding/json"
	"fmt"
	"strings"
)

// turn is one message of a chat as other programs write it.
type turn struct {
	Type    string          `json:"type"` // "placeholder": the chat so far
	Name    string          `json:"name"`
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
}

// chatOf reads a list of messages; false when the text is none.
func chatOf(text string) ([]turn, bool) {
	var turns []turn
	if !strings.HasPrefix(strings.TrimSpace(text), "[") || json.Unmarshal([]byte(text), &turns) != nil {
		return nil, false
	}
	for _, t := range turns {
		if t.Role == "" && t.Type != "placeholder" {
			return nil, false
		}
	}
	return turns, len(turns) > 0
}

// chatBody writes messages as a template; text turns the text of each.
func chatBody(turns []turn, text func(string) (string, error)) (string, error) {
	var b strings.Builder
	for i, t := range turns {
		if t.Type == "placeholder" || t.Role == "placeholder" {
			b.WriteString("{{history}}\n")
			continue
		}
		role, ok := map[string]string{"system": "system", "developer": "system", "user": "user", "human": "user", "assistant": "model", "ai": "model", "model": "model"}[strings.ToLower(t.Role)]
		if !ok {
			return "", fmt.Errorf("message %d has the role %q; prompts have system, user and model", i+1, t.Role)
		}
		content, err := contentOf(t.Content, text)
		if err != nil {
			return "", fmt.Errorf("message %d: %w", i+1, err)
		}
		fmt.Fprintf(&b, "{{role %q}}\n%s\n", role, content)
	}
	return b.String(), nil
}

// contentOf reads a text, or a list of parts.
func contentOf(raw json.RawMessage, text func(string) (string, error)) (string, error) {
	var plain string
	if json.Unmarshal(raw, &plain) == nil {
		return text(plain)
	}
	var parts []struct {
		Type     string `json:"type"`
		Text     string `json:"text"`
		ImageURL struct {
			URL string `json:"url"`
		} `json:"image_url"`
	}
	if json.Unmarshal(raw, &parts) != nil {
		return "", fmt.Errorf("its content is neither a text nor a list of parts")
	}
	var b strings.Builder
	for _, p := range parts {
		switch p.Type {
		case "text", "input_text":
			piece, err := text(p.Text)
			if err != nil {
				return "", err
			}
			b.WriteString(piece)
		case "image_url":
			url := strings.TrimSpace(p.ImageURL.URL)
			if name := strings.TrimSpace(strings.Trim(url, "{}")); strings.HasPrefix(url, "{{") && variable().MatchString(name) {
				fmt.Fprintf(&b, "{{media url=%s}}", name)
			} else if url != "" && !strings.ContainsAny(url, `"{}`) {
				fmt.Fprintf(&b, "{{media url=%q}}", url)
			} else {
				return "", fmt.Errorf("an image's URL %q is no variable", url)
			}
		default:
			return "", fmt.Errorf("a part of type %q has no counterpart; known: text, image_url", p.Type)
		}
	}
	return b.String(), nil
}
