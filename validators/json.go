package validators

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/pipeline"
)

var (
	errNotUTF8  = errors.New("not JSON: the text is not UTF-8")
	errTrailing = errors.New("not JSON: something follows the first value")
)

// decodeJSON reads exactly one JSON value, numbers as json.Number. It is strict:
// UTF-8 only, nothing after the value. encoding/json's own limit of 10,000
// levels keeps a deeply nested text from exhausting the stack: such a text
// counts as not JSON.
func decodeJSON(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errNotUTF8
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("not JSON: the text is empty")
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errors.New("not JSON: the text ends too early")
		}
		return nil, errors.New("not JSON: " + clean(err.Error()))
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errTrailing
	}
	return v, nil
}

// checkJSON is decodeJSON without the value.
func checkJSON(text []byte) error {
	if utf8.Valid(text) && json.Valid(text) {
		return nil
	}
	_, err := decodeJSON(text)
	return err
}

// toJSON brings a Go value, as test sets hold them, to what decodeJSON gives.
func toJSON(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return decodeJSON(text)
}

// sameJSON compares decoded JSON by value: the order of keys is free, numbers
// compare as numbers, texts compare exactly.
func sameJSON(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for key, x := range a {
			y, ok := b[key]
			if !ok || !sameJSON(x, y) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameJSON(a[i], b[i]) {
				return false
			}
		}
		return true
	case json.Number:
		b, ok := b.(json.Number)
		return ok && sameNumber(string(a), string(b))
	}
	return a == b
}

// outputJSON returns the output as JSON text; whether it is JSON is not checked.
func outputJSON(a *pipeline.Asset) []byte {
	if a.JSON != nil {
		return a.JSON
	}
	return []byte(a.Text)
}
