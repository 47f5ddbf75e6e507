package promptfoo

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// junitTexts bounds the texts of a report, in UTF-16 units: of names, of messages,
// and of the lines below.
var junitTexts = [...]int{512, 1024, 8192}

type junitSuites struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Errors   int           `xml:"errors,attr"`
	Failures int           `xml:"failures,attr"`
	Name     string        `xml:"name,attr"`
	Skipped  int           `xml:"skipped,attr"`
	Tests    int           `xml:"tests,attr"`
	Time     string        `xml:"time,attr"`
	Suites   []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Errors    int         `xml:"errors,attr"`
	Failures  int         `xml:"failures,attr"`
	Name      string      `xml:"name,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Tests     int         `xml:"tests,attr"`
	Time      string      `xml:"time,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Cases     []junitCase `xml:"testcase"`
	ms        float64
}

type junitCase struct {
	Class   string    `xml:"classname,attr"`
	Name    string    `xml:"name,attr"`
	Time    string    `xml:"time,attr"`
	Failure *junitEnd `xml:"failure"`
	Error   *junitEnd `xml:"error"`
}

type junitEnd struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the rows as promptfoo's JUnit report has them: a suite for
// each prompt of each provider, a test case for each row. The reasons of failures
// stand in it, which promptfoo leaves out.
func (r *Results) WriteJUnit(w io.Writer) error {
	all := junitSuites{Name: "promptfoo"}
	suites := junitBook{stamp: stamp(r.Started), byKey: map[string]*junitSuite{}, numbers: map[string]map[string]int{}}
	total := 0.0
	for i := range r.Rows {
		rec := r.record(i)
		if rec == nil {
			continue
		}
		s := suites.of(&r.Rows[i])
		one := r.junitCase(i, rec, s.Name)
		s.Cases = append(s.Cases, one)
		s.Tests++
		s.ms += number(rec, "latencyMs")
		switch {
		case one.Failure != nil:
			s.Failures++
		case one.Error != nil:
			s.Errors++
		}
	}
	for _, s := range suites.all {
		s.Time = seconds(s.ms)
		all.Suites = append(all.Suites, s)
		all.Tests, all.Failures, all.Errors, total = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors, total+s.ms
	}
	all.Time = seconds(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return fmt.Errorf("writing JUnit: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// junitBook holds the suites of a report in the order of their first rows.
type junitBook struct {
	stamp   string
	all     []*junitSuite
	byKey   map[string]*junitSuite
	numbers map[string]map[string]int // of the prompts of a provider
}

// of is the suite of a row. Prompts that are given twice are one.
func (b *junitBook) of(row *project.Row) *junitSuite {
	name, prompt := row.Provider.Name(), PromptID(row.Prompt)
	key := row.Provider.Reported() + "\n" + name + "\n" + prompt
	if s := b.byKey[key]; s != nil {
		return s
	}
	if b.numbers[name] == nil {
		b.numbers[name] = map[string]int{}
	}
	if b.numbers[name][prompt] == 0 {
		b.numbers[name][prompt] = len(b.numbers[name]) + 1
	}
	s := &junitSuite{Name: junitText(fmt.Sprintf("[%s] prompt %d", name, b.numbers[name][prompt]), 0), Timestamp: b.stamp}
	b.byKey[key], b.all = s, append(b.all, s)
	return s
}

func (r *Results) junitCase(i int, rec *jsvalue.Object, class string) junitCase {
	name := fmt.Sprintf("test %d", r.Rows[i].TestIndex+1)
	if d := r.Rows[i].Test.Description; d != "" {
		name += ": " + d
	}
	c := junitCase{Class: class, Name: junitText(name, 0), Time: seconds(number(rec, "latencyMs"))}
	why, unjudged := textAt(rec, "error"), textAt(rec, "unjudged")
	switch {
	case truthy(rec, "success"):
	case unjudged != "":
		c.Error = &junitEnd{junitText(unjudged, 1), "unjudged", junitText("Could not be judged: "+unjudged, 2)}
	case number(rec, "failureReason") != failureAssert:
		c.Error = &junitEnd{junitText(why, 1), "error", junitText("Reason: "+why, 2)}
	default:
		lines := []string{"Score: " + jsvalue.FormatNumber(number(rec, "score")), "Reason: " + why}
		grading, _ := rec.Get("gradingResult")
		lines = append(lines, failedAssertions(grading)...)
		c.Failure = &junitEnd{junitText(why, 1), "assertion", junitText(strings.Join(lines, "\n"), 2)}
	}
	return c
}

// failedAssertions lists the types of a row's assertions that failed.
func failedAssertions(grading any) (lines []string) {
	for _, c := range componentsOf(grading) {
		if truthy(c, "pass") {
			continue
		}
		if len(lines) == 0 {
			lines = append(lines, "Failed assertions:")
		}
		a, _ := jsvalue.Field(c, "assertion")
		kind := textAt(a, "type")
		if kind == "" {
			kind = "assertion"
		}
		lines = append(lines, "- "+kind)
	}
	return lines
}

// junitText is a text that XML can hold, cut to the length of its kind; names and
// messages are one line.
func junitText(s string, kind int) string {
	s = strings.Map(xmlRune, strings.ToValidUTF8(s, "\uFFFD"))
	if kind < 2 {
		s = strings.Join(strings.Fields(s), " ")
	}
	if most := junitTexts[kind]; jsvalue.Length(s) > most {
		s = jsvalue.Substring(s, 0, most-3) + "..."
	}
	return s
}

// seconds are milliseconds as seconds, to the millisecond.
func seconds(ms float64) string { return jsvalue.FormatNumber(math.Round(max(ms, 0)) / 1e3) }
