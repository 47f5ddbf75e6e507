package script

import (
	"slices"
	"strings"
	"sync"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/parser"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// plain is inline code that does no more than look at its arguments, compare and
// choose, as most assertions do: it has no loop, calls nothing but methods of texts
// whose time is bounded, and reaches nothing. So it runs here, where a child would
// cost more than the code. What is beyond it - a value of another kind, a rare rule
// of the language, whatever JavaScript throws at - is left to the child: nothing
// has happened yet.
type plain struct {
	params []string
	live   []string // as of Code
	body   []ast.Statement
}

const (
	maxPlainSource = 2 << 10
	maxPlainValue  = 64 << 10 // bytes of one text
	maxPlains      = 1000     // that are kept
)

// plains are the pieces of code that were seen; nil for one that isn't plain.
type plains struct {
	mu   sync.Mutex
	kept map[string]*plain
}

func (p *plains) of(c Code) *plain {
	if c.Kind != KindExpression && c.Kind != KindFunctionBody || c.Member != nil || c.Tree || len(c.Source) > maxPlainSource || !mayBePlain(c.Source) {
		return nil
	}
	text := c.text()
	p.mu.Lock()
	defer p.mu.Unlock()
	if one, ok := p.kept[text]; ok && (one == nil || slices.Equal(one.live, c.Live)) {
		return one
	}
	if p.kept == nil || len(p.kept) >= maxPlains {
		p.kept = map[string]*plain{}
	}
	one := newPlain(text, c)
	p.kept[text] = one
	return one
}

// mayBePlain is false where a text holds what plain code has not, so that it need
// not be read to know.
func mayBePlain(source string) bool {
	return !slices.ContainsFunc([]string{"=>", "`", "...", "function", "new ", "await ", "Math.", "Object."}, func(word string) bool { return strings.Contains(source, word) })
}

func newPlain(text string, c Code) (p *plain) {
	defer func() {
		if recover() != nil { // what the parser can't take is for a child, which may break
			p = nil
		}
	}()
	program, err := parser.ParseFile(nil, "", text, 0)
	if err != nil || len(program.Body) != 1 {
		return nil
	}
	statement, ok := program.Body[0].(*ast.ExpressionStatement)
	if !ok {
		return nil
	}
	function, ok := statement.Expression.(*ast.FunctionLiteral)
	if !ok || !plainBody(function.Body.List) || !compiles(text) {
		return nil
	}
	return &plain{params: c.Params, live: c.Live, body: function.Body.List}
}

// compiles says that a text has no mistake that JavaScript finds before it runs it.
func compiles(text string) bool {
	rewritten, err := rewriteLiterals(text)
	if err != nil {
		return false
	}
	_, err = goja.Compile("", rewritten, false)
	return err == nil
}

// plainBody says whether statements may run here; what their expressions need is
// found out when they do.
func plainBody(list []ast.Statement) bool {
	return !slices.ContainsFunc(list, func(s ast.Statement) bool {
		switch s := s.(type) {
		case *ast.ReturnStatement, *ast.EmptyStatement, *ast.LexicalDeclaration:
			return false
		case *ast.BlockStatement:
			return !plainBody(s.List)
		case *ast.IfStatement:
			return !plainBody([]ast.Statement{s.Consequent}) || s.Alternate != nil && !plainBody([]ast.Statement{s.Alternate})
		}
		return true
	})
}

// beyond is what evaluation panics with when it has to be left to the child.
type beyond struct{}

// plainRun is one run of plain code.
type plainRun struct {
	*plain
	names    map[string]any
	matchers *matchers
}

// run evaluates the code; ok is false when the child has to.
func (p *plain) run(args map[string]any, m *matchers) (v any, ok bool) {
	r := plainRun{plain: p, names: make(map[string]any, len(p.params)+2), matchers: m}
	defer func() {
		if x := recover(); x != nil {
			if _, left := x.(beyond); !left {
				panic(x)
			}
			v, ok = nil, false
		}
	}()
	for _, name := range p.params {
		r.names[name] = element(args[name])
	}
	v, _ = r.statements(p.body, true)
	return v, true
}

// statements runs a list to its end, or to the first return.
func (r *plainRun) statements(list []ast.Statement, outer bool) (v any, returned bool) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.ReturnStatement:
			if s.Argument == nil {
				return jsvalue.Undefined, true
			}
			return r.value(s.Argument), true
		case *ast.BlockStatement:
			v, returned = r.statements(s.List, false)
		case *ast.IfStatement:
			branch := s.Alternate
			if jsvalue.Truthy(r.value(s.Test)) {
				branch = s.Consequent
			}
			if branch != nil {
				v, returned = r.statements([]ast.Statement{branch}, false)
			}
		case *ast.LexicalDeclaration:
			for _, b := range s.List {
				r.declare(b, outer)
			}
		}
		if returned {
			return v, true
		}
	}
	return jsvalue.Undefined, false
}

// declare takes a constant of the function itself: one of a block is another one.
func (r *plainRun) declare(b *ast.Binding, outer bool) {
	id, ok := b.Target.(*ast.Identifier)
	if !ok || !outer || b.Initializer == nil {
		panic(beyond{})
	}
	name := textOf(id.Name)
	if _, known := r.names[name]; known {
		panic(beyond{})
	}
	r.names[name] = r.value(b.Initializer)
}

// value evaluates an expression whose optional chain, if it is one, has ended.
func (r *plainRun) value(e ast.Expression) any {
	switch v := r.eval(e).(type) {
	case cut:
		panic(beyond{})
	default:
		return v
	}
}

// cut is the value of a chain such as a?.b.c that a nullish value has cut short.
type cut struct{}

func (r *plainRun) eval(e ast.Expression) any {
	switch e := e.(type) {
	case *ast.StringLiteral:
		return known(textOf(e.Value))
	case *ast.NumberLiteral:
		return known(e.Value)
	case *ast.BooleanLiteral:
		return e.Value
	case *ast.NullLiteral:
		return nil
	case *ast.Identifier:
		return r.name(textOf(e.Name))
	case *ast.DotExpression:
		return r.member(e.Left, func() any { return textOf(e.Identifier.Name) })
	case *ast.BracketExpression:
		return r.member(e.Left, func() any { return r.value(e.Member) })
	case *ast.OptionalChain:
		if v := r.eval(e.Expression); v != (any)(cut{}) {
			return v
		}
		return jsvalue.Undefined
	case *ast.Optional:
		if v := r.eval(e.Expression); v != nil && !jsvalue.IsUndefined(v) {
			return v
		}
		return cut{}
	case *ast.ConditionalExpression:
		if jsvalue.Truthy(r.value(e.Test)) {
			return r.value(e.Consequent)
		}
		return r.value(e.Alternate)
	case *ast.UnaryExpression:
		return r.unary(e)
	case *ast.BinaryExpression:
		return r.binary(e)
	case *ast.CallExpression:
		return r.call(e)
	case *ast.ArrayLiteral:
		return r.list(e.Value)
	case *ast.ObjectLiteral:
		return r.object(e.Value)
	}
	panic(beyond{})
}

// name is the value of a variable. An object with a live method is more than its
// value: only its other fields are looked at.
func (r *plainRun) name(name string) any {
	if slices.ContainsFunc(r.live, func(place string) bool { return strings.HasPrefix(place, name+".") }) {
		panic(beyond{})
	}
	if v, ok := r.names[name]; ok {
		return known(v)
	}
	if name != "undefined" {
		panic(beyond{})
	}
	return jsvalue.Undefined
}

// member reads a field. Left is a variable, where a live method may be in the way,
// or any other expression.
func (r *plainRun) member(left ast.Expression, key func() any) any {
	optional, _ := left.(*ast.Optional)
	if optional != nil {
		left = optional.Expression
	}
	var v any
	place := ""
	if id, ok := left.(*ast.Identifier); ok {
		place = textOf(id.Name)
		if v, ok = r.names[place]; !ok {
			panic(beyond{})
		}
		v = known(v)
	} else if v = r.eval(left); v == (any)(cut{}) {
		return v
	}
	if optional != nil && (v == nil || jsvalue.IsUndefined(v)) {
		return cut{}
	}
	k := key()
	place += "." + jsvalue.ToString(simple(k))
	if slices.ContainsFunc(r.live, func(l string) bool { return l == place || strings.HasPrefix(l, place+".") }) {
		panic(beyond{})
	}
	return known(field(v, k))
}

func (r *plainRun) list(items []ast.Expression) any {
	list := make([]any, len(items))
	for i, e := range items {
		if e == nil { // a hole
			panic(beyond{})
		}
		if list[i] = r.value(e); jsvalue.IsUndefined(list[i]) { // lists of arguments have none: see element
			panic(beyond{})
		}
	}
	return list
}

func (r *plainRun) object(properties []ast.Property) any {
	o := &jsvalue.Object{}
	for _, p := range properties {
		var key string
		var value ast.Expression
		switch p := p.(type) {
		case *ast.PropertyShort:
			key, value = textOf(p.Name.Name), &p.Name
			if p.Initializer != nil {
				panic(beyond{})
			}
		case *ast.PropertyKeyed:
			name, ok := p.Key.(*ast.StringLiteral)
			if !ok || p.Computed || p.Kind != ast.PropertyKindValue {
				panic(beyond{})
			}
			key, value = textOf(name.Value), p.Value
		default:
			panic(beyond{})
		}
		if key == "__proto__" {
			panic(beyond{})
		}
		o.Set(key, r.value(value))
	}
	return o
}

func (r *plainRun) unary(e *ast.UnaryExpression) any {
	if e.Postfix {
		panic(beyond{})
	}
	switch v := r.value(e.Operand); e.Operator {
	case token.NOT:
		return !jsvalue.Truthy(v)
	case token.TYPEOF:
		return jsvalue.TypeOf(v)
	case token.MINUS:
		if f := numeric(v); f != 0 {
			return -f
		}
	}
	panic(beyond{})
}

// textOf is a text of the program; half a character is beyond.
func textOf(s unistring.String) string {
	text := s.String()
	if strings.ContainsRune(text, '\uFFFD') {
		panic(beyond{})
	}
	return text
}
