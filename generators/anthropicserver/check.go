package anthropicserver

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// check holds a request against the API's rules.
func (r *Request) check() error {
	switch {
	case r.Model == "":
		return complain("model: Field required")
	case r.MaxTokens == nil:
		return complain("max_tokens: Field required")
	case *r.MaxTokens < 1:
		return complain("max_tokens: Input should be greater than or equal to 1")
	case r.Messages == nil:
		return complain("messages: Field required")
	case len(r.Messages) == 0:
		return complain("messages: at least one message is required")
	case outside(r.Temperature):
		return complain("temperature: range: 0..1")
	case outside(r.TopP):
		return complain("top_p: range: 0..1")
	case r.TopK != nil && *r.TopK < 0:
		return complain("top_k: Input should be greater than or equal to 0")
	}
	for i, s := range r.StopSequences {
		if strings.TrimSpace(s) == "" {
			return complain("stop_sequences.%d: each stop sequence must contain non-whitespace", i)
		}
	}
	for i, b := range r.System {
		if b.Type != "text" || b.Text == "" {
			return complain("system.%d: text content blocks must be non-empty", i)
		}
	}
	if err := errors.Join(r.checkMessages(), r.checkThoughts()); err != nil {
		return err
	}
	if err := r.checkTools(); err != nil {
		return err
	}
	if r.OutputConfig == nil || r.OutputConfig.Format == nil {
		return nil
	}
	f := r.OutputConfig.Format
	if f.Type != "json_schema" || len(f.Schema) == 0 {
		return complain("output_config.format: Input should be a json_schema with a schema")
	}
	if err := checkSchema(f.Schema); err != nil {
		return complain("output_config.format.schema: %v", err)
	}
	return nil
}

func outside(x *float64) bool { return x != nil && !(*x >= 0 && *x <= 1) }

// checkMessages also pairs tool results with the calls before them.
func (r *Request) checkMessages() error {
	var open []string // calls of the message before
	for i, m := range r.Messages {
		want := "user"
		if i%2 == 1 {
			want = "assistant"
		}
		switch {
		case m.Role == "system":
			return complain("messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role.")
		case m.Role != "user" && m.Role != "assistant":
			return complain("messages.%d.role: Input should be 'user' or 'assistant'", i)
		case m.Role != want && i == 0:
			return complain(`messages: first message must use the "user" role`)
		case m.Role != want:
			return complain("messages: roles must alternate between \"user\" and \"assistant\", but found multiple %q roles in a row", m.Role)
		case len(m.Content) == 0:
			return complain("messages.%d: all messages must have non-empty content", i)
		}
		var calls []string
		for j, b := range m.Content {
			where := fmt.Sprintf("messages.%d.content.%d", i, j)
			switch {
			case b.Type == "tool_use":
				calls = append(calls, b.ID)
			case b.Type == "tool_result":
				at := slices.Index(open, b.ToolUseID)
				if at < 0 {
					return complain("%s: unexpected `tool_use_id` found in `tool_result` blocks: %s. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.", where, b.ToolUseID)
				}
				open = slices.Delete(open, at, at+1)
			}
			if err := b.check(m.Role); err != nil {
				return complain("%s: %v", where, err)
			}
		}
		if len(open) > 0 {
			return complain("messages.%d: `tool_use` ids were found without `tool_result` blocks immediately after: %s. Each `tool_use` block must have a corresponding `tool_result` block in the next message.", i-1, strings.Join(open, ", "))
		}
		open = calls
	}
	if len(open) > 0 {
		return complain("messages: `tool_use` ids were found without `tool_result` blocks immediately after: %s", strings.Join(open, ", "))
	}
	return nil
}

var callID = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

func (b *Block) check(role string) error {
	switch b.Type {
	case "text":
		if b.Text == "" {
			return complain("text content blocks must be non-empty")
		}
		if strings.TrimSpace(b.Text) == "" {
			return complain("text content blocks must contain non-whitespace text")
		}
		return nil
	case "tool_use":
		switch {
		case role != "assistant":
			return complain("`tool_use` blocks can only be in `assistant` messages")
		case !callID.MatchString(b.ID):
			return complain("tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'")
		case !strings.HasPrefix(string(b.Input), "{"):
			return complain("tool_use.input: Input should be a valid dictionary")
		}
		return nil
	case "thinking", "redacted_thinking":
		return nil
	}
	if role != "user" {
		return complain("`%s` blocks can only be in `user` messages", b.Type)
	}
	switch b.Type {
	case "tool_result":
		return nil
	case "image":
		return b.Source.check("image/jpeg", "image/png", "image/gif", "image/webp")
	case "document":
		return b.Source.check("application/pdf")
	}
	return complain("Input tag '%s' found using 'type' does not match any of the expected tags", b.Type)
}

func (s *Source) check(types ...string) error {
	switch {
	case s == nil:
		return complain("source: Field required")
	case s.Type == "url" && (strings.HasPrefix(s.URL, "https://") || strings.HasPrefix(s.URL, "http://")):
		return nil
	case s.Type == "text" && s.MediaType == "text/plain" && s.Data != "" && slices.Contains(types, "application/pdf"):
		return nil
	case s.Type != "base64":
		return complain("source: Input tag '%s' found using 'type' does not match any of the expected tags", s.Type)
	case !slices.Contains(types, s.MediaType):
		return complain("source.base64.media_type: Input should be %s", strings.Join(types, " or "))
	}
	if data, err := base64.StdEncoding.DecodeString(s.Data); err != nil || len(data) == 0 {
		return complain("source.base64: invalid base64 data")
	}
	return nil
}

var toolName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`)

func (r *Request) checkTools() error {
	seen := map[string]bool{}
	for i, t := range r.Tools {
		var schema struct{ Type string }
		switch {
		case strings.HasPrefix(t.Type, "web_") || strings.HasPrefix(t.Type, "code_"): // run by the server
		case !toolName.MatchString(t.Name):
			return complain("tools.%d.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'", i)
		case seen[t.Name]:
			return complain("tools: Tool names must be unique.")
		case len(t.InputSchema) == 0:
			return complain("tools.%d.custom.input_schema: Field required", i)
		case json.Unmarshal(t.InputSchema, &schema) != nil || schema.Type != "object":
			return complain("tools.%d.custom.input_schema.type: Input should be 'object'", i)
		}
		seen[t.Name] = true
	}
	return nil
}

// refusedKeywords are the common ones that structured output does not enforce.
var refusedKeywords = []string{
	"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
	"maxItems", "uniqueItems", "minProperties", "maxProperties", "oneOf", "not", "patternProperties", "prefixItems",
}

// checkSchema wants closed objects, and no keyword that is not enforced.
func checkSchema(schema json.RawMessage) error {
	var s map[string]json.RawMessage
	if json.Unmarshal(schema, &s) != nil {
		return nil // true, false, or a list of schemas below
	}
	kind := strings.Trim(string(s["type"]), `"`)
	if kind == "object" && string(s["additionalProperties"]) != "false" {
		return complain("For 'object' type, 'additionalProperties' must be explicitly set to false")
	}
	for _, k := range refusedKeywords {
		if _, ok := s[k]; ok {
			return complain("For '%s' type, property '%s' is not supported", kind, k)
		}
	}
	if n, ok := s["minItems"]; ok && string(n) != "0" && string(n) != "1" {
		return complain("For 'array' type, 'minItems' values other than 0 or 1 are not supported")
	}
	for _, k := range []string{"properties", "$defs"} {
		var below map[string]json.RawMessage
		json.Unmarshal(s[k], &below)
		for _, b := range below {
			if err := checkSchema(b); err != nil {
				return err
			}
		}
	}
	var list []json.RawMessage
	for _, k := range []string{"anyOf", "allOf"} {
		json.Unmarshal(s[k], &list)
		for _, b := range list {
			if err := checkSchema(b); err != nil {
				return err
			}
		}
	}
	return checkSchema(s["items"])
}
