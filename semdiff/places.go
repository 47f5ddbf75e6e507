package semdiff

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// lineKey names a place in a YAML file: its path, and for the items of a list
// their text.
func lineKey(file, path, text string) string {
	if strings.HasSuffix(path, "[]") {
		path += "\x00" + text
	}
	return file + "\x00" + path
}

// noteLines remembers the lines of the keys and items under n, for one side:
// 0 is before, 1 after. skip is the number of lines before n's text in the file.
func (c *comparer) noteLines(side int, file, prefix string, n *yaml.Node, skip int) {
	if c.lines[side] == nil {
		c.lines[side] = map[string]int{}
	}
	put := func(path string, n *yaml.Node) {
		key := lineKey(file, path, n.Value)
		if _, ok := c.lines[side][key]; !ok {
			c.lines[side][key] = n.Line + skip
		}
	}
	switch n.Kind {
	case yaml.DocumentNode:
		for _, x := range n.Content {
			c.noteLines(side, file, prefix, x, skip)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			path := n.Content[i].Value
			if prefix != "" {
				path = prefix + "." + path
			}
			put(path, n.Content[i])
			c.noteLines(side, file, path, n.Content[i+1], skip)
		}
	case yaml.SequenceNode:
		for _, x := range n.Content {
			put(prefix+"[]", x)
			c.noteLines(side, file, prefix+"[]", x, skip)
		}
	}
}

// leafSpan covers the lines of the leaves of one side that the other one lacks,
// else it is the line of the key at the top.
func (c *comparer) leafSpan(side int, file, top string, own, other []leaf) Span {
	there := make(map[string]bool, len(other))
	for _, l := range other {
		there[l.path+"\x00"+l.text] = true
	}
	at := Span{File: file}
	for _, l := range own {
		if there[l.path+"\x00"+l.text] {
			continue
		}
		if line := c.lineOf(side, file, l); line > 0 {
			at = cover(at, Span{File: file, Line: line, End: line})
		}
	}
	if at.Line == 0 {
		at.Line = c.lines[side][lineKey(file, top, "")]
		at.End = at.Line
	}
	return at
}

// lineOf is the line of a leaf, or of the nearest key above it; 0 if unknown.
func (c *comparer) lineOf(side int, file string, l leaf) int {
	if line := c.lines[side][lineKey(file, l.path, l.text)]; line > 0 {
		return line
	}
	for path := l.path; path != ""; {
		i := strings.LastIndexAny(path, ".[")
		path = path[:max(i, 0)]
		if line := c.lines[side][file+"\x00"+path]; line > 0 {
			return line
		}
	}
	return 0
}

// linesOf finds where a leaf of JSON stands in its text: the line with its key
// and value, else the first one with its key, counted from 0; -1 if none has it.
func linesOf(lines []string, l leaf) int {
	key := `"` + lastKey(l.path) + `"`
	found := -1
	for i, line := range lines {
		has := strings.Contains(line, key)
		if has && found < 0 {
			found = i
		}
		if (has || strings.HasSuffix(l.path, "[]")) && l.text != "" && strings.Contains(line, l.text) {
			return i
		}
	}
	return found
}
