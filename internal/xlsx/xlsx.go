// Package xlsx reads the values of a sheet of an Office Open XML workbook. It
// reads what tables of tests need — texts, numbers, truth values, dates and the
// kept results of formulas — and neither formats nor formulas themselves.
package xlsx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Limits of what is read, so that a small file can't fill the memory.
const (
	maxPart  = 256 << 20 // bytes of one part of a workbook, unpacked
	maxCells = 2_000_000 // with the empty ones between others
)

// workbook is an open workbook.
type workbook struct {
	parts  map[string]*zip.File
	sheets []sheet
	texts  []string // shared strings
	dates  []bool   // by cell style: its numbers are dates
	from04 bool     // days count from 1904
}

type sheet struct{ name, part string }

// Read returns the rows of a sheet, from the first row on, all of the same
// length: without empty rows at the end and empty columns on the right. The sheet
// is named, or counted from 1; "" is the first. Texts lose the blanks around them; a number is written as JavaScript
// writes it, a date as JavaScript does in the zone UTC, and an empty cell is "".
func Read(data []byte, which string) (rows [][]string, err error) {
	w, err := open(data)
	if err != nil {
		return nil, err
	}
	s, err := w.sheet(which)
	if err != nil {
		return nil, err
	}
	if rows, err = w.rows(s.part); err != nil {
		return nil, fmt.Errorf("sheet %q: %w", s.name, err)
	}
	return rows, nil
}

func open(data []byte) (*workbook, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, errors.New("it is no .xlsx workbook (the older .xls is not read: save it as .xlsx or CSV)")
	}
	w := &workbook{parts: map[string]*zip.File{}}
	for _, f := range z.File {
		w.parts[f.Name] = f
	}
	var links struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:"Type,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := errors.Join(w.decode("xl/_rels/workbook.xml.rels", &links), w.decode("xl/workbook.xml", &book)); err != nil {
		return nil, err
	}
	w.from04 = book.Properties.Date1904 == "1" || book.Properties.Date1904 == "true"
	targets := map[string]string{}
	texts, styles := "xl/sharedStrings.xml", "xl/styles.xml"
	for _, l := range links.All {
		target := path.Join("xl", l.Target)
		if rest, ok := strings.CutPrefix(l.Target, "/"); ok {
			target = rest
		}
		switch path.Base(l.Type) {
		case "sharedStrings":
			texts = target
		case "styles":
			styles = target
		}
		targets[l.ID] = target
	}
	for _, s := range book.Sheets {
		w.sheets = append(w.sheets, sheet{unescape(s.Name), targets[s.ID]})
	}
	return w, errors.Join(w.readTexts(texts), w.readStyles(styles))
}

// sheet finds a sheet by its name, or by its number from 1.
func (w *workbook) sheet(which string) (sheet, error) {
	var names []string
	for _, s := range w.sheets {
		names = append(names, s.name)
	}
	n, err := strconv.Atoi(strings.TrimSpace(which))
	if which == "" {
		n, err = 1, nil
	}
	switch i := slices.Index(names, which); {
	case err != nil && i >= 0:
		return w.sheets[i], nil
	case err != nil:
		return sheet{}, fmt.Errorf("there is no sheet %q; known: %s", which, strings.Join(names, ", "))
	case n < 1 || n > len(names):
		return sheet{}, fmt.Errorf("there is no sheet %d; the workbook has %d", n, len(names))
	}
	return w.sheets[n-1], nil
}

// part opens a part of the workbook; nil when it is absent.
func (w *workbook) part(name string) (io.ReadCloser, error) {
	f := w.parts[name]
	if f == nil {
		return nil, nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(r, maxPart), r}, nil
}

func (w *workbook) decode(name string, into any) error {
	r, err := w.part(name)
	if r == nil {
		return errors.Join(err, fmt.Errorf("it is no .xlsx workbook: there is no %s in it", name))
	}
	defer r.Close()
	if err := xml.NewDecoder(r).Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// rich is a text, or runs of texts; readings of Japanese are left out.
type rich struct {
	Text *string `xml:"t"`
	Runs []struct {
		Text string `xml:"t"`
	} `xml:"r"`
}

func (r *rich) text() string {
	var b strings.Builder
	if r.Text != nil {
		b.WriteString(*r.Text)
	}
	for _, run := range r.Runs {
		b.WriteString(run.Text)
	}
	return unescape(b.String())
}

func (w *workbook) readTexts(name string) error {
	if w.parts[name] == nil {
		return nil
	}
	var all struct {
		Items []rich `xml:"si"`
	}
	if err := w.decode(name, &all); err != nil {
		return err
	}
	for i := range all.Items {
		w.texts = append(w.texts, all.Items[i].text())
	}
	return nil
}

// unescape reads _x000D_ and the like, the way to write what XML can't hold.
func unescape(s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "_x")
		if !ok {
			break
		}
		if len(rest) >= 5 && rest[4] == '_' {
			if n, err := strconv.ParseUint(rest[:4], 16, 16); err == nil {
				b.WriteString(before + string(rune(n)))
				s = rest[5:]
				continue
			}
		}
		b.WriteString(before + "_x")
		s = rest
	}
	return b.String() + s
}
