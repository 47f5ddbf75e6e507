package judges

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Label is what one person said of one answer.
type Label struct {
	Case   string  // ID of the case; "" when the file names none
	Input  string  // of the case; "" when the file has none
	Output string  // that was labelled; "" when the file has none
	Value  float64 // in [0,1]; pass is 1, fail is 0
	Rater  string  // who labelled; "" when the file does not say

	// Score is what the judge said, where the file has it; nil = it has not.
	Score *float64
	Line  int // of the file
}

// Labels is one file of labels.
type Labels struct {
	Path   string
	Digest string // "sha256:…" of the file's bytes
	Rows   []Label
	Empty  int // rows without a label, as a sheet has them that is being filled in
}

// columns are the names under which a file may hold each value.
var columns = []struct {
	field string
	names []string
}{
	{"case", []string{"id", "case", "case_id"}},
	{"input", []string{"input", "question", "prompt"}},
	{"output", []string{"output", "actual_output", "answer"}},
	{"label", []string{"label", "human", "verdict"}},
	{"rater", []string{"rater", "annotator", "labeler", "who"}},
	{"score", []string{"score", "judge", "judge_score"}},
}

// ReadLabels reads labels from CSV with a header, from JSON lines, or from a JSON
// array of objects: id or input and output, label, and optionally rater and the
// judge's score. A label is pass or fail (also yes/no, true/false, good/bad), or
// a number in [0,1]; rows without one are counted in Empty. Errors name the line.
func ReadLabels(path string, data []byte) (*Labels, error) {
	sum := sha256.Sum256(data)
	l := &Labels{Path: path, Digest: "sha256:" + hex.EncodeToString(sum[:])}
	read := l.readCSV
	switch text := bytes.TrimLeft(data, "\ufeff \t\r\n"); {
	case len(text) == 0:
		return nil, fmt.Errorf("%s: the file is empty", path)
	case text[0] == '[':
		read = l.readArray
	case text[0] == '{':
		read = l.readLines
	}
	if err := read(bytes.TrimPrefix(data, []byte("\ufeff"))); err != nil {
		return nil, fmt.Errorf("%s%w", path, err)
	}
	if len(l.Rows) == 0 {
		return nil, fmt.Errorf("%s: no row has a label (%d are empty); write pass or fail, or a number in [0,1]", path, l.Empty)
	}
	return l, nil
}

func at(line int, format string, args ...any) error {
	return fmt.Errorf(":%d: "+format, append([]any{line}, args...)...)
}

func (l *Labels) readCSV(data []byte) error {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		return at(1, "no header: %w", err)
	}
	place := map[string]int{}
	for i, name := range header {
		if field := fieldOf(name); field != "" {
			if _, twice := place[field]; twice {
				return at(1, "two columns hold the %s", field)
			}
			place[field] = i
		}
	}
	if _, ok := place["label"]; !ok {
		return at(1, "no column label; the header is %s", strings.Join(header, ","))
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
		for field, i := range place {
			if i < len(record) {
				row[field] = record[i]
			}
		}
		if err := l.add(row, line); err != nil {
			return err
		}
	}
}

func (l *Labels) readLines(data []byte) error {
	line := 0
	for text := range bytes.Lines(data) {
		line++
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		var row map[string]any
		if err := json.Unmarshal(text, &row); err != nil {
			return at(line, "%w", err)
		}
		if err := l.add(named(row), line); err != nil {
			return err
		}
	}
	return nil
}

func (l *Labels) readArray(data []byte) error {
	var rows []json.RawMessage
	if err := json.Unmarshal(data, &rows); err != nil {
		return fmt.Errorf(": %w", err)
	}
	from := 0
	for _, raw := range rows {
		begin := bytes.Index(data[from:], raw) + from
		from = begin + len(raw)
		line := 1 + bytes.Count(data[:begin], []byte("\n"))
		var row map[string]any
		if err := json.Unmarshal(raw, &row); err != nil {
			return at(line, "a label is an object: %w", err)
		}
		if err := l.add(named(row), line); err != nil {
			return err
		}
	}
	return nil
}

// fieldOf is the field that a column's name stands for; "" for any other column.
func fieldOf(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, c := range columns {
		for _, n := range c.names {
			if n == name {
				return c.field
			}
		}
	}
	return ""
}

// named puts a row's values under their fields.
func named(row map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range row {
		if field := fieldOf(name); field != "" {
			out[field] = v
		}
	}
	return out
}

func (l *Labels) add(row map[string]any, line int) error {
	label := Label{Line: line}
	for field, to := range map[string]*string{"case": &label.Case, "input": &label.Input, "output": &label.Output, "rater": &label.Rater} {
		text, err := textOf(row[field])
		if err != nil {
			return at(line, "%s: %w", field, err)
		}
		*to = text
	}
	value, ok, err := valueOf(row["label"])
	if err != nil {
		return at(line, "label: %w", err)
	}
	if !ok {
		l.Empty++
		return nil
	}
	if label.Case == "" && label.Output == "" {
		return at(line, "a label needs the id of its case, or the output that was labelled")
	}
	label.Value = value
	if score, ok, err := valueOf(row["score"]); err != nil {
		return at(line, "score: %w", err)
	} else if ok {
		label.Score = &score
	}
	l.Rows = append(l.Rows, label)
	return nil
}

func textOf(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	}
	data, err := json.Marshal(v)
	return string(data), err
}

// words are the labels that are no number.
var words = map[string]float64{"pass": 1, "passed": 1, "yes": 1, "true": 1, "good": 1, "correct": 1,
	"fail": 0, "failed": 0, "no": 0, "false": 0, "bad": 0, "incorrect": 0}

// valueOf reads pass, fail or a number in [0,1]; ok is false for an empty cell.
func valueOf(v any) (x float64, ok bool, err error) {
	switch v := v.(type) {
	case nil:
		return 0, false, nil
	case bool:
		if v {
			return 1, true, nil
		}
		return 0, true, nil
	case float64:
		x = v
	case string:
		text := strings.ToLower(strings.TrimSpace(v))
		if text == "" {
			return 0, false, nil
		}
		if x, known := words[text]; known {
			return x, true, nil
		}
		if x, err = strconv.ParseFloat(text, 64); err != nil {
			return 0, false, fmt.Errorf("%q is no label: write pass or fail, or a number in [0,1]", v)
		}
	default:
		return 0, false, fmt.Errorf("%v is no label: write pass or fail, or a number in [0,1]", v)
	}
	if !(x >= 0 && x <= 1) || math.IsNaN(x) {
		return 0, false, fmt.Errorf("%g is not in [0,1]", x)
	}
	return x, true, nil
}

// compared is how much of an output tells it from another: runs keep no more of
// it at hand.
const compared = 8 << 10

// OutputDigest names an output: the first 16 hexadecimal digits of the SHA-256
// of its first 8 KiB, in which a line ends with "\n" however it did: a sheet that
// went through a spreadsheet has other ends.
func OutputDigest(output string) string {
	output = strings.ReplaceAll(output[:min(len(output), compared)], "\r\n", "\n")
	sum := sha256.Sum256([]byte(output))
	return hex.EncodeToString(sum[:8])
}
