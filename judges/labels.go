package judges

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
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
	Empty  int  // cells without a label, as a sheet has them that is being filled in
	Draw   Draw // of the sheet that they were written into; "" = the file does not say
}

// LabelForm says how a file of labels is to be read, where it does not say so
// itself.
type LabelForm struct {
	// Columns names the column of a field (see LabelFields), in place of those that
	// are known. Several columns of the label are several raters.
	Columns map[string][]string
	Scale   LabelScale // of labels that are numbers; zero = [0,1]
}

// labelReader fills Labels from the rows of a file.
type labelReader struct {
	*Labels
	form LabelForm
	keys []string // of JSON rows, each once
}

// Read reads labels from CSV with a header (of commas, semicolons or tabs), from
// JSON lines, or from a JSON array of objects, which may be the only list of an
// object: id or input and output, label, and optionally rater, metric and the judge's
// score. Columns may be written in any case, with blanks, hyphens or underscores. A
// label is pass or fail (or another of words), or a number, with a point or a comma;
// rows without one are counted in Empty. The text may begin with a byte order mark,
// and be UTF-16 if it does. Errors name line and key.
func (f LabelForm) Read(path string, data []byte) (*Labels, error) {
	sum := sha256.Sum256(data)
	l := &labelReader{Labels: &Labels{Path: path, Digest: "sha256:" + hex.EncodeToString(sum[:])}, form: f}
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
		read = l.readObjects
	}
	if err := read(data); err != nil {
		return nil, fmt.Errorf("%s%w", path, err)
	}
	if len(l.Rows) == 0 {
		hint := known
		if len(l.keys) > 0 {
			hint = "its keys are " + strings.Join(l.keys, ", ") + "; " + elsewhereNamed
		}
		return nil, fmt.Errorf("%s: no row has a label (%d are empty) under %s; %s", path, l.Empty, namesOf("label"), hint)
	}
	return l.Labels, nil
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

// add takes a row: the values by column, and which columns hold which field.
func (l *labelReader) add(row map[string]any, place places, line int) error {
	label := Label{Line: line}
	for _, of := range []struct {
		field string
		to    *string
	}{{"case", &label.Case}, {"input", &label.Input}, {"output", &label.Output}, {"rater", &label.Rater}, {"metric", &label.Metric}} {
		text, err := textOf(place.value(row, of.field))
		if err != nil {
			return at(line, "%s: %w", of.field, err)
		}
		*of.to = text
	}
	if err := l.drawn(place.value(row, "draw")); err != nil {
		return at(line, "draw: %w", err)
	}
	if score, ok, err := (LabelScale{}).value(place.value(row, "score")); err != nil {
		return at(line, "score: %w", err)
	} else if ok {
		label.Score = &score
	}
	labels := place["label"]
	if len(labels) == 0 {
		labels = []string{""}
	}
	for _, column := range labels {
		one := label
		if len(labels) > 1 {
			one.Rater = column // a column for each rater
		}
		value, ok, err := l.form.Scale.value(row[column])
		switch {
		case err != nil && len(labels) > 1:
			return at(line, "%s: %w", column, err)
		case err != nil:
			return at(line, "label: %w", err)
		case !ok:
			l.Empty++
			continue
		case label.Case == "" && label.Output == "":
			return at(line, "a label needs the id of its case, or the output that was labelled; columns with other names: --column case=NAME, --column output=NAME")
		}
		one.Value = value
		l.Rows = append(l.Rows, one)
	}
	return nil
}

// drawn takes over how the sheet was drawn: all rows say the same. In a run's results
// the column holds the number of a draw, which says nothing of that.
func (l *labelReader) drawn(v any) error {
	text, err := textOf(v)
	if err != nil || text == "" {
		return err
	}
	if _, err := strconv.Atoi(text); err == nil {
		return nil
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
