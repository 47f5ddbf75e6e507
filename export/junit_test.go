package export

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/evals"
)

type suites struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
	Suites   []struct {
		Name       string `xml:"name,attr"`
		Tests      int    `xml:"tests,attr"`
		Failures   int    `xml:"failures,attr"`
		Errors     int    `xml:"errors,attr"`
		Skipped    int    `xml:"skipped,attr"`
		SystemOut  string `xml:"system-out"`
		Properties []struct {
			Name  string `xml:"name,attr"`
			Value string `xml:"value,attr"`
		} `xml:"properties>property"`
		Cases []testcase `xml:"testcase"`
	} `xml:"testsuite"`
}

type testcase struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Failure *outcome `xml:"failure"`
	Error   *outcome `xml:"error"`
	Skipped *outcome `xml:"skipped"`
}

type outcome struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func junit(t *testing.T, r evals.Result, rows []evals.CaseRow) suites {
	t.Helper()
	var b bytes.Buffer
	if err := JUnit(&b, r, rows); err != nil {
		t.Fatal(err)
	}
	var s suites
	if err := xml.Unmarshal(b.Bytes(), &s); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	if len(s.Suites) != 2 || s.Suites[0].Name != "gate" || s.Suites[1].Name != "cases" {
		t.Fatalf("suites %+v", s.Suites)
	}
	total := suites{}
	for _, suite := range s.Suites {
		f, e, k := 0, 0, 0
		for _, c := range suite.Cases {
			f, e, k = f+one(c.Failure), e+one(c.Error), k+one(c.Skipped)
		}
		if suite.Tests != len(suite.Cases) || suite.Failures != f || suite.Errors != e || suite.Skipped != k {
			t.Errorf("suite %s counts %d/%d/%d/%d, has %d/%d/%d/%d", suite.Name, suite.Tests, suite.Failures, suite.Errors, suite.Skipped, len(suite.Cases), f, e, k)
		}
		total.Tests, total.Failures, total.Errors, total.Skipped = total.Tests+suite.Tests, total.Failures+f, total.Errors+e, total.Skipped+k
	}
	if s.Tests != total.Tests || s.Failures != total.Failures || s.Errors != total.Errors || s.Skipped != total.Skipped {
		t.Errorf("the root does not sum up: %+v", s)
	}
	return s
}

func one(o *outcome) int {
	if o == nil {
		return 0
	}
	return 1
}

func TestJUnitCases(t *testing.T) {
	rows := sampleRows(424)
	r := sampleResult(rows, 612)
	rows = append(rows, evals.CaseRow{ID: "second draw", Draw: 2, State: "failed"})
	s := junit(t, r, rows).Suites[1]
	if s.Tests != 424 || s.Failures != r.Cases.Failed || s.Errors != r.Cases.Errored || s.Skipped != r.Cases.Unjudged {
		t.Errorf("counts %d/%d/%d/%d, want %+v", s.Tests, s.Failures, s.Errors, s.Skipped, r.Cases)
	}
	if s.Properties[0].Name != "not_judged" || s.Properties[0].Value != "188" || !strings.Contains(s.SystemOut, "saved 188 cases") {
		t.Errorf("cases left out: %+v %q", s.Properties, s.SystemOut)
	}
	first := s.Cases[0]
	if first.Class != "ASM-001.intents_v2" || first.Failure == nil || !strings.Contains(first.Failure.Text, "expected: ") || !strings.Contains(first.Failure.Message, "intent_accuracy: expected ") {
		t.Errorf("first case %+v", first)
	}
}

// TestJUnitGate: the suite is red exactly when the exit code is not 0.
func TestJUnitGate(t *testing.T) {
	rule := func(v string, gates bool) evals.RuleResult {
		return evals.RuleResult{Metric: "m", Verdict: v, Gates: gates, Reason: "because"}
	}
	for _, c := range []struct {
		verdict                   string
		rules                     []evals.RuleResult
		failures, errors, skipped int
	}{
		{"pass", []evals.RuleResult{rule("pass", true)}, 0, 0, 0},
		{"pass", []evals.RuleResult{rule("pass", true), rule("fail", false), rule("undecided", false)}, 0, 0, 2},
		{"fail", []evals.RuleResult{rule("fail", true), rule("undecided", true)}, 2, 1, 0},
		{"undecided", []evals.RuleResult{rule("pass", true), rule("undecided", true)}, 0, 2, 0},
		{"undecided", nil, 0, 1, 0},
		{"", nil, 0, 1, 0},
	} {
		s := junit(t, evals.Result{Verdict: c.verdict, Rules: c.rules}, nil).Suites[0]
		if s.Failures != c.failures || s.Errors != c.errors || s.Skipped != c.skipped {
			t.Errorf("%q: %d failures, %d errors, %d skipped", c.verdict, s.Failures, s.Errors, s.Skipped)
		}
	}
}

func TestJUnitHostile(t *testing.T) {
	r, rows := hostile(evil)
	s := junit(t, r, rows)
	c := s.Suites[1].Cases[0]
	if !strings.Contains(c.Name, "</script><script>alert(1)") || !strings.Contains(c.Name, "␛[31mred␀␇␍\n|") || !strings.Contains(c.Name, "⟨U+202E⟩") {
		t.Errorf("name %q", c.Name)
	}
	r, rows = hostile(strings.Repeat("\x01<\u202e", 1<<20))
	var size counter
	if err := JUnit(&size, r, rows); err != nil || size > 1<<20 {
		t.Errorf("%d bytes, %v", size, err)
	}
}
