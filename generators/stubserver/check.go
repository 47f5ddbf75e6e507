package stubserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// wrong says what the real API would refuse of a request; "" = nothing.
func (c *ChatCall) wrong() string {
	switch {
	case c.MaxTokens != nil && c.MaxCompletion != nil:
		return "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
	case c.StreamOptions != nil && !c.Stream:
		return "The 'stream_options' parameter is only allowed when 'stream' is enabled."
	case c.TopLogprobs != nil && !c.Logprobs:
		return "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled."
	case c.TopLogprobs != nil && (*c.TopLogprobs < 0 || *c.TopLogprobs > 20):
		return "Invalid value for 'top_logprobs': must be between 0 and 20."
	case c.Temperature != nil && (*c.Temperature < 0 || *c.Temperature > 2):
		return "Invalid 'temperature': must be between 0 and 2."
	case c.TopP != nil && (*c.TopP < 0 || *c.TopP > 1):
		return "Invalid 'top_p': must be between 0 and 1."
	}
	for i, t := range c.Tools {
		if t.Type != "function" || t.Function.Name == "" {
			return fmt.Sprintf("Invalid 'tools[%d]': a function with a name is expected.", i)
		}
	}
	if wrong := c.wrongFormat(); wrong != "" {
		return wrong
	}
	return c.wrongMessages()
}

func (c *ChatCall) wrongFormat() string {
	switch f := c.Format; {
	case f == nil, f.Type == "text":
	case f.Type == "json_object":
		if !slices.ContainsFunc(c.Messages, func(m Message) bool { return strings.Contains(strings.ToLower(m.Text()), "json") }) {
			return "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
		}
	case f.Type != "json_schema" || f.Schema == nil || f.Schema.Name == "":
		return "Invalid 'response_format'."
	case f.Schema.Strict && !bytes.Contains(f.Schema.Schema, []byte(`"additionalProperties":false`)):
		return "Invalid schema for response_format: 'additionalProperties' is required to be supplied and to be false."
	}
	return ""
}

// wrongMessages checks the roles, and that results follow their calls.
func (c *ChatCall) wrongMessages() string {
	var open []string // ids of calls without a result
	for i, m := range c.Messages {
		if m.Role == "tool" {
			at := slices.Index(open, m.ToolCallID)
			if at < 0 {
				return fmt.Sprintf("Invalid parameter: messages[%d] with role 'tool' must be a response to a preceding message with 'tool_calls'.", i)
			}
			open = slices.Delete(open, at, at+1)
			continue
		}
		switch {
		case len(open) > 0:
			return "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'."
		case !slices.Contains([]string{"system", "developer", "user", "assistant"}, m.Role):
			return fmt.Sprintf("Invalid value for 'messages[%d].role': %q.", i, m.Role)
		case len(m.ToolCalls) > 0 && m.Role != "assistant":
			return fmt.Sprintf("Invalid 'messages[%d]': only an assistant calls tools.", i)
		case len(m.ToolCalls) == 0 && (len(m.Content) == 0 || string(m.Content) == "null"):
			return fmt.Sprintf("Invalid value for 'content' of messages[%d]: expected a string, got null.", i)
		}
		for _, call := range m.ToolCalls {
			if call.ID == "" || call.Type != "function" || !json.Valid([]byte(call.Function.Arguments)) {
				return fmt.Sprintf("Invalid 'messages[%d].tool_calls'.", i)
			}
			open = append(open, call.ID)
		}
	}
	return ""
}

// unreasoned says that an answer of this turn that called tools came back
// without its reasoning; "" = none did.
func (c *ChatCall) unreasoned() string {
	for i := len(c.Messages) - 1; i >= 0 && c.Messages[i].Role != "user"; i-- {
		if m := &c.Messages[i]; m.Role == "assistant" && len(m.ToolCalls) > 0 && m.Reasoning == "" {
			return fmt.Sprintf("Missing `reasoning_content` field in the assistant message at message index %d.", i)
		}
	}
	return ""
}
