package nunjucks

import (
	"strconv"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

func (p *parser) expression() (expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	then, err := p.orderedOr()
	if err != nil || !p.skip(tokName, "if") {
		return then, err
	}
	e := &inlineIf{then: then}
	if e.cond, err = p.orderedOr(); err != nil {
		return nil, err
	}
	if p.skip(tokName, "else") {
		e.other, err = p.orderedOr()
	}
	return e, err
}

func (p *parser) orderedOr() (expr, error) {
	x, err := p.or()
	if err != nil {
		return nil, err
	}
	return ordered(x), nil
}

func (p *parser) or() (expr, error) {
	left, err := p.and()
	for err == nil && p.skip(tokName, "or") {
		var right expr
		right, err = p.and()
		left = &logic{true, left, right}
	}
	return left, err
}

func (p *parser) and() (expr, error) {
	left, err := p.not()
	for err == nil && p.skip(tokName, "and") {
		var right expr
		right, err = p.not()
		left = &logic{false, left, right}
	}
	return left, err
}

func (p *parser) not() (expr, error) {
	if !p.is(tokName, "not") {
		return p.in()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	p.skip(tokName, "not")
	x, err := p.not()
	return &unary{"not", x}, err
}

func (p *parser) in() (expr, error) {
	left, err := p.test()
	for err == nil {
		t, _ := p.peek()
		op := "in"
		if p.skip(tokName, "not") {
			op = "not in"
			if err := p.expect(tokName, "in"); err != nil {
				return nil, err
			}
		} else if !p.skip(tokName, "in") {
			break
		}
		var right expr
		right, err = p.test()
		left = &binary{t.pos, op, left, right}
	}
	return left, err
}

// test is X is NAME.
func (p *parser) test() (expr, error) {
	left, err := p.comparison()
	if err != nil {
		return nil, err
	}
	t, _ := p.peek()
	if !p.skip(tokName, "is") {
		return left, nil
	}
	negated := p.skip(tokName, "not")
	return p.testOf(t.pos, left, negated)
}

func (p *parser) testOf(at pos, left expr, negated bool) (expr, error) {
	right, err := p.comparison()
	if err != nil {
		return nil, err
	}
	e := &is{pos: at, x: ordered(left)}
	word := ""
	switch r := right.(type) {
	case *name:
		word = r.id
	case literal:
		word = jsvalue.ToString(r.v)
	case *call:
		if n, ok := r.callee.(*name); ok {
			word, e.args = n.id, r.args
		}
	}
	if e.test = tests()[word]; e.test == nil {
		return nil, at.errorf("unknown test %q after \"is\"; known: %s", word, knownTests())
	}
	if negated {
		return &unary{"not", e}, nil
	}
	return e, nil
}

// levels are the binary operators, loosest first.
var levels = [][]string{{"~"}, {"+"}, {"-"}, {"*"}, {"/"}, {"//"}, {"%"}, {"**"}}

var comparisons = []string{"==", "===", "!=", "!==", "<", ">", "<=", ">="}

func (p *parser) comparison() (expr, error) {
	left, err := p.level(0)
	for err == nil && p.is(tokOp, comparisons...) {
		op, _ := p.next()
		var right expr
		right, err = p.level(0)
		left = &binary{op.pos, op.text, left, right}
	}
	return left, err
}

func (p *parser) level(n int) (expr, error) {
	if n == len(levels) {
		return p.unary(true)
	}
	left, err := p.level(n + 1)
	for err == nil && p.is(tokOp, levels[n]...) {
		op, _ := p.next()
		var right expr
		right, err = p.level(n + 1)
		left = &binary{op.pos, op.text, left, right}
	}
	return left, err
}

func (p *parser) unary(filters bool) (expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	var x expr
	var err error
	if p.is(tokOp, "-", "+") {
		op, _ := p.next()
		x, err = p.unary(false)
		x = &unary{op.text, x}
	} else {
		x, err = p.primary()
	}
	if err != nil || !filters {
		return x, err
	}
	return p.filters(x)
}

func (p *parser) primary() (expr, error) {
	t, err := p.next()
	if err != nil {
		return nil, err
	}
	var x expr
	switch t.kind {
	case tokString:
		x = literal{t.text}
	case tokNumber:
		f, err := strconv.ParseFloat(t.text, 64)
		if err != nil && f == 0 {
			return nil, t.errorf("%q is no number", t.text)
		}
		x = literal{f}
	case tokName:
		x = word(t)
	case tokOp:
		if x, err = p.aggregate(t); err != nil {
			return nil, err
		}
	}
	if x == nil {
		return nil, t.errorf("expected a value, found %v", t)
	}
	return p.postfix(x)
}

func word(t token) expr {
	switch t.text {
	case "true", "false":
		return literal{t.text == "true"}
	case "none", "null":
		return literal{nil}
	}
	return &name{t.pos, t.text}
}

// postfix reads calls and lookups.
func (p *parser) postfix(x expr) (expr, error) {
	for {
		t, err := p.peek()
		if err != nil || t.kind != tokOp {
			return x, err
		}
		switch t.text {
		case "(":
			p.ahead = p.ahead[1:]
			args, keywords, err := p.arguments()
			if err != nil {
				return nil, err
			}
			x = &call{t.pos, x, args, keywords}
		case "[":
			p.ahead = p.ahead[1:]
			key, err := p.expression()
			if err != nil {
				return nil, err
			}
			if err := p.expect(tokOp, "]"); err != nil {
				return nil, err
			}
			x = &lookup{t.pos, x, key}
		case ".":
			p.ahead = p.ahead[1:]
			key, err := p.next()
			if err != nil {
				return nil, err
			}
			if key.kind != tokName {
				return nil, key.errorf("expected a name after \".\", found %v", key)
			}
			x = &lookup{t.pos, x, literal{key.text}}
		default:
			return x, nil
		}
	}
}

// arguments reads what stands between ( and ).
func (p *parser) arguments() (args []expr, keywords *object, err error) {
	for !p.skip(tokOp, ")") {
		if len(args) > 0 || keywords != nil {
			if err := p.expect(tokOp, ","); err != nil {
				return nil, nil, err
			}
		}
		x, err := p.expression()
		if err != nil {
			return nil, nil, err
		}
		t, _ := p.peek()
		if !p.skip(tokOp, "=") {
			args = append(args, x)
			continue
		}
		n, ok := x.(*name)
		if !ok {
			return nil, nil, t.errorf("expected a name before \"=\"")
		}
		if x, err = p.expression(); err != nil {
			return nil, nil, err
		}
		if keywords == nil {
			keywords = &object{}
		}
		keywords.keys, keywords.values = append(keywords.keys, n.id), append(keywords.values, x)
	}
	return args, keywords, nil
}

// aggregate reads (…), […] or {…}, nil for any other operator.
func (p *parser) aggregate(open token) (expr, error) {
	switch open.text {
	case "(":
		items, err := p.items(")")
		return &list{items, true}, err
	case "[":
		items, err := p.items("]")
		return &list{items, false}, err
	case "{":
		return p.object()
	}
	return nil, nil
}

func (p *parser) items(end string) (items []expr, err error) {
	for !p.skip(tokOp, end) {
		if len(items) > 0 {
			if err := p.expect(tokOp, ","); err != nil {
				return nil, err
			}
		}
		x, err := p.expression()
		if err != nil {
			return nil, err
		}
		items = append(items, x)
	}
	return items, nil
}

func (p *parser) object() (expr, error) {
	o := &object{}
	for !p.skip(tokOp, "}") {
		if len(o.keys) > 0 {
			if err := p.expect(tokOp, ","); err != nil {
				return nil, err
			}
		}
		key, err := p.next()
		if err != nil {
			return nil, err
		}
		if key.kind != tokName && key.kind != tokString && key.kind != tokNumber {
			return nil, key.errorf("expected a key, found %v", key)
		}
		if err := p.expect(tokOp, ":"); err != nil {
			return nil, err
		}
		x, err := p.expression()
		if err != nil {
			return nil, err
		}
		o.keys, o.values = append(o.keys, key.text), append(o.values, x)
	}
	return o, nil
}

// filters reads |NAME(…) …
func (p *parser) filters(x expr) (expr, error) {
	for p.skip(tokOp, "|") {
		f, err := p.filterName()
		if err != nil {
			return nil, err
		}
		f.x = ordered(x)
		if p.skip(tokOp, "(") {
			if f.args, f.keywords, err = p.arguments(); err != nil {
				return nil, err
			}
			if t, err := p.peek(); err == nil && t.kind == tokOp && (t.text == "(" || t.text == "[" || t.text == ".") {
				return nil, t.errorf("%v can't follow a filter: put the filter in parentheses", t)
			}
		}
		f.literal = safety(f)
		x = f
	}
	return x, nil
}

func (p *parser) filterName() (*filter, error) {
	t, err := p.next()
	if err != nil {
		return nil, err
	}
	if t.kind != tokName {
		return nil, t.errorf("expected the name of a filter, found %v", t)
	}
	for p.skip(tokOp, ".") {
		part, err := p.next()
		if err != nil {
			return nil, err
		}
		t.text += "." + part.text
	}
	f := &filter{pos: t.pos, name: t.text}
	if own, ok := p.options.Filters[t.text]; ok {
		f.own = own
		return f, nil
	}
	if f.apply = findFilter(t.text); f.apply == nil {
		return nil, unknownFilter(t)
	}
	return f, nil
}
