package export

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/evals"
)

// FuzzEscape holds for every format: valid UTF-8 within the limit, nothing
// hidden, no byte that the format gives a meaning.
func FuzzEscape(f *testing.F) {
	f.Add(evil, 4096)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = max(0, min(limit, 1<<16))
		for name, c := range map[string]struct {
			esc escape
			bad string
		}{
			"html": {htmlEscape, "<>\"'\r\x00\x1b\x7f"}, "xml": {xmlEscape, "<>\"'\r\n\t\x00\x1b\uFFFE\uFFFF"},
			"line": {lineEscape, "\r\n\t\x00"}, "span": {spanEscape, "|\r\n\t\x00"},
			"data": {dataEscape, "\r\n\x00"}, "property": {propertyEscape, ":,\r\n\x00"},
		} {
			out, rest := appendEscaped([]byte("x"), s, c.esc, limit)
			got := string(out[1:])
			if len(got) > limit || !utf8.ValidString(got) || strings.ContainsAny(got, c.bad) || strings.ContainsAny(got, "\u202e\u2066\u200b\u2028\u0085") {
				t.Errorf("%s: %q became %q (limit %d)", name, s, got, limit)
			}
			if rest < 0 || rest > len(s) || rest == 0 && limit == 0 && s != "" {
				t.Errorf("%s: %d of %d bytes left out", name, rest, len(s))
			}
		}
	})
}

// FuzzXML reads attributes and text back as what was shown.
func FuzzXML(f *testing.F) {
	f.Add(evil)
	f.Fuzz(func(t *testing.T, s string) {
		shown, _ := appendEscaped(nil, s, func(c byte) string {
			if c == '\n' || c == '\t' {
				return ""
			}
			return picture(c)
		}, 1<<20)
		esc, _ := appendEscaped(nil, s, xmlEscape, 1<<20)
		var back struct {
			A string `xml:"a,attr"`
			T string `xml:",chardata"`
		}
		doc := `<x a="` + string(esc) + `">` + string(esc) + `</x>`
		if err := xml.Unmarshal([]byte(doc), &back); err != nil || back.A != string(shown) || back.T != string(shown) {
			t.Errorf("%q came back as %q and %q: %v", shown, back.A, back.T, err)
		}
	})
}

// FuzzSpan: a span is one line, holds no bar, and is one code span from end
// to end.
func FuzzSpan(f *testing.F) {
	f.Add("a`b``c")
	f.Fuzz(func(t *testing.T, s string) {
		got := span(s, 300)
		if strings.ContainsAny(got, "\n\r|") || got != "*empty*" && outside(got) != "" {
			t.Errorf("%q became %q", s, got)
		}
	})
}

// FuzzReports writes a run made of one text in every format that a parser can
// check.
func FuzzReports(f *testing.F) {
	f.Add(evil)
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			return
		}
		r, rows := hostile(s)
		page := render(t, r, rows)
		if n := strings.Count(page, "<script"); n != 1 || !utf8.ValidString(page) {
			t.Errorf("%q brought in %d scripts", s, n)
		}
		var b bytes.Buffer
		if err := JUnit(&b, r, rows); err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal(b.Bytes(), &suites{}); err != nil {
			t.Errorf("%q: %v", s, err)
		}
		b.Reset()
		if err := Annotations(&b, r, []evals.CaseRow{rows[0]}, s); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if !strings.HasPrefix(line, "::error ") && !strings.HasPrefix(line, "::warning ") {
				t.Errorf("%q brought in the line %q", s, line)
			}
		}
	})
}
