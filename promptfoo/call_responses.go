package promptfoo

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/pipeline"
)

// responsesKind is the provider of models behind OpenAI's Responses API.
const responsesKind = "openai_responses"

func isResponses(ref string) bool {
	kind, _, _ := generators.SplitModel(ref)
	return kind == responsesKind
}

// responsesFormat is a response_format as the API wants it.
func responsesFormat(f, inner map[string]any, schema any) map[string]any {
	out := map[string]any{"type": "json_schema", "name": "response_schema", "schema": schema, "strict": true}
	for _, from := range []map[string]any{f, inner} {
		if name, ok := from["name"].(string); ok && name != "" {
			out["name"] = name
		}
		if strict, ok := from["strict"].(bool); ok {
			out["strict"] = strict
		}
	}
	return out
}

// itemsText is the output of an answer of several items: one text each, a line
// after the other.
func itemsText(a pipeline.Asset) string {
	var items []json.RawMessage
	if !a.Echo.Of(responsesKind) || json.Unmarshal(a.Echo.Content, &items) != nil {
		return a.Text
	}
	var all []string
	for _, raw := range items {
		item, err := jsvalue.Parse(string(raw))
		if err != nil {
			continue
		}
		if text := itemText(item); text != "" {
			all = append(all, text)
		}
	}
	return strings.Join(all, "\n")
}

func itemText(item any) string {
	switch textAt(item, "type") {
	case "message":
		return joined(item, "content", "")
	case "function_call":
		if textAt(item, "arguments") == "{}" && textAt(item, "status") == "completed" {
			item = jsvalue.NewObject("type", "function_call", "name", textAt(item, "name"), "status", "no_arguments_provided")
		}
		text, _ := jsvalue.Stringify(item, "")
		return text
	case "reasoning":
		if text := joined(item, "summary", "\n"); text != "" {
			return "Reasoning: " + text
		}
	case "web_search_call":
		return searchText(item)
	case "code_interpreter_call":
		return "Code Interpreter: " + textAt(item, "code")
	case "mcp_call":
		if why := textAt(item, "error"); why != "" {
			return fmt.Sprintf("MCP Tool Error (%s): %s", textAt(item, "name"), why)
		}
		return fmt.Sprintf("MCP Tool Result (%s): %s", textAt(item, "name"), textAt(item, "output"))
	}
	return ""
}

func searchText(item any) string {
	action, _ := jsvalue.Field(item, "action")
	switch kind := textAt(action, "type"); kind {
	case "":
		return fmt.Sprintf("Web Search Call (status: %s)", textAt(item, "status"))
	case "search":
		return fmt.Sprintf("Web Search: \"%s\"", textAt(action, "query"))
	case "open_page":
		return "Opening page: " + textAt(action, "url")
	case "find_in_page":
		return fmt.Sprintf("Finding in page: \"%s\"", textAt(action, "query"))
	default:
		return "Web action: " + kind
	}
}

// joined are the texts of a list of parts.
func joined(item any, key, between string) string {
	v, _ := jsvalue.Field(item, key)
	list, _ := v.([]any)
	var all []string
	for _, part := range list {
		if text := textAt(part, "text"); text != "" {
			all = append(all, text)
		}
	}
	return strings.Join(all, between)
}
