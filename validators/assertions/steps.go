package assertions

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// step is a span as trajectory assertions see it.
type step struct {
	kind    string // "tool", "command", "search", "reasoning", "message", "span"
	name    string
	aliases []string // any of these may match
	args    any      // Undefined = not recorded
	span    *Span
}

// Keys under which instrumentations record tools and their arguments.
func toolNameKeys() []string {
	return []string{
		"tool.name", "tool_name", "tool", "function.name", "function_name", "ai.toolCall.name", "gen_ai.tool.name",
		"agent.tool_name", "agent.tool", "agent.toolName", "codex.mcp.tool",
	}
}

func toolArgumentKeys() []string {
	return []string{
		"tool.args", "tool.arguments", "tool.input", "tool_args", "tool_arguments", "tool_input",
		"function.args", "function.arguments", "function.input", "function_args", "function_arguments",
		"ai.toolCall.args", "ai.toolCall.arguments", "ai.toolCall.input",
		"gen_ai.tool.args", "gen_ai.tool.arguments", "gen_ai.tool.input", "gen_ai.tool.call.args", "gen_ai.tool.call.arguments",
		"agent.tool.args", "agent.tool.arguments", "agent.tool.input",
		"codex.mcp.args", "codex.mcp.arguments", "codex.mcp.input", "args", "arguments", "input",
	}
}

func commandKeys() []string {
	return []string{"codex.command", "command", "command.name", "command_name"}
}

func searchKeys() []string { return []string{"codex.search.query", "search.query", "search_query"} }

// stepForms recognise what keys and names mean.
var stepForms = sync.OnceValue(func() (f struct{ toolName, tool, notTool, argument, notArgument, command, notCommand, search, searchKey, reasoning *regexp.Regexp }) {
	f.toolName = regexp.MustCompile(`(?i)tool.?name|function.?name`)
	f.tool = regexp.MustCompile(`(?i)(?:^|[._])tool(?:$|[._])`)
	f.notTool = regexp.MustCompile(`(?i)result|output|definition`)
	f.argument = regexp.MustCompile(`(?i)(?:^|[._])(?:arguments|args|input)(?:$|[._])`)
	f.notArgument = regexp.MustCompile(`(?i)result|output|error|status`)
	f.command = regexp.MustCompile(`(?i)command`)
	f.notCommand = regexp.MustCompile(`(?i)output|result`)
	f.search = regexp.MustCompile(`(?i)(?:^|[\s._:/-])(?:search|find|lookup|retriev(?:e|al))(?:$|[\s._:/-])`)
	f.searchKey = regexp.MustCompile(`(?i)(?:^|[._])(?:search|lookup|retriev(?:e|al))(?:$|[._])`)
	f.reasoning = regexp.MustCompile(`(?i)^reasoning(?:[_\s]|$)`)
	return f
})

// steps orders the spans of a trace by time and says what each is.
func (t *Trace) steps() []step {
	order := make([]int, len(t.Spans))
	for i := range order {
		order[i] = i
	}
	end := func(s *Span) float64 {
		if s.End != nil {
			return *s.End
		}
		return s.Start
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &t.Spans[a], &t.Spans[b]
		return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(end(x), end(y)))
	})
	commands := map[string]bool{"exec_command": true, "local_shell": true, "shell": true}
	if list, ok := field(t.Metadata, "commandToolNames").([]any); ok {
		for _, x := range list {
			if s, ok := x.(string); ok && jsvalue.Trim(s) != "" {
				commands[lower(jsvalue.Trim(s))] = true
			}
		}
	}
	out := make([]step, len(order))
	for i, at := range order {
		out[i] = stepOf(&t.Spans[at], commands)
	}
	return out
}

func stepOf(s *Span, commands map[string]bool) step {
	out := step{kind: "span", name: s.Name, aliases: []string{s.Name}, args: jsvalue.Undefined, span: s}
	tool := s.toolName()
	args := s.toolArgs()
	runs := tool != "" && commands[lower(jsvalue.Trim(tool))]
	command := s.command(runs, args)
	query := s.searchQuery()
	switch {
	case command != "" && runs:
		out.kind, out.name, out.args = "command", command, args
		out.aliases = append(out.aliases, command, tool, firstWord(command))
	case tool != "":
		out.kind, out.name, out.args = "tool", tool, args
		out.aliases = append(out.aliases, tool)
	case command != "":
		out.kind, out.name = "command", command
		out.aliases = append(out.aliases, command, firstWord(command))
	case query != "":
		out.kind, out.name = "search", query
		out.aliases = append(out.aliases, query)
	case field(s.Attributes, "codex.item.type") == "reasoning" || stepForms().reasoning.MatchString(s.Name):
		out.kind = "reasoning"
		out.aliases = append(out.aliases, "reasoning")
	case field(s.Attributes, "codex.item.type") == "agent_message" || s.Name == "agent response" || s.Name == "send input":
		out.kind = "message"
		out.aliases = append(out.aliases, "message")
	}
	return out
}

func firstWord(s string) string {
	if words := strings.FieldsFunc(s, jsvalue.IsSpace); len(words) > 0 {
		return words[0]
	}
	return s
}

// firstText is the first attribute that holds a text.
func (s *Span) firstText(keys []string) string {
	for _, k := range keys {
		if t := jsvalue.Trim(textField(s.Attributes, k)); t != "" {
			return t
		}
	}
	return ""
}

func (s *Span) toolName() string {
	if t := s.firstText(toolNameKeys()); t != "" {
		return t
	}
	f := stepForms()
	keys, _ := jsvalue.KeysOf(s.Attributes)
	for _, k := range keys {
		t := jsvalue.Trim(textField(s.Attributes, k))
		if t == "" {
			continue
		}
		if t[0] == '[' || t[0] == '{' {
			if v, err := jsvalue.Parse(t); err == nil && isContainer(v) {
				continue
			}
		}
		if f.toolName.MatchString(k) || f.tool.MatchString(k) && !f.notTool.MatchString(k) {
			return t
		}
	}
	if strings.HasPrefix(s.Name, "mcp ") {
		if i := strings.LastIndexByte(s.Name, '/'); i >= 0 && i < len(s.Name)-1 {
			return jsvalue.Trim(s.Name[i+1:])
		}
	}
	return ""
}

func (s *Span) toolArgs() any {
	for _, k := range toolArgumentKeys() {
		if v := structured(field(s.Attributes, k)); !jsvalue.IsUndefined(v) {
			return v
		}
	}
	f := stepForms()
	keys, _ := jsvalue.KeysOf(s.Attributes)
	for _, k := range keys {
		if f.notArgument.MatchString(k) || !f.argument.MatchString(k) {
			continue
		}
		if v := structured(field(s.Attributes, k)); !jsvalue.IsUndefined(v) {
			return v
		}
	}
	return jsvalue.Undefined
}

// structured is an attribute's value; a text that holds JSON is that JSON.
func structured(v any) any {
	if v == nil {
		return jsvalue.Undefined
	}
	s, ok := v.(string)
	if !ok {
		return v
	}
	if s = jsvalue.Trim(s); s == "" {
		return jsvalue.Undefined
	}
	if parsed, err := jsvalue.Parse(s); err == nil {
		return parsed
	}
	return s
}

func (s *Span) command(runs bool, args any) string {
	if t := s.firstText(commandKeys()); t != "" {
		return t
	}
	f := stepForms()
	keys, _ := jsvalue.KeysOf(s.Attributes)
	for _, k := range keys {
		if t := jsvalue.Trim(textField(s.Attributes, k)); t != "" && f.command.MatchString(k) && !f.notCommand.MatchString(k) {
			return t
		}
	}
	if runs && isContainer(args) {
		if c := commandOf(args); c != "" {
			return c
		}
	}
	if rest, ok := strings.CutPrefix(s.Name, "exec "); ok {
		return jsvalue.Trim(rest)
	}
	return ""
}

// commandOf is the command line in a shell tool's arguments.
func commandOf(args any) string {
	v, between := field(args, "cmd"), " "
	if jsvalue.IsUndefined(v) {
		v = field(args, "command")
	}
	if jsvalue.IsUndefined(v) {
		v, between = field(args, "commands"), "; "
	}
	switch v := v.(type) {
	case string:
		return jsvalue.Trim(v)
	case []any:
		var parts []string
		for _, x := range v {
			if t := jsvalue.Trim(jsvalue.ToString(x)); t != "" {
				parts = append(parts, t)
			}
		}
		return strings.Join(parts, between)
	}
	return ""
}

func (s *Span) searchQuery() string {
	if t := s.firstText(searchKeys()); t != "" {
		return t
	}
	if t := s.firstText([]string{"query"}); t != "" && s.searches() {
		return t
	}
	if rest, ok := strings.CutPrefix(s.Name, "search "); ok {
		return jsvalue.Trim(strings.TrimSuffix(strings.TrimPrefix(rest, `"`), `"`))
	}
	return ""
}

func (s *Span) searches() bool {
	f := stepForms()
	if f.search.MatchString(s.Name) || strings.HasPrefix(s.Name, "search ") {
		return true
	}
	keys, _ := jsvalue.KeysOf(s.Attributes)
	return slices.ContainsFunc(keys, func(k string) bool { return k != "query" && f.searchKey.MatchString(k) })
}

// ToolCall is a call of a tool that a trace records.
type ToolCall struct {
	Name   string
	Args   any    // object; empty where none were recorded
	Output any    // nil = not recorded
	Error  string // "" = it did not fail
}

// ToolCalls are the calls of tools in the order of their start.
func (t *Trace) ToolCalls() (calls []ToolCall) {
	for _, s := range t.steps() {
		if s.kind != "tool" {
			continue
		}
		c := ToolCall{Name: s.name, Args: s.args}
		if text, ok := s.args.(string); ok {
			c.Args = parsed(text)
		}
		if _, ok := jsvalue.KeysOf(c.Args); !ok {
			c.Args = map[string]any{}
		}
		for _, key := range []string{"tool.output", "tool.result", "gen_ai.tool.call.result", "output", "result"} {
			if v := field(s.span.Attributes, key); !jsvalue.IsUndefined(v) && c.Output == nil {
				c.Output = v
			}
		}
		if s.span.failed() {
			if c.Error = s.span.StatusMessage; c.Error == "" {
				c.Error = "it failed"
			}
		}
		calls = append(calls, c)
	}
	return calls
}
