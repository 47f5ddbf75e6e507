package project

import (
	"net/url"
	"strconv"
	"strings"
)

// maxRefs bounds chains of references.
const maxRefs = 100

// deref replaces every {$ref: …} in a file by what it names. The parameters of
// tools and functions are JSON schemas and keep theirs.
func (l *loader) deref(t, root *tree, dir string, open []*tree) {
	if t == nil || len(open) > 500 {
		return
	}
	open = append(open, t)
	for _, x := range t.items {
		l.derefOne(x, root, dir, open)
	}
	for _, k := range t.keys {
		if k == "parameters" && len(open) > 3 {
			continue
		}
		l.derefOne(t.fields[k], root, dir, open)
	}
}

func (l *loader) derefOne(x, root *tree, dir string, open []*tree) {
	for range maxRefs {
		ref, ok := x.get("$ref").text()
		if !ok {
			l.deref(x, root, dir, open)
			return
		}
		target, ok := l.target(x, ref, root, dir)
		if !ok {
			return
		}
		for _, o := range open {
			if o == target {
				l.fail(x.Place, "$ref", "%q leads back to itself", ref)
				return
			}
		}
		extended(x, target)
	}
	l.fail(x.Place, "$ref", "the references from here are longer than %d", maxRefs)
}

// extended puts the target in the place of the reference; keys beside $ref win.
func extended(x, target *tree) {
	at, keys, fields := x.Place, x.keys, x.fields
	*x = *target
	x.Place = at
	if target.fields == nil {
		return
	}
	x.keys, x.fields = nil, map[string]*tree{}
	for _, k := range target.keys {
		x.set(k, target.fields[k])
	}
	for _, k := range keys {
		if k != "$ref" {
			x.set(k, fields[k])
		}
	}
}

// target looks a reference up: FILE#/POINTER, with either part absent.
func (l *loader) target(x *tree, ref string, root *tree, dir string) (*tree, bool) {
	file, pointer, _ := strings.Cut(ref, "#")
	if strings.Contains(file, "://") {
		l.fail(x.Place, "$ref", "%q: references to addresses are not supported", ref)
		return nil, false
	}
	if file != "" {
		other, err := l.parse(l.path(dir, file))
		if err != nil {
			l.failErr(x.Place, "$ref", err)
			return nil, false
		}
		root = other
	}
	at := root
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if part == "" {
			continue
		}
		if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		next := (*tree)(nil)
		if at.isObject() {
			next = at.fields[part]
		} else if at.list {
			for i := range at.items {
				if part == strconv.Itoa(i) {
					next = at.items[i]
				}
			}
		}
		if next == nil {
			l.fail(x.Place, "$ref", "%q names nothing: there is no %q", ref, part)
			return nil, false
		}
		at = next
	}
	return at, true
}
