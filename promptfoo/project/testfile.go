package project

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/internal/xlsx"
)

// testTrees reads the key tests, or one like it: tests in place, files, patterns
// and scripts, in promptfoo's order.
func (l *loader) testTrees(t *tree, key, base string) []*tree {
	if t.isObject() { // {path, config}
		return l.testItem(t, key, base)
	}
	if f, ok := t.function(); ok {
		return l.testFunction(t, f, key)
	}
	if s, ok := t.text(); ok {
		return l.testPath(t, s, key, base, nil, true)
	}
	var all []*tree
	if t == nil {
		return nil
	}
	if !t.list {
		l.fail(t.Place, key, "expected a list of tests, a path, or an object with path; found %s", t.describe())
		return nil
	}
	for i, x := range t.items {
		at := fmt.Sprintf("%s[%d]", key, i)
		if s, ok := x.text(); ok {
			all = append(all, l.testPath(x, s, at, base, nil, false)...)
			continue
		}
		all = append(all, l.testItem(x, at, base)...)
	}
	return all
}

func (l *loader) testItem(t *tree, key, base string) []*tree {
	if !t.isObject() {
		l.fail(t.Place, key, "expected a test or a path, found %s", t.describe())
		return nil
	}
	if path, ok := t.get("path").text(); ok {
		l.checkKeys(t, key, known("path", "config"))
		var cfg *tree
		if c := t.get("config"); c != nil {
			cfg = c.copy()
			l.filesIn(cfg, key+".config", false)
		}
		return l.testPath(t, path, key, base, cfg, true)
	}
	t.path = key
	return []*tree{t}
}

// testFunction calls a function that makes tests.
func (l *loader) testFunction(at *tree, f *jsvalue.Foreign, key string) []*tree {
	c := l.foreign(at, f)
	c.Value = true
	v, err := l.call(c, "tests", nil)
	if err != nil {
		l.callFailed(at.Place, key, "making tests", err)
		return nil
	}
	list := fromValue(v, at.Place)
	if functionIn(list) != nil {
		l.fail(at.Place, key, "the tests that this function makes hold functions, which can't be called again; write the tests as a list, or as file://SCRIPT")
		return nil
	}
	return l.madeTests(at, list, key, key)
}

// testPath reads the tests that a path names. standalone files number their rows.
func (l *loader) testPath(t *tree, name, key, base string, cfg *tree, standalone bool) []*tree {
	if all, ok := l.remoteTests(t, name, key); ok {
		return all
	}
	if book, sheet, ok := spreadsheet(strings.TrimPrefix(name, "file://")); ok {
		return l.sheetTests(l.path(base, book), sheet, t.Place, key)
	}
	if c, ok := l.packageCode(t.Place, key, name, "tests"); ok {
		c.Value = true
		return l.callTests(t, c, name, key, cfg)
	}
	file, function := splitFunction(strings.TrimPrefix(name, "file://"))
	path := l.path(base, file)
	if language(file) != "" && !isPattern(path) {
		return l.testScript(t, path, function, key, cfg)
	}
	paths := []string{path}
	if isPattern(path) {
		if paths = Glob(path); len(paths) == 1 && paths[0] == path && !fileExists(path) {
			l.fail(t.Place, key, "%s is a folder; name its files: %s/*.yaml", name, name)
			return nil
		}
		if len(paths) == 0 {
			l.fail(t.Place, key, "no file of tests matches %s", l.show(path))
		}
	}
	var all []*tree
	for _, p := range paths {
		if language(p) != "" {
			all = append(all, l.testScript(t, p, "", key, cfg)...)
			continue
		}
		all = append(all, l.testFile(t, p, key, standalone)...)
	}
	return all
}

// spreadsheet recognises the path of a workbook, and the sheet behind its #.
func spreadsheet(name string) (book, sheet string, ok bool) {
	book, sheet, _ = strings.Cut(name, "#")
	ext := strings.ToLower(filepath.Ext(book))
	return book, sheet, ext == ".xlsx" || ext == ".xls"
}

// sheetTests reads the rows of a workbook's sheet as those of CSV.
func (l *loader) sheetTests(path, sheet string, at Place, key string) []*tree {
	text, err := l.read(path)
	if err != nil {
		l.failErr(at, key, err)
		return nil
	}
	rows, err := xlsx.Read([]byte(text), sheet)
	name := l.show(path)
	switch {
	case err != nil:
		l.fail(at, key, "%s: %v", name, err)
		return nil
	case len(rows) < 2:
		l.fail(at, key, "%s: the sheet has no row below its first one, which names the columns", name)
		return nil
	case strings.Join(rows[0], "") == "":
		l.fail(at, key, "%s: the first row of the sheet names no column", name)
		return nil
	}
	lines := make([]int, len(rows))
	for i := range lines {
		lines[i] = i + 1
	}
	return l.rowTests(rows, lines, name, key)
}

func (l *loader) testFile(at *tree, path, key string, standalone bool) []*tree {
	return l.testFileOf(at, path, strings.ToLower(filepath.Ext(path)), key, standalone)
}

// testFileOf reads a file of the kind that an ending names.
func (l *loader) testFileOf(at *tree, path, ext, key string, standalone bool) []*tree {
	switch ext {
	case ".csv":
		return l.csvTests(path, at.Place, key)
	case ".jsonl", ".json", ".yaml", ".yml":
	default:
		l.fail(at.Place, key, "%s is no file of tests; known: .csv, .json, .jsonl, .yaml, .yml and scripts (.js, .ts, .py, …)", l.show(path))
		return nil
	}
	items, err := l.testDocument(path, ext)
	if err != nil {
		l.failErr(at.Place, key, err)
		return nil
	}
	if len(items) == 0 {
		l.fail(Place{l.show(path), 1}, key, "the file holds no test")
		return nil
	}
	for i, x := range items {
		where := fmt.Sprintf("%s[%d]", l.show(path), i)
		if !x.isObject() {
			if err := l.notJSON(path, ext); err != nil {
				l.failErr(at.Place, key, err)
				return nil
			}
			l.fail(x.Place, where, "expected a test, found %s", x.describe())
			continue
		}
		switch {
		case standalone && (ext == ".yaml" || ext == ".yml") && at.isObject():
			items[i] = l.csvTest(x, where, i+1) // rows, as of a table
			items[i].path = where
			continue
		case standalone && ext != ".yaml" && ext != ".yml" && x.get("description") == nil:
			x.set("description", &tree{Place: x.Place, scalar: fmt.Sprintf("Row #%d", i+1)})
		}
		if x.path = where; strings.Contains(path, "://") {
			continue // its files are not read
		}
		l.filesIn(x, where, false)
		l.deref(x, x, filepath.Dir(path), nil)
		x.base = filepath.Dir(path)
	}
	return items
}

func (l *loader) testDocument(path, ext string) ([]*tree, error) {
	if ext != ".jsonl" {
		t, err := l.parse(path)
		return l.oneOrMany(t.copy()), err
	}
	text, err := l.read(path)
	if err != nil {
		return nil, err
	}
	data, err := config.UTF8(l.show(path), []byte(text))
	if err != nil {
		return nil, err
	}
	var all []*tree
	for i, line := range strings.Split(string(data), "\n") {
		if jsvalue.Trim(line) == "" {
			continue
		}
		v, err := jsvalue.Parse(line)
		if err != nil {
			return nil, &config.Error{File: l.show(path), Line: i + 1, Msg: "not valid JSON: " + err.Error()}
		}
		all = append(all, fromValue(v, Place{l.show(path), i + 1}))
	}
	return all, nil
}

// notJSON says why a file that calls itself JSON is none: YAML takes much of what
// JSON does not.
func (l *loader) notJSON(path, ext string) error {
	text, err := l.read(path)
	if ext != ".json" || err != nil {
		return nil
	}
	var v any
	var syntax *json.SyntaxError
	if err := json.Unmarshal([]byte(text), &v); errors.As(err, &syntax) {
		line := 1 + strings.Count(text[:min(int(syntax.Offset), len(text))], "\n")
		return &config.Error{File: l.show(path), Line: line, Msg: "not valid JSON: " + err.Error()}
	}
	return nil
}

// testScript runs a script that makes tests.
func (l *loader) testScript(at *tree, path, function, key string, cfg *tree) []*tree {
	if _, err := l.read(path); err != nil {
		l.failErr(at.Place, key, err)
		return nil
	}
	c := Code{Place: at.Place, Language: language(path), Kind: "file", Path: path, Function: function, Value: true}
	if c.Language == "python" && function == "" {
		c.Function = "generate_tests"
	}
	return l.callTests(at, c, l.show(path), key, cfg)
}

// callTests calls the code that makes tests, with the config that stands beside it.
func (l *loader) callTests(at *tree, c Code, by, key string, cfg *tree) []*tree {
	var args []Arg
	if cfg != nil {
		args = []Arg{{"config", cfg.value()}}
	}
	v, err := l.call(c, "tests", args)
	if err != nil {
		l.callFailed(at.Place, key, "making tests with "+by, err)
		return nil
	}
	return l.madeTests(at, l.made(v, c, args), by, key)
}

// madeTests are the tests that code made.
func (l *loader) madeTests(at, list *tree, by, key string) (all []*tree) {
	if !list.list {
		l.fail(at.Place, key, "%s made %s, not a list of tests", by, list.describe())
		return nil
	}
	for i, t := range list.items {
		t.path = fmt.Sprintf("%s[%d]", by, i)
		if !t.isObject() {
			l.fail(at.Place, t.path, "expected a test, found %s", t.describe())
			continue
		}
		all = append(all, t)
	}
	return all
}
