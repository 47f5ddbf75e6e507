package semdiff

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// kindOf says what a key path of a tree is about.
type kindOf func(path string) Kind

// diffTrees compares two trees of JSON or YAML values leaf by leaf.
func (c *comparer) diffTrees(a, b any, kind kindOf) []finding {
	return c.diffLeaves(leaves(a), leaves(b), kind)
}

func (c *comparer) diffLeaves(as, bs []leaf, kind kindOf) []finding {
	as, bs = withoutCommon(as, bs)
	var out []finding
	for _, a := range as {
		if j := counterpart(a, bs); j >= 0 {
			out = append(out, c.leafChanged(a, bs[j], kind))
			bs = slices.Delete(slices.Clone(bs), j, j+1)
			continue
		}
		if a.value != nil && !isEmpty(a.value) {
			out = append(out, leafAlone(a, kind(a.path), "removed", a.text, ""))
		}
	}
	for _, b := range bs {
		if b.value != nil && !isEmpty(b.value) {
			out = append(out, leafAlone(b, kind(b.path), "added", "", b.text))
		}
	}
	return out
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

func withoutCommon(as, bs []leaf) (restA, restB []leaf) {
	count := map[string]int{}
	key := func(l leaf) string { return fmt.Sprintf("%s\x00%T\x00%s", l.path, normalType(l.value), l.text) }
	for _, b := range bs {
		count[key(b)]++
	}
	for _, a := range as {
		if count[key(a)] > 0 {
			count[key(a)]--
		} else {
			restA = append(restA, a)
		}
	}
	for i := len(bs) - 1; i >= 0; i-- {
		if count[key(bs[i])] > 0 {
			count[key(bs[i])]--
			restB = append(restB, bs[i])
		}
	}
	slices.Reverse(restB)
	return restA, restB
}

// normalType makes all numbers one type.
func normalType(v any) any {
	switch v.(type) {
	case int, int64, uint64, float64, json.Number:
		return 0.0
	}
	return v
}

// barePath is a path without Picoschema's marks of optional and typed fields.
func barePath(path string) string {
	var out []string
	for p := range strings.SplitSeq(path, ".") {
		p, _, _ = strings.Cut(p, "(")
		out = append(out, strings.TrimSuffix(p, "?"))
	}
	return strings.Join(out, ".")
}

// counterpart finds a leaf at the same place: the same path, else the same
// path but for the marks of its schema. Items of lists have none.
func counterpart(a leaf, bs []leaf) int {
	if strings.HasSuffix(a.path, "[]") {
		return -1
	}
	for j, b := range bs {
		if b.path == a.path {
			return j
		}
	}
	for j, b := range bs {
		if barePath(b.path) == barePath(a.path) && b.path != a.path {
			return j
		}
	}
	return -1
}

// optional reports whether Picoschema marks the last key of a path so.
func optional(path string) bool {
	key, _, _ := strings.Cut(lastKey(path), "(")
	return strings.HasSuffix(key, "?")
}

func lastKey(path string) string {
	path = strings.TrimRight(path, "[]")
	return path[strings.LastIndexByte(path, '.')+1:]
}

func (c *comparer) leafChanged(a, b leaf, kind kindOf) finding {
	k := kind(a.path)
	f := finding{kind: k, verdict: Changed, score: .97, before: a.text, after: b.text}
	switch {
	case a.path != b.path && a.text == b.text && optional(a.path) != optional(b.path):
		f.say = fmt.Sprintf("%s became %s", barePath(a.path), map[bool]string{true: "optional", false: "required"}[optional(b.path)])
	case a.path != b.path:
		f.say = fmt.Sprintf("%s: %s → %s", barePath(a.path), strings.TrimPrefix(a.path, barePath(a.path))+" "+a.text, strings.TrimPrefix(b.path, barePath(b.path))+" "+b.text)
	default:
		f.say = fmt.Sprintf("%s %s → %s", shortPath(a.path), show(a.text), show(b.text))
	}
	if k == KindMetadata {
		f.verdict, f.score = Formatting, .03
		return f
	}
	x, isText := a.value.(string)
	y, alsoText := b.value.(string)
	if isText && alsoText && a.path == b.path && strings.Contains(x, " ") && strings.Contains(y, " ") {
		if o := c.texts(x, y); o.verdict < Changed {
			f.verdict, f.score = o.verdict, o.score
		} else if len(o.findings) > 0 {
			f.say, f.score = shortPath(a.path)+": "+o.findings[0].say, o.score
			if k == KindParameter {
				f.kind = o.findings[0].kind
			}
		}
	}
	if k == KindSchema && f.verdict == Changed && a.path != b.path {
		f.verdict = Breaking
	}
	return f
}

func shortPath(path string) string {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "config."), "parameters.")
	return barePath(path)
}

func show(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

func leafAlone(l leaf, kind Kind, verb, before, after string) finding {
	f := finding{kind: kind, verdict: Changed, score: .96, before: before, after: after}
	item := strings.HasSuffix(l.path, "[]")
	switch {
	case kind == KindMetadata:
		f.verdict, f.score = Formatting, .03
		f.say = shortPath(l.path) + " " + verb
	case item && kind == KindTool || kind == KindTool && strings.Count(l.path, ".") == 0:
		f.say = "tool " + show(l.text) + " " + verb
	case item && kind == KindSchema:
		f.kind = KindLabel
		f.say = fmt.Sprintf("label %s %s %s", show(l.text), verb, map[string]string{"added": "to the list", "removed": "from the list"}[verb])
		if lastKey(l.path) == "required" {
			f.kind = KindSchema
			f.say = fmt.Sprintf("%s is %s required", l.text, map[string]string{"added": "now", "removed": "no longer"}[verb])
		}
		if verb == "removed" {
			f.verdict = Breaking
		}
	case item:
		f.say = fmt.Sprintf("%s %s %s %s", show(l.text), verb, map[string]string{"added": "to", "removed": "from"}[verb], shortPath(l.path[:len(l.path)-2]))
	case kind == KindSchema:
		f.say = "key " + barePath(l.path) + " " + verb
		f.verdict = Breaking
	default:
		f.say = fmt.Sprintf("%s %s %s", shortPath(l.path), show(l.text), verb)
	}
	return f
}

// diffJSON compares two JSON texts that stand in prose: what a model is told to
// write, or is shown.
func diffJSON(a, b string) []finding {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return []finding{{KindSchema, Changed, .95, "the JSON changed", a, b}}
	}
	c := newComparer(nil)
	out := c.diffTrees(x, y, func(string) Kind { return KindSchema })
	if len(out) == 0 {
		out = append(out, finding{KindCosmetic, Formatting, .03, "order of keys", "", ""})
	}
	return out
}
