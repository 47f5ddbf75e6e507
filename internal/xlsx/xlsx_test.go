package xlsx

import (
	"archive/zip"
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"
)

// book makes a workbook of one sheet of rows.
func book(t testing.TB, rows string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range map[string]string{
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="x/worksheet" Target="/xl/s.xml"/><Relationship Id="r2" Type="x/styles" Target="st.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr date1904="1"/><sheets><sheet name="A &amp; B" r:id="r1"/></sheets></workbook>`,
		"xl/st.xml":                  `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd;@"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>`,
		"xl/s.xml":                   `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`,
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(text))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRead(t *testing.T) {
	data := book(t, `<row r="2"><c r="B2" t="inlineStr"><is><r><t>a</t></r><r><t xml:space="preserve"> b </t></r></is></c><c/><c t="b"><v>1</v></c></row>
		<row><c><v>1e2</v></c><c s="1"><v>0</v></c><c t="str"><f>x</f><v>_x0041_</v></c><c t="e"><v>#N/A</v></c><c t="inlineStr"><is><t> </t></is></c></row><row/>`)
	rows, err := Read(data, "A & B")
	want := [][]string{{"", "", "", ""}, {"", "a b", "", "true"}, {"100", "Fri Jan 01 1904 00:00:00 GMT+0000 (Coordinated Universal Time)", "A", "#N/A"}}
	if err != nil || !reflect.DeepEqual(rows, want) {
		t.Errorf("%q %v", rows, err)
	}
	for _, which := range []string{"2", "0", "other"} {
		if rows, err := Read(data, which); err == nil {
			t.Errorf("sheet %s: %q", which, rows)
		}
	}
	for _, row := range []string{`<row><c t="s"><v>0</v></c></row>`, `<row><c><v>x</v></c></row>`, `<row><c t="q"><v>1</v></c></row>`, `<row`, `<row r="99999999"><c r="XFD1"><v>1</v></c></row>`} {
		if rows, err := Read(book(t, row), ""); err == nil {
			t.Errorf("%s: %q", row, rows)
		}
	}
	if _, err := Read([]byte("\xd0\xcf\x11\xe0 the older format"), ""); err == nil || !strings.Contains(err.Error(), "save it") {
		t.Error(err)
	}
}

func TestDateFormats(t *testing.T) {
	for code, want := range map[string]bool{"yyyy-mm-dd": true, `[$-409]d\-mmm\-yy;@`: true, "[h]:mm:ss.000": true, "h:mm AM/PM": true, "0.00": false, `0 "days"`: false, "#,##0": false, "General": false,
		"": false, "@": false, `"only text"`: false, "[Red]0": false, `mm"min"ss`: true, "0%": false, `[unclosed`: false, "0;yyyy": true} {
		if isDate(code) != want {
			t.Errorf("%s: %v", code, !want)
		}
	}
}

// FuzzRead wants an error or rows of one length.
func FuzzRead(f *testing.F) {
	data, err := os.ReadFile("../../bench/promptfoo/configs/s-01-spreadsheets/tests.xlsx")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, `<row><c r="B2" t="inlineStr"><is><t>a</t></is></c></row>`)
	f.Fuzz(func(t *testing.T, data []byte, rows string) {
		for _, d := range [][]byte{data, book(t, rows)} {
			found, err := Read(d, "")
			for _, r := range found {
				if err != nil || len(r) != len(found[0]) && len(found)*len(found[0]) < maxCells {
					t.Errorf("%q %v", found, err)
				}
			}
		}
	})
}
