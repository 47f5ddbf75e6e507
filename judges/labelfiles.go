package judges

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// delimiter is what a header is cut by: of comma, semicolon and tab the one that
// gives most columns that are known.
func (f LabelForm) delimiter(data []byte) (best rune) {
	header, _, _ := bytes.Cut(data, []byte("\n"))
	most := -1
	for _, d := range ",;\t" {
		known := 0
		for _, name := range strings.Split(string(header), string(d)) {
			if f.knows(strings.Trim(strings.TrimSpace(name), `"`)) {
				known++
			}
		}
		if known > most {
			most, best = known, d
		}
	}
	return best
}

// knows says whether a column of this name holds some field.
func (f LabelForm) knows(name string) bool {
	for _, c := range columns {
		if len(among([]string{name}, slices.Concat(c.names, c.others, f.Columns[c.field]))) > 0 {
			return true
		}
	}
	return false
}

func at(line int, format string, args ...any) error {
	return fmt.Errorf(":%d: "+format, append([]any{line}, args...)...)
}

func (l *labelReader) readCSV(data []byte) error {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.Comma = -1, l.form.delimiter(data)
	header, err := r.Read()
	if err != nil {
		return at(1, "no header: %w", err)
	}
	place, err := l.form.places(header)
	if err != nil {
		return at(1, "%w", err)
	}
	for field, names := range l.form.Columns {
		for _, name := range names {
			if len(among(header, []string{name})) == 0 {
				return at(1, "no column %s, which --column names for the %s; the header is %s", name, field, strings.Join(header, ", "))
			}
		}
	}
	if len(place["label"]) == 0 {
		return at(1, "no column label (also known as %s); the header is %s; %s", namesOf("label"), strings.Join(header, ", "), elsewhereNamed)
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			var bad *csv.ParseError
			if errors.As(err, &bad) {
				return at(bad.Line, "%w", bad.Err)
			}
			return fmt.Errorf(": %w", err)
		}
		line, _ := r.FieldPos(0)
		row := map[string]any{}
		for i, name := range header[:min(len(header), len(record))] {
			if _, twice := row[name]; !twice {
				row[name] = record[i]
			}
		}
		if err := l.add(row, place, line); err != nil {
			return err
		}
	}
}

// readObjects reads JSON lines, or one object with one list of labels in it.
func (l *labelReader) readObjects(data []byte) error {
	var one map[string]json.RawMessage
	if json.Unmarshal(data, &one) == nil {
		var lists []json.RawMessage
		for _, raw := range one {
			if bytes.HasPrefix(raw, []byte("[")) {
				lists = append(lists, raw)
			}
		}
		if place, err := l.form.places(slices.Collect(maps.Keys(one))); err == nil && len(place["label"]) == 0 && len(lists) == 1 {
			before := data[:bytes.Index(data, lists[0])]
			return l.readList(lists[0], 1+bytes.Count(before, []byte("\n")))
		}
	}
	line := 0
	for text := range bytes.Lines(data) {
		line++
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		var row map[string]any
		if err := json.Unmarshal(text, &row); err != nil {
			return at(line, "labels are CSV, one JSON object a line, or one JSON array: %w", err)
		}
		if err := l.addObject(row, line); err != nil {
			return err
		}
	}
	return nil
}

func (l *labelReader) readArray(data []byte) error { return l.readList(data, 1) }

// readList reads a JSON array whose text begins in a line.
func (l *labelReader) readList(data []byte, first int) error {
	var rows []json.RawMessage
	if err := json.Unmarshal(data, &rows); err != nil {
		return fmt.Errorf(": %w", err)
	}
	from := 0
	for _, raw := range rows {
		begin := bytes.Index(data[from:], raw) + from
		from = begin + len(raw)
		line := first + bytes.Count(data[:begin], []byte("\n"))
		var row map[string]any
		if err := json.Unmarshal(raw, &row); err != nil {
			return at(line, "a label is an object: %w", err)
		}
		if err := l.addObject(row, line); err != nil {
			return err
		}
	}
	return nil
}

func (l *labelReader) addObject(row map[string]any, line int) error {
	keys := slices.Sorted(maps.Keys(row))
	for _, key := range keys {
		if !slices.Contains(l.keys, key) {
			l.keys = append(l.keys, key)
		}
	}
	place, err := l.form.places(keys)
	if err != nil {
		return at(line, "%w", err)
	}
	return l.add(row, place, line)
}
