package testsets

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/config"
)

// array reads a JSON list row by row, so that its tree is never whole in memory.
func (r *reader) array(p *parser) error {
	r.begin("rows-json")
	var v value // one for all rows: it is on the heap
	for more := p.open(']'); more && !r.full(); {
		var err error
		if v, err = p.value(); err != nil {
			return err
		}
		r.row(&v)
		p.forget()
		if more, err = p.next(']'); err != nil {
			return err
		}
	}
	if !r.full() && (p.space() != 0 || p.pos < p.end) {
		return p.unexpected("the end of the file after the list")
	}
	return nil
}

// objects reads a JSON object, or JSON Lines in a file of any name.
func (r *reader) objects(p *parser) error {
	root, err := p.value()
	if err != nil {
		return err
	}
	if p.space() == '{' {
		return r.lines(p.src)
	}
	if p.pos < p.end {
		return p.unexpected("the end of the file after the object")
	}
	return r.tree(&root, "rows-json")
}

// lines reads JSON Lines: one value a line; blank lines are skipped.
func (r *reader) lines(src string) error {
	r.begin("rows-jsonl")
	r.set.Cases = make([]Case, 0, min(strings.Count(src, "\n")+1, len(src)/48))
	p := newParser(r.set.Path, src)
	var v value // one for all rows: it is on the heap
	for p.pos < len(src) && !r.full() {
		p.end = len(src)
		if i := strings.IndexByte(src[p.pos:], '\n'); i >= 0 {
			p.end = p.pos + i
		}
		if err := r.line(p, &v); err != nil {
			return err
		}
		p.pos = p.end + 1
		p.start = p.pos
		p.line++
	}
	return nil
}

// line reads one row into v. After a malformed one the next may be read, unless the
// file is no JSON Lines at all.
func (r *reader) line(p *parser, v *value) (err error) {
	if p.space(); p.pos >= p.end {
		return nil
	}
	*v, err = p.value()
	if err != nil && p.pos >= p.end && p.end < len(p.src) {
		return r.errorf(p.line, "", "the row is not complete: in JSON Lines one line is one row (one JSON document goes into a file named .json)")
	}
	if err == nil && (p.space() != 0 || p.pos < p.end) {
		err = p.unexpected("the end of the line")
	}
	var e *config.Error
	if errors.As(err, &e) {
		r.errs = append(r.errs, e)
		p.depth, p.stack = 0, p.stack[:0]
		return nil
	}
	r.row(v)
	p.forget()
	return nil
}

// csv reads comma-separated values with a header (RFC 4180). A header without
// a comma may use semicolons or tabs.
func (r *reader) csv(data []byte) error {
	r.begin("rows-csv")
	r.flat = true
	in := csv.NewReader(bytes.NewReader(data))
	in.ReuseRecord = true
	header, _, _ := bytes.Cut(data, []byte("\n"))
	for _, separator := range ";\t" {
		if !bytes.ContainsRune(header, ',') && bytes.ContainsRune(header, separator) {
			in.Comma = separator
		}
	}
	var columns []string
	var row value // one for all rows: it is on the heap
	for !r.full() {
		record, err := in.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, csv.ErrFieldCount) && errors.As(err, &bad):
			r.fail(bad.StartLine, "", "the header names %d columns, the row has %d", len(columns), len(record))
			continue
		case errors.As(err, &bad):
			r.fail(bad.StartLine, "", "the row that begins here is not valid CSV: line %d, column %d: %v", bad.Line, bad.Column, bad.Err)
			return nil
		case err != nil:
			return err
		case columns == nil:
			columns = r.columns(record)
			continue
		}
		r.record(&row, in, columns, record)
	}
	return nil
}

// columns checks the header. A column without a name gets one by its number:
// that of the index that some programs write.
func (r *reader) columns(header []string) []string {
	columns := make([]string, len(header))
	seen := make(map[string]bool, len(header))
	for i, name := range header {
		columns[i] = strings.TrimSpace(name)
		if columns[i] == "" {
			columns[i] = "column" + strconv.Itoa(i+1)
		}
		if seen[columns[i]] && !r.full() {
			r.fail(1, columns[i], "the header names this column twice")
		}
		seen[columns[i]] = true
	}
	return columns
}

// record makes a row of a CSV record: an empty field is an absent value.
func (r *reader) record(row *value, in *csv.Reader, columns, record []string) {
	*row = value{kind: object, items: row.items[:0]}
	for i, field := range record {
		at, _ := in.FieldPos(i)
		if i == 0 {
			row.line = int32(at)
		}
		v := value{key: columns[i], kind: text, text: field, line: int32(at)}
		if field == "" {
			v.kind = null
		}
		row.items = append(row.items, v)
	}
	r.row(row)
}

// yaml reads a YAML document.
func (r *reader) yaml(data []byte) error {
	node, err := config.Parse(r.set.Path, data)
	if err != nil {
		return err
	}
	if node == nil {
		return r.errorf(0, "", "the file is empty: a test set needs at least one case")
	}
	root := r.fromYAML(node, "")
	return r.tree(&root, "rows-yaml")
}

// fromYAML makes a value of a checked node. Whatever JSON has no kind for, like
// a date, is text as it is written.
func (r *reader) fromYAML(n *yaml.Node, key string) value {
	v := value{key: key, kind: text, text: n.Value, line: int32(n.Line)}
	switch {
	case n.Kind == yaml.SequenceNode:
		v.kind, v.items = list, make([]value, len(n.Content))
		for i, c := range n.Content {
			v.items[i] = r.fromYAML(c, "")
		}
	case n.Kind == yaml.MappingNode:
		v.kind, v.items = object, make([]value, 0, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			v.items = append(v.items, r.fromYAML(n.Content[i+1], n.Content[i].Value))
		}
	case n.Tag == "!!null":
		v.kind = null
	case (n.Tag == "!!int" || n.Tag == "!!float") && json.Valid([]byte(n.Value)):
		v.kind = number // keeps its digits: a version 2.10 is not 2.1
	case n.Tag == "!!bool", n.Tag == "!!int", n.Tag == "!!float":
		var x any
		if err := n.Decode(&x); err != nil {
			r.fail(n.Line, key, "not a value: %v", err)
			return v
		}
		r.scalar(&v, x)
	}
	return v
}

func (r *reader) scalar(v *value, x any) {
	v.kind = number
	switch x := x.(type) {
	case bool:
		v.kind, v.text = boolean, strconv.FormatBool(x)
	case int:
		v.text = strconv.Itoa(x)
	case int64:
		v.text = strconv.FormatInt(x, 10)
	case uint64:
		v.text = strconv.FormatUint(x, 10)
	case float64:
		b, err := json.Marshal(x)
		if err != nil {
			r.fail(int(v.line), v.key, "%s is not a finite number", clip(v.text))
			v.kind = null
		}
		v.text = string(b)
	default:
		v.kind = text
	}
}
