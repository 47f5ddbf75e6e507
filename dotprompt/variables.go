package dotprompt

import (
	"maps"
	"slices"
	"strings"
)

// use is one place where a template needs a variable.
type use struct {
	path     []string // from the variables inwards, never empty
	pos      pos
	required bool // reached in every rendering, and not only to ask whether it is there
}

// view is what a scope is known to hold before there are any variables.
type view struct {
	path  []string         // where this stands, from the variables inwards
	known bool             // false: an item of a list, or computed
	names map[string]*view // names that stand before the members of this; nil = something computed
	up    *view
}

// maxUses bounds the walk: partials within partials multiply.
const maxUses = 100_000

// walker finds the uses of variables. It follows partials and contexts as far
// as they are known without values.
type walker struct {
	uses   []use
	params []map[string]*view
	bodies []bodyView
	steps  int
	at     pos
}

type bodyView struct {
	program *program
	params  []map[string]*view
}

func findUses(t *template) ([]use, error) {
	w := walker{}
	w.program(t.root, &view{known: true}, true)
	if w.steps > maxUses {
		return nil, pos{file: t.file}.errorf("partials within partials expand to more than %d pieces", maxUses)
	}
	return w.uses, nil
}

// program walks a branch; sure says that every rendering reaches it.
func (w *walker) program(p *program, v *view, sure bool) {
	if p == nil {
		return
	}
	for _, n := range p.nodes {
		if w.steps++; w.steps > maxUses {
			return
		}
		switch n := n.(type) {
		case *mustache:
			w.at = n.pos
			w.value(n.value, v, sure)
		case *marker:
			w.call(n.call, v, sure)
		case *block:
			w.block(n, v, sure)
		case *partial:
			w.partial(n, v, sure)
		}
	}
}

func (w *walker) call(c *call, v *view, sure bool) {
	w.at = c.pos
	for _, x := range c.args {
		w.value(x, v, sure)
	}
	for _, p := range c.hash {
		w.value(p.value, v, sure)
	}
}

// value records what an expression needs and returns what it stands for.
func (w *walker) value(x expr, v *view, sure bool) *view {
	switch x := x.(type) {
	case *call:
		if x.value == nil {
			return w.value(x.head, v, sure)
		}
		at := w.at
		w.call(x, v, sure)
		w.at = at
	case *ref:
		to := w.follow(x, v)
		if to.known && len(to.path) > 0 {
			w.uses = append(w.uses, use{path: to.path, pos: w.at, required: sure})
		}
		return to
	}
	return &view{}
}

// follow resolves a path as far as it is known.
func (w *walker) follow(x *ref, v *view) *view {
	parts := x.parts
	switch {
	case x.data && len(parts) > 0 && parts[0] == "root":
		v, parts = &view{known: true}, parts[1:]
	case x.data:
		return &view{}
	case x.param:
		v, parts = w.param(parts[0]), parts[1:]
	default:
		for range x.depth {
			if v = v.up; v == nil {
				return &view{}
			}
		}
	}
	for len(parts) > 0 && v != nil {
		to, ok := v.names[parts[0]]
		if !ok {
			break
		}
		v, parts = to, parts[1:]
	}
	switch {
	case v == nil:
		return &view{}
	case len(parts) == 0 || !v.known:
		return v
	}
	return &view{path: slices.Concat(v.path, parts), known: true}
}

func (w *walker) param(name string) *view {
	for i := len(w.params) - 1; i >= 0; i-- {
		if v, ok := w.params[i][name]; ok {
			return v
		}
	}
	return nil
}

func (w *walker) block(b *block, v *view, sure bool) {
	w.at = b.pos
	inner, branch := v, false
	var of *view
	switch b.name {
	case "raw":
		return
	case "if", "unless":
		w.call(b.call, v, false)
	case "ifEquals", "unlessEquals":
		w.call(b.call, v, sure)
	case "each":
		of = w.value(b.call.args[0], v, sure && b.inverse == nil)
		inner = &view{up: v}
	case "with":
		of = w.value(b.call.args[0], v, sure && b.inverse == nil)
		inner, branch = w.step(b.call, of, v), sure && b.inverse == nil
	default:
		of = w.value(b.call.head, v, false)
		inner = &view{up: v} // a list's item, the value itself, or the same context
	}
	if b.program != nil && b.program.params != nil {
		names := map[string]*view{}
		for _, name := range b.program.params {
			names[name] = nil
		}
		if b.name == "with" {
			names[b.program.params[0]] = of
		}
		w.params = append(w.params, names)
		defer func() { w.params = w.params[:len(w.params)-1] }()
	}
	w.program(b.program, inner, branch)
	w.program(b.inverse, v, false)
}

// step is the scope within {{#with x}}.
func (w *walker) step(c *call, to, v *view) *view {
	if x, ok := c.args[0].(*ref); ok && len(x.parts) == 0 && x.depth == 0 && !x.data {
		return v
	}
	return &view{path: to.path, known: to.known, names: to.names, up: v}
}

func (w *walker) partial(n *partial, v *view, sure bool) {
	w.at = n.pos
	of := v
	if len(n.call.args) > 0 {
		of = w.value(n.call.args[0], v, sure)
	}
	inner := &view{path: of.path, known: of.known, names: of.names}
	if len(n.call.hash) > 0 {
		if inner.names = maps.Clone(of.names); inner.names == nil {
			inner.names = map[string]*view{}
		}
		for _, p := range n.call.hash {
			inner.names[p.key] = w.value(p.value, v, false)
		}
	}
	switch {
	case n.name == partialBlock && len(w.bodies) > 0:
		last := w.bodies[len(w.bodies)-1]
		outer, params := w.bodies, w.params
		w.bodies, w.params = outer[:len(outer)-1], last.params
		w.program(last.program, inner, sure)
		w.bodies, w.params = outer, params
	case n.target == nil:
		inner.up = v
		w.program(n.body, inner, sure)
	default:
		params, bodies := w.params, w.bodies
		w.params = nil
		if n.body != nil {
			w.bodies = append(slices.Clip(bodies), bodyView{n.body, params})
		}
		w.program(n.target.root, inner, sure)
		w.params, w.bodies = params, bodies
	}
}

// Variable is one name that a prompt takes.
type Variable struct {
	Name     string
	Required bool   // Check refuses variables without it
	File     string // where it is used first, else declared
	Line     int
}

// Variables lists what the prompt takes, sorted by name: what its templates
// use, and what its input schema declares. With a schema of an object the
// schema says what is required; of other names those that every rendering
// reaches, except where a template only asks whether they are there: in
// {{#if}}, {{#unless}}, {{#name}}, and in {{#each}} and {{#with}} with an
// {{else}}. What has a default is not required.
func (p *Prompt) Variables() []Variable {
	all := map[string]Variable{}
	for _, u := range p.uses {
		name := u.path[0]
		v, seen := all[name]
		if !seen {
			v = Variable{Name: name, File: u.pos.file, Line: u.pos.line}
		}
		v.Required = v.Required || u.required && !p.declares(name)
		all[name] = v
	}
	if p.input != nil {
		for name, line := range p.input.lines {
			v, seen := all[name]
			if !seen {
				v = Variable{Name: name, File: p.File, Line: line}
			}
			v.Required = slices.Contains(p.input.required, name)
			all[name] = v
		}
	}
	list := make([]Variable, 0, len(all))
	for _, v := range all {
		if _, ok := p.Default[v.Name]; ok {
			v.Required = false
		}
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b Variable) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// declares reports whether the input schema knows the name.
func (p *Prompt) declares(name string) bool {
	if p.input == nil {
		return false
	}
	_, ok := p.input.lines[name]
	return ok
}

// InputName is the variable that gets the input of a case that has no variables:
// "input" where the prompt takes one, else the only one that it requires; "" =
// the prompt has no place for an input.
func (p *Prompt) InputName() string {
	if p.takes("input") {
		return "input"
	}
	name := ""
	for _, v := range p.Variables() {
		switch {
		case !v.Required:
		case name != "":
			return "input" // which of them, nobody knows
		default:
			name = v.Name
		}
	}
	return name
}
