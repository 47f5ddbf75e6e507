package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// expander replaces aliases and merges in place, so that whoever walks the
// tree meets neither. Subtrees are shared, not copied; what they expand to is
// counted, since a few lines of aliases can stand for billions of values.
type expander struct {
	file    string
	errs    []*Error
	open    map[*yaml.Node]bool // anchored nodes on the path from the root
	done    map[*yaml.Node]bool // mappings whose merges and duplicates are dealt with
	aliased int                 // values met below aliases
	stopped bool
}

func (e *expander) fail(line int, format string, args ...any) {
	e.errs = append(e.errs, &Error{File: e.file, Line: line, Msg: fmt.Sprintf(format, args...)})
}

// stop reports an error after which the tree is not walked any further.
func (e *expander) stop(line int, format string, args ...any) {
	e.fail(line, format, args...)
	e.stopped = true
}

func (e *expander) expand(n *yaml.Node, depth int, aliased bool) {
	if depth > maxDepth {
		e.stop(n.Line, "nested deeper than %d levels", maxDepth)
		return
	}
	if aliased {
		if e.aliased++; e.aliased > maxAliased {
			e.stop(n.Line, "the aliases of the file stand for more than %d values", maxAliased)
			return
		}
	}
	if n.Kind == yaml.ScalarNode {
		n.Tag = n.ShortTag()
	}
	if n.Anchor != "" {
		e.open[n] = true
		defer delete(e.open, n)
	}
	for i := 0; i < len(n.Content) && !e.stopped; i++ {
		child, through := n.Content[i], aliased
		if child.Kind == yaml.AliasNode {
			if e.open[child.Alias] {
				e.stop(child.Line, "the anchor %q contains itself", child.Value)
				return
			}
			if n.Kind == yaml.MappingNode && i%2 == 0 {
				e.stop(child.Line, "an alias can't be a key")
				return
			}
			child, through = child.Alias, true
			n.Content[i] = child
		}
		e.expand(child, depth+1, through)
	}
	if n.Kind == yaml.MappingNode && !e.stopped && !e.done[n] {
		e.done[n] = true
		e.mapping(n)
	}
}

// mapping checks the keys of a mapping and carries out its merges: keys written
// in the mapping win over merged ones, earlier merges over later ones. A merged
// key stands where its merge does.
func (e *expander) mapping(n *yaml.Node) {
	own := make(map[string]int, len(n.Content)/2) // key → place of its value
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		at, seen := own[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode:
			e.fail(key.Line, "a key must be a single word or text, found %s", describe(key))
		case key.Tag == "!!merge":
		case seen:
			e.fail(key.Line, "duplicate key %s: it is already on line %d", Shorten(key.Value), n.Content[at-1].Line)
		default:
			own[key.Value] = i + 1
		}
	}
	content := n.Content[:0:0]
	placed := make(map[string]bool, len(own))
	place := func(key, value *yaml.Node) {
		if placed[key.Value] {
			return
		}
		placed[key.Value] = true
		if at, ok := own[key.Value]; ok {
			key, value = n.Content[at-1], n.Content[at]
		}
		content = append(content, key, value)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			continue
		}
		if key.Tag != "!!merge" {
			place(key, value)
			continue
		}
		e.merge(value, place)
	}
	n.Content = content
}

// merge places the keys of what << names.
func (e *expander) merge(m *yaml.Node, place func(key, value *yaml.Node)) {
	sources := []*yaml.Node{m}
	if m.Kind == yaml.SequenceNode {
		sources = m.Content
	}
	for _, s := range sources {
		if s.Kind != yaml.MappingNode {
			e.fail(s.Line, "<< merges mappings, found %s", describe(s))
			continue
		}
		for i := 0; i+1 < len(s.Content); i += 2 {
			place(s.Content[i], s.Content[i+1])
		}
	}
}
