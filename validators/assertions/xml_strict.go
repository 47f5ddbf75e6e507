package assertions

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// wellFormed checks a whole document by XML 1.0 with namespaces. Document types
// are taken without a subset of their own.
func wellFormed(s string) error {
	p := &xmlParser{s: strings.TrimPrefix(s, "\uFEFF"), spaces: []map[string]bool{{"xml": true, "xmlns": true}}}
	for _, r := range p.s {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == utf8.RuneError || r == 0xFFFE || r == 0xFFFF {
			return errors.New("a character that XML does not allow")
		}
	}
	return p.document()
}

type xmlParser struct {
	s      string
	i      int
	open   []string
	spaces []map[string]bool // prefixes that are declared, innermost last
	root   bool
	doc    bool
	lax    bool // entities may come from outside
	alone  bool // standalone="yes"
}

func (p *xmlParser) rest() string { return p.s[p.i:] }

func (p *xmlParser) cut(prefix string) bool {
	if strings.HasPrefix(p.rest(), prefix) {
		p.i += len(prefix)
		return true
	}
	return false
}

func (p *xmlParser) blanks() bool {
	from := p.i
	for p.i < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.i]) >= 0 {
		p.i++
	}
	return p.i > from
}

func (p *xmlParser) document() error {
	if strings.HasPrefix(p.s, "<?xml") && len(p.s) > 5 && strings.IndexByte(" \t\r\n", p.s[5]) >= 0 {
		if err := p.declaration(); err != nil {
			return err
		}
	}
	for p.i < len(p.s) {
		var err error
		switch {
		case p.cut("<!--"):
			err = p.comment()
		case p.cut("<![CDATA["):
			if len(p.open) == 0 {
				return errors.New("text outside of the root element")
			}
			err = p.until("]]>")
		case p.cut("<?"):
			err = p.instruction()
		case p.cut("<!DOCTYPE"):
			err = p.docType()
		case p.cut("</"):
			err = p.end()
		case p.cut("<"):
			err = p.start()
		default:
			err = p.text()
		}
		if err != nil {
			return err
		}
	}
	switch {
	case len(p.open) > 0:
		return fmt.Errorf("element %s has no end", p.open[len(p.open)-1])
	case !p.root:
		return errors.New("there is no element")
	}
	return nil
}

func (p *xmlParser) until(mark string) error {
	i := strings.Index(p.rest(), mark)
	if i < 0 {
		return fmt.Errorf("%s is missing", mark)
	}
	p.i += i + len(mark)
	return nil
}

func (p *xmlParser) comment() error {
	i := strings.Index(p.rest(), "--")
	if i < 0 || !strings.HasPrefix(p.s[p.i+i:], "-->") {
		return errors.New("a comment with -- in it, or without an end")
	}
	p.i += i + 3
	return nil
}

func (p *xmlParser) instruction() error {
	name := xmlName(p.rest())
	if name == "" || strings.EqualFold(name, "xml") {
		return errors.New("an instruction without a name, or an XML declaration that is not at the start")
	}
	p.i += len(name)
	if !strings.HasPrefix(p.rest(), "?>") && !p.blanks() {
		return errors.New("an instruction whose name is wrong")
	}
	return p.until("?>")
}

func (p *xmlParser) declaration() error {
	p.i += len("<?xml")
	step := 0
	for _, name := range []string{"version", "encoding", "standalone"} {
		at := p.i
		if !p.blanks() || !strings.HasPrefix(p.rest(), name) {
			p.i = at
			continue
		}
		p.i += len(name)
		p.blanks()
		if !p.cut("=") {
			return errors.New("a wrong XML declaration")
		}
		p.blanks()
		v, err := p.quoted()
		if err != nil {
			return err
		}
		switch name {
		case "version":
			if !strings.HasPrefix(v, "1.") || strings.Trim(v[2:], "0123456789") != "" || len(v) < 3 {
				return errors.New("a wrong XML version")
			}
			step = 1
		case "standalone":
			if v != "yes" && v != "no" {
				return errors.New("standalone is yes or no")
			}
			p.alone = v == "yes"
		}
	}
	p.blanks()
	if step == 0 || !p.cut("?>") {
		return errors.New("a wrong XML declaration")
	}
	return nil
}

func (p *xmlParser) quoted() (string, error) {
	if p.i == len(p.s) || p.s[p.i] != '"' && p.s[p.i] != '\'' {
		return "", errors.New("a value without quotes")
	}
	end := strings.IndexByte(p.s[p.i+1:], p.s[p.i])
	if end < 0 {
		return "", errors.New("a value without an end")
	}
	v := p.s[p.i+1 : p.i+1+end]
	p.i += end + 2
	return v, nil
}

// docType reads a document type: a name, perhaps where its definition lies.
func (p *xmlParser) docType() error {
	if p.root || p.doc {
		return errors.New("a document type that is not before the root element")
	}
	p.doc = true
	ok := p.blanks()
	name := xmlName(p.rest())
	p.i += len(name)
	if !ok || name == "" {
		return errors.New("a wrong document type")
	}
	spaced := p.blanks()
	if p.cut(">") {
		return nil
	}
	if !spaced {
		return errors.New("a wrong document type")
	}
	public := p.cut("PUBLIC")
	if !public && !p.cut("SYSTEM") {
		return errors.New("a document type with a subset of its own, or a wrong one")
	}
	if public {
		id, err := p.spacedLiteral()
		if err != nil || strings.Trim(id, " \r\nabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'()+,./:=?;!*#@$_%-") != "" {
			return errors.New("a wrong public identifier")
		}
	}
	id, err := p.spacedLiteral()
	if err != nil || strings.Contains(id, "#") {
		return errors.New("a wrong system identifier")
	}
	p.blanks()
	if !p.cut(">") {
		return errors.New("a document type with a subset of its own, or a wrong one")
	}
	p.lax = !p.alone
	return nil
}

func (p *xmlParser) spacedLiteral() (string, error) {
	if !p.blanks() {
		return "", errors.New("a blank is missing")
	}
	return p.quoted()
}

func (p *xmlParser) text() error {
	end := strings.IndexByte(p.rest(), '<')
	if end < 0 {
		end = len(p.rest())
	}
	t := p.rest()[:end]
	p.i += end
	if len(p.open) == 0 {
		if strings.Trim(t, " \t\r\n") != "" {
			return errors.New("text outside of the root element")
		}
		return nil
	}
	if strings.Contains(t, "]]>") {
		return errors.New("]]> in text")
	}
	return p.entities(t)
}

// entities checks what stands after each & of a text.
func (p *xmlParser) entities(t string) error {
	for {
		i := strings.IndexByte(t, '&')
		if i < 0 {
			return nil
		}
		t = t[i+1:]
		name, rest, ok := strings.Cut(t, ";")
		if !ok || !p.isEntity(name) {
			return errors.New("& without the name of a known character")
		}
		t = rest
	}
}

func (p *xmlParser) isEntity(name string) bool {
	if digits, ok := strings.CutPrefix(name, "#"); ok {
		base := 10
		if hex, ok := strings.CutPrefix(digits, "x"); ok {
			digits, base = hex, 16
		}
		n, err := strconv.ParseUint(digits, base, 32)
		return err == nil && (n >= 0x20 && n <= 0xD7FF || n == 9 || n == 10 || n == 13 || n >= 0xE000 && n <= 0xFFFD || n >= 0x10000 && n <= 0x10FFFF)
	}
	switch name {
	case "amp", "lt", "gt", "quot", "apos":
		return true
	}
	return p.lax && name != "" && xmlName(name) == name
}

func (p *xmlParser) end() error {
	name := xmlName(p.rest())
	p.i += len(name)
	p.blanks()
	if name == "" || !p.cut(">") {
		return errors.New("a wrong end tag")
	}
	n := len(p.open)
	if n == 0 || p.open[n-1] != name {
		return fmt.Errorf("the end tag %s closes nothing", name)
	}
	p.open, p.spaces = p.open[:n-1], p.spaces[:len(p.spaces)-1]
	return nil
}

func (p *xmlParser) start() error {
	if p.root && len(p.open) == 0 {
		return errors.New("a second root element")
	}
	p.root = true
	name := xmlName(p.rest())
	if name == "" {
		return errors.New("< without the name of an element")
	}
	p.i += len(name)
	seen := map[string]bool{}
	declared := map[string]bool{}
	var attributes []string
	for {
		spaced := p.blanks()
		closed := p.cut("/>")
		if closed || p.cut(">") {
			return p.opened(name, attributes, declared, closed)
		}
		attr := xmlName(p.rest())
		if attr == "" || !spaced {
			return fmt.Errorf("a wrong tag of element %s", name)
		}
		p.i += len(attr)
		p.blanks()
		if !p.cut("=") {
			return fmt.Errorf("attribute %s has no value", attr)
		}
		p.blanks()
		v, err := p.quoted()
		if err != nil {
			return err
		}
		if seen[attr] || strings.Contains(v, "<") {
			return fmt.Errorf("attribute %s stands twice, or has < in it", attr)
		}
		seen[attr] = true
		if err := p.entities(v); err != nil {
			return err
		}
		if prefix, ok := strings.CutPrefix(attr, "xmlns:"); ok {
			const own = "http://www.w3.org/XML/1998/namespace"
			if v == "" || prefix == "xmlns" || (prefix == "xml") != (v == own) {
				return fmt.Errorf("attribute %s is no namespace", attr)
			}
			declared[prefix] = true
		} else if attr != "xmlns" {
			attributes = append(attributes, attr)
		}
	}
}

// opened checks the prefixes of a start tag and opens the element.
func (p *xmlParser) opened(name string, attributes []string, declared map[string]bool, closed bool) error {
	p.spaces = append(p.spaces, declared)
	for _, n := range append(attributes, name) {
		prefix, local, ok := strings.Cut(n, ":")
		if !ok {
			continue
		}
		if prefix == "" || local == "" || strings.Contains(local, ":") || !p.known(prefix) {
			return fmt.Errorf("the prefix of %s is not declared", n)
		}
	}
	if closed {
		p.spaces = p.spaces[:len(p.spaces)-1]
		return nil
	}
	if p.open = append(p.open, name); len(p.open) > maxSchemaDepth {
		return errors.New("too deep")
	}
	return nil
}

func (p *xmlParser) known(prefix string) bool {
	for _, m := range p.spaces {
		if m[prefix] {
			return true
		}
	}
	return false
}
