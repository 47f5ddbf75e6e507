package dotprompt

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/GaboBase/arch-genops/internal/config"
)

// inputSchema is the schema of an input that is an object.
type inputSchema struct {
	compiled func() (*jsonschema.Schema, error)
	lines    map[string]int // declared variables, with the lines of the file
	line     int            // of the schema itself
	required []string
}

// closed is a loader that loads nothing: a prompt is no reason to open files or
// connections.
type closed struct{}

func (closed) Load(string) (any, error) {
	return nil, errors.New("only references inside the schema are followed, such as #/$defs/name")
}

// compileInput checks the input's schema; nil where there is none, or where it
// does not speak of an object, as variables are. What Picoschema became is right
// by construction, and compiled when variables are checked: that takes longer
// than all else about a prompt.
func compileInput(file string, s schema) (*inputSchema, error) {
	if s.json == nil {
		return nil, nil
	}
	in := &inputSchema{lines: s.properties, line: s.line}
	in.compiled = sync.OnceValues(func() (*jsonschema.Schema, error) { return compileJSON(s.json) })
	if o, ok := s.tree.(object); ok && s.pico && o.get("type") == "object" {
		required, _ := o.get("required").([]any)
		for _, name := range required {
			in.required = append(in.required, name.(string))
		}
		return in, nil
	}
	compiled, err := in.compiled()
	if err != nil {
		return nil, &config.Error{File: file, Line: s.line, Key: "input.schema", Msg: err.Error()}
	}
	if t := compiled.Types; t != nil && !slices.Contains(t.ToStrings(), "object") {
		return nil, nil
	}
	in.required = compiled.Required
	return in, nil
}

func compileJSON(schema json.RawMessage) (*jsonschema.Schema, error) {
	tree, err := jsonschema.UnmarshalJSON(strings.NewReader(string(schema)))
	if err != nil {
		return nil, err
	}
	const at = "schema:///input"
	c := jsonschema.NewCompiler()
	c.UseLoader(closed{})
	var compiled *jsonschema.Schema
	if err = c.AddResource(at, tree); err == nil {
		compiled, err = c.Compile(at)
	}
	if err != nil {
		return nil, errors.New("not a valid JSON Schema: " + strings.ReplaceAll(explain(err), at, ""))
	}
	return compiled, nil
}

// explain names the first thing that is wrong with a schema, and where.
func explain(err error) string {
	var invalid *jsonschema.SchemaValidationError
	if errors.As(err, &invalid) {
		err = invalid.Err
	}
	var leaf *jsonschema.ValidationError
	if !errors.As(err, &leaf) {
		return err.Error()
	}
	for len(leaf.Causes) > 0 {
		leaf = leaf.Causes[0]
	}
	return "at /" + strings.Join(leaf.InstanceLocation, "/") + ": " + words(leaf)
}

func words(e *jsonschema.ValidationError) string {
	return e.ErrorKind.LocalizedString(message.NewPrinter(language.English))
}

// Check reports what is wrong with variables before anything is rendered: with
// an input schema, what does not fulfil it; without one, variables that every
// rendering reaches and that are not there (null counts as there). Defaults
// stand in first. A variable that the schema does not name is only refused when
// it looks like a misspelt one. Errors are one or more *config.Error.
func (p *Prompt) Check(vars map[string]any) error {
	c := checker{prompt: p, vars: p.withDefaults(vars), seen: map[string]bool{}}
	if p.input != nil {
		c.schema()
	}
	for _, u := range p.uses {
		if u.required && !p.declares(u.path[0]) {
			c.use(u)
		}
	}
	return config.Join(c.errs)
}

type checker struct {
	prompt *Prompt
	vars   map[string]any
	seen   map[string]bool // variables already reported
	errs   []*config.Error
}

func (c *checker) fail(at pos, format string, args ...any) {
	c.errs = append(c.errs, &config.Error{File: at.file, Line: at.line, Msg: fmt.Sprintf(format, args...)})
}

// use reports a path of which some part is not there.
func (c *checker) use(u use) {
	var v any = c.vars
	for i, part := range u.path {
		next := get(v, part)
		if _, gone := next.(undefined); gone {
			c.missing(u.pos, u.path[:i+1], v)
			return
		}
		if v = next; v == nil {
			return
		}
	}
}

// missing reports the last part of path, looked for in parent.
func (c *checker) missing(at pos, path []string, parent any) {
	name := strings.Join(path, ".")
	if c.seen[name] {
		return
	}
	c.seen[name] = true
	members, _ := plain(parent).(map[string]any)
	given := sortedKeys(members)
	var spare []string // not used under their own name
	for _, k := range given {
		if len(path) > 1 || !c.prompt.takes(k) {
			spare = append(spare, k)
		}
	}
	msg := "variable " + config.Shorten(name) + " is missing;"
	if near := config.Nearest(path[len(path)-1], spare); near != "" {
		msg += " did you mean " + config.Shorten(near) + "?"
	}
	const most = 20
	if len(given) > most {
		given = append(given[:most:most], fmt.Sprintf("and %d more", len(given)-most))
	}
	if len(given) == 0 {
		given = []string{"none"}
	}
	if len(path) > 1 {
		msg += " given in " + config.Shorten(strings.Join(path[:len(path)-1], ".")) + ": "
	} else {
		msg += " given: "
	}
	c.fail(at, "%s", msg+strings.Join(given, ", "))
}

// takes reports whether the prompt uses or declares a variable of that name.
func (p *Prompt) takes(name string) bool {
	return p.declares(name) || slices.ContainsFunc(p.uses, func(u use) bool { return u.path[0] == name })
}

// place is where a variable is first used, else where it is declared.
func (p *Prompt) place(name string) pos {
	for _, u := range p.uses {
		if u.path[0] == name {
			return u.pos
		}
	}
	return p.declared(name)
}

// declared is where the schema names a variable.
func (p *Prompt) declared(name string) pos {
	if line := p.input.lines[name]; line > 0 {
		return pos{p.File, line}
	}
	return pos{p.File, p.input.line}
}

// schema reports what does not fulfil the input schema.
func (c *checker) schema() {
	in := c.prompt.input
	plainVars, err := settled(c.vars, 0)
	if err != nil {
		c.fail(pos{c.prompt.File, in.line}, "the variables can't be checked: %v", err)
		return
	}
	schema, err := in.compiled()
	if err != nil {
		c.fail(pos{c.prompt.File, in.line}, "the variables can't be checked: %v", err)
		return
	}
	var invalid *jsonschema.ValidationError
	if errors.As(schema.Validate(plainVars), &invalid) {
		c.violation(invalid)
	}
}

// violation reports the leaves of a validation error.
func (c *checker) violation(e *jsonschema.ValidationError) {
	if len(e.Causes) > 0 {
		for _, cause := range e.Causes {
			c.violation(cause)
		}
		return
	}
	at := e.InstanceLocation
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			path := append(slices.Clone(at), name)
			c.missing(c.prompt.place(path[0]), path, c.parent(at))
		}
		return
	case *kind.AdditionalProperties:
		if len(at) == 0 {
			c.strangers(k.Properties)
			return
		}
	}
	if len(at) == 0 {
		c.fail(pos{c.prompt.File, c.prompt.input.line}, "the variables: %s", words(e))
		return
	}
	c.fail(c.prompt.declared(at[0]), "variable %s: %s", config.Shorten(strings.Join(at, ".")), words(e))
}

func (c *checker) parent(at []string) any {
	var v any = c.vars
	for _, part := range at {
		v = get(v, part)
	}
	return v
}

// strangers reports variables that the schema does not name and that look like
// a misspelt one which is not given. Others do no harm: a test set may hold
// more than one prompt needs.
func (c *checker) strangers(names []string) {
	var free []string
	for _, name := range sortedKeys(c.prompt.input.lines) {
		if _, given := c.vars[name]; !given && !slices.Contains(c.prompt.input.required, name) {
			free = append(free, name)
		}
	}
	for _, name := range names {
		if near := config.Nearest(name, free); near != "" {
			c.fail(c.prompt.declared(near), "variable %s is not known; did you mean %s?", config.Shorten(name), config.Shorten(near))
		}
	}
}

// settled gives variables the types that a schema can be checked on.
func settled(v any, depth int) (any, error) {
	if depth > maxJoin {
		return nil, fmt.Errorf("they are nested deeper than %d levels", maxJoin)
	}
	switch v := plain(v).(type) {
	case undefined:
		return nil, nil
	case odd:
		return nil, v.err
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%v is no number that JSON knows", v)
		}
		return v, nil
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		return v.Float64()
	case []any:
		list := make([]any, len(v))
		for i, x := range v {
			var err error
			if list[i], err = settled(x, depth+1); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		if allTexts(v) {
			return v, nil
		}
		m := make(map[string]any, len(v))
		for k, x := range v {
			var err error
			if m[k], err = settled(x, depth+1); err != nil {
				return nil, err
			}
		}
		return m, nil
	default:
		return v, nil
	}
}

func allTexts(m map[string]any) bool {
	for _, v := range m {
		if _, ok := v.(string); !ok {
			return false
		}
	}
	return true
}
