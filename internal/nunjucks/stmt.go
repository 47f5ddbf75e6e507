package nunjucks

import (
	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// stmt is one statement.
type stmt interface {
	exec(s *state) error
}

type stmts []stmt

func (b stmts) exec(s *state) error {
	for _, one := range b {
		if err := one.exec(s); err != nil {
			return err
		}
	}
	return nil
}

type data string

func (d data) exec(s *state) error { return s.write(pos{}, string(d)) }

type output struct {
	pos
	x expr
}

func (o *output) exec(s *state) error {
	v, err := o.x.eval(s)
	if err != nil {
		return o.wrap(err)
	}
	if v == nil || jsvalue.IsUndefined(v) {
		return nil
	}
	if text, ok := v.(string); ok {
		return s.write(o.pos, text)
	}
	if err := fits(v); err != nil {
		return o.wrap(err)
	}
	return s.write(o.pos, jsvalue.ToString(v))
}

// captured is a body whose text is a value.
type captured struct{ body stmts }

func (c captured) eval(s *state) (any, error) { return s.capture(c.body) }

type conditional struct {
	conds  []expr
	bodies []stmts
	other  stmts
}

func (c *conditional) exec(s *state) error {
	for i, cond := range c.conds {
		v, err := cond.eval(s)
		if err != nil {
			return err
		}
		if jsvalue.Truthy(v) {
			return c.bodies[i].exec(s)
		}
	}
	return c.other.exec(s)
}

type choice struct {
	x      expr
	conds  []expr
	bodies []stmts
	other  stmts
}

// exec falls through cases without a body, as JavaScript does.
func (c *choice) exec(s *state) error {
	x, err := c.x.eval(s)
	if err != nil {
		return err
	}
	for i, cond := range c.conds {
		v, err := cond.eval(s)
		if err != nil {
			return err
		}
		if !jsvalue.StrictEqual(x, v) {
			continue
		}
		for ; i < len(c.bodies); i++ {
			if len(c.bodies[i]) > 0 {
				return c.bodies[i].exec(s)
			}
		}
		break
	}
	return c.other.exec(s)
}

type assign struct {
	names []string
	value expr
	body  stmts
}

func (a *assign) exec(s *state) error {
	var v any
	var err error
	if a.value != nil {
		v, err = a.value.eval(s)
	} else {
		v, err = s.capture(a.body)
	}
	if err != nil {
		return err
	}
	for _, n := range a.names {
		s.assign(n, v)
	}
	return nil
}

type loop struct {
	pos
	names []string
	over  expr
	body  stmts
	other stmts
}

func (l *loop) exec(s *state) error {
	over, err := l.over.eval(s)
	if err != nil {
		return l.wrap(err)
	}
	s.push()
	defer s.pop()
	n, err := l.rounds(s, over)
	if err == nil && n == 0 {
		err = l.other.exec(s)
	}
	return err
}

// rounds runs the body and returns how often.
func (l *loop) rounds(s *state, over any) (int, error) {
	if text, ok := over.(string); ok {
		items, err := letters(text)
		if err != nil {
			return 0, l.wrap(err)
		}
		over = items
	}
	items, isList := over.([]any)
	if !isList {
		keys, ok := jsvalue.KeysOf(over)
		if !ok || len(l.names) == 1 {
			return 0, nil
		}
		for i, k := range keys {
			v, _ := jsvalue.Field(over, k)
			s.top.set(l.names[0], k)
			s.top.set(l.names[1], v)
			if err := l.round(s, i, len(keys)); err != nil {
				return 0, err
			}
		}
		return len(keys), nil
	}
	for i, item := range items {
		if len(l.names) == 1 {
			s.top.set(l.names[0], item)
		} else {
			if item == nil || jsvalue.IsUndefined(item) {
				return 0, l.errorf("an item of the list is %s and can't be taken apart into %d variables", jsvalue.ToString(item), len(l.names))
			}
			for j, n := range l.names {
				s.top.set(n, member(item, float64(j)))
			}
		}
		if err := l.round(s, i, len(items)); err != nil {
			return 0, err
		}
	}
	return len(items), nil
}

func (l *loop) round(s *state, i, n int) error {
	if err := s.step(l.pos); err != nil {
		return err
	}
	s.top.set("loop", &rounds{i, n})
	return l.body.exec(s)
}

// rounds is the variable loop.
type rounds struct{ i, n int }

func (r *rounds) field(key string) any {
	switch key {
	case "index":
		return float64(r.i + 1)
	case "index0":
		return float64(r.i)
	case "revindex":
		return float64(r.n - r.i)
	case "revindex0":
		return float64(r.n - r.i - 1)
	case "first":
		return r.i == 0
	case "last":
		return r.i == r.n-1
	case "length":
		return float64(r.n)
	}
	return jsvalue.Undefined
}
