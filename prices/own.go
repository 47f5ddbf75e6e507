package prices

import (
	"maps"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/config"
)

// UnmarshalYAML reads one price with the keys that models have in prices.yaml.
// What is wrong is one or more *config.Error.
func (p *Price) UnmarshalYAML(n *yaml.Node) error {
	var it item
	if err := config.DecodeNode(n, &it); err != nil {
		return err
	}
	r := reader{lines: lines(n, "", map[string]int{})}
	*p = r.price("", "model", &it, &file{})
	for _, e := range r.errs {
		e.Key = strings.TrimPrefix(e.Key, ".")
	}
	return config.Join(r.errs)
}

// lines tells where the keys of a mapping stand, by their dotted paths, "."
// first.
func lines(n *yaml.Node, path string, all map[string]int) map[string]int {
	all[path] = n.Line
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		at := path + "." + n.Content[i].Value
		lines(n.Content[i+1], at, all)
		all[at] = n.Content[i].Line
	}
	return all
}

// With is the table with another price for one model. The table itself stays.
func (t *Table) With(provider, model string, p Price) *Table {
	all := maps.Clone(t.entries)
	if all == nil {
		all = map[name]Entry{}
	}
	all[name{provider, model}] = Entry{Provider: provider, Model: model, Price: p, Project: true}
	return &Table{AsOf: t.AsOf, entries: all}
}
