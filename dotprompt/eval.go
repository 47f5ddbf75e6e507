package dotprompt

import (
	"maps"
	"slices"
)

func (l literal) eval(*run, *scope) (any, error) { return l.value, nil }

func (c *call) eval(r *run, s *scope) (any, error) {
	if c.value == nil {
		return c.head.eval(r, s)
	}
	return c.value(c, r, s)
}

// eval looks the path up. What is not there is undefined, never an error.
func (x *ref) eval(r *run, s *scope) (any, error) {
	parts := x.parts
	var v any
	switch {
	case x.data:
		if len(parts) == 0 {
			return undefined{}, nil
		}
		v, parts = r.data(x, s), parts[1:]
	case x.param:
		v, parts = s.param(parts[0]), parts[1:]
	default:
		for range x.depth {
			if s = s.up; s == nil {
				return undefined{}, nil
			}
		}
		v = s.this
	}
	for _, part := range parts {
		if m, ok := v.(map[string]any); ok { // the usual case
			if v, ok = m[part]; ok {
				continue
			}
			return undefined{}, nil
		}
		v = get(v, part)
	}
	return v, nil
}

func (s *scope) param(name string) any {
	for p := s.params; p != nil; p = p.up {
		if i := slices.Index(p.names, name); i >= 0 {
			return p.values[i]
		}
	}
	return undefined{}
}

// data returns the @variable that a path begins with.
func (r *run) data(x *ref, s *scope) any {
	name := x.parts[0]
	if name == "root" {
		return r.root
	}
	l := s.loop
	for range x.depth {
		if l != nil {
			l = l.up
		}
	}
	if l != nil {
		switch name {
		case "index":
			return l.index
		case "key":
			return l.key
		case "first":
			return l.index == 0
		case "last":
			return l.index == l.n-1
		}
	}
	if v, ok := r.in.Context[name]; ok {
		return v
	}
	if name == "metadata" {
		return r.metadata()
	}
	return undefined{}
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
