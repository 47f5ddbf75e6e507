package evals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

// RecordedAgent is the agent's ID in a run over recorded answers that names none.
const RecordedAgent = "recorded"

// recordedTurns are a case's answers as its test set holds them: a conversation
// that ends with the assistant, or an actual_output.
func recordedTurns(c *testsets.Case) ([]pipeline.Turn, error) {
	var turns []pipeline.Turn
	if list, ok := c.Metadata["turns"].([]any); ok {
		for i, x := range list {
			t, err := recordedTurn(x)
			if err != nil {
				return nil, fmt.Errorf("turn %d: %w", i+1, err)
			}
			turns = append(turns, t)
		}
	} else if text, ok := c.Metadata["actual_output"].(string); ok {
		for _, m := range c.Messages {
			turns = append(turns, pipeline.Turn{Role: m.Role, Content: m.Content, Given: true})
		}
		answer, err := recordedTurn(map[string]any{"role": "assistant", "content": text, "tools_called": c.Metadata["tools_called"],
			"mcp_tools_called": c.Metadata["mcp_tools_called"]})
		if err != nil {
			return nil, err
		}
		turns = append(turns, pipeline.Turn{Role: "user", Content: c.Input}, answer)
	}
	if len(turns) == 0 || !testsets.IsAssistant(turns[len(turns)-1].Role) {
		return nil, errors.New("it holds no recorded answer to judge: a conversation whose last turn is the assistant's, or actual_output")
	}
	return turns, nil
}

// Answered says whether a case holds its answer, so that it can be judged as recorded.
func Answered(c *testsets.Case) bool {
	_, err := recordedTurns(c)
	return err == nil
}

// nobody stands for an agent that is not asked.
type nobody struct{}

// Generate is never called.
func (nobody) Generate(context.Context, pipeline.Request) (pipeline.Asset, error) {
	return pipeline.Asset{}, errors.New("recorded answers are judged, and nobody is asked")
}

// recordedTurn reads a turn with the calls of tools that DeepEval notes with it.
func recordedTurn(x any) (t pipeline.Turn, err error) {
	data, err := json.Marshal(x)
	if err != nil {
		return t, err
	}
	var raw struct {
		Role, Content string
		Tools         []struct {
			Name   string          `json:"name"`
			Input  json.RawMessage `json:"input_parameters"`
			Camel  json.RawMessage `json:"inputParameters"`
			Output json.RawMessage `json:"output"`
		} `json:"tools_called"`
		MCP []struct {
			Name         string
			Args, Result json.RawMessage
		} `json:"mcp_tools_called"`
	}
	if text, ok := x.(string); ok { // in a native set, the user's
		return pipeline.Turn{Role: "user", Content: text}, nil
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return t, err
	}
	t = pipeline.Turn{Role: raw.Role, Content: raw.Content}
	if raw.Tools != nil || raw.MCP != nil {
		t.Trace = &pipeline.Trace{} // its calls are known, and there were no others
	}
	for _, tool := range raw.Tools {
		use := pipeline.ToolUse{ToolCall: pipeline.ToolCall{Name: tool.Name, Args: tool.Input}, Output: tool.Output}
		if use.Args == nil {
			use.Args = tool.Camel
		}
		t.Tools = append(t.Tools, use)
	}
	for _, tool := range raw.MCP {
		t.Tools = append(t.Tools, pipeline.ToolUse{ToolCall: pipeline.ToolCall{Name: tool.Name, Args: tool.Args}, Output: tool.Result})
	}
	return t, nil
}
