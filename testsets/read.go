package testsets

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Options names the keys of plain rows that hold a case's input and expected
// value, where they have names of their own. Empty means: recognise them.
type Options struct {
	Input    string
	Expected string
}

// ReadFile reads the test set in the file at path; see Read.
func ReadFile(path string, opt Options) (*Set, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the test set: %w", err)
	}
	return Read(path, data, opt)
}

// Read reads a test set from the bytes of a file and recognises its format:
//
//	native      an object with "cases"; JSON or YAML; unknown keys are errors
//	rows-json   a list of objects, or of pairs [input, expected]
//	rows-jsonl  one such object or pair a line
//	rows-csv    a header and one row a case, separated by commas, semicolons or tabs
//	rows-yaml   a list of objects, or of pairs
//	clinc150    an object of splits ("test", "oos_test", …) of pairs
//
// A plain row has its input below "input", "text", "utterance" or "query" and
// its expected value below "expected", "intent", "label", "answer" or
// "expected_output", of which the first present counts; the keys of a native
// case mean the same in it, and all others are metadata. A null counts as
// absent. An input that is not text is its compact JSON. Cases without an id
// are named by their position, "c0001".
//
// The result is complete or there is an error: of content, one or more
// *config.Error with file, line and key. Data must be UTF-8, with or without a
// byte order mark. Values of Expected, Vars and Metadata are as encoding/json
// decodes them into an any, but whole numbers beyond 15 digits that a float64
// can't hold are a json.Number. Cases may share maps and slices.
func Read(path string, data []byte, opt Options) (*Set, error) {
	sum := sha256.Sum256(data)
	data, err := config.UTF8(path, data)
	if err != nil {
		return nil, err
	}
	base := filepath.Base(path)
	r := &reader{
		set:  &Set{Name: strings.TrimSuffix(base, filepath.Ext(base)), Path: path, Digest: "sha256:" + hex.EncodeToString(sum[:])},
		rows: keysOf(opt),
		opt:  opt,
	}
	if err := r.read(data); err != nil {
		return nil, errors.Join(config.Join(r.errs), err)
	}
	r.finish()
	if err := config.Join(r.errs); err != nil {
		return nil, err
	}
	return r.set, nil
}

// reader builds one set.
type reader struct {
	set      *Set
	opt      Options
	rows     rowKeys
	declared map[string]bool // labels that the file declares; nil without
	errs     []*config.Error
}

// full says that there are errors enough to stop reading.
func (r *reader) full() bool { return len(r.errs) >= 20 }

func (r *reader) fail(line int, key, format string, args ...any) {
	r.errs = append(r.errs, r.errorf(line, key, format, args...))
}

func (r *reader) errorf(line int, key, format string, args ...any) *config.Error {
	return &config.Error{File: r.set.Path, Line: line, Key: key, Msg: fmt.Sprintf(format, args...)}
}

// read chooses the syntax by the file's extension, else by its first character.
func (r *reader) read(data []byte) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return r.errorf(0, "", "the file is empty: a test set needs at least one case")
	}
	switch strings.ToLower(filepath.Ext(r.set.Path)) {
	case ".yaml", ".yml":
		return r.yaml(data)
	case ".csv", ".tsv":
		return r.csv(data)
	case ".jsonl", ".ndjson":
		return r.lines(string(data))
	}
	switch p := newParser(r.set.Path, string(data)); p.space() {
	case '[':
		return r.array(p)
	case '{':
		return r.objects(p)
	}
	return r.unknown(1, "the file is neither JSON (it begins with neither { nor [) nor named .jsonl, .csv or .yaml")
}

// tree reads a whole document that is in memory as one value.
func (r *reader) tree(root *value, rows string) error {
	switch root.kind {
	case list:
		r.set.Format = rows
		for i := range root.items {
			r.row(&root.items[i])
		}
		return nil
	case object:
		if root.get("cases") != nil {
			return r.native(root)
		}
		if isCLINC(root) {
			return r.clinc(root)
		}
		if pick(root, r.rows.input) != nil { // a list of one row
			r.set.Format = rows
			r.row(root)
			return nil
		}
		keys := root.keys()
		if near := config.Nearest("cases", keys); near != "" {
			return r.unknown(int(root.get(near).line), "the top-level key %q is not \"cases\"", near)
		}
		return r.unknown(int(root.line), "its top-level keys are %s", quoteAll(keys))
	}
	return r.unknown(int(root.line), "it holds %s", root.describe())
}

func (r *reader) unknown(line int, format string, args ...any) error {
	return r.errorf(line, "", "unknown format of test set: %s; known: "+
		`native (an object with "cases"; JSON or YAML), plain rows (objects with an input and an expected value; a JSON or YAML list, JSON Lines or CSV), CLINC150 (an object with "test" and "oos_test")`,
		fmt.Sprintf(format, args...))
}

// quoteAll lists keys for an error message, at most ten of them.
func quoteAll(keys []string) string {
	const most = 10
	var b strings.Builder
	for i, k := range keys {
		if i > 0 {
			b.WriteString(", ")
		}
		if i == most {
			fmt.Fprintf(&b, "and %d more", len(keys)-i)
			break
		}
		b.WriteString(config.Shorten(k))
	}
	if len(keys) == 0 {
		return "none"
	}
	return b.String()
}
