package junit

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Limits of a report.
const (
	MaxBytes = 64 << 20
	maxCases = 1_000_000
	maxDepth = 200
)

// roots are the elements with which reports begin.
var roots = []string{"testsuites", "testsuite", "test-run", "test-results", "test-suite", "assemblies", "assembly"}

var (
	caseElements  = []string{"testcase", "test-case", "test"}
	suiteElements = []string{"testsuites", "testsuite", "test-run", "test-results", "test-suite", "assemblies", "assembly", "collection"}
	// quiet elements hold what the tests printed or were given, and anything
	// may stand in them.
	quiet = []string{"system-out", "system-err", "properties", "output", "environment", "settings", "categories", "traits", "attachments"}
)

// Parse reads one report. A report that is damaged, cut off or none is an
// error. A report without any test is none. A suite that counts more red tests
// than it lists gets an errored test in place of those that are missing.
func Parse(data []byte) ([]Case, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("has %d bytes; at most %d are read", len(data), MaxBytes)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("is empty")
	}
	data, err := decode(data)
	if err != nil {
		return nil, err
	}
	p := &parser{d: xml.NewDecoder(bytes.NewReader(data))}
	p.d.Entity, p.d.CharsetReader = xml.HTMLEntity, asDeclared
	return p.all()
}

type parser struct {
	d     *xml.Decoder
	cases []Case
	seen  bool
}

func (p *parser) all() ([]Case, error) {
	for {
		token, err := p.d.Token()
		if errors.Is(err, io.EOF) {
			if !p.seen {
				return nil, errors.New("holds no test report: it has no element")
			}
			return p.cases, nil
		}
		if err != nil {
			return nil, p.broken(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if p.seen || !slices.Contains(roots, start.Name.Local) {
			return nil, fmt.Errorf("holds no test report: it begins with <%s>; known: %s", cut(start.Name.Local, 40), strings.Join(roots, ", "))
		}
		p.seen = true
		if _, err := p.suite(start, "", 1); err != nil {
			return nil, p.broken(err)
		}
	}
}

func (p *parser) broken(err error) error {
	line, _ := p.d.InputPos()
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("line %d: %s", syntax.Line, syntax.Msg)
	}
	return fmt.Errorf("line %d: %w", line, err)
}

// suite reads up to the end of a suite and returns how many red tests it lists.
func (p *parser) suite(start xml.StartElement, around string, depth int) (red int, err error) {
	if depth > maxDepth {
		return 0, fmt.Errorf("elements are nested deeper than %d levels", maxDepth)
	}
	name := attribute(start, "name")
	path := joined(around, name)
	for {
		token, err := p.d.Token()
		if err != nil {
			return 0, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			n, err := p.child(t, path, depth+1)
			if err != nil {
				return 0, err
			}
			red += n
		case xml.EndElement:
			if missing := claimed(start) - red; missing > 0 {
				red += missing
				p.cases = append(p.cases, Case{Suite: path, Name: "(not listed)", State: Errored,
					Message: fmt.Sprintf("the suite counts %d failed test(s) that it does not list", missing)})
			}
			return red, nil
		}
	}
}

// joined is the path of a suite, without names that repeat.
func joined(around, name string) string {
	switch {
	case around == "":
		return cut(name, nameBytes)
	case name == "" || name == around || strings.HasSuffix(around, " > "+name):
		return around
	}
	return cut(around+" > "+name, nameBytes)
}

func (p *parser) child(t xml.StartElement, path string, depth int) (red int, err error) {
	switch name := t.Name.Local; {
	case slices.Contains(caseElements, name):
		return p.test(t, path)
	case slices.Contains(suiteElements, name):
		return p.suite(t, path, depth)
	case slices.Contains(quiet, name):
		return 0, p.d.Skip()
	case name == "results": // of NUnit 2, around suites and cases
		return p.suite(xml.StartElement{}, path, depth)
	case name == "error" || name == "errors": // of a suite that could not start
		return p.suiteError(t, path)
	}
	return 0, p.d.Skip()
}

// suiteError is what a runner says of a suite itself.
func (p *parser) suiteError(t xml.StartElement, path string) (red int, err error) {
	text, err := p.text()
	if err != nil {
		return 0, err
	}
	message := cut(first(attribute(t, "message"), text), messageBytes)
	if t.Name.Local == "errors" && message == "" {
		return 0, nil // an empty list
	}
	p.cases = append(p.cases, Case{Suite: path, Name: "(suite)", State: Errored, Message: message, Detail: cut(text, detailBytes)})
	return 1, p.full()
}

// claimed is how many red tests a suite says that it has.
func claimed(start xml.StartElement) (n int) {
	for _, name := range []string{"failures", "errors"} {
		if start.Name.Local == "assembly" || start.Name.Local == "assemblies" {
			continue // xUnit.net counts errors of clean-up, which it lists elsewhere
		}
		i, err := strconv.Atoi(attribute(start, name))
		if err == nil && i > 0 {
			n += i
		}
	}
	return n
}

func attribute(start xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func first(texts ...string) string {
	for _, s := range texts {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return ""
}

func (p *parser) full() error {
	if len(p.cases) > maxCases {
		return fmt.Errorf("holds more than %d tests", maxCases)
	}
	return nil
}
