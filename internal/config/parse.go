package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxSize is the largest YAML file that is read, in bytes.
const MaxSize = 16 << 20

const (
	maxDepth   = 1000    // of nesting, aliases expanded
	maxAliased = 100_000 // values that all aliases of a file may stand for
)

// UTF8 returns data without a UTF-8 byte order mark. Data in UTF-16 or UTF-32,
// or that is not UTF-8, is an *Error that names the line.
func UTF8(file string, data []byte) ([]byte, error) {
	for _, bom := range []struct{ mark, name string }{
		{"\xff\xfe\x00\x00", "UTF-32"}, {"\x00\x00\xfe\xff", "UTF-32"},
		{"\xff\xfe", "UTF-16"}, {"\xfe\xff", "UTF-16"},
	} {
		if bytes.HasPrefix(data, []byte(bom.mark)) {
			return nil, &Error{File: file, Line: 1, Msg: "the file is in " + bom.name + "; save it as UTF-8"}
		}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if utf8.Valid(data) {
		return data, nil
	}
	line := 1
	for rest := data; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 {
			return nil, &Error{File: file, Line: line, Msg: fmt.Sprintf("not valid UTF-8: byte 0x%02x", rest[0])}
		}
		if r == '\n' {
			line++
		}
		rest = rest[n:]
	}
	return data, nil
}

// Parse reads the one YAML document of a file into a tree that is safe to
// walk: aliases and merges (<<) are replaced by what they stand for, mapping
// keys are scalars and unique, nesting is at most 1000 deep. The result is nil
// for a file without a value. Errors are one or more *Error.
func Parse(file string, data []byte) (*yaml.Node, error) {
	if len(data) > MaxSize {
		return nil, &Error{File: file, Msg: fmt.Sprintf("the file has %d bytes; at most %d are read", len(data), MaxSize)}
	}
	data, err := UTF8(file, data)
	if err != nil {
		return nil, err
	}
	doc, second, err := documents(data)
	switch {
	case err != nil:
		return nil, syntaxError(file, data, err)
	case second != nil:
		return nil, &Error{File: file, Line: second.Line, Msg: "a second document begins here; a file holds one"}
	case doc == nil || len(doc.Content) == 0:
		return nil, nil
	}
	root := doc.Content[0]
	e := expander{file: file, open: map[*yaml.Node]bool{}, done: map[*yaml.Node]bool{}}
	e.expand(root, 1, false)
	if len(e.errs) > 0 {
		return nil, Join(e.errs)
	}
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, nil
	}
	return root, nil
}

// documents returns the first two documents. The parser is foreign code, so a
// panic in it is an error of the file.
func documents(data []byte) (first, second *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("not readable as YAML: %v", p)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var a, b yaml.Node
	if err = dec.Decode(&a); err != nil {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return nil, nil, err
	}
	if err = dec.Decode(&b); err != nil {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return &a, nil, err
	}
	return &a, &b, nil
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?`)

// syntaxError finds the line of a parser's error. The parser names the line
// where the surrounding block starts, which may be far above; the line after
// the longest beginning of the file that is valid alone is what a reader looks
// for. Long files keep the parser's line, since the search is quadratic.
func syntaxError(file string, data []byte, cause error) error {
	text := strings.TrimSpace(cause.Error())
	m := yamlLine.FindStringSubmatch(text)
	line, _ := strconv.Atoi(m[1])
	msg := strings.TrimPrefix(text, m[0])

	const longest = 400
	lines := bytes.SplitAfter(data, []byte("\n"))
	if len(lines) <= longest && len(data) < 64<<10 {
		end := len(data)
		for line = len(lines); line > 1; line-- {
			end -= len(lines[line-1])
			if _, _, err := documents(data[:end]); err == nil {
				break
			}
		}
	}
	if line >= 1 && line <= len(lines) {
		here := lines[line-1]
		indent := here[:len(here)-len(bytes.TrimLeft(here, " \t"))]
		if bytes.ContainsRune(indent, '\t') {
			msg += " (the line is indented with a tab; use spaces)"
		}
	}
	return &Error{File: file, Line: line, Msg: "invalid YAML: " + msg}
}
