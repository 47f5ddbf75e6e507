package promptfoo

import (
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

func (r *Results) writeYAML(w io.Writer) error {
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(yamlNode(r.document())); err != nil {
		return err
	}
	return e.Close()
}

// yamlNode is a value with its keys in order.
func yamlNode(v any) *yaml.Node {
	switch v := v.(type) {
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, x := range v {
			n.Content = append(n.Content, yamlNode(x))
		}
		return n
	}
	if keys, ok := jsvalue.KeysOf(v); ok {
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, k := range keys {
			x, _ := jsvalue.Field(v, k)
			if jsvalue.IsUndefined(x) {
				continue
			}
			n.Content = append(n.Content, yamlNode(k), yamlNode(x))
		}
		return n
	}
	if jsvalue.IsUndefined(v) {
		v = nil
	}
	if f, ok := jsvalue.Number(v); ok {
		return &yaml.Node{Kind: yaml.ScalarNode, Value: jsvalue.FormatNumber(f)}
	}
	n := &yaml.Node{}
	n.Encode(v)
	return n
}
