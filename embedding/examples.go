package embedding

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// ReadExamples reads a file of examples, in one of two forms of JSON:
//
//	{"out_of_scope": "oos", "examples": {"LABEL": ["text", …], …}}
//	[{"text": "…", "label": "LABEL"}, …]
//
// Examples keep the order of the file; outOfScope is "" where the file names
// none. Errors give name, line and key: an unknown or repeated key, an empty
// text or label, a label without text, a file without examples.
func ReadExamples(name string, data []byte) (examples []Example, outOfScope string, err error) {
	r := &exampleReader{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	if err := r.file(); err != nil {
		return nil, "", fmt.Errorf("%s:%d: %w", name, r.line(), err)
	}
	return r.examples, r.outOfScope, nil
}

// exampleReader goes through the file token by token: a map would lose the
// order of the labels and hide a label that stands there twice.
type exampleReader struct {
	data       []byte
	dec        *json.Decoder
	examples   []Example
	outOfScope string
}

// line is where the last token read ends.
func (r *exampleReader) line() int {
	return 1 + bytes.Count(r.data[:r.dec.InputOffset()], []byte("\n"))
}

func (r *exampleReader) file() error {
	start, err := r.dec.Token()
	switch {
	case err != nil:
		return syntaxError(err)
	case start == json.Delim('{'):
		err = r.object("", r.topLevel, "out_of_scope", "examples")
	case start == json.Delim('['):
		err = r.rows()
	default:
		err = fmt.Errorf(`neither {"examples": …} nor [{"text": …, "label": …}, …]`)
	}
	if err != nil {
		return err
	}
	if len(r.examples) == 0 {
		return fmt.Errorf("no examples")
	}
	if _, err := r.dec.Token(); err != io.EOF {
		return fmt.Errorf("more text after the end of the JSON value")
	}
	return nil
}

func (r *exampleReader) topLevel(key string) error {
	if key == "examples" {
		if err := r.open('{', key); err != nil {
			return err
		}
		return r.object("examples", r.texts)
	}
	s, err := r.text(key)
	r.outOfScope = s
	return err
}

// texts reads the texts of one label.
func (r *exampleReader) texts(label string) error {
	where := fmt.Sprintf("examples: %q", label)
	if strings.TrimSpace(label) == "" {
		return fmt.Errorf("examples: empty label")
	}
	if err := r.open('[', where); err != nil {
		return err
	}
	before := len(r.examples)
	for r.dec.More() {
		s, err := r.text(where)
		if err != nil {
			return err
		}
		r.examples = append(r.examples, Example{Text: s, Label: label})
	}
	if len(r.examples) == before {
		return fmt.Errorf("%s has no text", where)
	}
	return r.close()
}

// rows reads the second form.
func (r *exampleReader) rows() error {
	for n := 1; r.dec.More(); n++ {
		where := fmt.Sprintf("example %d", n)
		if err := r.open('{', where); err != nil {
			return err
		}
		var e Example
		field := map[string]*string{"text": &e.Text, "label": &e.Label}
		err := r.object(where, func(key string) (err error) {
			*field[key], err = r.text(where + ": " + key)
			return err
		}, "text", "label")
		if err != nil {
			return err
		}
		for _, key := range []string{"text", "label"} {
			if *field[key] == "" {
				return fmt.Errorf("%s: no %s", where, key)
			}
		}
		r.examples = append(r.examples, e)
	}
	return r.close()
}
