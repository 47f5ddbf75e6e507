package testsets

import (
	"bytes"
	"encoding/csv"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// encodeCSV writes the columns that any case has something for. Vars, messages,
// assertions and metadata are JSON in a cell; so is a context, unless its items
// can be joined by "|".
func encodeCSV(s *Set, l *losses) ([]byte, error) {
	l.ofSet(s)
	columns := csvColumns(s)
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.name
	}
	w.Write(header)
	record := make([]string, len(columns))
	for i := range s.Cases {
		for j, c := range columns {
			cell, err := c.cell(&s.Cases[i], l)
			if err != nil {
				return nil, err
			}
			record[j] = harmless(cell, l)
		}
		w.Write(record)
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// csvColumn writes one column.
type csvColumn struct {
	name string
	cell func(*Case, *losses) (string, error)
}

func csvColumns(s *Set) []csvColumn {
	all := []csvColumn{
		{"id", func(c *Case, _ *losses) (string, error) { return c.ID, nil }},
		{"input", func(c *Case, _ *losses) (string, error) { return c.Input, nil }},
	}
	add := func(name string, cell func(*Case, *losses) (string, error), has func(*Case) bool) {
		if slices.ContainsFunc(s.Cases, func(c Case) bool { return has(&c) }) {
			all = append(all, csvColumn{name, cell})
		}
	}
	add("expected", csvExpected, func(c *Case) bool { return c.Expected != nil })
	slicesOf := map[string]bool{}
	for i := range s.Cases {
		for key := range s.Cases[i].Slice {
			slicesOf[key] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(slicesOf)) {
		all = append(all, csvColumn{"slice:" + key, csvSlice(key)})
	}
	add("cluster", func(c *Case, _ *losses) (string, error) { return c.Cluster, nil }, func(c *Case) bool { return c.Cluster != "" })
	add("weight", func(c *Case, _ *losses) (string, error) { return strconv.FormatFloat(c.Weight, 'g', -1, 64), nil }, func(c *Case) bool { return c.Weight != 1 })
	add("context", csvContext, func(c *Case) bool { return len(c.Context) > 0 })
	inJSON := func(name string, value func(*Case) any, has func(*Case) bool) {
		add(name, func(c *Case, _ *losses) (string, error) {
			if !has(c) {
				return "", nil
			}
			b, err := compact(value(c))
			return string(b), err
		}, has)
	}
	inJSON("assert", func(c *Case) any { return c.Assert }, func(c *Case) bool { return len(c.Assert) > 0 })
	inJSON("vars", func(c *Case) any { return c.Vars }, func(c *Case) bool { return len(c.Vars) > 0 })
	inJSON("messages", func(c *Case) any { return c.Messages }, func(c *Case) bool { return len(c.Messages) > 0 })
	inJSON("metadata", func(c *Case) any { return c.Metadata }, func(c *Case) bool { return len(c.Metadata) > 0 })
	return all
}

func csvExpected(c *Case, l *losses) (string, error) {
	switch x := c.Expected.(type) {
	case nil:
		return "", nil
	case string:
		if x == "" {
			l.add("the empty expected text, which an empty cell is not")
		}
		return x, nil
	}
	l.add("the expected value is not text and was written as the text of its JSON")
	b, err := compact(c.Expected)
	return string(b), err
}

func csvSlice(key string) func(*Case, *losses) (string, error) {
	return func(c *Case, l *losses) (string, error) {
		value, has := c.Slice[key]
		if has && value == "" || key != strings.TrimSpace(key) || key == "" {
			l.add("a slice with an empty value, or with a name that is empty or has blanks around it")
		}
		return value, nil
	}
}

func csvContext(c *Case, _ *losses) (string, error) {
	joined := strings.Join(c.Context, "|")
	same := slices.Equal(strings.Split(joined, "|"), c.Context)
	if t := strings.TrimSpace(joined); len(c.Context) == 0 || same && t != "" && t[0] != '[' && t[0] != '{' {
		return joined, nil
	}
	b, err := compact(c.Context)
	return string(b), err
}

// harmless keeps a program that opens the file from running a cell: what begins
// like a formula gets an apostrophe before it, unless it is a number.
func harmless(cell string, l *losses) string {
	if strings.Contains(cell, "\r\n") {
		l.add("a line end of two characters in a text, which readers of CSV make one")
	}
	if cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return cell
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell
	}
	l.add("a cell begins like a formula and was written with ' before it")
	return "'" + cell
}
