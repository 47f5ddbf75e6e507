package stubserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// responseKeys are the parameters of the Responses API; others are refused.
var responseKeys = []string{"model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "text", "temperature", "top_p", "top_logprobs",
	"max_output_tokens", "max_tool_calls", "include", "reasoning", "store", "stream", "metadata", "previous_response_id", "truncation", "user", "service_tier", "conversation"}

// inputItem is one item of what a response is asked for.
type inputItem struct {
	Type    string          `json:"type"`
	ID      string          `json:"id"`
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
	CallID  string          `json:"call_id"`
	Name    string          `json:"name"`
	Args    string          `json:"arguments"`
	Output  *string         `json:"output"`
}

// responses answers a request of the Responses API as the chat that it is.
func (s *Server) responses(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r, func(key string, body []byte, f Fault) {
		c := ChatCall{Key: key, Body: body}
		wrong := c.readResponses(body, s.opts.Thinks)
		if wrong == "" {
			wrong = c.wrong()
		}
		if wrong != "" {
			s.refuse(w, 400, "invalid_request_error", wrong, key)
			return
		}
		reply, ok := s.replyTo(w, r, &c)
		if !ok {
			return
		}
		s.billed.Add(1)
		out := responseBody(f, &c, &reply)
		if c.Stream {
			s.streamResponse(w, r, f, &reply, out)
			return
		}
		s.reply(w, r, f, out)
	})
}

// readResponses takes in a request; it returns what the real API would refuse.
func (c *ChatCall) readResponses(body []byte, thinks bool) string {
	var keys map[string]json.RawMessage
	var in struct {
		Model       string          `json:"model"`
		Input       json.RawMessage `json:"input"`
		Stream      bool            `json:"stream"`
		TopLogprobs *int            `json:"top_logprobs"`
		Include     []string        `json:"include"`
		MaxOutput   *int            `json:"max_output_tokens"`
		Temperature *float64        `json:"temperature"`
		TopP        *float64        `json:"top_p"`
		Tools       []struct {
			Type        string          `json:"type"`
			Name        string          `json:"name"`
			Description string          `json:"description"`
			Parameters  json.RawMessage `json:"parameters"`
		} `json:"tools"`
		Text struct {
			Format *struct {
				Type   string          `json:"type"`
				Name   string          `json:"name"`
				Strict bool            `json:"strict"`
				Schema json.RawMessage `json:"schema"`
			} `json:"format"`
		} `json:"text"`
	}
	if json.Unmarshal(body, &keys) != nil || json.Unmarshal(body, &in) != nil || in.Model == "" {
		return "the body is not a request of this API"
	}
	for key := range keys {
		if !slices.Contains(responseKeys, key) {
			return fmt.Sprintf("Unknown parameter: '%s'.", key)
		}
	}
	for i, t := range in.Tools {
		if t.Type == "function" && (t.Name == "" || len(t.Parameters) == 0) {
			return fmt.Sprintf("Missing required parameter: 'tools[%d].name'.", i)
		}
		tool := Tool{Type: t.Type}
		tool.Function.Name, tool.Function.Description, tool.Function.Parameters = t.Name, t.Description, t.Parameters
		c.Tools = append(c.Tools, tool)
	}
	if f := in.Text.Format; f != nil {
		c.Format = &Format{Type: f.Type}
		if f.Type == "json_schema" {
			c.Format.Schema = &struct {
				Name   string          `json:"name"`
				Strict bool            `json:"strict"`
				Schema json.RawMessage `json:"schema"`
			}{f.Name, f.Strict, f.Schema}
		}
	}
	c.MaxCompletion, c.Temperature, c.TopP = in.MaxOutput, in.Temperature, in.TopP
	c.Model, c.Stream, c.TopLogprobs = in.Model, in.Stream, in.TopLogprobs
	c.Logprobs = slices.Contains(in.Include, "message.output_text.logprobs")
	var text string
	if json.Unmarshal(in.Input, &text) == nil {
		c.Messages = []Message{{Role: "user", Content: in.Input}}
		return ""
	}
	var items []json.RawMessage
	if json.Unmarshal(in.Input, &items) != nil || len(items) == 0 {
		return "Invalid type for 'input'."
	}
	return c.readItems(items, thinks)
}

func (c *ChatCall) readItems(items []json.RawMessage, thinks bool) string {
	reasoned := false
	for i, raw := range items {
		var item inputItem
		if json.Unmarshal(raw, &item) != nil {
			return fmt.Sprintf("Invalid 'input[%d]'.", i)
		}
		switch item.Type {
		case "reasoning":
			reasoned = true
		case "function_call":
			if thinks && !reasoned {
				return fmt.Sprintf("Item '%s' of type 'function_call' was provided without its required 'reasoning' item.", item.ID)
			}
			call := ToolCall{ID: item.CallID, Type: "function"}
			call.Function.Name, call.Function.Arguments = item.Name, item.Args
			last := len(c.Messages) - 1
			if last < 0 || c.Messages[last].Role != "assistant" {
				c.Messages = append(c.Messages, Message{Role: "assistant"})
				last++
			}
			c.Messages[last].ToolCalls = append(c.Messages[last].ToolCalls, call)
		case "function_call_output":
			if item.Output == nil {
				return fmt.Sprintf("Missing required parameter: 'input[%d].output'.", i)
			}
			c.Messages = append(c.Messages, Message{Role: "tool", ToolCallID: item.CallID, Content: appendJSON(nil, *item.Output)})
		case "", "message":
			if item.Role != "assistant" {
				reasoned = false
			}
			c.Messages = append(c.Messages, Message{Role: item.Role, Content: chatContent(item.Content)})
		default:
			return fmt.Sprintf("Invalid value: '%s'. Supported values are: 'message', 'function_call', 'function_call_output', 'reasoning'.", item.Type)
		}
	}
	return ""
}

// chatContent makes the content of an item that of a chat's message.
func chatContent(raw json.RawMessage) json.RawMessage {
	var parts []struct {
		Type  string `json:"type"`
		Text  string `json:"text"`
		Image string `json:"image_url"`
	}
	if json.Unmarshal(raw, &parts) != nil {
		return raw
	}
	all := []any{}
	for _, p := range parts {
		switch {
		case strings.HasSuffix(p.Type, "_text"):
			all = append(all, map[string]any{"type": "text", "text": p.Text})
		case p.Type == "input_image":
			all = append(all, map[string]any{"type": "image_url", "image_url": map[string]any{"url": p.Image}})
		default:
			all = append(all, map[string]any{"type": p.Type})
		}
	}
	return appendValue(nil, all)
}

// responseBody is a whole response.
func responseBody(f Fault, c *ChatCall, r *ChatReply) []byte {
	type object = map[string]any
	var output []any
	status, incomplete := "completed", any(nil)
	if r.Reasoning != "" {
		output = append(output, object{"type": "reasoning", "id": "rs_stub", "summary": []any{}})
	}
	part := object{"type": "output_text", "text": r.Text, "annotations": []any{}}
	if c.Logprobs {
		part["logprobs"] = r.Logprobs
	}
	switch {
	case f == Refused:
		part = object{"type": "refusal", "refusal": "I can't help with that."}
	case f == Filtered:
		status, incomplete = "incomplete", object{"reason": "content_filter"}
	case r.Finish == "length":
		status, incomplete = "incomplete", object{"reason": "max_output_tokens"}
	}
	if f != NullContent && (r.Text != "" || len(r.ToolCalls) == 0) {
		output = append(output, object{"type": "message", "id": "msg_stub", "role": "assistant", "status": status, "content": []any{part}})
	}
	for i, call := range r.ToolCalls {
		output = append(output, object{"type": "function_call", "id": fmt.Sprintf("fc_%d", i), "call_id": call.ID, "status": "completed",
			"name": call.Function.Name, "arguments": call.Function.Arguments})
	}
	if output == nil {
		output = []any{}
	}
	u := r.Usage
	return append(appendValue(nil, object{"id": "resp_stub", "object": "response", "status": status, "error": nil, "incomplete_details": incomplete, "model": r.Model, "output": output,
		"usage": object{"input_tokens": u.Prompt, "output_tokens": u.Completion, "total_tokens": u.Total,
			"input_tokens_details": object{"cached_tokens": u.PromptIn.Cached}, "output_tokens_details": object{"reasoning_tokens": u.CompletionIn.Reasoning}}}), '\n')
}

// streamResponse sends a response as server-sent events, of which the last one
// holds it whole.
func (s *Server) streamResponse(w http.ResponseWriter, r *http.Request, f Fault, reply *ChatReply, whole []byte) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	event := func(name string, v any) {
		fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, appendValue(nil, v))
	}
	event("response.created", map[string]any{"type": "response.created"})
	event("response.output_text.delta", map[string]any{"type": "response.output_text.delta", "delta": reply.Text})
	switch f {
	case CutBody:
		http.NewResponseController(w).Flush()
		cut(w)
		return
	case EndEarly:
		return
	case BadEvent:
		w.Write([]byte("data: {\"type\":\"response.output_text.del\n\n"))
	case ErrorEvent:
		event("error", map[string]any{"type": "error", "code": "server_error", "message": "Overloaded"})
		return
	}
	name := "response.completed"
	if strings.Contains(string(whole), `"status":"incomplete"`) {
		name = "response.incomplete"
	}
	event(name, map[string]any{"type": name, "response": json.RawMessage(whole)})
	s.answered.Add(1)
}
