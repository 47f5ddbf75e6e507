package nunjucks

import (
	"regexp"
	"sync"
)

func (p *parser) endTag() error { return p.expect(tokTagEnd, "") }

func (p *parser) ifTag(tag token) (stmt, error) {
	root := &conditional{}
	for end := "if"; ; {
		cond, err := p.expression()
		if err != nil {
			return nil, err
		}
		if err := p.endTag(); err != nil {
			return nil, err
		}
		body, next, err := p.body(tag.pos, end, "elif", "elseif", "else", "endif")
		if err != nil {
			return nil, err
		}
		root.conds, root.bodies = append(root.conds, cond), append(root.bodies, body)
		switch next {
		case "endif":
			return root, p.endTag()
		case "else":
			if err := p.endTag(); err != nil {
				return nil, err
			}
			if root.other, _, err = p.body(tag.pos, "if", "endif"); err != nil {
				return nil, err
			}
			return root, p.endTag()
		}
	}
}

func (p *parser) forTag(tag token) (stmt, error) {
	f := &loop{pos: tag.pos}
	var err error
	if f.names, err = p.variables("for"); err != nil {
		return nil, err
	}
	if err := p.expect(tokName, "in"); err != nil {
		return nil, err
	}
	if f.over, err = p.expression(); err != nil {
		return nil, err
	}
	if err := p.endTag(); err != nil {
		return nil, err
	}
	body, end, err := p.body(tag.pos, "for", "endfor", "else")
	if err != nil {
		return nil, err
	}
	f.body = body
	if end == "else" {
		if err := p.endTag(); err != nil {
			return nil, err
		}
		if f.other, _, err = p.body(tag.pos, "for", "endfor"); err != nil {
			return nil, err
		}
	}
	return f, p.endTag()
}

// variables reads names with commas between.
func (p *parser) variables(tag string) (names []string, err error) {
	for {
		t, err := p.next()
		if err != nil {
			return nil, err
		}
		if t.kind != tokName {
			return nil, t.errorf("expected the name of a variable after %q, found %v", tag, t)
		}
		names = append(names, t.text)
		if !p.skip(tokOp, ",") {
			return names, nil
		}
	}
}

func (p *parser) setTag(tag token) (stmt, error) {
	s := &assign{}
	var err error
	if s.names, err = p.variables("set"); err != nil {
		return nil, err
	}
	if p.skip(tokOp, "=") {
		if s.value, err = p.expression(); err != nil {
			return nil, err
		}
		return s, p.endTag()
	}
	if err := p.endTag(); err != nil {
		return nil, err
	}
	if s.body, _, err = p.body(tag.pos, "set", "endset"); err != nil {
		return nil, err
	}
	return s, p.endTag()
}

var rawEnds = map[string]func() *regexp.Regexp{
	"raw":      sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{%\s*(raw|endraw)\s*%\}`) }),
	"verbatim": sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{%\s*(verbatim|endverbatim)\s*%\}`) }),
}

// rawTag takes text as it is, up to the end tag that belongs to it.
func (p *parser) rawTag(tag token) (stmt, error) {
	if err := p.endTag(); err != nil {
		return nil, err
	}
	start := p.scan.at
	at, level := start, 1
	for level > 0 {
		m := rawEnds[tag.text]().FindStringSubmatchIndex(p.scan.src[at:])
		if m == nil { // without an end the rest of the template is raw
			text := p.scan.rest()
			p.scan.advance(len(text))
			return data(text), nil
		}
		if p.scan.src[at+m[2]:at+m[3]] == tag.text {
			level++
		} else {
			level--
		}
		if level == 0 {
			text := p.scan.src[start : at+m[0]]
			p.scan.advance(at + m[1] - p.scan.at)
			p.scan.trim = false
			return data(text), nil
		}
		at += m[1]
	}
	return nil, nil
}

func (p *parser) switchTag(tag token) (stmt, error) {
	s := &choice{}
	var err error
	if s.x, err = p.expression(); err != nil {
		return nil, err
	}
	if err := p.endTag(); err != nil {
		return nil, err
	}
	// Whatever stands before the first case is left out.
	_, end, err := p.body(tag.pos, "switch", "case", "default", "endswitch")
	for err == nil && end == "case" {
		var cond expr
		if cond, err = p.expression(); err != nil {
			return nil, err
		}
		if err := p.endTag(); err != nil {
			return nil, err
		}
		var body stmts
		body, end, err = p.body(tag.pos, "switch", "case", "default", "endswitch")
		s.conds, s.bodies = append(s.conds, cond), append(s.bodies, body)
	}
	if err == nil && end == "default" {
		if err := p.endTag(); err != nil {
			return nil, err
		}
		s.other, _, err = p.body(tag.pos, "switch", "endswitch")
	}
	if err != nil {
		return nil, err
	}
	return s, p.endTag()
}

// parameters reads the parameters of a macro.
func (p *parser) parameters(m *macro) error {
	args, keywords, err := p.arguments()
	if err != nil {
		return err
	}
	for _, a := range args {
		n, ok := a.(*name)
		if !ok {
			return m.errorf("a parameter of a macro must be a name")
		}
		m.names = append(m.names, n.id)
	}
	if keywords != nil {
		m.keywords, m.defaults = keywords.keys, keywords.values
	}
	return nil
}

func (p *parser) macroTag(tag token) (stmt, error) {
	t, err := p.next()
	if err != nil {
		return nil, err
	}
	if t.kind != tokName {
		return nil, t.errorf("expected the name of a macro, found %v", t)
	}
	m := &macro{pos: tag.pos, name: t.text}
	if err := p.expect(tokOp, "("); err != nil {
		return nil, err
	}
	if err := p.parameters(m); err != nil {
		return nil, err
	}
	if err := p.endTag(); err != nil {
		return nil, err
	}
	if m.body, _, err = p.body(tag.pos, "macro", "endmacro"); err != nil {
		return nil, err
	}
	return m, p.endTag()
}

// callTag is {% call(…) NAME(…) %}…{% endcall %}: a macro with a body.
func (p *parser) callTag(tag token) (stmt, error) {
	caller := &macro{pos: tag.pos, name: "caller", nested: true}
	if p.skip(tokOp, "(") {
		if err := p.parameters(caller); err != nil {
			return nil, err
		}
	}
	x, err := p.primary()
	if err != nil {
		return nil, err
	}
	c, ok := x.(*call)
	if !ok {
		return nil, tag.errorf("expected the call of a macro after \"call\"")
	}
	if err := p.endTag(); err != nil {
		return nil, err
	}
	if caller.body, _, err = p.body(tag.pos, "call", "endcall"); err != nil {
		return nil, err
	}
	return &callBlock{c, caller}, p.endTag()
}

func (p *parser) filterTag(tag token) (stmt, error) {
	f, err := p.filterName()
	if err != nil {
		return nil, err
	}
	if p.skip(tokOp, "(") {
		if f.args, f.keywords, err = p.arguments(); err != nil {
			return nil, err
		}
	}
	if err := p.endTag(); err != nil {
		return nil, err
	}
	body, _, err := p.body(tag.pos, "filter", "endfilter")
	if err != nil {
		return nil, err
	}
	f.x = captured{body}
	return &output{tag.pos, f}, p.endTag()
}

// blockTag renders its body where it stands: there is no template to extend.
func (p *parser) blockTag(tag token) (stmt, error) {
	if err := p.expect(tokName, ""); err != nil {
		return nil, err
	}
	if err := p.endTag(); err != nil {
		return nil, err
	}
	body, _, err := p.body(tag.pos, "block", "endblock")
	if err != nil {
		return nil, err
	}
	if t, err := p.peek(); err == nil && t.kind == tokName {
		p.ahead = p.ahead[1:]
	}
	return body, p.endTag()
}
