package generators

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
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
	if pieces, ok := plainPieces(t.Root); ok {
		encode = func(r pipeline.Request) ([]byte, error) { return join(pieces, r) }
	}
	return encode, probe(encode)
}

// plainPieces takes a template apart that is nothing but text and
// {{json input}} or {{json id}}, the common case, for which executing it is a
// waste: text at even places, a name at odd ones.
func plainPieces(root *parse.ListNode) ([]string, bool) {
	pieces := []string{""}
	for _, node := range root.Nodes {
		switch n := node.(type) {
		case *parse.TextNode:
			pieces[len(pieces)-1] += string(n.Text)
		case *parse.ActionNode:
			switch name := n.Pipe.String(); name {
			case "json $.input", "json $.id":
				pieces = append(pieces, strings.TrimPrefix(name, "json $."), "")
			default:
				return nil, false
			}
		default:
			return nil, false
		}
	}
	return pieces, true
}

func join(pieces []string, r pipeline.Request) ([]byte, error) {
	var b []byte
	for i, p := range pieces {
		switch {
		case i%2 == 0:
			b = append(b, p...)
		case p == "id":
			b = appendString(b, r.ID)
		default:
			b = appendString(b, r.Input)
		}
	}
	return checked(b)
}

func checked(body []byte) ([]byte, error) {
	if !json.Valid(body) {
		return nil, &badJSON{excerpt(body, 200)}
	}
	return body, nil
}

func encodeJSON(v any) (string, error) {
	if s, ok := v.(string); ok {
		return string(appendString(nil, s)), nil
	}
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
	return checked(b.Bytes())
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
