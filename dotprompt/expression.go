package dotprompt

import (
	"slices"
	"strings"
)

// maxNesting bounds the depth of blocks and of parentheses together.
const maxNesting = 200

func (p *parser) deeper(off int) error {
	if p.depth++; p.depth > maxNesting {
		return p.fail(off, "nested deeper than %d levels", maxNesting)
	}
	return nil
}

// invocation reads a head and its arguments up to what closes them.
func (p *parser) invocation() (*call, error) {
	p.space()
	c := &call{pos: p.pos(p.at)}
	start := p.at
	var err error
	if c.head, err = p.operand(); err != nil {
		return nil, err
	}
	c.name = p.src[start:p.at]
	return c, p.arguments(c)
}

// arguments reads what follows a head: values, then key=value, then as |a b|.
func (p *parser) arguments(c *call) error {
	for {
		p.space()
		switch {
		case p.at >= len(p.src) || p.src[p.at] == '}' || p.src[p.at] == ')' || p.src[p.at] == '~':
			return nil
		case p.isBlockParams():
			return p.blockParams(c)
		}
		key, isHash, err := p.key()
		if err != nil {
			return err
		}
		if !isHash && len(c.hash) > 0 {
			return p.fail(p.at, "an argument without a name can't follow one with a name, %s=…", c.hash[len(c.hash)-1].key)
		}
		p.space()
		v, err := p.argument()
		if err != nil {
			return err
		}
		if isHash {
			c.hash = append(c.hash, pair{key, v})
		} else {
			c.args = append(c.args, v)
		}
	}
}

// key reads "name=", if it stands here.
func (p *parser) key() (string, bool, error) {
	start := p.at
	if !p.has("[") && p.word(p.at) == p.at {
		return "", false, nil
	}
	key, _, err := p.segment()
	if err != nil {
		return "", false, err
	}
	p.space()
	if p.take("=") {
		return key, true, nil
	}
	p.at = start
	return "", false, nil
}

func (p *parser) isBlockParams() bool {
	rest, ok := strings.CutPrefix(p.src[p.at:], "as")
	bar := trimLeft(rest)
	return ok && len(bar) < len(rest) && strings.HasPrefix(bar, "|")
}

func (p *parser) blockParams(c *call) error {
	start := p.at
	p.at += len("as")
	p.space()
	p.take("|")
	for {
		p.space()
		if p.take("|") {
			break
		}
		end := p.word(p.at)
		if end == p.at {
			return p.fail(start, "block parameters are written as |name| or as |name name|")
		}
		c.params = append(c.params, p.src[p.at:end])
		p.at = end
	}
	if len(c.params) == 0 || len(c.params) > 2 {
		return p.fail(start, "a block gives one or two parameters, not %d: the value, and its index or key", len(c.params))
	}
	p.space()
	return nil
}

// argument reads an operand or a call in parentheses.
func (p *parser) argument() (expr, error) {
	start := p.at
	if !p.take("(") {
		return p.operand()
	}
	if err := p.deeper(start); err != nil {
		return nil, err
	}
	c, err := p.invocation()
	if err != nil {
		return nil, err
	}
	if !p.take(")") {
		if p.at < len(p.src) {
			return nil, p.fail(start, "the ( before %s has no closing )", c.name)
		}
		return nil, p.unexpected()
	}
	p.depth--
	return c, p.resolveValue(c, true)
}

// operand reads a literal or a path.
func (p *parser) operand() (expr, error) {
	if p.at >= len(p.src) {
		return nil, p.unexpected()
	}
	switch p.src[p.at] {
	case '"', '\'':
		s, err := p.quoted()
		return literal{s}, err
	case '@':
		p.at++
		return p.path(true)
	}
	if n, ok := p.number(); ok {
		return literal{n}, nil
	}
	end := p.word(p.at)
	if p.ends(end, "") {
		switch p.src[p.at:end] {
		case "true", "false":
			v := p.src[p.at] == 't'
			p.at = end
			return literal{v}, nil
		case "null":
			p.at = end
			return literal{nil}, nil
		case "undefined":
			p.at = end
			return literal{undefined{}}, nil
		}
	}
	return p.path(false)
}

// path reads a.b, a/b, ../a, this.a, a.[any text].
func (p *parser) path(data bool) (*ref, error) {
	x := &ref{data: data}
	for first := true; ; first = false {
		off := p.at
		part, isLiteral, err := p.segment()
		if err != nil {
			return nil, err
		}
		x.source += part
		if !isLiteral && (part == ".." || part == "." || part == "this") {
			if len(x.parts) > 0 {
				return nil, p.fail(off, "%s can only stand at the beginning of a path", part)
			}
			x.scoped = x.scoped || first && part != ".."
			if part == ".." {
				x.depth++
			}
		} else {
			x.parts = append(x.parts, part)
		}
		if p.at >= len(p.src) || p.src[p.at] != '.' && p.src[p.at] != '/' {
			break
		}
		x.source += p.src[p.at : p.at+1]
		p.at++
	}
	if !p.ends(p.at, "=|") {
		return nil, p.unexpected()
	}
	if !x.data && !x.scoped && x.depth == 0 && len(x.parts) > 0 {
		x.param = slices.ContainsFunc(p.params, func(names []string) bool { return slices.Contains(names, x.parts[0]) })
	}
	return x, nil
}

// helperNamed returns the helper that the head of a call names.
func (p *parser) helperNamed(c *call) (helper, bool) {
	x, ok := c.head.(*ref)
	if !ok || !x.simple() {
		return helper{}, false
	}
	h, ok := helpers[x.parts[0]]
	return h, ok
}

// checkCall refuses arguments for something that is no helper, and a wrong
// number of them for one that is.
func (p *parser) checkCall(c *call, h helper, known, inParentheses bool) error {
	if !known {
		if len(c.args)+len(c.hash) == 0 && !inParentheses {
			return nil
		}
		return c.pos.errorf("%s", unknownHelper(c.name))
	}
	n := len(c.args)
	if n >= h.min && (n <= h.max || h.max < 0) {
		return nil
	}
	msg := "the helper %s takes %s, found %d"
	if n == 0 {
		msg += "; a variable of that name is written {{this.%[1]s}}"
	}
	return c.pos.errorf(msg, c.name, h.arity(), n)
}

// resolveValue binds a call whose value is used to its helper.
func (p *parser) resolveValue(c *call, inParentheses bool) error {
	h, known := p.helperNamed(c)
	if err := p.checkCall(c, h, known, inParentheses); err != nil {
		return err
	}
	switch {
	case !known || h.value != nil:
		c.value = h.value
		return nil
	case h.block != nil:
		return c.pos.errorf("%s is a block helper: write {{#%[1]s …}}…{{/%[1]s}}", c.name)
	}
	return c.pos.errorf("%s shapes the messages and has no value: write {{%[1]s …}} alone", c.name)
}
