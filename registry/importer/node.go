package importer

import (
	"encoding/json"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/config"
)

// child is the value of a mapping's key; nil when there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// word is the text of a key's value; "" when it is none.
func word(n *yaml.Node, key string) string {
	if c := child(n, key); c != nil && c.Kind == yaml.ScalarNode && c.Tag != "!!null" {
		return c.Value
	}
	return ""
}

// pairs are the keys of a mapping with their values, in the order of the file.
func pairs(n *yaml.Node) (all [][2]*yaml.Node) {
	if n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			all = append(all, [2]*yaml.Node{n.Content[i], n.Content[i+1]})
		}
	}
	return all
}

// items are those of a list; any other value is a list of itself.
func items(n *yaml.Node) []*yaml.Node {
	switch {
	case n == nil || n.Tag == "!!null":
		return nil
	case n.Kind == yaml.SequenceNode:
		return n.Content
	}
	return []*yaml.Node{n}
}

// value is what a node says, as JSON would have it.
func value(n *yaml.Node) (any, error) {
	var v any
	if err := config.DecodeNode(n, &v); err != nil {
		return nil, err
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	v = nil
	return v, json.Unmarshal(data, &v)
}
