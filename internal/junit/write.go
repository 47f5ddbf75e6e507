package junit

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
)

// Suite is what one command reported.
type Suite struct {
	Name    string
	Cases   []Case
	Seconds float64
}

// Write writes suites as one JUnit XML report. Parse reads it back as the same
// tests.
func Write(w io.Writer, name string, suites []Suite) error {
	x := &writer{w: bufio.NewWriterSize(w, 32<<10)}
	var all Counts
	var took float64
	for _, s := range suites {
		all, took = all.Add(Count(s.Cases)), took+s.Seconds
	}
	x.raw(xml.Header)
	x.start("testsuites", append([]string{"name", name}, counted(all, took)...)...)
	x.raw(">\n")
	for _, s := range suites {
		x.suite(s)
	}
	x.raw("</testsuites>\n")
	if err := x.w.Flush(); err != nil {
		return fmt.Errorf("writing JUnit XML: %w", err)
	}
	return nil
}

func counted(n Counts, took float64) []string {
	return []string{"tests", strconv.Itoa(n.Total()), "failures", strconv.Itoa(n.Failed), "errors", strconv.Itoa(n.Errored),
		"skipped", strconv.Itoa(n.Skipped), "time", strconv.FormatFloat(took, 'f', 3, 64)}
}

// writer streams XML; the first write error sticks in w.
type writer struct{ w *bufio.Writer }

func (x *writer) raw(s string) { x.w.WriteString(s) }

func (x *writer) text(s string) { xml.EscapeText(x.w, []byte(s)) }

// start opens an element, up to its ">"; attributes without a value are left
// out, but for the name.
func (x *writer) start(element string, attributes ...string) {
	x.raw("<" + element)
	for i := 0; i+1 < len(attributes); i += 2 {
		if attributes[i+1] == "" && attributes[i] != "name" {
			continue
		}
		x.raw(" " + attributes[i] + `="`)
		x.text(attributes[i+1])
		x.raw(`"`)
	}
}

func (x *writer) suite(s Suite) {
	x.start("testsuite", append([]string{"name", s.Name}, counted(Count(s.Cases), s.Seconds)...)...)
	x.raw(">\n")
	for _, c := range s.Cases {
		class := c.Class
		if class == "" {
			class = c.Suite
		}
		x.start("testcase", "classname", class, "name", c.Name, "file", c.File, "time", strconv.FormatFloat(c.Seconds, 'f', 3, 64))
		element := map[State]string{Failed: "failure", Errored: "error", Skipped: "skipped"}[c.State]
		if element == "" {
			x.raw("/>\n")
			continue
		}
		x.raw(">")
		x.start(element, "message", c.Message)
		x.raw(">")
		x.text(c.Detail)
		x.raw("</" + element + "></testcase>\n")
	}
	x.raw("</testsuite>\n")
}
