package dotprompt

import (
	"bytes"
	"maps"
)

func (n *partial) render(r *run, s *scope) error {
	start, firstMark := len(r.buf), len(r.marks)
	inner, err := n.scope(r, s)
	if err != nil {
		return err
	}
	switch {
	case n.name == partialBlock:
		if s.body == nil {
			return n.pos.errorf("{{> @partial-block}} stands in a partial that is included without a body")
		}
		err = r.program(s.body.program, s.body.scope.within(inner.this))
	case n.target == nil:
		err = r.program(n.body, s.within(inner.this))
	default:
		if n.body != nil {
			inner.body = &body{n.body, s}
		}
		err = r.program(n.target.root, inner)
	}
	if n.indent != "" {
		r.indent(n.indent, start, firstMark)
	}
	return err
}

// scope is that of a partial: "../" does not lead out of it. Named arguments
// stand before the members of its context.
func (n *partial) scope(r *run, s *scope) (*scope, error) {
	inner := &scope{this: s.this, loop: s.loop, body: s.body}
	var err error
	if len(n.call.args) > 0 {
		if inner.this, err = n.call.args[0].eval(r, s); err != nil {
			return nil, err
		}
	}
	if len(n.call.hash) == 0 {
		return inner, nil
	}
	m, _ := plain(inner.this).(map[string]any)
	if m = maps.Clone(m); m == nil {
		m = make(map[string]any, len(n.call.hash))
	}
	for _, p := range n.call.hash {
		if m[p.key], err = p.value.eval(r, s); err != nil {
			return nil, err
		}
	}
	inner.this = m
	return inner, nil
}

// indent puts s before every line of what was rendered since start.
func (r *run) indent(s string, start, mark int) {
	text := bytes.Clone(r.buf[start:])
	r.buf = r.buf[:start]
	for done, last := 0, false; !last; {
		end := bytes.IndexByte(text[done:], '\n') + 1
		if last = end == 0; last {
			if end = len(text) - done; end == 0 && mark == len(r.marks) {
				return
			}
		}
		r.buf = append(r.buf, s...)
		shift := len(r.buf) - start - done
		for ; mark < len(r.marks) && (last || r.marks[mark].at < start+done+end); mark++ {
			r.marks[mark].at += shift
		}
		r.buf = append(r.buf, text[done:done+end]...)
		done += end
	}
}
