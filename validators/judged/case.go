package judged

import (
	"slices"
	"strings"
)

// Case is what a metric may look at. A nil pointer or slice is a value that is
// missing; an empty slice is an empty list, which is something else.
type Case struct {
	Input         string
	Output        *string // the answer to judge
	Expected      *string // the answer as it should be
	Context       []string
	Retrieval     []string // what was retrieved for the answer
	ToolsCalled   []Tool
	ExpectedTools []Tool
	Turns         []Turn           // of a conversation
	Role          *string          // that the assistant is to play
	Scenario      *string          // of the conversation
	Outcome       *string          // that the conversation should have
	Servers       []map[string]any // of MCP: server_name, available_tools, available_resources, available_prompts
	MCPCalls      map[string]any   // what was called of them beside tools
	Trace         any              // the steps before the answer, as JSON; nil = not known
	Metadata      map[string]any
	Tags          []string
}

// Turn is one message of a conversation.
type Turn struct {
	Role    string `json:"role"` // "user" or "assistant"
	Content string `json:"content"`
	// What the assistant was given and did for this turn.
	Retrieval   []string `json:"retrieval_context,omitempty"`
	ToolsCalled []Tool   `json:"tools_called,omitempty"`
}

// Tool is a call of a tool, or a tool that could be called. Input and Output
// hold JSON as encoding/json decodes it, with json.Number or float64.
type Tool struct {
	Name        string         `json:"name"`
	Type        string         `json:"type,omitempty"` // "" = a function
	Description string         `json:"description,omitempty"`
	Input       map[string]any `json:"input_parameters,omitempty"` // nil = none were told
	Output      any            `json:"output,omitempty"`
}

// Field is a part of a Case by the name that users of DeepEval know.
type Field string

// The fields.
const (
	Input            Field = "input"
	ActualOutput     Field = "actual_output"
	ExpectedOutput   Field = "expected_output"
	Context          Field = "context"
	RetrievalContext Field = "retrieval_context"
	ToolsCalled      Field = "tools_called"
	ExpectedTools    Field = "expected_tools"
	Turns            Field = "turns"
	ChatbotRole      Field = "chatbot_role"
	Scenario         Field = "scenario"
	ExpectedOutcome  Field = "expected_outcome"
	Trace            Field = "trace"
	MCPServers       Field = "mcp_servers"
	Metadata         Field = "metadata"
	Tags             Field = "tags"
	Role             Field = "role"    // of each turn
	Content          Field = "content" // of each turn
)

var allFields = []Field{Input, ActualOutput, ExpectedOutput, Context, RetrievalContext, ToolsCalled, ExpectedTools, Turns, ChatbotRole,
	Scenario, ExpectedOutcome, Metadata, Tags}

func listFields(fields []Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}

// has says whether the field is there. As in DeepEval an empty output is
// missing, an empty list is not, and an input may be empty.
func (c *Case) has(f Field) bool {
	switch f {
	case Input:
		return true
	case ActualOutput:
		return c.Output != nil && *c.Output != ""
	case ExpectedOutput:
		return c.Expected != nil
	case Context:
		return c.Context != nil
	case RetrievalContext:
		return c.Retrieval != nil
	case ToolsCalled:
		return c.ToolsCalled != nil
	case ExpectedTools:
		return c.ExpectedTools != nil
	case Turns:
		return len(c.Turns) > 0
	case ChatbotRole:
		return c.Role != nil
	case Scenario:
		return c.Scenario != nil
	case ExpectedOutcome:
		return c.Outcome != nil
	case MCPServers:
		return len(c.Servers) > 0 || c.Servers != nil && c.Turns == nil // as DeepEval has it
	case Trace:
		return c.Trace != nil
	case Metadata:
		return c.Metadata != nil
	case Tags:
		return c.Tags != nil
	}
	return false
}

// blank says whether a field holds nothing that could be judged.
func (c *Case) blank(f Field) bool {
	switch f {
	case ActualOutput:
		return trim(*c.Output) == ""
	case ExpectedOutput:
		return trim(*c.Expected) == ""
	case Context:
		return allBlank(c.Context)
	case RetrievalContext:
		return allBlank(c.Retrieval)
	case ChatbotRole:
		return trim(*c.Role) == ""
	case Scenario:
		return trim(*c.Scenario) == ""
	case ExpectedOutcome:
		return trim(*c.Outcome) == ""
	case MCPServers:
		return len(c.Servers) == 0
	case Trace:
		return falsy(c.Trace)
	case Metadata:
		return len(c.Metadata) == 0
	case Tags:
		return allBlank(c.Tags)
	}
	return false
}

func allBlank(texts []string) bool {
	return !slices.ContainsFunc(texts, func(t string) bool { return trim(t) != "" })
}

// value is the field as a prompt shows it.
func (c *Case) value(f Field) any {
	switch f {
	case Input:
		return c.Input
	case ActualOutput:
		return *c.Output
	case ExpectedOutput:
		return *c.Expected
	case Context:
		return c.Context
	case RetrievalContext:
		return c.Retrieval
	case ToolsCalled:
		return c.ToolsCalled
	case ExpectedTools:
		return c.ExpectedTools
	case Turns:
		return c.Turns
	case ChatbotRole:
		return *c.Role
	case Scenario:
		return *c.Scenario
	case ExpectedOutcome:
		return *c.Outcome
	case Metadata:
		return c.Metadata
	case Tags:
		return c.Tags
	}
	return nil
}
