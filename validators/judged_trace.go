package validators

import (
	"errors"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// traceOf is what is known of the steps before an answer, as a judge is shown it:
// the agent's own spans, or its calls of tools, and of a recorded answer the trace
// that the test set holds. nil = nobody tells whether there were any.
func traceOf(s pipeline.Subject) any {
	if given := s.Metadata["trace"]; given != nil && s.Asset.Talk != nil && !s.Asset.Asked() {
		return given
	}
	uses, known := toolUses(s.Asset)
	if !known {
		return nil
	}
	if s.Asset.Talk == nil {
		return map[string]any{"input": s.Request.Input, "steps": stepsOf(s.Asset.Trace, uses), "output": s.Asset.Text}
	}
	turns := make([]any, len(s.Asset.Talk.Turns))
	for i, t := range s.Asset.Talk.Turns {
		turn := map[string]any{"role": t.Role, "content": t.Content}
		if steps := stepsOf(t.Trace, t.Tools); len(steps) > 0 {
			turn["steps"] = steps
		}
		turns[i] = turn
	}
	return map[string]any{"turns": turns}
}

// stepsOf are spans, and the calls of tools where no span tells of them.
func stepsOf(t *pipeline.Trace, uses []pipeline.ToolUse) []any {
	steps := []any{}
	if t != nil {
		for _, span := range t.Spans {
			steps = append(steps, span)
		}
	}
	if len(steps) == 0 || len(usesIn(t)) == 0 {
		for _, u := range uses {
			steps = append(steps, u)
		}
	}
	return steps
}

// fromMCP takes the MCP servers that a test set says there are.
func fromMCP(c *judged.Case, metadata map[string]any) error {
	list, ok := metadata["mcp_servers"].([]any)
	if !ok {
		return nil
	}
	c.Servers = []map[string]any{}
	for _, x := range list {
		server, ok := x.(map[string]any)
		if !ok {
			return errors.New("mcp_servers holds something that is no object")
		}
		c.Servers = append(c.Servers, server)
	}
	return nil
}

// mcpCalls are what a recorded answer called of MCP servers beside tools.
func mcpCalls(metadata map[string]any) map[string]any {
	out := map[string]any{}
	for _, key := range []string{"mcp_resources_called", "mcp_prompts_called"} {
		if list, _ := metadata[key].([]any); len(list) > 0 {
			out[key] = list
		}
	}
	return out
}
