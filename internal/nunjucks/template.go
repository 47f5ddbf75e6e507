package nunjucks

import (
	"context"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// Template is a compiled template. It is safe for concurrent use.
type Template struct {
	body    stmts
	plain   string // the whole text, when there is nothing to fill in
	isPlain bool
	globals map[string]any
}

// Compile reads a template. Errors are *Error.
func Compile(text string, options Options) (*Template, error) {
	t := &Template{globals: options.Globals}
	if openAt(text, 0) < 0 && !strings.Contains(text, "#}") {
		t.plain, t.isPlain = text, true
		return t, nil
	}
	p := &parser{scan: scanner{src: text, place: pos{1, 1}}, options: &options}
	body, _, err := p.body(pos{1, 1}, "")
	if err != nil {
		return nil, err
	}
	t.body = body
	return t, nil
}

// Render fills the template. It does not change vars. Errors are *Error; they
// wrap ErrLimit where the template ran too long or printed too much.
func (t *Template) Render(vars map[string]any) (string, error) {
	return t.RenderContext(context.Background(), vars)
}

// RenderContext is Render; ctx reaches the user's filters, and ends long ones.
func (t *Template) RenderContext(ctx context.Context, vars map[string]any) (string, error) {
	if t.isPlain {
		return t.plain, nil
	}
	s := &state{ctx: ctx, vars: vars, globals: t.globals}
	s.out = &s.buffer
	if err := t.body.exec(s); err != nil {
		return "", err
	}
	return s.out.String(), nil
}

// Render compiles and fills a template that is used once.
func Render(text string, vars map[string]any, options Options) (string, error) {
	t, err := Compile(text, options)
	if err != nil {
		return "", err
	}
	return t.Render(vars)
}

// frame holds the variables of a loop or macro.
type frame struct {
	parent   *frame
	isolated bool // writes stay inside
	names    []string
	values   []any
}

func (f *frame) set(n string, v any) {
	for i, known := range f.names {
		if known == n {
			f.values[i] = v
			return
		}
	}
	f.names, f.values = append(f.names, n), append(f.values, v)
}

func (f *frame) get(n string) (any, bool) {
	for i, known := range f.names {
		if known == n {
			return f.values[i], true
		}
	}
	return nil, false
}

// state is one rendering under way.
type state struct {
	ctx     context.Context // of this one rendering
	vars    map[string]any
	own     map[string]any // set at the top level
	globals map[string]any
	top     *frame // nil at the top level
	inMacro bool
	buffer  strings.Builder
	out     *strings.Builder
	steps   int
	calls   int
}

func (s *state) lookup(n string) any {
	for f := s.top; f != nil; f = f.parent {
		if v, ok := f.get(n); ok && !jsvalue.IsUndefined(v) {
			return v
		}
	}
	if v, ok := s.own[n]; ok {
		return v
	}
	if v, ok := s.vars[n]; ok {
		return v
	}
	if v, ok := s.globals[n]; ok {
		return v
	}
	if n == "range" {
		return jsvalue.Function(rangeOf)
	}
	return jsvalue.Undefined
}

// assign is {% set %}: it changes the variable where it stands, else makes one
// in the innermost loop or macro.
func (s *state) assign(n string, v any) {
	for f := s.top; f != nil; f = f.parent {
		if _, ok := f.get(n); ok {
			f.set(n, v)
			return
		}
		if f.isolated {
			break
		}
	}
	if _, ok := s.own[n]; s.top == nil || ok && !s.inMacro {
		if s.own == nil {
			s.own = map[string]any{}
		}
		s.own[n] = v
		return
	}
	s.top.set(n, v)
}

func (s *state) push() { s.top = &frame{parent: s.top} }
func (s *state) pop()  { s.top = s.top.parent }

func (s *state) step(at pos) error {
	if s.steps++; s.steps%4096 == 0 && s.ctx.Err() != nil {
		return &Error{Line: at.line, Column: at.col, Msg: s.ctx.Err().Error(), Cause: s.ctx.Err()}
	}
	if s.steps > maxSteps {
		return &Error{Line: at.line, Column: at.col, Msg: "the template runs longer than its limit of steps", Cause: ErrLimit}
	}
	return nil
}

func (s *state) write(at pos, text string) error {
	if s.out.Len()+len(text) > maxOutput {
		return &Error{Line: at.line, Column: at.col, Msg: "the template prints more than 32 MB", Cause: ErrLimit}
	}
	if s.out.Len() == 0 && len(text) < 64 {
		s.out.Grow(64)
	}
	s.out.WriteString(text)
	return s.step(at)
}

// bounded says whether lists and objects are small enough to be gone through and
// printed. A template may put one list into another many times over.
func (s *state) bounded(values ...any) error {
	for _, v := range values {
		switch v.(type) {
		case []any, *jsvalue.Object, map[string]any:
			left := maxOutput
			if !measure(v, "", "", &left) {
				return errTooLarge
			}
			if s.ctx.Err() != nil {
				return s.ctx.Err()
			}
			s.steps += 10 + (maxOutput-left)/1024
		}
	}
	return nil
}

// sized bounds texts that a template builds.
func (s *state) sized(at pos, v any) (any, error) {
	if err := s.step(at); err != nil {
		return nil, err
	}
	if text, ok := v.(string); ok && len(text) > maxOutput {
		return nil, &Error{Line: at.line, Column: at.col, Msg: "a text has more than 32 MB", Cause: ErrLimit}
	}
	return v, nil
}

// capture renders a body into a text.
func (s *state) capture(body stmts) (any, error) {
	before := s.out
	s.out = &strings.Builder{}
	err := body.exec(s)
	text := s.out.String()
	s.out = before
	if err != nil {
		return nil, err
	}
	return text, nil
}
