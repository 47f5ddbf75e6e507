package project

import (
	"fmt"
	"strings"
)

// csvReader reads comma-separated values as promptfoo does: a line end in quotes
// keeps its form, blank lines are left out, and every record has as many fields as
// the first.
type csvReader struct {
	text  string
	at    int
	line  int
	comma byte
	end   string // of a record, as the first one has it
	lazy  bool   // a quote that stands elsewhere is a character
	trim  bool   // blanks around fields, and around their quotes, don't count
}

// csvRecords returns the records and the lines where they begin.
func csvRecords(text string, comma byte, lazy, trim bool) (records [][]string, lines []int, err error) {
	r := &csvReader{text: strings.TrimPrefix(text, "\ufeff"), line: 1, comma: comma, lazy: lazy, trim: trim, end: "\n"}
	if i := strings.IndexAny(r.text, "\r\n"); i >= 0 && r.text[i] == '\r' {
		r.end = "\r"
		if strings.HasPrefix(r.text[i:], "\r\n") {
			r.end = "\r\n"
		}
	}
	for r.at < len(r.text) {
		line := r.line
		record, err := r.record()
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("line %d: %w", r.line, err)
		case len(record) == 1 && strings.TrimSpace(record[0]) == "":
			continue
		case len(records) > 0 && len(record) != len(records[0]):
			return nil, nil, fmt.Errorf("line %d: the header names %d columns, the row has %d", line, len(records[0]), len(record))
		}
		records, lines = append(records, record), append(lines, line)
	}
	return records, lines, nil
}

func (r *csvReader) record() (fields []string, err error) {
	for {
		field, err := r.field()
		if err != nil {
			return nil, err
		}
		fields = append(fields, field)
		switch {
		case r.at >= len(r.text):
			return fields, nil
		case r.text[r.at] == r.comma:
			r.at++
		default:
			r.at += len(r.end)
			r.line++
			return fields, nil
		}
	}
}

// blanks returns the place behind the blanks at a place.
func (r *csvReader) blanks(at int) int {
	for r.trim && at < len(r.text) && (r.text[at] == ' ' || r.text[at] == '\t') && r.text[at] != r.comma {
		at++
	}
	return at
}

// ends reports whether a field may end at a place.
func (r *csvReader) ends(at int) bool {
	return at >= len(r.text) || r.text[at] == r.comma || strings.HasPrefix(r.text[at:], r.end)
}

func (r *csvReader) field() (string, error) {
	r.at = r.blanks(r.at)
	if r.at < len(r.text) && r.text[r.at] == '"' {
		return r.quoted()
	}
	start := r.at
	for ; !r.ends(r.at); r.at++ {
		if r.text[r.at] == '"' && !r.lazy {
			return "", fmt.Errorf("a quote stands in the middle of a field")
		}
	}
	field := r.text[start:r.at]
	if r.trim {
		field = strings.TrimSpace(field)
	}
	return field, nil
}

func (r *csvReader) quoted() (string, error) {
	var b strings.Builder
	for r.at++; r.at < len(r.text); r.at++ {
		c := r.text[r.at]
		switch {
		case c == '"' && strings.HasPrefix(r.text[r.at+1:], `"`):
			b.WriteByte('"')
			r.at++
		case c == '"' && r.ends(r.blanks(r.at+1)):
			r.at = r.blanks(r.at + 1)
			return b.String(), nil
		case c == '"' && !r.lazy:
			return "", fmt.Errorf("text follows a closing quote")
		default:
			if c == '\n' {
				r.line++
			}
			b.WriteByte(c)
		}
	}
	return "", fmt.Errorf("a quote has no end")
}
