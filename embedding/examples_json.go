package embedding

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// object calls value for each key of the object that was just opened and reads
// its end. Where known keys are given, others are an error; a repeated key
// always is.
func (r *exampleReader) object(where string, value func(key string) error, known ...string) error {
	prefix := ""
	if where != "" {
		prefix = where + ": "
	}
	seen := map[string]bool{}
	for r.dec.More() {
		token, err := r.dec.Token()
		if err != nil {
			return syntaxError(err)
		}
		key := token.(string) // the decoder lets nothing else stand there
		if seen[key] {
			return fmt.Errorf("%skey %q stands there twice", prefix, key)
		}
		seen[key] = true
		if len(known) > 0 && !slices.Contains(known, key) {
			return fmt.Errorf("%sunknown key %q; known are %s", prefix, key, strings.Join(known, ", "))
		}
		if err := value(key); err != nil {
			return err
		}
	}
	return r.close()
}

// open reads the start of an object or array.
func (r *exampleReader) open(want json.Delim, where string) error {
	token, err := r.dec.Token()
	if err != nil {
		return syntaxError(err)
	}
	if token != want {
		kind := map[json.Delim]string{'{': "an object", '[': "a list"}[want]
		return fmt.Errorf("%s is not %s", where, kind)
	}
	return nil
}

// close reads the end of an object or array.
func (r *exampleReader) close() error {
	_, err := r.dec.Token()
	return syntaxError(err)
}

// text reads a string with something in it.
func (r *exampleReader) text(where string) (string, error) {
	token, err := r.dec.Token()
	if err != nil {
		return "", syntaxError(err)
	}
	s, ok := token.(string)
	if !ok {
		return "", fmt.Errorf("%s: not a string", where)
	}
	if strings.TrimSpace(s) == "" {
		return "", fmt.Errorf("%s: empty", where)
	}
	return s, nil
}

// syntaxError words the decoder's errors; nil stays nil.
func syntaxError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("not JSON: it ends too early")
	}
	return fmt.Errorf("not JSON: %w", err)
}
