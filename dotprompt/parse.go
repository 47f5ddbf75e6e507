package dotprompt

import (
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// compile turns a template's text into a program. line is the number of its
// first line in the file.
func compile(file, src string, line int, load loadFunc) (*template, error) {
	p := &parser{file: file, src: src, line: line, load: load}
	root, end, err := p.program(nil)
	if err != nil {
		return nil, err
	}
	if end.kind != atEnd {
		return nil, p.fail(end.off, "%s stands outside of a block", end)
	}
	controlWhitespace(root, true)
	compact(root)
	return &template{file: file, root: root}, nil
}

// loadFunc finds a partial; see loader.
type loadFunc func(name string, at pos, optional bool) (*template, error)

type tagKind int

const (
	atEnd tagKind = iota // of the file
	atComment
	atValue   // {{x}}, {{{x}}}, {{&x}}
	atOpen    // {{#x}}
	atInverse // {{^x}}
	atElse    // {{else}}, {{^}}
	atElseIf  // {{else x}}
	atClose   // {{/x}}
	atPartial // {{> x}}
	atPartialBlock
	atRaw // {{{{x}}}}
)

// tag is one {{…}}.
type tag struct {
	kind  tagKind
	off   int
	src   string // as written
	strip strip
	call  *call
}

func (t tag) String() string { return config.Shorten(t.src) }

// tag reads the tag that stands here, if the file goes on.
func (p *parser) tag() (t tag, err error) {
	t.off = p.at
	defer func() { t.src = p.src[t.off:p.at] }()
	switch {
	case p.at >= len(p.src):
		return t, nil
	case p.take("{{{{"):
		t.kind = atRaw
		if t.call, err = p.invocation(); err != nil {
			return t, err
		}
		return t, p.closing(t, "}}}}")
	}
	p.take("{{")
	t.strip.open = p.take("~")
	if p.has("!") {
		t.kind = atComment
		return t, p.comment(&t)
	}
	end := "}}"
	switch {
	case p.take("#>"):
		t.kind = atPartialBlock
	case p.take(">"):
		t.kind = atPartial
	case p.has("#*"), p.has("*"):
		return t, p.fail(t.off, "decorators ({{#*inline}} and the like) are not known here; write the partial into a file _NAME.prompt")
	case p.take("#"):
		t.kind = atOpen
	case p.take("/"):
		t.kind = atClose
	case p.take("^"):
		t.kind = atInverse
	case p.take("{"):
		t.kind, end = atValue, "}}}"
	default:
		t.kind = atValue
		if !p.take("&") && p.takeElse() {
			t.kind = atElseIf
		}
	}
	if t.kind == atInverse || t.kind == atElseIf {
		p.space()
		if p.has("~}}") || p.has("}}") {
			t.kind = atElse
			return t, p.finish(&t, end)
		}
	}
	if t.call, err = p.invocation(); err != nil {
		return t, err
	}
	return t, p.finish(&t, end)
}

func (p *parser) takeElse() bool {
	rest, ok := strings.CutPrefix(trimLeft(p.src[p.at:]), "else")
	if !ok {
		return false
	}
	if off := len(p.src) - len(rest); p.ends(off, "") {
		p.at = off
		return true
	}
	return false
}

// finish reads what ends a tag, with its "~".
func (p *parser) finish(t *tag, end string) error {
	if end == "}}}" {
		if !p.has("}}}") && !p.has("}~}}") {
			return p.closing(*t, end)
		}
		p.at, end = p.at+1, "}}"
	}
	if t.strip.close = p.take("~"); !t.strip.close && t.kind != atElse && p.has("}}}") {
		return p.fail(p.at, "too many } at the end of a tag; a } that follows it is written behind a blank or {{!}}")
	}
	return p.closing(*t, end)
}

func (p *parser) closing(t tag, end string) error {
	if p.take(end) {
		return nil
	}
	if p.at >= len(p.src) {
		return p.fail(t.off, "the tag that begins here has no closing %s", end)
	}
	line, _, _ := strings.Cut(p.src[p.at:], "\n")
	return p.fail(p.at, "expected %s, found %s", end, config.Shorten(line))
}

func (p *parser) comment(t *tag) error {
	end := "}}"
	if p.has("!--") {
		end = "--}}"
		if n := strings.Index(p.src[p.at:], "--~}}"); n >= 0 {
			if m := strings.Index(p.src[p.at:], end); m < 0 || n < m {
				end = "--~}}"
			}
		}
	}
	n := strings.Index(p.src[p.at:], end)
	if n < 0 {
		return p.fail(t.off, "the comment that begins here has no closing %s", end)
	}
	p.at += n + len(end)
	t.strip.close = p.src[p.at-3] == '~'
	return nil
}
