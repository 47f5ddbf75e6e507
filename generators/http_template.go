package generators

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/GaboBase/arch-genops/pipeline"
)

// names are what a request template can speak of, written without a dot.
var names = []string{"id", "input", "messages", "vars"}

// templateEncoder compiles a request template. Names become fields of the
// template's data, so that one compiled template serves all requests.
func templateEncoder(text string) (func(pipeline.Request) ([]byte, error), error) {
	funcs := template.FuncMap{"json": encodeJSON}
	for _, n := range names {
		funcs[n] = func() string { return "" } // lets the parser accept the name
	}
	t, err := template.New("request").Option("missingkey=error").Funcs(funcs).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("runtime.http.request: %s (known: json, %s)", strings.TrimPrefix(err.Error(), "template: "), strings.Join(names, ", "))
	}
	for _, defined := range t.Templates() {
		bindNames(defined.Root)
	}
	encode := func(r pipeline.Request) ([]byte, error) { return render(t, r) }
	return encode, probe(encode)
}

func encodeJSON(v any) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// bindNames replaces names by fields of $, the data.
func bindNames(node parse.Node) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, child := range n.Nodes {
				bindNames(child)
			}
		}
	case *parse.ActionNode:
		bindNames(n.Pipe)
	case *parse.IfNode:
		bindBranch(&n.BranchNode)
	case *parse.RangeNode:
		bindBranch(&n.BranchNode)
	case *parse.WithNode:
		bindBranch(&n.BranchNode)
	case *parse.TemplateNode:
		bindNames(n.Pipe)
	case *parse.PipeNode:
		if n != nil {
			for _, c := range n.Cmds {
				bindNames(c)
			}
		}
	case *parse.CommandNode:
		for i, arg := range n.Args {
			n.Args[i] = bound(arg)
		}
	}
}

func bindBranch(n *parse.BranchNode) {
	bindNames(n.Pipe)
	bindNames(n.List)
	bindNames(n.ElseList)
}

func bound(arg parse.Node) parse.Node {
	switch n := arg.(type) {
	case *parse.IdentifierNode:
		if slices.Contains(names, n.Ident) {
			return &parse.VariableNode{NodeType: parse.NodeVariable, Pos: n.Pos, Ident: []string{"$", n.Ident}}
		}
	case *parse.ChainNode:
		if v, ok := bound(n.Node).(*parse.VariableNode); ok {
			return &parse.VariableNode{NodeType: parse.NodeVariable, Pos: n.Pos, Ident: append(v.Ident, n.Field...)}
		}
		bindNames(n.Node)
	case *parse.PipeNode:
		bindNames(n)
	}
	return arg
}

func render(t *template.Template, r pipeline.Request) ([]byte, error) {
	vars := r.Vars
	if vars == nil {
		vars = map[string]any{}
	}
	messages := make([]map[string]string, len(r.Messages))
	for i, m := range r.Messages {
		messages[i] = map[string]string{"role": m.Role, "content": m.Content}
	}
	data := map[string]any{"id": r.ID, "input": r.Input, "vars": vars, "messages": messages}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return nil, explainTemplate(err, vars)
	}
	if !json.Valid(b.Bytes()) {
		return nil, &badJSON{excerpt(b.Bytes(), 200)}
	}
	return b.Bytes(), nil
}

type badJSON struct{ text string }

func (e *badJSON) Error() string {
	return "runtime.http.request does not render valid JSON: " + e.text
}

// explainTemplate names a missing variable, and those that exist.
func explainTemplate(err error, vars map[string]any) error {
	if _, key, ok := strings.Cut(err.Error(), "map has no entry for key "); ok {
		return fmt.Errorf("runtime.http.request needs the variable %s, which this case does not have (it has: %s)",
			key, strings.Join(slices.Sorted(maps.Keys(vars)), ", "))
	}
	return fmt.Errorf("runtime.http.request: %w", err)
}

// probe finds a template that breaks on quotes: it is valid with a plain input
// and not with an awkward one. What depends on variables shows only later.
func probe(encode func(pipeline.Request) ([]byte, error)) error {
	awkward := "\"a\"\n\\"
	_, err := encode(pipeline.Request{ID: "c1#1", Input: awkward, Messages: []pipeline.Message{{Role: "user", Content: awkward}}})
	var bad *badJSON
	if !errors.As(err, &bad) {
		return nil
	}
	if _, err := encode(pipeline.Request{ID: "c1#1", Input: "a", Messages: []pipeline.Message{{Role: "user", Content: "a"}}}); err == nil {
		return errors.New("runtime.http.request renders broken JSON as soon as an input holds a quote: write {{json input}}, without quotes around it")
	}
	return fmt.Errorf("%w; write values as {{json input}}, without quotes around them", bad)
}

// pathDecoder reads the answer at a dotted path with array indexes, such as
// "choices.0.text" or "choices[0].text".
func pathDecoder(path string) (func([]byte, string) (pipeline.Asset, error), error) {
	var steps []string
	if path != "" {
		normal := strings.NewReplacer("[", ".", "]", "").Replace(strings.TrimPrefix(path, "$."))
		steps = strings.Split(normal, ".")
		if slices.Contains(steps, "") {
			return nil, fmt.Errorf("runtime.http.response %q is not a path like result.label or choices.0.text", path)
		}
	}
	return func(body []byte, contentType string) (pipeline.Asset, error) {
		if len(steps) == 0 {
			return wholeBody(body, contentType)
		}
		value, err := lookUp(body, steps)
		if err != nil {
			if !json.Valid(body) {
				return pipeline.Asset{}, notJSON(body, contentType, err)
			}
			return pipeline.Asset{}, fmt.Errorf("runtime.http.response %q: %w", path, err)
		}
		var a pipeline.Asset
		a.Text, a.JSON = textOf(value)
		return a, nil
	}, nil
}

func wholeBody(body []byte, contentType string) (a pipeline.Asset, err error) {
	trimmed := bytes.TrimSpace(body)
	if json.Valid(trimmed) {
		a.Text, a.JSON = textOf(trimmed)
		return a, nil
	}
	if strings.Contains(contentType, "html") || len(trimmed) == 0 || strings.Contains(contentType, "json") {
		return a, notJSON(body, contentType, errors.New("neither JSON nor plain text"))
	}
	a.Text = string(bytes.ToValidUTF8(trimmed, []byte("\uFFFD")))
	return a, nil
}

// lookUp follows steps into a JSON value.
func lookUp(value json.RawMessage, steps []string) (json.RawMessage, error) {
	for i, step := range steps {
		at := "the reply"
		if i > 0 {
			at = strings.Join(steps[:i], ".")
		}
		value = bytes.TrimLeft(value, " \t\r\n")
		switch {
		case len(value) > 0 && value[0] == '{':
			var object map[string]json.RawMessage
			if err := json.Unmarshal(value, &object); err != nil {
				return nil, err
			}
			next, ok := object[step]
			if !ok {
				return nil, fmt.Errorf("%s has no %q (it has: %s)", at, step, excerpt([]byte(strings.Join(slices.Sorted(maps.Keys(object)), ", ")), 200))
			}
			value = next
		case len(value) > 0 && value[0] == '[':
			var list []json.RawMessage
			if err := json.Unmarshal(value, &list); err != nil {
				return nil, err
			}
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(list) {
				return nil, fmt.Errorf("%s is a list of %d, which has no %q", at, len(list), step)
			}
			value = list[n]
		default:
			return nil, fmt.Errorf("%s is %s, which has no %q", at, excerpt(value, 60), step)
		}
	}
	return value, nil
}
