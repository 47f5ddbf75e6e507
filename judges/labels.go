package judges

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Label is what one person said of one answer.
type Label struct {
	Case   string  // ID of the case; "" when the file names none
	Input  string  // of the case; "" when the file has none
	Output string  // that was labelled; "" when the file has none
	Value  float64 // in [0,1]; pass is 1, fail is 0
	Rater  string  // who labelled; "" when the file does not say
	Metric string  // that was labelled; "" when the file does not say

	// Score is what the judge said, where the file has it; nil = it has not.
	Score *float64
	Line  int // of the file
}

// Labels is one file of labels.
type Labels struct {
	Path   string
	Digest string // "sha256:…" of the file's bytes
	Rows   []Label
	Empty  int  // rows without a label, as a sheet has them that is being filled in
	Draw   Draw // of the sheet that they were written into; "" = the file does not say
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
	{"metric", []string{"metric"}},
	{"draw", []string{"draw"}},
}

// namesOf lists the names that a field may have.
func namesOf(field string) string {
	for _, c := range columns {
		if c.field == field {
			return strings.Join(c.names, ", ")
		}
	}
	return ""
}

// ReadLabels reads labels from CSV with a header (of commas, semicolons or tabs),
// from JSON lines, or from a JSON array of objects: id or input and output, label,
// and optionally rater, metric and the judge's score. A label is pass or fail (also
// yes/no, true/false, good/bad, correct/incorrect), or a number in [0,1], with a
// point or a comma; rows without one are counted in Empty. The text may begin with
// a byte order mark, and be UTF-16 if it does. Errors name line and key.
func ReadLabels(path string, data []byte) (*Labels, error) {
	sum := sha256.Sum256(data)
	l := &Labels{Path: path, Digest: "sha256:" + hex.EncodeToString(sum[:])}
	data, err := utf8Of(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	read := l.readCSV
	switch text := bytes.TrimLeft(data, " \t\r\n"); {
	case len(text) == 0:
		return nil, fmt.Errorf("%s: the file is empty", path)
	case text[0] == '[':
		read = l.readArray
	case text[0] == '{':
		read = l.readLines
	}
	if err := read(data); err != nil {
		return nil, fmt.Errorf("%s%w", path, err)
	}
	if len(l.Rows) == 0 {
		return nil, fmt.Errorf("%s: no row has a label (%d are empty) under %s; write pass or fail, or a number in [0,1]", path, l.Empty, namesOf("label"))
	}
	return l, nil
}

// utf8Of drops a byte order mark, and turns UTF-16 into UTF-8.
func utf8Of(data []byte) ([]byte, error) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		data = bytes.TrimPrefix(data, []byte("\ufeff"))
		if !utf8.Valid(data) {
			return nil, errors.New("the text is neither UTF-8 nor UTF-16 with a byte order mark; save it as UTF-8")
		}
		return data, nil
	}
	units := make([]uint16, len(data)/2-1)
	for i := range units {
		units[i] = order.Uint16(data[2*i+2:])
	}
	return []byte(string(utf16.Decode(units))), nil
}

// delimiter is what a header is cut by: of comma, semicolon and tab the one that
// gives most columns that are known.
func delimiter(data []byte) (best rune) {
	header, _, _ := bytes.Cut(data, []byte("\n"))
	most := -1
	for _, d := range ",;\t" {
		known := 0
		for _, name := range strings.Split(string(header), string(d)) {
			if fieldOf(strings.Trim(strings.TrimSpace(name), `"`)) != "" {
				known++
			}
		}
		if known > most {
			most, best = known, d
		}
	}
	return best
}

func at(line int, format string, args ...any) error {
	return fmt.Errorf(":%d: "+format, append([]any{line}, args...)...)
}

func (l *Labels) readCSV(data []byte) error {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.Comma = -1, delimiter(data)
	header, err := r.Read()
	if err != nil {
		return at(1, "no header: %w", err)
	}
	place := map[string]int{}
	for i, name := range header {
		if field := fieldOf(name); field != "" {
			if _, twice := place[field]; twice {
				return at(1, "two columns hold the %s (it may be called %s)", field, namesOf(field))
			}
			place[field] = i
		}
	}
	if _, ok := place["label"]; !ok {
		return at(1, "no column label (also known as %s); the header is %s", namesOf("label"), strings.Join(header, ", "))
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
			return at(line, "labels are CSV, one JSON object a line, or one JSON array: %w", err)
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
	for field, to := range map[string]*string{"case": &label.Case, "input": &label.Input, "output": &label.Output, "rater": &label.Rater, "metric": &label.Metric} {
		text, err := textOf(row[field])
		if err != nil {
			return at(line, "%s: %w", field, err)
		}
		*to = text
	}
	if err := l.drawn(row["draw"]); err != nil {
		return at(line, "draw: %w", err)
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

// drawn takes over how the sheet was drawn: all rows say the same.
func (l *Labels) drawn(v any) error {
	text, err := textOf(v)
	if err != nil || text == "" {
		return err
	}
	switch d := Draw(text); {
	case d != DrawRandom && d != DrawBalanced:
		return fmt.Errorf("%q is unknown; known: %s, %s", text, DrawRandom, DrawBalanced)
	case l.Draw != "" && l.Draw != d:
		return fmt.Errorf("%s here and %s before: labels of one draw belong into one file", d, l.Draw)
	default:
		l.Draw = d
		return nil
	}
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

// known are the labels that there are, in words.
const known = "write pass or fail (also yes/no, true/false, good/bad, correct/incorrect), or a number in [0,1]"

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
		if x, ok := words[text]; ok {
			return x, true, nil
		}
		if x, err = strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64); err != nil {
			return 0, false, fmt.Errorf("%q is no label: %s", v, known)
		}
	default:
		return 0, false, fmt.Errorf("%v is no label: %s", v, known)
	}
	if !(x >= 0 && x <= 1) || math.IsNaN(x) {
		return 0, false, fmt.Errorf("%g is not in [0,1]; of grades write the share of the highest: 4 of 5 is 0.8", x)
	}
	return x, true, nil
}

// Metrics are the metrics that the labels name, each once, in the file's order.
func (l *Labels) Metrics() (out []string) {
	for _, row := range l.Rows {
		if row.Metric != "" && !slices.Contains(out, row.Metric) {
			out = append(out, row.Metric)
		}
	}
	return out
}

// About keeps the labels that are about a metric by one of its names, or name none,
// and says how many were of others.
func (l *Labels) About(names ...string) (others int) {
	kept := l.Rows[:0]
	for _, row := range l.Rows {
		if row.Metric == "" || slices.Contains(names, row.Metric) {
			kept = append(kept, row)
		} else {
			others++
		}
	}
	l.Rows = kept
	return others
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
