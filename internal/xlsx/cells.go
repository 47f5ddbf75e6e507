package xlsx

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// cell is a <c>.
type cell struct {
	At     string  `xml:"r,attr"`
	Style  string  `xml:"s,attr"`
	Type   string  `xml:"t,attr"`
	Value  *string `xml:"v"`
	Inline *rich   `xml:"is"`
}

// rows reads the cells of a sheet one after the other.
func (w *workbook) rows(part string) (rows [][]string, err error) {
	r, err := w.part(part)
	if r == nil {
		return nil, errors.Join(err, errors.New("it has no data"))
	}
	defer r.Close()
	d := xml.NewDecoder(r)
	row, cells := -1, 0
	column := 0
	for {
		t, err := d.Token()
		if err == io.EOF {
			return square(rows), nil
		}
		if err != nil {
			return nil, err
		}
		start, ok := t.(xml.StartElement)
		switch {
		case !ok:
		case start.Name.Local == "row":
			row, column = row+1, 0
			for _, a := range start.Attr {
				if n, err := strconv.Atoi(a.Value); a.Name.Local == "r" && err == nil && n > row {
					row = n - 1
				}
			}
		case start.Name.Local == "c" && row >= 0:
			var c cell
			if err := d.DecodeElement(&c, &start); err != nil {
				return nil, err
			}
			if n, ok := columnOf(c.At); ok {
				column = n
			}
			text, err := w.value(&c)
			if err != nil {
				return nil, fmt.Errorf("row %d, column %d: %w", row+1, column+1, err)
			}
			if text != "" {
				if rows, cells, err = put(rows, cells, row, column, text); err != nil {
					return nil, err
				}
			}
			column++
		}
	}
}

// put sets a cell; rows and columns before it are made.
func put(rows [][]string, cells, row, column int, text string) ([][]string, int, error) {
	if more := row - len(rows); more > 0 {
		cells += more
	}
	if row < len(rows) {
		cells += max(column-len(rows[row]), 0)
	} else {
		cells += column
	}
	if cells++; cells > maxCells {
		return nil, 0, fmt.Errorf("more than %d cells", maxCells)
	}
	for len(rows) <= row {
		rows = append(rows, nil)
	}
	for len(rows[row]) <= column {
		rows[row] = append(rows[row], "")
	}
	rows[row][column] = text
	return rows, cells, nil
}

// square gives all rows the length of the longest. What is at the end has a
// value, for empty cells are never put.
func square(rows [][]string) [][]string {
	width := 0
	for _, r := range rows {
		width = max(width, len(r))
	}
	if width*len(rows) > maxCells {
		return rows
	}
	for i, r := range rows {
		rows[i] = append(r, make([]string, width-len(r))...)
	}
	return rows
}

// columnOf is the column of a place such as AB12, from 0.
func columnOf(at string) (n int, ok bool) {
	for _, c := range []byte(at) {
		if c < 'A' || c > 'Z' || n > 16384 {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1, n > 0
}

// value is a cell's value as text, without blanks around it.
func (w *workbook) value(c *cell) (string, error) {
	v := ""
	if c.Value != nil {
		v = *c.Value
	}
	switch c.Type {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(v))
		if err != nil || i < 0 || i >= len(w.texts) {
			return "", fmt.Errorf("there is no shared text %q", v)
		}
		return jsvalue.Trim(w.texts[i]), nil
	case "inlineStr":
		if c.Inline == nil {
			return "", errors.New("a text without its value")
		}
		return jsvalue.Trim(c.Inline.text()), nil
	case "str":
		return jsvalue.Trim(unescape(v)), nil
	case "b":
		if v != "0" && v != "1" {
			return "", fmt.Errorf("%q is no truth value", v)
		}
		return strconv.FormatBool(v == "1"), nil
	case "e":
		return v, nil
	case "d":
		t, err := time.Parse(time.RFC3339, strings.TrimSpace(v))
		if err != nil {
			return "", fmt.Errorf("%q is no date", v)
		}
		return dateText(t), nil
	case "", "n":
		return w.number(strings.TrimSpace(v), c.Style)
	}
	return "", fmt.Errorf("unknown type of cell %q", c.Type)
}

// number is a number, or the date that it stands for.
func (w *workbook) number(v, style string) (string, error) {
	if v == "" {
		return "", nil
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return "", fmt.Errorf("%q is no number", v)
	}
	if i, err := strconv.Atoi(style); err != nil || i < 0 || i >= len(w.dates) || !w.dates[i] {
		return jsvalue.FormatNumber(f), nil
	}
	if w.from04 {
		f += 1462
	}
	return dateText(time.UnixMilli(int64(math.Floor((f - 25569) * 86400000)))), nil
}

// dateText is a date as JavaScript writes it.
func dateText(t time.Time) string {
	return t.UTC().Format("Mon Jan 02 2006 15:04:05") + " GMT+0000 (Coordinated Universal Time)"
}

// readStyles finds the cell styles whose numbers are dates.
func (w *workbook) readStyles(name string) error {
	if w.parts[name] == nil {
		return nil
	}
	var all struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Styles []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.decode(name, &all); err != nil {
		return err
	}
	codes := map[int]string{}
	for _, f := range all.Formats {
		if f.ID >= 100 {
			codes[f.ID] = f.Code
		}
	}
	for _, s := range all.Styles {
		code, own := codes[s.Format]
		w.dates = append(w.dates, own && isDate(code) || !own && builtInDate(s.Format))
	}
	return nil
}

// builtInDate says which of the formats without a code are dates.
func builtInDate(id int) bool {
	for _, r := range [][2]int{{14, 22}, {27, 36}, {45, 47}, {50, 58}, {71, 81}} {
		if id >= r[0] && id <= r[1] {
			return true
		}
	}
	return false
}

// dateWords are what formats of dates are made of.
var dateWords = []string{"s", "ss", "m", "mm", "mmm", "mmmm", "mmmmm", "h", "hh", "am", "pm", "a", "p", "d", "dd", "ddd", "dddd", "aaa", "aaaa", "aaaaa", "y", "yy", "yyyy", "e", "ee", "eeee"}

// isDate says whether a format such as yyyy-mm-dd shows dates: it has words of
// dates, and neither words of other kinds nor places of digits.
func isDate(code string) bool {
	code = strings.TrimSuffix(strings.ToLower(code), ";@")
	for part := range strings.SplitSeq(code, ";") {
		words := strings.FieldsFunc(withoutQuotes(part), func(r rune) bool {
			return (r < 'a' || r > 'z') && r != '0' && r != '#' && r != '?' && r != '%'
		})
		foreign := func(word string) bool { return !slices.Contains(dateWords, word) }
		if len(words) > 0 && !slices.ContainsFunc(words, foreign) {
			return true
		}
	}
	return false
}

// withoutQuotes leaves out of a format what stands in quotes, behind a backslash
// or in brackets, unless the brackets hold hours, minutes or seconds, and the
// fraction of seconds.
func withoutQuotes(code string) string {
	var b strings.Builder
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '\\':
			i++
			b.WriteByte(' ')
		case '"', '[':
			end := byte('"')
			if c == '[' {
				end = ']'
			}
			n := strings.IndexByte(code[i+1:], end)
			if n < 0 {
				return b.String()
			}
			if inner := code[i+1 : i+1+n]; c == '[' && len(inner) <= 2 && strings.Trim(inner, "smhd") == "" {
				b.WriteString(inner)
			} else if c == '"' {
				b.WriteByte(' ')
			}
			i += n + 1
		case '.', ',':
			if i > 0 && strings.IndexByte("smhd]", code[i-1]) >= 0 && strings.HasPrefix(code[i+1:], "0") {
				for i+1 < len(code) && code[i+1] == '0' {
					i++
				}
				continue
			}
			b.WriteByte(' ')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
