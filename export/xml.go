package export

import "bufio"

// xmlWriter streams XML 1.0; element and attribute names are constants, values
// come from anywhere. Write errors stick in w.
type xmlWriter struct {
	w   *bufio.Writer
	buf []byte
}

func (x *xmlWriter) text(s string, limit int) {
	var rest int
	x.buf, rest = appendEscaped(x.buf[:0], s, xmlEscape, limit)
	x.w.Write(x.buf)
	if rest > 0 {
		x.w.WriteString("… (" + byteSize(rest) + " more)")
	}
}

func (x *xmlWriter) start(name string, attributes []string) {
	x.w.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		x.w.WriteString(" " + attributes[i] + `="`)
		x.text(attributes[i+1], reasonLimit)
		x.w.WriteString(`"`)
	}
}

func (x *xmlWriter) open(name string, attributes ...string) {
	x.start(name, attributes)
	x.w.WriteString(">")
}

func (x *xmlWriter) empty(name string, attributes ...string) {
	x.start(name, attributes)
	x.w.WriteString("/>")
}

func (x *xmlWriter) close(name string) { x.w.WriteString("</" + name + ">\n") }

func (x *xmlWriter) element(name, text string, limit int) {
	x.open(name)
	x.text(text, limit)
	x.close(name)
}

// line writes a constant or short label, a text and a line feed.
func (x *xmlWriter) line(label, s string, limit int) {
	x.text(label, nameLimit)
	x.text(s, limit)
	x.w.WriteString("\n")
}
