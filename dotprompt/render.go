package dotprompt

import (
	"sync"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Bounds of one rendering: a small template can stand for endless work.
const (
	maxSteps  = 10_000_000 // nodes and turns of loops
	maxOutput = 64 << 20   // bytes of text
)

// run is one rendering. Text and marks are kept apart, so that no text can
// pass for a mark.
type run struct {
	prompt *Prompt
	in     *Input
	root   any
	buf    []byte
	marks  []mark
	steps  int
}

// runs are those that have ended: their buffers are used again.
var runs = sync.Pool{New: func() any { return new(run) }}

// keepBuffer is the largest buffer that is used again.
const keepBuffer = 64 << 10

func (r *run) release() {
	clear(r.marks)
	*r = run{buf: r.buf[:0], marks: r.marks[:0]}
	if cap(r.buf) <= keepBuffer && cap(r.marks) <= keepBuffer/64 {
		runs.Put(r)
	}
}

// scope is what names mean at one place of one rendering.
type scope struct {
	this   any
	up     *scope // for "../"
	loop   *loop
	params *params
	body   *body // for {{> @partial-block}}
}

// within is the scope with v as this. The same value again is no step inwards:
// "../" in {{#with this}} leads where it leads around it.
func (s *scope) within(v any) *scope {
	inner := &scope{this: v, up: s, loop: s.loop, params: s.params, body: s.body}
	if same(v, s.this) {
		inner.up = s.up
	}
	return inner
}

// loop holds @index, @key, @first and @last.
type loop struct {
	key      any
	index, n int
	up       *loop
}

// params holds the values of a block's parameters.
type params struct {
	names  []string
	values [2]any
	up     *params
}

// body is what stands between {{#> name}} and {{/name}}.
type body struct {
	program *program
	scope   *scope
}

func (r *run) program(p *program, s *scope) error {
	if p == nil {
		return nil
	}
	for _, n := range p.nodes {
		if err := r.step(); err != nil {
			return err
		}
		if err := n.render(r, s); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) step() error {
	r.steps++
	switch {
	case r.steps > maxSteps:
		return &config.Error{File: r.prompt.File, Msg: "rendering takes more than 10 million steps"}
	case len(r.buf) > maxOutput:
		return &config.Error{File: r.prompt.File, Msg: "rendering gives more than 64 MiB of text"}
	}
	return nil
}

func (c *content) render(r *run, _ *scope) error {
	r.buf = append(r.buf, c.text...)
	return nil
}

func (*comment) render(*run, *scope) error { return nil }

func (m *mustache) render(r *run, s *scope) error {
	v, err := m.value.eval(r, s)
	if err != nil {
		return err
	}
	r.buf, err = appendText(r.buf, v)
	if err != nil {
		return m.pos.errorf("{{%s}} is %v; {{json %[1]s}} writes it as JSON", m.src, err)
	}
	return nil
}

func (m *marker) render(r *run, s *scope) error {
	k, err := m.make(m.call, r, s)
	k.at = len(r.buf)
	r.marks = append(r.marks, k)
	return err
}

func (b *block) render(r *run, s *scope) error {
	if b.helper != nil {
		return b.helper(b, r, s)
	}
	v, err := b.call.head.eval(r, s)
	if err != nil {
		return err
	}
	v = plain(v)
	switch x := v.(type) {
	case bool:
		if x {
			return r.program(b.program, s)
		}
		return r.program(b.inverse, s)
	case nil, undefined:
		return r.program(b.inverse, s)
	case []any:
		return b.each(r, s, v)
	}
	return b.with(r, s, v)
}

// with renders the block with v as this.
func (b *block) with(r *run, s *scope, v any) error {
	inner := s.within(v)
	if b.program != nil && b.program.params != nil {
		inner.params = &params{names: b.program.params, values: [2]any{v, undefined{}}, up: s.params}
	}
	return r.program(b.program, inner)
}

// each renders the block once for each item of a list or of an object, whose
// keys go in sorted order; else the inverse.
func (b *block) each(r *run, s *scope, v any) error {
	t := turns{run: r, block: b, scope: scope{up: s, params: s.params, body: s.body}}
	t.scope.loop = &t.loop
	t.loop.up = s.loop
	if b.program != nil && b.program.params != nil {
		t.params = params{names: b.program.params, up: s.params}
		t.scope.params = &t.params
	}
	switch v := v.(type) {
	case []any:
		t.loop.n = len(v)
		for i, x := range v {
			if err := t.turn(i, i, x); err != nil {
				return err
			}
		}
	case map[string]any:
		t.loop.n = len(v)
		for i, key := range sortedKeys(v) {
			if err := t.turn(i, key, v[key]); err != nil {
				return err
			}
		}
	}
	if t.loop.n == 0 {
		return r.program(b.inverse, s)
	}
	return nil
}

// turns is a loop under way; its parts are used again for every turn.
type turns struct {
	run    *run
	block  *block
	scope  scope
	loop   loop
	params params
}

func (t *turns) turn(i int, key, v any) error {
	if err := t.run.step(); err != nil {
		return err
	}
	t.loop.index, t.loop.key = i, key
	t.scope.this = v
	t.params.values = [2]any{v, key}
	return t.run.program(t.block.program, &t.scope)
}
