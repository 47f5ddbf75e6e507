package dotprompt

import "strings"

// effect is what a node wants of its surroundings.
type effect struct {
	strip                                   // "~" outside of the node
	openAlone, closeAlone, inlineAlone bool // may stand alone on a line
}

// controlWhitespace is the pass of Handlebars that lets "~" eat the white space
// beside a tag, and a block tag, comment or partial that stands alone on its
// line take the line with it. It follows the reference implementation (4.7)
// step by step, also where chains of {{else if}} make it odd: a prompt's bytes
// are its behaviour.
func controlWhitespace(p *program, root bool) {
	if p == nil {
		return
	}
	body := p.nodes
	for i, n := range body {
		e, ok := inside(n)
		if !ok {
			continue
		}
		prev, next := lineStartsBefore(body, i, root), lineEndsAfter(body, i, root)
		if e.close {
			cutRight(body, i+1, true)
		}
		if e.open {
			cutLeft(body, i-1, true)
		}
		if e.inlineAlone && prev && next {
			cutRight(body, i+1, false)
			if cut := cutLeft(body, i-1, false); cut {
				if q, ok := n.(*partial); ok {
					q.indent = indentation(body[i-1].(*content).original)
				}
			}
		}
		first, last := ends(n)
		if e.openAlone && prev {
			cutRight(first, 0, false)
			cutLeft(body, i-1, false)
		}
		if e.closeAlone && next {
			cutRight(body, i+1, false)
			cutLeft(last, len(last)-1, false)
		}
	}
}

// inside treats what is inside a node and reports its effect outside.
func inside(n node) (effect, bool) {
	switch n := n.(type) {
	case *mustache:
		return effect{strip: n.strip}, true
	case *marker:
		return effect{strip: n.strip}, true
	case *comment:
		return effect{strip: n.strip, inlineAlone: true}, true
	case *partial:
		if n.body == nil {
			return effect{strip: n.strip, inlineAlone: true}, true
		}
		return insideBlock(n.body, nil, n.open, strip{}, n.close), true
	case *block:
		return insideBlock(n.program, n.inverse, n.open, n.between, n.close), true
	}
	return effect{}, false
}

func insideBlock(program, inverse *program, open, between, closing strip) effect {
	controlWhitespace(program, false)
	controlWhitespace(inverse, false)
	if program == nil {
		program, inverse = inverse, nil
	}
	first, last := inverse, inverse
	if inverse != nil && inverse.chained {
		first = inverse.nodes[0].(*block).program
		for last.chained {
			last = last.nodes[len(last.nodes)-1].(*block).program
		}
	}
	end := program
	if first != nil {
		end = first
	}
	e := effect{
		strip:      strip{open.open, closing.close},
		openAlone:  lineEndsAfter(program.nodes, -1, false),
		closeAlone: lineStartsBefore(end.nodes, len(end.nodes), false),
	}
	if open.close {
		cutRight(program.nodes, 0, true)
	}
	if inverse == nil {
		if closing.open {
			cutLeft(program.nodes, len(program.nodes)-1, true)
		}
		return e
	}
	if between.open {
		cutLeft(program.nodes, len(program.nodes)-1, true)
	}
	if between.close {
		cutRight(first.nodes, 0, true)
	}
	if closing.open {
		cutLeft(last.nodes, len(last.nodes)-1, true)
	}
	if lineStartsBefore(program.nodes, len(program.nodes), false) && lineEndsAfter(first.nodes, -1, false) {
		cutLeft(program.nodes, len(program.nodes)-1, false)
		cutRight(first.nodes, 0, false)
	}
	return e
}

// ends returns the first and the last branch of a block.
func ends(n node) (first, last []node) {
	switch n := n.(type) {
	case *partial:
		if n.body != nil {
			return n.body.nodes, n.body.nodes
		}
	case *block:
		a, z := n.program, n.inverse
		if a == nil {
			a = n.inverse
		}
		if z == nil {
			z = n.program
		}
		return a.nodes, z.nodes
	}
	return nil, nil
}

// lineStartsBefore reports whether only blanks stand between the start of a
// line and node i.
func lineStartsBefore(body []node, i int, root bool) bool {
	if i == 0 {
		return root
	}
	c, ok := body[i-1].(*content)
	if !ok {
		return false
	}
	rest := trimRight(c.original)
	return strings.Contains(c.original[len(rest):], "\n") || rest == "" && i == 1 && root
}

// lineEndsAfter reports whether only blanks stand between node i and the end of
// its line.
func lineEndsAfter(body []node, i int, root bool) bool {
	if i+1 >= len(body) {
		return root
	}
	c, ok := body[i+1].(*content)
	if !ok {
		return false
	}
	rest := trimLeft(c.original)
	return strings.Contains(c.original[:len(c.original)-len(rest)], "\n") || rest == "" && i+2 >= len(body) && root
}

// cutRight shortens the content at i from its front: all white space, or the
// blanks up to and with one line break.
func cutRight(body []node, i int, all bool) {
	c := contentAt(body, i)
	if c == nil || !all && c.right {
		return
	}
	was := c.text
	if all {
		c.text = trimLeft(was)
	} else {
		c.text = strings.TrimLeft(was, " \t")
		c.text = strings.TrimPrefix(strings.TrimPrefix(c.text, "\r"), "\n")
	}
	c.right = c.text != was
}

// cutLeft shortens the content at i from its back and reports whether it did.
func cutLeft(body []node, i int, all bool) bool {
	c := contentAt(body, i)
	if c == nil || !all && c.left {
		return false
	}
	was := c.text
	if all {
		c.text = trimRight(was)
	} else {
		c.text = strings.TrimRight(was, " \t")
	}
	c.left = c.text != was
	return c.left
}

func contentAt(body []node, i int) *content {
	if i < 0 || i >= len(body) {
		return nil
	}
	c, _ := body[i].(*content)
	return c
}

func indentation(s string) string {
	return s[len(strings.TrimRight(s, " \t")):]
}

// compact drops what renders to nothing.
func compact(p *program) {
	if p == nil {
		return
	}
	kept := p.nodes[:0]
	for _, n := range p.nodes {
		switch n := n.(type) {
		case *comment:
			continue
		case *content:
			if n.text == "" {
				continue
			}
		case *block:
			compact(n.program)
			compact(n.inverse)
		case *partial:
			compact(n.body)
		}
		kept = append(kept, n)
	}
	p.nodes = kept
}
