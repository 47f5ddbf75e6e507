package project

import (
	"fmt"
	"path/filepath"
	"strings"
)

// copy copies a tree, so that it can be changed.
func (t *tree) copy() *tree {
	if t == nil {
		return nil
	}
	c := *t
	if t.fields != nil {
		c.keys, c.fields = nil, make(map[string]*tree, len(t.fields))
		for _, k := range t.keys {
			c.set(k, t.fields[k].copy())
		}
	}
	if t.list {
		c.items = make([]*tree, len(t.items))
		for i, x := range t.items {
			c.items[i] = x.copy()
		}
	}
	return &c
}

// filesIn reads every file:// in a tree of a data file: text as it is, JSON, YAML
// and CSV as values. Variables keep their paths, and so do scripts of assertions.
func (l *loader) filesIn(t *tree, key string, assertion bool) {
	for i, x := range t.items {
		t.items[i] = l.fileIn(x, key, assertion)
	}
	for _, k := range t.keys {
		if k == "vars" {
			continue
		}
		x := t.fields[k]
		typ := t.word("type")
		t.fields[k] = l.fileIn(x, join(key, k), assertion || k == "value" && (typ == "python" || typ == "javascript" || typ == "ruby"))
	}
}

func (l *loader) fileIn(x *tree, key string, assertion bool) *tree {
	s, ok := x.text()
	if !ok {
		if x != nil {
			l.filesIn(x, key, assertion)
		}
		return x
	}
	if !strings.HasPrefix(s, "file://") {
		return x
	}
	name, function := splitFunction(s[len("file://"):])
	if language(name) != "" && (assertion || function != "") {
		return x
	}
	return l.external(x, key, name)
}

// external is the content of a file, or of all files that match, as a value.
func (l *loader) external(at *tree, key, name string) *tree {
	path := l.path(l.dir, name)
	if !isPattern(path) {
		t, err := l.content(path)
		if err != nil {
			l.failErr(at.Place, key, err)
			return at
		}
		return t
	}
	all := &tree{Place: at.Place, list: true}
	paths := Glob(path)
	if len(paths) == 0 {
		l.fail(at.Place, key, "no file matches %s", l.show(path))
		return at
	}
	for _, p := range paths {
		t, err := l.content(p)
		switch {
		case err != nil:
			l.failErr(at.Place, key, err)
		case t.list:
			all.items = append(all.items, t.items...)
		case !t.null():
			all.items = append(all.items, t)
		}
	}
	return all
}

// content reads one file as a value.
func (l *loader) content(path string) (*tree, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".json", ".yaml", ".yml":
		t, err := l.parse(path)
		return t.copy(), err
	case ".csv":
		return l.csvContent(path)
	}
	text, err := l.read(path)
	return &tree{Place: Place{l.show(path), 1}, scalar: text}, err
}

// csvContent is a list of rows; of single values when there is one column.
func (l *loader) csvContent(path string) (*tree, error) {
	text, err := l.read(path)
	if err != nil {
		return nil, err
	}
	rows, lines, err := l.csvRecords(text)
	if err != nil {
		return nil, fmt.Errorf("%s: not valid CSV: %w", l.show(path), err)
	}
	all := &tree{Place: Place{l.show(path), 1}, list: true}
	for i := 1; i < len(rows); i++ {
		here := Place{l.show(path), lines[i]}
		if len(rows[0]) == 1 {
			all.items = append(all.items, &tree{Place: here, scalar: rows[i][0]})
			continue
		}
		row := &tree{Place: here, fields: map[string]*tree{}}
		for j, name := range rows[0] {
			row.set(name, &tree{Place: here, scalar: rows[i][j]})
		}
		all.items = append(all.items, row)
	}
	return all, nil
}
