package dotprompt

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// helper is one word that templates may call; exactly one of value, block and
// mark is set.
type helper struct {
	min, max int // positional arguments; max < 0 = any number
	value    func(c *call, r *run, s *scope) (any, error)
	block    func(b *block, r *run, s *scope) error
	mark     func(c *call, r *run, s *scope) (mark, error)
}

// helpers are those of Handlebars and of Dotprompt. There are no others: a
// prompt means the same wherever it is rendered.
var helpers = map[string]helper{
	"if":           {min: 1, max: 1, block: ifBlock},
	"unless":       {min: 1, max: 1, block: unlessBlock},
	"each":         {min: 1, max: 1, block: eachBlock},
	"with":         {min: 1, max: 1, block: withBlock},
	"ifEquals":     {min: 2, max: 2, block: ifEqualsBlock},
	"unlessEquals": {min: 2, max: 2, block: unlessEqualsBlock},
	"lookup":       {min: 2, max: 2, value: lookup},
	"json":         {min: 1, max: 1, value: toJSON},
	"log":          {max: -1, value: logNothing},
	"role":         {min: 1, max: 1, mark: roleMark},
	"history":      {mark: historyMark},
	"media":        {mark: mediaMark},
	"section":      {min: 1, max: 1, mark: sectionMark},
}

func helperNames() []string { return sortedKeys(helpers) }

func (h helper) arity() string {
	switch h.max {
	case 0:
		return "no arguments without a name"
	case 1:
		return "1 argument"
	}
	return strconv.Itoa(h.max) + " arguments"
}

// test is the condition of {{#if}} and {{#unless}}.
func (b *block) test(r *run, s *scope) (bool, error) {
	v, err := b.call.args[0].eval(r, s)
	if err != nil {
		return false, err
	}
	if truthy(v) {
		return true, nil
	}
	if x := b.call.option("includeZero"); x != nil && isZero(v) {
		zero, err := x.eval(r, s)
		return truthy(zero), err
	}
	return false, nil
}

// choose renders one of a block's two branches.
func (b *block) choose(r *run, s *scope, yes bool, err error) error {
	switch {
	case err != nil:
		return err
	case yes:
		return r.program(b.program, s)
	}
	return r.program(b.inverse, s)
}

func ifBlock(b *block, r *run, s *scope) error {
	yes, err := b.test(r, s)
	return b.choose(r, s, yes, err)
}

func unlessBlock(b *block, r *run, s *scope) error {
	yes, err := b.test(r, s)
	return b.choose(r, s, !yes, err)
}

// equal compares the two arguments of a block.
func (b *block) equal(r *run, s *scope) (bool, error) {
	x, err := b.call.args[0].eval(r, s)
	if err != nil {
		return false, err
	}
	y, err := b.call.args[1].eval(r, s)
	return same(x, y), err
}

func ifEqualsBlock(b *block, r *run, s *scope) error {
	yes, err := b.equal(r, s)
	return b.choose(r, s, yes, err)
}

func unlessEqualsBlock(b *block, r *run, s *scope) error {
	yes, err := b.equal(r, s)
	return b.choose(r, s, !yes, err)
}

func eachBlock(b *block, r *run, s *scope) error {
	v, err := b.call.args[0].eval(r, s)
	if err != nil {
		return err
	}
	return b.each(r, s, plain(v))
}

func withBlock(b *block, r *run, s *scope) error {
	v, err := b.call.args[0].eval(r, s)
	if err != nil {
		return err
	}
	if v = plain(v); truthy(v) || isZero(v) {
		return b.with(r, s, v)
	}
	return r.program(b.inverse, s)
}

func rawBlock(b *block, r *run, s *scope) error { return r.program(b.program, s) }

func lookup(c *call, r *run, s *scope) (any, error) {
	v, err := c.args[0].eval(r, s)
	if err != nil {
		return nil, err
	}
	k, err := c.args[1].eval(r, s)
	if err != nil {
		return nil, err
	}
	key, err := appendText(nil, k)
	if err != nil {
		return undefined{}, nil
	}
	return get(v, string(key)), nil
}

func logNothing(*call, *run, *scope) (any, error) { return undefined{}, nil }

// toJSON writes its argument as JSON; indent is a number of blanks, at most
// 10, or what stands for one level.
func toJSON(c *call, r *run, s *scope) (any, error) {
	v, err := c.args[0].eval(r, s)
	if err != nil {
		return nil, err
	}
	indent := ""
	if x := c.option("indent"); x != nil {
		n, err := x.eval(r, s)
		if err != nil {
			return nil, err
		}
		if f, ok := number(plain(n)); ok {
			indent = strings.Repeat(" ", int(math.Max(0, math.Min(f, 10))))
		} else if text, ok := n.(string); ok {
			indent = text[:min(len(text), 10)]
		}
	}
	b, err := encode(v, indent)
	if err != nil {
		return nil, c.pos.errorf("json: %v", err)
	}
	return b, nil
}

func encode(v any, indent string) (string, error) {
	switch x := v.(type) {
	case undefined:
		v = nil
	case odd:
		return "", x.err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// roles are the names that {{role}} takes, with what each becomes.
var roles = map[string]string{"system": "system", "user": "user", "model": "model", "assistant": "model", "tool": "tool"}

func asRole(p pos, v any) (string, error) {
	name, _ := v.(string)
	if role, ok := roles[name]; ok {
		return role, nil
	}
	text, _ := encode(v, "")
	return "", p.errorf("unknown role %s; known: system, user, model, tool", text)
}

// checkRole refuses an unknown role that is written out.
func checkRole(c *call) error {
	if c.name != "role" {
		return nil
	}
	l, ok := c.args[0].(literal)
	if !ok {
		return nil
	}
	_, err := asRole(c.pos, l.value)
	return err
}

func roleMark(c *call, r *run, s *scope) (mark, error) {
	v, err := c.args[0].eval(r, s)
	if err != nil {
		return mark{}, err
	}
	role, err := asRole(c.pos, v)
	return mark{kind: markRole, text: role}, err
}

func historyMark(*call, *run, *scope) (mark, error) { return mark{kind: markHistory}, nil }

func sectionMark(c *call, r *run, s *scope) (mark, error) {
	v, err := c.args[0].eval(r, s)
	if err != nil {
		return mark{}, err
	}
	name, err := appendText(nil, v)
	if err != nil || len(name) == 0 {
		return mark{}, c.pos.errorf("section needs a name that is a text")
	}
	return mark{kind: markSection, text: string(name)}, nil
}

func mediaMark(c *call, r *run, s *scope) (mark, error) {
	m := mark{kind: markMedia}
	for _, field := range []struct {
		key string
		dst *string
	}{{"url", &m.text}, {"contentType", &m.contentType}} {
		x := c.option(field.key)
		if x == nil {
			continue
		}
		v, err := x.eval(r, s)
		if err != nil {
			return m, err
		}
		text, isText := plain(v).(string)
		if _, missing := v.(undefined); !isText && !missing && v != nil {
			return m, c.pos.errorf("media: %s is not a text", field.key)
		}
		*field.dst = text
	}
	if m.text == "" {
		return m, c.pos.errorf("media has no url; it is written {{media url=variable}}, within {{#if variable}} where it may be missing")
	}
	return m, nil
}
