package dotprompt

import (
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// program reads up to a tag that it can't hold, and returns that tag.
func (p *parser) program(params []string) (*program, tag, error) {
	prog := &program{params: params}
	if params != nil {
		p.params = append(p.params, params)
		defer func() { p.params = p.params[:len(p.params)-1] }()
	}
	for {
		prog.nodes = append(prog.nodes, p.text()...)
		t, err := p.tag()
		if err != nil {
			return nil, t, err
		}
		var n node
		switch t.kind {
		case atEnd, atElse, atElseIf, atClose:
			return prog, t, nil
		case atComment:
			n = &comment{t.strip}
		case atValue:
			n, err = p.mustache(t)
		case atRaw:
			n, err = p.raw(t)
		case atPartial, atPartialBlock:
			n, err = p.partial(t)
		default:
			n, err = p.block(t)
		}
		if err != nil {
			return nil, t, err
		}
		prog.nodes = append(prog.nodes, n)
	}
}

func (p *parser) mustache(t tag) (node, error) {
	c := t.call
	if h, ok := p.helperNamed(c); ok && h.mark != nil {
		if err := p.checkCall(c, h, true, false); err != nil {
			return nil, err
		}
		if err := checkRole(c); err != nil {
			return nil, err
		}
		return &marker{pos: c.pos, strip: t.strip, call: c, make: h.mark}, nil
	}
	if err := p.resolveValue(c, false); err != nil {
		return nil, err
	}
	m := &mustache{pos: c.pos, strip: t.strip, src: c.name, value: c}
	if c.value == nil {
		m.value = lookedUp(c.head)
	}
	return m, nil
}

// lookedUp is what a literal means where a name is expected: {{"a b"}} is the
// variable of that name.
func lookedUp(head expr) expr {
	l, ok := head.(literal)
	if !ok {
		return head
	}
	name := "undefined"
	switch v := l.value.(type) {
	case undefined:
	case nil:
		name = "null"
	default:
		b, _ := appendText(nil, v)
		name = string(b)
	}
	return &ref{parts: []string{name}, source: name}
}

// block reads the rest of a block whose opening tag is t.
func (p *parser) block(t tag) (node, error) {
	b, err := p.openBlock(t)
	if err != nil {
		return nil, err
	}
	if err := p.deeper(t.off); err != nil {
		return nil, err
	}
	prog, end, err := p.program(t.call.params)
	if err != nil {
		return nil, err
	}
	b.program = prog
	var chained bool
	if end.kind == atElse || end.kind == atElseIf {
		if chained = end.kind == atElseIf; chained && t.kind == atInverse {
			return nil, p.fail(end.off, "%s can't follow {{^%s}}", end, b.name)
		}
		if b.inverse, b.between, end, err = p.inverse(end); err != nil {
			return nil, err
		}
	}
	if err := p.closes(t, b.name, end); err != nil {
		return nil, err
	}
	b.close = end.strip
	if chained {
		b.inverse.nodes[0].(*block).close = end.strip
	}
	if t.kind == atInverse {
		b.program, b.inverse = b.inverse, b.program
	}
	p.depth--
	return b, nil
}

// inverse reads from {{else}} or {{else if x}} up to the tag that closes the
// whole block. A chain is a program that holds one block.
func (p *parser) inverse(t tag) (*program, strip, tag, error) {
	if t.kind == atElse {
		prog, end, err := p.program(nil)
		if err == nil && (end.kind == atElse || end.kind == atElseIf) {
			err = p.fail(end.off, "%s after {{else}}: a block has one {{else}}, its last branch", end)
		}
		return prog, t.strip, end, err
	}
	b, err := p.openBlock(t)
	if err == nil {
		err = p.deeper(t.off)
	}
	if err != nil {
		return nil, strip{}, t, err
	}
	prog, end, err := p.program(t.call.params)
	if err != nil {
		return nil, strip{}, t, err
	}
	b.program = prog
	if end.kind == atElse || end.kind == atElseIf {
		chained := end.kind == atElseIf
		if b.inverse, b.between, end, err = p.inverse(end); err != nil {
			return nil, strip{}, t, err
		}
		// What closes a branch is the next one, as in Handlebars itself.
		b.close = b.between
		if chained {
			b.inverse.nodes[0].(*block).close = b.between
		}
	}
	p.depth--
	return &program{nodes: []node{b}, chained: true}, t.strip, end, nil
}

func (p *parser) openBlock(t tag) (*block, error) {
	c := t.call
	b := &block{pos: c.pos, name: c.name, call: c, open: t.strip}
	h, known := p.helperNamed(c)
	if err := p.checkCall(c, h, known, false); err != nil {
		return nil, err
	}
	switch {
	case !known:
		c.head = lookedUp(c.head)
	case h.block == nil:
		return nil, c.pos.errorf("%s is no block: write {{%[1]s …}}, without # and without {{/%[1]s}}", c.name)
	}
	b.helper = h.block
	return b, nil
}

// closes checks the tag that should close the block that t opens.
func (p *parser) closes(t tag, name string, end tag) error {
	if end.kind == atEnd {
		return p.fail(t.off, "the block %s is never closed: {{/%s}} is missing", t, name)
	}
	if end.call.name != name || len(end.call.args)+len(end.call.hash) > 0 {
		return p.fail(end.off, "expected {{/%s}}, which closes the block of line %d, found %s", name, p.pos(t.off).line, end)
	}
	return nil
}

// raw reads {{{{raw}}}}…{{{{/raw}}}}: text in which nothing is a tag.
func (p *parser) raw(t tag) (node, error) {
	if t.call.name != "raw" || len(t.call.args)+len(t.call.hash) > 0 {
		return nil, p.fail(t.off, "unknown raw block %s; known: {{{{raw}}}}…{{{{/raw}}}}", t)
	}
	const end = "{{{{/raw}}}}"
	n := strings.Index(p.src[p.at:], end)
	if n < 0 {
		return nil, p.fail(t.off, "the raw block is never closed: %s is missing", end)
	}
	body := &program{}
	if s := p.src[p.at : p.at+n]; s != "" {
		body.nodes = []node{&content{text: s, original: s}}
	}
	p.at += n + len(end)
	return &block{pos: t.call.pos, name: "raw", call: t.call, helper: rawBlock, program: body}, nil
}

// partial reads {{> name …}} and the body of {{#> name …}}.
func (p *parser) partial(t tag) (node, error) {
	c := t.call
	n := &partial{pos: c.pos, strip: t.strip, call: c, open: t.strip}
	switch head := c.head.(type) {
	case *ref:
		if n.name = head.source; head.data {
			n.name = "@" + n.name
		}
	case literal:
		b, _ := appendText(nil, head.value)
		n.name = string(b)
	}
	if len(c.args) > 1 {
		return nil, c.pos.errorf("a partial takes one context, found %d arguments; others are named: {{> %s key=value}}", len(c.args), c.name)
	}
	if t.kind == atPartialBlock {
		if err := p.deeper(t.off); err != nil {
			return nil, err
		}
		body, end, err := p.program(c.params)
		if err != nil {
			return nil, err
		}
		if end.kind != atEnd && end.kind != atClose {
			return nil, p.fail(end.off, "%s can't stand in {{#> %s}}", end, c.name)
		}
		if err := p.closes(t, c.name, end); err != nil {
			return nil, err
		}
		p.depth--
		n.body, n.close = body, end.strip
	}
	if n.name == partialBlock {
		return n, nil
	}
	var err error
	n.target, err = p.load(n.name, c.pos, n.body != nil)
	return n, err
}

// partialBlock is the name under which a partial puts out the body of the
// {{#> name}} that includes it.
const partialBlock = "@partial-block"

func unknownHelper(name string) string {
	known := helperNames()
	return "unknown helper " + config.Shorten(name) + nearest(name, known)
}

// nearest ends a message about an unknown word: the one that is most likely
// meant, and all that are known.
func nearest(word string, known []string) string {
	msg := ";"
	if near := config.Nearest(word, known); near != "" {
		msg = "; did you mean " + config.Shorten(near) + "?"
	}
	if len(known) == 0 {
		known = []string{"none"}
	}
	return msg + " known: " + strings.Join(known, ", ")
}
