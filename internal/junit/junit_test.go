package junit

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// reports are in the forms of their runners, as short as they go.
var reports = []struct {
	name, xml string
	want      Counts
	red       string // titles of the red tests
}{
	{"pytest", `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4" time="0.06" timestamp="2026-01-01T00:00:00" hostname="h">
<testcase classname="tests.test_a" name="test_ok" time="0.001"/>
<testcase classname="tests.test_a" name="test_bad[1-x]" time="0.002"><failure message="assert 1 == 2">def test_bad():
&gt;       assert 1 == 2
E       assert 1 == 2</failure><system-out>&#x1B;[31mred&#x1B;[0m <![CDATA[<testcase/>]]></system-out></testcase>
<testcase classname="tests.test_a" name="test_skip" time="0"><skipped type="pytest.skip" message="no gpu">tests/test_a.py:9: no gpu</skipped></testcase>
<testcase classname="" name="tests.test_b" time="0"><error message="collection failure">ImportError: no module</error></testcase>
</testsuite></testsuites>`, Counts{1, 1, 1, 1}, "tests.test_a.test_bad[1-x], tests.test_b"},
	{"gotestsum", `<testsuites tests="2" failures="1" errors="0" time="0.2"><testsuite tests="2" failures="1" time="0.1" name="example.org/a"><properties><property name="go.version" value="go1.26"></property></properties>
<testcase classname="example.org/a" name="TestA" time="0.000"></testcase><testcase classname="example.org/a" name="TestB" time="0.000"><failure message="Failed" type=""><![CDATA[=== RUN TestB
    a_test.go:9: want 3]]></failure></testcase></testsuite></testsuites>`, Counts{1, 1, 0, 0}, "example.org/a.TestB"},
	{"jest", `<testsuites name="jest tests" tests="2" failures="1" errors="0" time="1.4"><testsuite name="undefined" errors="0" failures="1" skipped="0" tests="2">
<testcase classname=" adds" name=" adds" time="0.004"></testcase><testcase classname=" subtracts" name=" subtracts" time="0.003"><failure>Error: expect(received).toBe(expected)
    at Object.toBe</failure><failure>second</failure></testcase></testsuite></testsuites>`, Counts{1, 1, 0, 0}, "subtracts. subtracts"},
	{"surefire", `<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" name="org.T" time="1,203.1" tests="4" errors="1" skipped="1" failures="0"><properties><property name="a" value="&lt;b"/></properties>
<testcase name="flaky" classname="org.T" time="0.1"><flakyFailure message="first try" type="x"><stackTrace>at</stackTrace></flakyFailure></testcase>
<testcase name="npe" classname="org.T" time="0.1"><error type="java.lang.NullPointerException">java.lang.NullPointerException
	at org.T</error><rerunError type="x"/></testcase><testcase name="skip" classname="org.T"><skipped/></testcase><testcase name="ok" classname="org.T"/></testsuite>`,
		Counts{2, 0, 1, 1}, "org.T.npe"},
	{"nested", `<testsuites><testsuite name="a" failures="2"><testsuite name="b" failures="1"><testcase name="x"><failure/></testcase></testsuite><testcase name="y"><failure message="m"/><failure/></testcase></testsuite></testsuites>`,
		Counts{0, 2, 0, 0}, "x, y"},
	{"counts what it does not list", `<testsuite name="s" failures="2" errors="0" tests="3"><testcase name="x"/></testsuite>`, Counts{1, 0, 1, 0}, "(not listed)"},
	{"googletest", `<testsuites tests="3" failures="0" disabled="1" errors="0" name="AllTests"><testsuite name="F" tests="3" failures="0" disabled="1"><testcase name="A" status="run" result="completed" classname="F"/>
<testcase name="DISABLED_B" status="notrun" result="suppressed" classname="F"/><testcase name="C" status="run" result="skipped" classname="F"><skipped message="x"><![CDATA[]]></skipped></testcase></testsuite></testsuites>`, Counts{1, 0, 0, 2}, ""},
	{"nunit 3", `<test-run id="2" testcasecount="3" result="Failed" total="3" passed="1" failed="1"><test-suite type="Assembly" name="a.dll" result="Failed"><failure><message>One or more child tests had errors</message></failure>
<test-case id="1" name="Good" fullname="N.C.Good" result="Passed" duration="0.01"/><test-case id="2" name="Bad" fullname="N.C.Bad" result="Failed"><failure><message><![CDATA[expected 3]]></message><stack-trace>at N</stack-trace></failure></test-case>
<test-case id="3" fullname="N.C.Odd" result="Inconclusive"><reason><message>why</message></reason></test-case></test-suite></test-run>`, Counts{1, 1, 0, 1}, "N.C.Bad"},
	{"xunit.net", `<assemblies><assembly name="a.dll" total="2" passed="1" failed="1" errors="0"><errors/><collection name="c" total="2"><test name="N.Good" type="N" method="Good" time="0.01" result="Pass"><traits/></test>
<test name="N.Bad" result="Fail"><failure exception-type="E"><message>Assert.Equal</message><stack-trace>at</stack-trace></failure></test></collection></assembly></assemblies>`, Counts{1, 1, 0, 0}, "N.Bad"},
	{"unknown result", `<test-run><test-case fullname="X" result="Exploded"/></test-run>`, Counts{0, 0, 1, 0}, "X"},
	{"latin-1", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><testsuite><testcase name=\"gr\xfc\xdfe\"><error/></testcase></testsuite>", Counts{0, 0, 1, 0}, "grüße"},
	{"control characters", "<testsuite><testcase name=\"a\x01b\"><failure message=\"&#0;&#x1B;[1m\">\x1b[0m\xff</failure></testcase></testsuite>", Counts{0, 1, 0, 0}, "a\uFFFDb"},
	{"no test", `<testsuites></testsuites>`, Counts{}, ""},
}

func TestParse(t *testing.T) {
	for _, c := range reports {
		t.Run(c.name, func(t *testing.T) {
			cases, err := Parse([]byte(c.xml))
			if err != nil {
				t.Fatal(err)
			}
			if got := Count(cases); got != c.want {
				t.Errorf("counts %+v, want %+v", got, c.want)
			}
			if got := redTitles(cases); got != c.red {
				t.Errorf("red %q, want %q", got, c.red)
			}
		})
	}
}

func redTitles(cases []Case) string {
	var red []string
	for _, c := range cases {
		if c.Red() {
			red = append(red, c.Title())
		}
	}
	return strings.Join(red, ", ")
}

func TestParseDetails(t *testing.T) {
	cases, err := Parse([]byte(reports[0].xml))
	if err != nil {
		t.Fatal(err)
	}
	bad := cases[1]
	if bad.Message != "assert 1 == 2" || !strings.Contains(bad.Detail, ">       assert 1 == 2\nE") || bad.Suite != "pytest tests > pytest" || bad.Seconds != 0.002 {
		t.Errorf("%+v", bad)
	}
	if skip := cases[2]; skip.Message != "no gpu" {
		t.Errorf("%+v", skip)
	}
	cases, _ = Parse([]byte(reports[3].xml))
	if npe := cases[1]; npe.Message != "java.lang.NullPointerException" || npe.State != Errored {
		t.Errorf("%+v", npe)
	}
	long := "<testsuite><testcase name=\"" + strings.Repeat("n", 5000) + "\"><failure>" + strings.Repeat("é", 50_000) + "</failure></testcase></testsuite>"
	cases, err = Parse([]byte(long))
	if err != nil || len(cases[0].Name) > 600 || len(cases[0].Detail) > 9000 || len(cases[0].Message) > 1100 {
		t.Errorf("%v, texts of %d, %d and %d bytes", err, len(cases[0].Name), len(cases[0].Detail), len(cases[0].Message))
	}
}

// A report that can't be trusted is an error, never a pass.
func TestParseErrors(t *testing.T) {
	for name, c := range map[string][2]string{
		"empty":       {"  \n", "is empty"},
		"cut off":     {`<testsuite><testcase name="a"/>`, "line 1: unexpected EOF"},
		"mismatched":  {"<testsuite>\n<testcase></testsuite>", "line 2: "},
		"other":       {`<html><body/></html>`, "begins with <html>; known: testsuites, testsuite"},
		"two roots":   {`<testsuite/><testsuite/>`, "begins with <testsuite>"},
		"no element":  {`<?xml version="1.0"?><!-- x -->`, "no element"},
		"text":        {"all good", "no element"},
		"encoding":    {`<?xml version="1.0" encoding="EBCDIC"?><testsuite/>`, `the encoding "ebcdic" is not read`},
		"deep":        {strings.Repeat("<testsuite>", 300), "nested deeper than 200"},
		"entity bomb": {`<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>`, "invalid character entity"},
	} {
		if _, err := Parse([]byte(c[0])); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUTF16(t *testing.T) {
	text := `<testsuite><testcase name="ü"/></testsuite>`
	for _, order := range []string{"le", "be"} {
		data := []byte{0xff, 0xfe}
		if order == "be" {
			data = []byte{0xfe, 0xff}
		}
		for _, r := range text {
			if order == "le" {
				data = append(data, byte(r), byte(r>>8))
			} else {
				data = append(data, byte(r>>8), byte(r))
			}
		}
		if cases, err := Parse(data); err != nil || cases[0].Name != "ü" {
			t.Errorf("%s: %+v, %v", order, cases, err)
		}
	}
}

func TestWrite(t *testing.T) {
	for _, c := range reports {
		cases, err := Parse([]byte(c.xml))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := Write(&out, "genops test A", []Suite{{Name: "make test > \"x\"", Cases: cases, Seconds: 1.5}, {Name: "none"}}); err != nil {
			t.Fatal(err)
		}
		again, err := Parse(out.Bytes())
		if err != nil {
			t.Fatalf("%s: %v\n%s", c.name, err, out.String())
		}
		if Count(again) != Count(cases) || !reflect.DeepEqual(states(again), states(cases)) {
			t.Errorf("%s: %+v became %+v", c.name, cases, again)
		}
	}
}

func states(cases []Case) (out []string) {
	for _, c := range cases {
		out = append(out, fmt.Sprint(c.Name, c.State, c.Message))
	}
	return out
}

const events = `go: downloading x
{"Time":"2026-01-01T00:00:00Z","Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestGood"}
{"Action":"output","Package":"p","Test":"TestGood","Output":"=== RUN   TestGood\n"}
{"Action":"pass","Package":"p","Test":"TestGood","Elapsed":0.5}
{"Action":"run","Package":"p","Test":"TestBad"}
{"Action":"output","Package":"p","Test":"TestBad","Output":"=== RUN   TestBad\n"}
{"Action":"output","Package":"p","Test":"TestBad","Output":"    p_test.go:7: got 1\n"}
{"Action":"fail","Package":"p","Test":"TestBad","Elapsed":0}
{"Action":"run","Package":"p","Test":"TestSkip"}
{"Action":"skip","Package":"p","Test":"TestSkip"}
{"Action":"run","Package":"p","Test":"TestHangs"}
{"Action":"fail","Package":"p","Elapsed":1}
{"not":"an event"}
{broken
{"ImportPath":"q [q.test]","Action":"build-output","Output":"q.go:3:1: undefined: x\n"}
{"ImportPath":"q [q.test]","Action":"build-fail"}
{"Action":"fail","Package":"q","Elapsed":0,"FailedBuild":"q [q.test]"}
{"Action":"skip","Package":"r","Elapsed":0}`

func TestGoTest(t *testing.T) {
	cases, found, err := GoTest(strings.NewReader(events))
	if err != nil || !found {
		t.Fatal(found, err)
	}
	if got, want := Count(cases), (Counts{1, 1, 2, 1}); got != want {
		t.Errorf("%+v, want %+v: %+v", got, want, cases)
	}
	for i, want := range map[int]string{1: "p_test.go:7: got 1", 3: "the package does not build", 4: "it began and never ended"} {
		if cases[i].Message != want {
			t.Errorf("case %d: %+v, want %q", i, cases[i], want)
		}
	}
	if !strings.Contains(cases[3].Detail, "undefined: x") {
		t.Errorf("%+v", cases[3])
	}
	if _, found, _ := GoTest(strings.NewReader("ok p 0.1s\n{\"Action\": 3}\n{\"a\":1}")); found {
		t.Error("events were found where there are none")
	}
	long := strings.Repeat("x", 3<<20) + "\n" + events
	if again, found, err := GoTest(strings.NewReader(long)); err != nil || !found || len(again) != len(cases) {
		t.Errorf("behind a long line: %d cases, %v", len(again), err)
	}
}

// FuzzParse: no input panics, counts are those of the cases, what Write makes
// of them is read back.
func FuzzParse(f *testing.F) {
	for _, c := range reports {
		f.Add([]byte(c.xml))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cases, err := Parse(data)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := Write(&out, "n", []Suite{{Cases: cases}}); err != nil {
			t.Fatal(err)
		}
		again, err := Parse(out.Bytes())
		if err != nil || Count(again) != Count(cases) {
			t.Errorf("%v: %+v became %+v\n%s", err, Count(cases), Count(again), out.String())
		}
	})
}

// FuzzGoTest: no output of a command panics.
func FuzzGoTest(f *testing.F) {
	f.Add([]byte(events))
	f.Fuzz(func(t *testing.T, data []byte) {
		cases, found, err := GoTest(bytes.NewReader(data))
		if err != nil || len(cases) > 0 && !found {
			t.Error(len(cases), found, err)
		}
	})
}
