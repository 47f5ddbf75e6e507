package promptfoo

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/pipeline"
)

// messagesOf is a prompt as a chat: JSON or YAML that holds a list of messages
// is one, everything else is what the user says.
func messagesOf(prompt string) ([]pipeline.Message, error) {
	text := strings.TrimSpace(prompt)
	var v any
	switch {
	case strings.HasPrefix(text, "- role:"):
		if err := yaml.Unmarshal([]byte(prompt), &v); err != nil {
			return nil, fmt.Errorf("the prompt looks like a chat in YAML and is none: %w", err)
		}
	case strings.HasPrefix(text, "["), strings.HasPrefix(text, "{"):
		if json.Unmarshal([]byte(text), &v) != nil {
			v = nil
		}
	}
	switch v := v.(type) {
	case []any:
		return chatOf(v)
	case map[string]any:
		if list, ok := v["messages"].([]any); ok {
			return chatOf(list)
		}
	}
	return []pipeline.Message{{Role: "user", Content: prompt}}, nil
}

func chatOf(list []any) ([]pipeline.Message, error) {
	out := make([]pipeline.Message, 0, len(list))
	for i, x := range list {
		m, err := messageOf(x)
		if err != nil {
			return nil, fmt.Errorf("message %d of the prompt: %w", i+1, err)
		}
		out = append(out, m)
	}
	return out, nil
}

func messageOf(x any) (m pipeline.Message, err error) {
	o, ok := x.(map[string]any)
	if !ok {
		return m, errors.New("it is no object with role and content")
	}
	if m.Role, ok = o["role"].(string); !ok {
		return m, errors.New("it has no role")
	}
	if m.Role == "developer" {
		m.Role = "system"
	}
	content := o["content"]
	if parts, ok := o["parts"].([]any); ok && content == nil { // Google's form
		content = parts
	}
	switch c := content.(type) {
	case nil:
	case string:
		m.Content = c
	case []any:
		for _, p := range c {
			part, err := partOf(p)
			if err != nil {
				return m, err
			}
			m.Parts = append(m.Parts, part)
		}
	default:
		return m, fmt.Errorf("its content is neither a text nor a list of parts")
	}
	calls, _ := o["tool_calls"].([]any)
	for _, c := range calls {
		part, err := callOf(c)
		if err != nil {
			return m, err
		}
		if len(m.Parts) == 0 && m.Content != "" {
			m.Parts = append(m.Parts, pipeline.Part{Text: m.Content})
		}
		m.Parts = append(m.Parts, part)
	}
	if m.Role == "tool" {
		id, _ := o["tool_call_id"].(string)
		name, _ := o["name"].(string)
		data, _ := json.Marshal(content)
		m.Content, m.Parts = "", []pipeline.Part{{ToolResult: &pipeline.ToolResult{ID: id, Name: name, Output: data}}}
	}
	return m, nil
}

// partOf reads a part as OpenAI, Anthropic and Google write it.
func partOf(x any) (p pipeline.Part, err error) {
	if s, ok := x.(string); ok {
		p.Text = s
		return p, nil
	}
	o, _ := x.(map[string]any)
	if s, ok := o["text"].(string); ok {
		p.Text = s
		return p, nil
	}
	if u, ok := o["image_url"]; ok {
		url, _ := u.(string)
		if m, ok := u.(map[string]any); ok {
			url, _ = m["url"].(string)
		}
		p.Media = &pipeline.Media{URL: url}
		return p, nil
	}
	if s, ok := o["source"].(map[string]any); ok { // Anthropic
		kind, _ := s["media_type"].(string)
		data, _ := s["data"].(string)
		url, _ := s["url"].(string)
		if data != "" {
			url = "data:" + kind + ";base64," + data
		}
		p.Media = &pipeline.Media{URL: url, Type: kind}
		return p, nil
	}
	for _, key := range []string{"inline_data", "inlineData"} { // Google
		if s, ok := o[key].(map[string]any); ok {
			kind, _ := s["mime_type"].(string)
			if kind == "" {
				kind, _ = s["mimeType"].(string)
			}
			data, _ := s["data"].(string)
			p.Media = &pipeline.Media{URL: "data:" + kind + ";base64," + data, Type: kind}
			return p, nil
		}
	}
	return p, fmt.Errorf("a part of type %q is not known; known: text, image_url, image, inline_data", o["type"])
}

func callOf(x any) (p pipeline.Part, err error) {
	o, _ := x.(map[string]any)
	f, ok := o["function"].(map[string]any)
	if !ok {
		return p, errors.New("a tool call has no function")
	}
	id, _ := o["id"].(string)
	name, _ := f["name"].(string)
	args, _ := f["arguments"].(string)
	if !json.Valid([]byte(args)) {
		return p, fmt.Errorf("the arguments of the tool call %q are no JSON", name)
	}
	p.ToolCall = &pipeline.ToolCall{ID: id, Name: name, Args: json.RawMessage(args)}
	return p, nil
}
