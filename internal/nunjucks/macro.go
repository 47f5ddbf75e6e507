package nunjucks

import (
	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

type macro struct {
	pos
	name     string
	names    []string
	keywords []string
	defaults []expr
	body     stmts
	nested   bool // the body of a call tag: it sees the variables around it
}

// invocable is a macro with the variables that its body sees.
type invocable struct {
	*macro
	around *frame
}

func (m *macro) exec(s *state) error {
	s.assign(m.name, &invocable{m, nil})
	return nil
}

// invoke runs a macro. More positional arguments than parameters fill those
// with defaults; fewer are taken from the keywords.
func (m *invocable) invoke(s *state, args []any, keywords map[string]any) (any, error) {
	if s.calls++; s.calls > maxDepth {
		return nil, m.errorf("macros call each other deeper than %d levels", maxDepth)
	}
	defer func() { s.calls-- }()
	before, inside := s.top, s.inMacro
	defer func() { s.top, s.inMacro = before, inside }()
	s.top, s.inMacro = &frame{parent: m.around, isolated: true}, true
	given := map[string]any{}
	for k, v := range keywords {
		given[k] = v
	}
	for i, n := range m.names {
		v := any(jsvalue.Undefined)
		if i < len(args) {
			v = args[i]
		} else if x, ok := given[n]; ok {
			v = x
		}
		s.top.set(n, v)
	}
	for i, k := range m.keywords {
		if at := len(m.names) + i; at < len(args) {
			given[k] = args[at]
		}
		v, ok := given[k]
		if !ok {
			var err error
			if v, err = m.defaults[i].eval(s); err != nil {
				return nil, err
			}
		}
		s.top.set(k, v)
	}
	if c, ok := given["caller"]; ok {
		s.top.set("caller", c)
	}
	return s.capture(m.body)
}

// callBlock calls a macro whose body reads the block as caller().
type callBlock struct {
	call   *call
	caller *macro
}

func (c *callBlock) exec(s *state) error {
	m, args, keywords, err := c.call.prepare(s)
	if err != nil {
		return err
	}
	target, ok := m.(*invocable)
	if !ok {
		return c.call.errorf("\"call\" wants a macro")
	}
	if keywords == nil {
		keywords = map[string]any{}
	}
	keywords["caller"] = &invocable{c.caller, s.top}
	v, err := target.invoke(s, args, keywords)
	if err != nil {
		return err
	}
	return s.write(c.call.pos, jsvalue.ToString(v))
}
