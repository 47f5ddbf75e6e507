package semdiff

import (
	"fmt"
	"slices"
	"strings"
)

// frontKind says what a key of a prompt's front matter, an agent or a model is
// about.
func frontKind(path string) Kind {
	top, _, _ := strings.Cut(path, ".")
	top, _, _ = strings.Cut(top, "[")
	switch strings.ToLower(top) {
	case "model", "provider", "models":
		return KindModel
	case "tools", "tool", "toolnames", "allowed-tools", "mcp", "mcp-servers", "mcp_servers":
		if strings.HasSuffix(path, ".description") {
			return KindTool
		}
		return KindTool
	case "input", "output", "schema", "inputschema", "outputschema", "response_format":
		if strings.HasPrefix(path, "input.default") {
			return KindParameter
		}
		return KindSchema
	case "description", "name", "version", "variant", "title", "author", "tags", "metadata", "id", "display_name", "displayname", "license", "owner", "date", "created", "updated":
		return KindMetadata
	}
	return KindParameter
}

// front compares two trees of settings.
func (b *builder) front(c *comparer, fileA string, treeA map[string]any, fileB string, treeB map[string]any) {
	b.trees(c, fileA, tree(treeA), fileB, tree(treeB), frontKind)
}

func tree(m map[string]any) any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// trees compares two trees and adds a unit for each key at the top.
func (b *builder) trees(c *comparer, fileA string, a any, fileB string, x any, kind kindOf) {
	as, bs := c.renamedLeaves(leaves(a)), leaves(x)
	var tops []string
	group := func(ls []leaf) map[string][]leaf {
		m := map[string][]leaf{}
		for _, l := range ls {
			top := topOf(l.path)
			if !slices.Contains(tops, top) {
				tops = append(tops, top)
			}
			m[top] = append(m[top], l)
		}
		return m
	}
	inB, inA := group(bs), group(as)
	for _, top := range tops {
		if top == "" {
			continue
		}
		u := Unit{What: unitName(kind(top)), Section: top, Before: writtenLeaves(inA[top]), After: writtenLeaves(inB[top])}
		if len(inA[top]) > 0 {
			u.BeforeSpan = c.leafSpan(0, fileA, top, inA[top], inB[top])
		}
		if len(inB[top]) > 0 {
			u.AfterSpan = c.leafSpan(1, fileB, top, inB[top], inA[top])
		}
		b.unit(u, c.diffLeaves(inA[top], inB[top], kind))
	}
}

// topOf is the part of a path that makes a unit: two keys deep for settings
// that come in groups.
func topOf(path string) string {
	parts := strings.SplitN(strings.ReplaceAll(path, "[]", ""), ".", 3)
	switch parts[0] {
	case "config", "parameters", "input", "output":
		if len(parts) > 1 {
			return parts[0] + "." + parts[1]
		}
	}
	return parts[0]
}

func unitName(k Kind) string {
	switch k {
	case KindTool:
		return "tool"
	case KindSchema:
		return "field"
	case KindMetadata:
		return "metadata"
	case KindModel:
		return "model"
	}
	return "parameter"
}

func writtenLeaves(ls []leaf) string {
	var out []string
	for _, l := range ls {
		out = append(out, fmt.Sprintf("%s: %s", l.path, l.text))
	}
	return strings.Join(out, "\n")
}

// renamedLeaves follows variables that have other names into the schema.
func (c *comparer) renamedLeaves(ls []leaf) []leaf {
	if len(c.a.rename) == 0 {
		return ls
	}
	for i, l := range ls {
		rest, ok := strings.CutPrefix(l.path, "input.schema.")
		if !ok {
			if rest, ok = strings.CutPrefix(l.path, "input.default."); !ok {
				continue
			}
		}
		head := strings.TrimSuffix(l.path, rest)
		name, tail := rest, ""
		if k := strings.IndexAny(rest, "?(."); k >= 0 {
			name, tail = rest[:k], rest[k:]
		}
		if to, ok := c.a.rename[name]; ok {
			ls[i].path = head + to + tail
		}
	}
	return ls
}
