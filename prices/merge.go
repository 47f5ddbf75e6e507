package prices

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/config"
)

// newFile is the prices.yaml of a project that has none.
const newFile = `# What this project pays for models, in USD per million tokens. A model's name
# may end in * to stand for all that begin with it.
models: {}
`

// Merge writes the new prices into the prices.yaml of the project at root, whole
// or not at all, and makes the file if there is none. What else it holds, and its
// comments, stay.
func Merge(root string, changes []Change) error {
	path := filepath.Join(root, File)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = []byte(newFile), nil
	}
	if err == nil {
		data, err = merge(path, data, changes)
	}
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(root, ".prices-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err == nil {
		err = errors.Join(tmp.Sync(), tmp.Chmod(0o644))
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return os.Rename(tmp.Name(), path)
}

// merge changes the text of a prices file, and reads the outcome as a check.
func merge(path string, data []byte, changes []Change) ([]byte, error) {
	before, err := parse(path, data)
	if err != nil {
		return nil, err
	}
	doc, err := document(path, data)
	if err != nil {
		return nil, err
	}
	models := mapping(doc.Content[0], "models")
	for _, c := range changes {
		set(mapping(models, c.Provider), c.Model, node(c.New))
		before.entries[name{c.Provider, c.Model}] = Entry{Price: c.New}
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err = enc.Encode(doc); err == nil {
		var after *Table
		if after, err = parse(path, out.Bytes()); err == nil && !maps.EqualFunc(before.entries, after.entries, sameEntry) {
			err = errors.New("other prices would change")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s can't be changed by a program, do it by hand: %w", path, err)
	}
	return out.Bytes(), nil
}

func sameEntry(a, b Entry) bool { return a.Price.Same(b.Price) }

// document is the tree of the file, with a mapping at its root.
func document(path string, data []byte) (*yaml.Node, error) {
	data, err := config.UTF8(path, data)
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	err = yaml.Unmarshal(data, &doc)
	if err == nil && len(doc.Content) == 0 { // nothing, or comments
		err = yaml.Unmarshal(append(data, "\nmodels: {}\n"...), &doc)
	}
	if err != nil {
		return nil, &config.Error{File: path, Msg: err.Error()}
	}
	if root := doc.Content[0]; root.Kind != yaml.MappingNode {
		doc.Content[0] = &yaml.Node{Kind: yaml.MappingNode, HeadComment: root.HeadComment, FootComment: root.FootComment}
	}
	return &doc, nil
}

// mapping is the mapping under a key, made when there is none. An alias is
// replaced by a copy, so that what it stands for elsewhere stays.
func mapping(in *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(in.Content); i += 2 {
		if in.Content[i].Value != key {
			continue
		}
		if v := in.Content[i+1]; v.Kind == yaml.MappingNode {
			v.Style = 0
			return v
		}
		made := &yaml.Node{Kind: yaml.MappingNode}
		if alias := in.Content[i+1].Alias; alias != nil && alias.Kind == yaml.MappingNode {
			made.Content = append(made.Content, alias.Content...)
		}
		in.Content[i+1] = made
		return made
	}
	made := &yaml.Node{Kind: yaml.MappingNode}
	in.Content = append(in.Content, text(key), made)
	return made
}

func set(in *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(in.Content); i += 2 {
		if in.Content[i].Value == key {
			in.Content[i+1] = value
			return
		}
	}
	in.Content = append(in.Content, text(key), value)
}

func text(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}

// node is a price as a line of the file.
func node(p Price) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	writeRates(n, p.Input, p.CachedInput, p.CacheWrite, p.Output)
	for _, f := range []struct {
		key string
		n   int
	}{{"max_output_tokens", p.MaxOutputTokens}, {"context", p.Context}} {
		if f.n > 0 {
			number(n, f.key, float64(f.n))
		}
	}
	for _, f := range []struct{ key, text string }{{"as_of", p.AsOf}, {"source", strings.ToValidUTF8(p.Source, "\uFFFD")}} {
		if f.text != "" {
			n.Content = append(n.Content, text(f.key), text(f.text))
		}
	}
	if p.Long != nil {
		long := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
		number(long, "above", float64(p.Long.Above))
		writeRates(long, p.Long.Input, p.Long.CachedInput, p.Long.CacheWrite, p.Long.Output)
		n.Content = append(n.Content, text("long_context"), long)
	}
	return n
}

func writeRates(n *yaml.Node, input, cached, write, output float64) {
	number(n, "input", input)
	if cached != input {
		number(n, "cached_input", cached)
	}
	if write != input {
		number(n, "cache_write", write)
	}
	number(n, "output", output)
}

func number(in *yaml.Node, key string, x float64) {
	in.Content = append(in.Content, text(key), &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.FormatFloat(x, 'f', -1, 64)})
}
