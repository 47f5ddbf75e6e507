package dotprompt

import (
	"fmt"

	"github.com/GaboBase/arch-genops/internal/config"
)

// pos is a place in a file.
type pos struct {
	file string
	line int
}

func (p pos) errorf(format string, args ...any) error {
	return &config.Error{File: p.file, Line: p.line, Msg: fmt.Sprintf(format, args...)}
}

// template is one compiled file: a prompt's body or a partial. It is read-only
// after compile.
type template struct {
	file string
	root *program
}

// program is a run of nodes: a whole template or one branch of a block.
type program struct {
	nodes   []node
	params  []string // block parameters: as |a b|
	chained bool     // holds nothing but the block of an {{else if}}
}

// node is a piece of a template. render appends what it stands for to r.
type node interface {
	render(r *run, s *scope) error
}

// strip says which sides of a tag bear a "~".
type strip struct{ open, close bool }

// content is literal text. Whitespace control shortens text and judges by original.
type content struct {
	text, original string
	left, right    bool // a standalone line was already cut off at this end
}

// comment leaves nothing but its effect on the whitespace around it.
type comment struct{ strip strip }

// mustache puts out a value: {{x}}, {{{x}}}, {{json x}}.
type mustache struct {
	pos   pos
	strip strip
	src   string // the expression as written
	value expr
}

// marker is a tag that shapes the messages: role, history, media, section.
type marker struct {
	pos   pos
	strip strip
	call  *call
	make  func(c *call, r *run, s *scope) (mark, error)
}

// block is {{#name …}}…{{else}}…{{/name}}. Without a helper it is a section,
// which tests or walks its value. program is nil for {{^name}} without else.
type block struct {
	pos                  pos
	name                 string
	call                 *call
	helper               func(b *block, r *run, s *scope) error
	program, inverse     *program
	open, between, close strip
}

// partial is {{> name context key=value}} or, with a body, {{#> name}}…{{/name}}.
type partial struct {
	pos    pos
	strip  strip
	name   string
	target *template // nil: the body stands in, or name is @partial-block
	call   *call
	indent string   // of a standalone partial; goes before each of its lines
	body   *program // nil without
	open   strip    // of the opening tag of a partial with a body
	close  strip
}

// expr is something that has a value.
type expr interface {
	eval(r *run, s *scope) (any, error)
}

type literal struct{ value any }

// ref is a.b, ../a, @data.a, this, or one of a block's parameters.
type ref struct {
	data   bool
	param  bool // the first part is a block parameter
	scoped bool // begins with "this" or "."
	depth  int  // how many "../"
	parts  []string
	source string // as written, without the brackets of [parts]
}

// simple reports whether the reference is one bare word, which may name a helper.
func (p *ref) simple() bool {
	return len(p.parts) == 1 && !p.scoped && p.depth == 0 && !p.data && !p.param
}

// call is what stands in a tag or in parentheses: a head and its arguments.
type call struct {
	pos    pos
	head   expr
	name   string // the head as written
	args   []expr
	hash   []pair
	params []string
	value  func(c *call, r *run, s *scope) (any, error) // of a helper that has a value
}

type pair struct {
	key   string
	value expr
}

// option returns the hash argument of that name, nil without.
func (c *call) option(key string) expr {
	for i := len(c.hash) - 1; i >= 0; i-- {
		if c.hash[i].key == key {
			return c.hash[i].value
		}
	}
	return nil
}
