package junit

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
)

// outcomes are the words by which NUnit, xUnit.net and GoogleTest say what
// became of a test. Any other word of NUnit and xUnit.net is no pass.
var outcomes = map[string]State{
	"passed": Passed, "pass": Passed, "success": Passed, "completed": Passed, "warning": Passed,
	"failed": Failed, "fail": Failed, "failure": Failed, "error": Errored,
	"skipped": Skipped, "skip": Skipped, "ignored": Skipped, "inconclusive": Skipped, "notrunnable": Errored,
	"notrun": Skipped, "suppressed": Skipped, "disabled": Skipped,
}

// test reads one test and returns how many red things it reports.
func (p *parser) test(t xml.StartElement, path string) (red int, err error) {
	c := Case{Suite: path, Class: cut(first(attribute(t, "classname"), attribute(t, "type")), nameBytes), Name: cut(attribute(t, "name"), nameBytes),
		File: cut(attribute(t, "file"), nameBytes), State: Passed, Seconds: seconds(first(attribute(t, "time"), attribute(t, "duration")))}
	if t.Name.Local != "testcase" { // they give the full name
		c.Class = ""
		c.Name = cut(first(attribute(t, "fullname"), attribute(t, "name")), nameBytes)
	}
	c.State = stated(t)
	if c.State == Failed || c.State == Errored {
		red = 1
	}
	listed, err := p.reports(&c)
	if err != nil {
		return 0, err
	}
	if c.Message == "" && c.Red() {
		c.Message = cut(attribute(t, "message"), messageBytes)
	}
	p.cases = append(p.cases, c)
	return max(red, listed), p.full()
}

// stated is what the attributes of a test say.
func stated(t xml.StartElement) State {
	word := strings.ToLower(first(attribute(t, "result"), attribute(t, "status")))
	if executed := attribute(t, "executed"); strings.EqualFold(executed, "false") {
		return Skipped
	}
	state, known := outcomes[word]
	if status := strings.ToLower(attribute(t, "status")); status == "notrun" || status == "disabled" || status == "skipped" {
		return Skipped
	}
	if !known && t.Name.Local != "testcase" {
		return Errored
	}
	if !known {
		return Passed // JUnit's own form says what is wrong by elements
	}
	return state
}

// reports reads what stands inside a test. Repeats of a flaky test that passed
// in the end (flakyFailure, rerunFailure) change nothing.
func (p *parser) reports(c *Case) (red int, err error) {
	for {
		token, err := p.d.Token()
		if err != nil {
			return 0, err
		}
		switch t := token.(type) {
		case xml.EndElement:
			return red, nil
		case xml.StartElement:
			switch t.Name.Local {
			case "failure", "error":
				if err := p.redReport(c, t); err != nil {
					return 0, err
				}
				red++
			case "skipped", "reason", "ignored":
				text, err := p.text()
				if err != nil {
					return 0, err
				}
				if t.Name.Local != "reason" && !c.Red() {
					c.State = Skipped
				}
				if c.State == Skipped && c.Message == "" {
					c.Message = cut(first(attribute(t, "message"), text), messageBytes)
				}
			default:
				if err := p.d.Skip(); err != nil {
					return 0, err
				}
			}
		}
	}
}

// redReport takes in a failure or an error. The first message stays; an error
// goes before a failure.
func (p *parser) redReport(c *Case, t xml.StartElement) error {
	text, err := p.text()
	if err != nil {
		return err
	}
	if !c.Red() || c.Message == "" {
		line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
		c.Message, c.Detail = cut(first(attribute(t, "message"), line, attribute(t, "type")), messageBytes), cut(strings.Trim(text, "\n"), detailBytes)
	}
	if t.Name.Local == "error" || c.State == Errored {
		c.State = Errored
	} else {
		c.State = Failed
	}
	return nil
}

// text is all text up to the end of the element, of the elements in it, too.
func (p *parser) text() (string, error) {
	var b strings.Builder
	for depth := 1; ; {
		token, err := p.d.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			if depth--; depth == 0 {
				return b.String(), nil
			}
		case xml.CharData:
			if b.Len() <= detailBytes {
				b.Write(t)
			}
		}
	}
}

// seconds reads "1.25" and "1,234.5"; what is no such number is 0.
func seconds(s string) float64 {
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || f < 0 {
		return 0
	}
	return f
}
