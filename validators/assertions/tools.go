package assertions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// buildFunctionCall checks a call against the provider's functions. promptfoo
// leaves not- without effect here.
func buildFunctionCall(s *spec, _ any) (judgeFunc, error) {
	return func(ctx context.Context, c *call) (grade, error) {
		p := c.of.Provider
		if !p.Checks {
			return grade{reason: "this provider can't check function calls"}, nil
		}
		if p.Google {
			return c.googleCall(ctx)
		}
		v := c.output
		if f := field(v, "function_call"); !jsvalue.IsUndefined(f) {
			v = f
		}
		return c.checkCall(ctx, v, p.Functions)
	}, nil
}

// checkCall checks {name, arguments} against functions with schemas.
func (c *call) checkCall(ctx context.Context, v any, functions any) (grade, error) {
	name, isName := field(v, "name").(string)
	text, isText := field(v, "arguments").(string)
	if !isName || !isText {
		return grade{reason: "not a function call: " + shown(v)}, nil
	}
	args, err := jsvalue.Parse(text)
	if err != nil {
		return grade{reason: fmt.Sprintf("the arguments of %s are no JSON: %v", quote(name), err)}, nil
	}
	list, _ := functions.([]any)
	i := slices.IndexFunc(list, func(f any) bool { return field(f, "name") == name })
	if i < 0 || !jsvalue.Truthy(field(list[i], "parameters")) {
		return grade{reason: fmt.Sprintf("there is no function %s with parameters", quote(name))}, nil
	}
	return c.checkArguments(ctx, name, args, field(list[i], "parameters"))
}

func (c *call) checkArguments(ctx context.Context, name string, args, parameters any) (grade, error) {
	sch, err := newSchema(parameters, c.deps.Regexps, c.mode)
	if err != nil {
		return grade{reason: fmt.Sprintf("function %s: %v", quote(name), err)}, nil
	}
	problem, err := sch.check(ctx, args)
	switch {
	case errors.Is(err, ErrUnavailable):
		return grade{}, err
	case err != nil:
		problem = err.Error()
	}
	if problem != "" {
		return grade{reason: fmt.Sprintf("the arguments of %s: %s", quote(name), problem)}, nil
	}
	return grade{pass: true, score: 1}, nil
}

// googleCall checks calls as Google's models make them.
func (c *call) googleCall(ctx context.Context) (grade, error) {
	v := c.output
	if s, ok := v.(string); ok {
		parsed, err := jsvalue.Parse(s)
		if err != nil {
			return grade{reason: "not a function call: " + quote(s)}, nil
		}
		v = parsed
	}
	var calls []any
	if list, ok := v.([]any); ok {
		for _, x := range list {
			if f := field(x, "functionCall"); !jsvalue.IsUndefined(f) {
				calls = append(calls, f)
			}
		}
	} else if list, ok := field(field(v, "toolCall"), "functionCalls").([]any); ok {
		calls = list
	} else {
		return grade{reason: "not a function call: " + shown(v)}, nil
	}
	for _, x := range calls {
		if g, err := c.googleArguments(ctx, x); err != nil || !g.pass {
			return g, err
		}
	}
	return grade{pass: true, score: 1}, nil
}

func (c *call) googleArguments(ctx context.Context, v any) (grade, error) {
	name := textField(v, "name")
	args := field(v, "args")
	if s, ok := args.(string); ok {
		parsed, err := jsvalue.Parse(s)
		if err != nil {
			return grade{reason: fmt.Sprintf("the arguments of %s are no JSON", quote(name))}, nil
		}
		args = parsed
	}
	tools, _ := c.of.Provider.Tools.([]any)
	for _, t := range tools {
		list, _ := field(t, "functionDeclarations").([]any)
		for _, f := range list {
			if field(f, "name") != name {
				continue
			}
			keys, _ := jsvalue.KeysOf(args)
			parameters := field(f, "parameters")
			switch {
			case len(keys) > 0 && jsvalue.Truthy(parameters):
				return c.checkArguments(ctx, name, args, lowerTypes(parameters))
			case len(keys) == 0 && !jsvalue.Truthy(parameters):
				return grade{pass: true, score: 1}, nil
			}
			return grade{reason: fmt.Sprintf("the arguments of %s are %s", quote(name), shown(args))}, nil
		}
	}
	return grade{reason: fmt.Sprintf("there is no function %s", quote(name))}, nil
}

// lowerTypes writes the types of Google's schemas as JSON schema does.
func lowerTypes(v any) any {
	if list, ok := v.([]any); ok {
		out := make([]any, len(list))
		for i, x := range list {
			out[i] = lowerTypes(x)
		}
		return out
	}
	keys, ok := jsvalue.KeysOf(v)
	if !ok {
		return v
	}
	o := jsvalue.NewObject()
	for _, k := range keys {
		x := field(v, k)
		if s, isText := x.(string); isText && k == "type" {
			o.Set(k, strings.ToLower(s))
			continue
		}
		o.Set(k, lowerTypes(x))
	}
	return o
}

// mcpResult finds what a tool server's result looks like in a text.
func mcpResult(text string) (failed, found bool) {
	failed = strings.Contains(text, "MCP Tool Error")
	return failed, failed || strings.Contains(text, "MCP Tool Result")
}

func buildToolsCall(s *spec, _ any) (judgeFunc, error) {
	return func(ctx context.Context, c *call) (grade, error) {
		if failed, found := mcpResult(c.text); found {
			if failed {
				return grade{reason: "a tool failed: " + quote(c.text)}, nil
			}
			return grade{pass: true, score: 1}, nil
		}
		v := c.output
		if v == nil {
			return grade{}, errors.New("the output is null")
		}
		if t := field(v, "tool_calls"); !jsvalue.IsUndefined(t) {
			v = t
		}
		list, _ := v.([]any)
		looks := len(list) > 0
		for _, x := range list {
			f := field(x, "function")
			looks = looks && isString(field(f, "name")) && isString(field(f, "arguments"))
		}
		if !looks {
			return grade{reason: "not tool calls: " + shown(v)}, nil
		}
		if !jsvalue.Truthy(c.of.Provider.Tools) {
			return grade{reason: "the provider has no tools, but the output calls some"}, nil
		}
		tools, ok := c.of.Provider.Tools.([]any)
		if !ok {
			return grade{}, fmt.Errorf("the provider's tools are %s, not a list", shown(c.of.Provider.Tools))
		}
		var functions []any
		for _, t := range tools {
			if f := field(t, "function"); field(t, "type") == "function" && !jsvalue.IsUndefined(f) {
				functions = append(functions, f)
			}
		}
		for _, x := range list {
			if g, err := c.checkCall(ctx, field(x, "function"), functions); err != nil || !g.pass {
				return g, err
			}
		}
		return grade{pass: true, score: 1}, nil
	}, nil
}

func buildToolF1(s *spec, value any) (judgeFunc, error) {
	var names []string
	switch v := value.(type) {
	case []any:
		for _, x := range v {
			names = append(names, jsvalue.ToString(x))
		}
	case string:
		names = strings.Split(v, ",")
	default:
		return nil, fmt.Errorf("value %s: allowed are a list of tools, and a text with commas", shown(value))
	}
	expected := map[string]bool{}
	for _, n := range names {
		if n = jsvalue.Trim(n); n != "" {
			expected[n] = true
		}
	}
	if len(expected) == 0 {
		return nil, errors.New("value names no tool")
	}
	return func(_ context.Context, c *call) (grade, error) {
		called := calledTools(c.output)
		both := 0
		for n := range expected {
			if called[n] {
				both++
			}
		}
		f1 := 0.0
		if both > 0 {
			p, r := float64(both)/float64(len(called)), float64(both)/float64(len(expected))
			f1 = 2 * (p * r) / (p + r)
		}
		g := s.scored(f1, 1, func(score, threshold float64) string {
			return fmt.Sprintf("F1 of the tools is %s; the threshold is %s; called: %s", number(score), number(threshold), nameList(called))
		})
		g.score = f1 // also under not-
		return g, nil
	}, nil
}

func nameList(set map[string]bool) string {
	var names []string
	for n := range set {
		names = append(names, n)
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "none"
	}
	return cut(strings.Join(names, ", "))
}

// calledTools are the names of the tools that an output calls, in the forms of
// OpenAI, Anthropic and Google, as values or as JSON in a text.
func calledTools(output any) map[string]bool {
	names := map[string]bool{}
	collectTools(output, names)
	return names
}

func collectTools(v any, names map[string]bool) {
	if s, ok := v.(string); ok {
		if parsed, err := jsvalue.Parse(s); err == nil {
			collectTools(parsed, names)
			return
		}
		for _, block := range jsonBlocks(s) {
			collectTools(block, names)
		}
		return
	}
	add := func(n any) bool {
		name, ok := n.(string)
		if ok {
			names[name] = true
		}
		return ok
	}
	if list, ok := v.([]any); ok {
		for _, x := range list {
			switch {
			case field(x, "type") == "tool_use" && add(field(x, "name")):
			case isContainer(field(x, "functionCall")):
				add(field(field(x, "functionCall"), "name"))
			case isContainer(field(x, "function")):
				add(field(field(x, "function"), "name"))
			default:
				add(field(x, "name"))
			}
		}
		return
	}
	if list, ok := field(v, "tool_calls").([]any); ok {
		for _, x := range list {
			add(field(field(x, "function"), "name"))
			add(field(x, "name"))
		}
		return
	}
	typ := field(v, "type")
	switch {
	case (typ == "tool_use" || typ == "function_call") && add(field(v, "name")):
	case isContainer(field(v, "functionCall")):
		add(field(field(v, "functionCall"), "name"))
	case isContainer(field(v, "toolCall")):
		list, _ := field(field(v, "toolCall"), "functionCalls").([]any)
		for _, x := range list {
			add(field(x, "name"))
		}
	}
}

func isContainer(v any) bool { return v != nil && isObject(v) }

// maxBlockWork bounds the search for the ends of blocks.
const maxBlockWork = 64 << 20

// jsonBlocks are the JSON values of a mixed text that fill whole lines: each
// starts a line and ends one. What stands in fenced blocks does not count.
func jsonBlocks(s string) []any {
	var out []any
	work := maxBlockWork + 4*len(s)
	var open *fence
	for i := 0; i < len(s); {
		end := len(s)
		if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
			end = i + n
		}
		line := s[i:end]
		next := end + 1
		f, isFence := readFence(line)
		switch {
		case open != nil:
			if isFence && f.mark == open.mark && f.n >= open.n && jsvalue.Trim(f.info) == "" {
				open = nil
			}
		case isFence:
			open = &f
		default:
			at := i + len(line) - len(strings.TrimLeft(line, " \t"))
			if at == len(s) || s[at] != '{' && s[at] != '[' {
				break
			}
			stop := blockEnd(s, at)
			if stop < 0 {
				work -= len(s) - at // that is how far it was looked for
			} else {
				work -= stop - at
			}
			if work < 0 {
				return out
			}
			if stop < 0 {
				break
			}
			if v, err := jsvalue.Parse(s[at:stop]); err == nil {
				out = append(out, v)
				next = stop
			}
		}
		i = next
	}
	return out
}

// blockEnd is the place behind the bracket that closes the one at i, when it
// ends a line; -1 = none.
func blockEnd(s string, i int) int {
	depth := 0
	quoted := false
	for j := i; j < len(s); j++ {
		switch c := s[j]; {
		case quoted && c == '\\':
			j++
		case c == '"':
			quoted = !quoted
		case quoted && c == '\n':
			return -1
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				rest, _, _ := strings.Cut(s[j+1:], "\n")
				if jsvalue.Trim(rest) == "" {
					return j + 1
				}
				return -1
			}
		}
	}
	return -1
}
