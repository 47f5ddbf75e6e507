package nunjucks

import (
	"slices"
	"strings"
)

// parser builds the tree of a template.
type parser struct {
	scan    scanner
	options *Options
	ahead   []token // read already
	depth   int
}

func (p *parser) peek() (token, error) {
	if len(p.ahead) == 0 {
		t, err := p.scan.next()
		if err != nil {
			return t, err
		}
		p.ahead = append(p.ahead, t)
	}
	return p.ahead[0], nil
}

func (p *parser) next() (token, error) {
	t, err := p.peek()
	if err == nil {
		p.ahead = p.ahead[1:]
	}
	return t, err
}

// is reports whether the next token is one of an operator's texts or a word.
func (p *parser) is(kind tokenKind, texts ...string) bool {
	t, err := p.peek()
	return err == nil && t.kind == kind && slices.Contains(texts, t.text)
}

// skip takes the next token when it is that.
func (p *parser) skip(kind tokenKind, text string) bool {
	if p.is(kind, text) {
		p.ahead = p.ahead[1:]
		return true
	}
	return false
}

func (p *parser) expect(kind tokenKind, text string) error {
	t, err := p.next()
	if err != nil {
		return err
	}
	if t.kind != kind || text != "" && t.text != text {
		want := map[tokenKind]string{tokTagEnd: `"%}"`, tokVarEnd: `"}}"`, tokName: "a name"}[kind]
		if text != "" {
			want = `"` + text + `"`
		}
		return t.errorf("expected %s, found %v", want, t)
	}
	return nil
}

// enter bounds how deep a template nests.
func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return p.scan.place.errorf("nested deeper than %d levels", maxDepth)
	}
	return nil
}

// body reads statements up to one of the tags, which is taken up to its name.
func (p *parser) body(what pos, tag string, ends ...string) (stmts, string, error) {
	if err := p.enter(); err != nil {
		return nil, "", err
	}
	defer func() { p.depth-- }()
	var all stmts
	for {
		t, err := p.next()
		if err != nil {
			return nil, "", err
		}
		switch t.kind {
		case tokEnd:
			if len(ends) == 0 {
				return all, "", nil
			}
			return nil, "", what.errorf("the tag %q that begins here has no %q", tag, ends[len(ends)-1])
		case tokData:
			all = append(all, data(t.text))
		case tokVar:
			one, err := p.output(t.pos)
			if err != nil {
				return nil, "", err
			}
			all = append(all, one)
		case tokTag:
			word, err := p.next()
			if err != nil {
				return nil, "", err
			}
			if word.kind != tokName {
				return nil, "", word.errorf("expected the name of a tag, found %v", word)
			}
			if slices.Contains(ends, word.text) {
				return all, word.text, nil
			}
			one, err := p.tag(word)
			if err != nil {
				return nil, "", err
			}
			if one != nil {
				all = append(all, one)
			}
		}
	}
}

func (p *parser) output(at pos) (stmt, error) {
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	return &output{at, e}, p.expect(tokVarEnd, "")
}

// tags is the table of the language's tags; those with nil are not supported.
func tags() map[string]func(*parser, token) (stmt, error) {
	return map[string]func(*parser, token) (stmt, error){
		"if": (*parser).ifTag, "ifAsync": (*parser).ifTag, "for": (*parser).forTag, "set": (*parser).setTag,
		"raw": (*parser).rawTag, "verbatim": (*parser).rawTag, "switch": (*parser).switchTag,
		"macro": (*parser).macroTag, "call": (*parser).callTag, "filter": (*parser).filterTag, "block": (*parser).blockTag,
		"extends": nil, "include": nil, "import": nil, "from": nil, "asyncEach": nil, "asyncAll": nil,
	}
}

func (p *parser) tag(word token) (stmt, error) {
	all := tags()
	read, known := all[word.text]
	if known && read == nil {
		return nil, word.errorf("the tag %q is not supported here", word.text)
	}
	if !known {
		names := make([]string, 0, len(all))
		for name, f := range all {
			if f != nil {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return nil, word.errorf("unknown tag %q; known: %s", word.text, strings.Join(names, ", "))
	}
	return read(p, word)
}
