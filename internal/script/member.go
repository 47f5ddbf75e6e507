package script

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/dop251/goja"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

//go:embed tree.js
var treeSource string

var treeJS = program1("(function() {" + treeSource + "\nreturn genopsTree })()")

// Foreign is the code that calls a function within a value of a script.
func Foreign(f *jsvalue.Foreign) Code {
	c := Code{Kind: KindFile, Dir: filepath.Dir(f.File), File: filepath.Base(f.File), Function: f.Function, Value: true, Member: f.Member, Node: f.Node}
	if f.Package != "" {
		c.Dir, c.File, c.Package = f.File, "", f.Package
	}
	if c.Member == nil {
		c.Member = []string{}
	}
	if f.Given != nil {
		given, _ := jsvalue.Stringify(f.Given, "")
		c.Given = json.RawMessage(given)
	}
	return c
}

// foreignKey marks a function in the JSON of a Tree. No JSON that people write
// begins a key like this.
const foreignKey = "\x00foreign"

// Functions turns the places in a Tree's result into references to them. proto
// says in which script they are. Lists and objects are changed in place.
func Functions(v any, proto jsvalue.Foreign) any {
	switch x := v.(type) {
	case []any:
		for i := range x {
			x[i] = Functions(x[i], proto)
		}
	case *jsvalue.Object:
		if place, ok := x.Get(foreignKey); ok && x.Len() == 1 {
			return reference(place, proto)
		}
		for _, k := range x.Keys() {
			inner, _ := x.Get(k)
			x.Set(k, Functions(inner, proto))
		}
	}
	return v
}

func reference(place any, f jsvalue.Foreign) *jsvalue.Foreign {
	path, _ := jsvalue.Field(place, "path")
	list, _ := path.([]any)
	f.Member = make([]string, len(list))
	for i, x := range list {
		f.Member[i], _ = x.(string)
	}
	source, _ := jsvalue.Field(place, "source")
	f.Source, _ = source.(string)
	name, _ := jsvalue.Field(place, "name")
	f.Name, _ = name.(string)
	provider, _ := jsvalue.Field(place, "provider")
	f.Provider = provider == true
	own, _ := jsvalue.Field(place, "own")
	f.Own, _ = Functions(own, f).(*jsvalue.Object)
	return &f
}

// picked finds the function of a call with Member. The first two arguments are
// those of the function that makes the value, and the place within it.
func (m *machine) picked(make goja.Callable, values []goja.Value) (fn goja.Callable, this goja.Value, args []goja.Value, err error) {
	var given []goja.Value
	if list, ok := values[0].(*goja.Object); ok {
		given = m.items(list)
	}
	v, err := make(goja.Undefined(), given...)
	if err == nil {
		v, err = m.loop.await(v)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	this = goja.Undefined()
	var names []string
	for _, key := range m.items(values[1].ToObject(m.vm)) {
		names = append(names, key.String())
		o, ok := v.(*goja.Object)
		if !ok {
			return nil, nil, nil, noMember(names)
		}
		this, v = v, o.Get(key.String())
	}
	fn, ok := goja.AssertFunction(v)
	if !ok {
		return nil, nil, nil, noMember(names)
	}
	return fn, this, values[2:], nil
}

func noMember(names []string) error {
	return fmt.Errorf("what the script made has no function %s any more: it must make the same value each time", strings.Join(names, "."))
}

func (m *machine) items(list *goja.Object) []goja.Value {
	n := int(list.Get("length").ToInteger())
	out := make([]goja.Value, n)
	for i := range out {
		out[i] = list.Get(fmt.Sprint(i))
	}
	return out
}

// tree replaces the functions in a result by their places.
func (m *machine) tree(v goja.Value) (goja.Value, error) {
	made, err := m.vm.RunProgram(treeJS())
	if err != nil {
		return nil, err
	}
	walk, _ := goja.AssertFunction(made)
	return walk(goja.Undefined(), v)
}

// enliven gives the objects at the places Live the method id in the place of the
// text, as promptfoo's own objects of providers have it.
func (m *machine) enliven(p *compiled, args []goja.Value) {
	for _, place := range p.code.Live {
		parts := strings.Split(place, ".")
		for i, name := range p.code.Params {
			if name != parts[0] || i >= len(args) {
				continue
			}
			o, _ := args[i].(*goja.Object)
			for _, key := range parts[1:] {
				if o != nil {
					o, _ = o.Get(key).(*goja.Object)
				}
			}
			if o == nil {
				continue
			}
			if id, ok := o.Get("id").(goja.String); ok {
				o.Set("id", func(goja.FunctionCall) goja.Value { return id })
			}
		}
	}
}
