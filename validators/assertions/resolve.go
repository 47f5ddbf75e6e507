package assertions

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/internal/script"
)

// maxFile bounds what is read of one file:// value.
const maxFile = 32 << 20

// fromScript marks a value that a script returned.
type fromScript struct{ value any }

// resolve fills in the value: templates, files, scripts. failed is the reason
// why the assertion failed already: promptfoo counts a Python or Ruby value file
// that fails as that.
func (c *call) resolve(ctx context.Context) (failed string, err error) {
	switch v := c.Value.(type) {
	case string:
		c.value, err = c.resolveText(ctx, v)
	case *jsvalue.Foreign:
		var got any
		got, err = c.run(ctx, c.deps.JavaScript, "JavaScript", script.Foreign(v))
		var thrown *script.Thrown
		if errors.As(err, &thrown) {
			return "the code failed: " + thrown.Error(), nil
		}
		c.value = fromScript{got}
	case []any:
		list := make([]any, len(v))
		for i, x := range v {
			if list[i], err = c.resolveItem(x); err != nil {
				return "", err
			}
		}
		c.value = list
	}
	var bad *failure
	if errors.As(err, &bad) {
		return bad.reason, nil
	}
	if err != nil {
		return "", err
	}
	got, ok := c.value.(fromScript)
	if !ok || c.entry.script {
		return "", nil
	}
	switch x := got.value.(type) {
	case bool:
		return "", fmt.Errorf("the script of the value returned %v; only javascript, python and ruby take a verdict", x)
	default:
		if _, isVerdict := jsvalue.Field(x, "pass"); isVerdict {
			return "", errors.New("the script of the value returned a verdict; only javascript, python and ruby take one")
		}
	}
	c.value = got.value
	return "", nil
}

// failure is a failed assertion on its way up.
type failure struct{ reason string }

func (f *failure) Error() string { return f.reason }

func (c *call) resolveItem(x any) (any, error) {
	s, ok := x.(string)
	switch {
	case !ok:
		return x, nil
	case strings.HasPrefix(s, "file://"):
		return c.readFile(s[len("file://"):])
	}
	return c.deps.render(s, c.of.Vars)
}

func (c *call) resolveText(ctx context.Context, s string) (any, error) {
	if code, ok := script.Package(s, c.deps.Dir); ok {
		v, err := c.run(ctx, c.deps.JavaScript, "JavaScript", code)
		return fromScript{v}, err
	}
	rest, isFile := strings.CutPrefix(s, "file://")
	if !isFile {
		return c.deps.render(s, c.of.Vars)
	}
	name, function, _ := strings.Cut(rest, ":")
	switch script.LanguageOf(name) {
	case "javascript":
		v, err := c.run(ctx, c.deps.JavaScript, "JavaScript", script.Code{Kind: script.KindFile, File: name, Function: function, Dir: c.deps.Dir})
		var thrown *script.Thrown
		if c.entry.script && errors.As(err, &thrown) && strings.HasPrefix(thrown.Message, "the result is a value without JSON") {
			return nil, &failure{thrown.Error()}
		}
		return fromScript{v}, err
	case "python":
		return c.valueOf(ctx, c.deps.Python, "Python", name, function)
	case "ruby":
		return c.valueOf(ctx, c.deps.Ruby, "Ruby", name, function)
	}
	return c.readFile(rest)
}

// valueOf runs a value file whose failure is a failed assertion.
func (c *call) valueOf(ctx context.Context, port Script, lang, name, function string) (any, error) {
	if function == "" {
		function = "get_assert"
	}
	v, err := c.run(ctx, port, lang, script.Code{Kind: script.KindFile, File: name, Function: function, Dir: c.deps.Dir})
	var thrown *script.Thrown
	if errors.As(err, &thrown) {
		return nil, &failure{thrown.Error()}
	}
	if err != nil && c.mode == Exact && ctx.Err() == nil && !errors.Is(err, script.ErrUnavailable) {
		return nil, &failure{err.Error()} // no such function, or too slow
	}
	return fromScript{v}, err
}

// readFile reads a value out of a data file.
func (c *call) readFile(name string) (any, error) {
	if c.deps.Dir == "" {
		return nil, fmt.Errorf("reading %s: %w: the folder of the tests is not known", quote(name), ErrUnavailable)
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.deps.Dir, name)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading a value: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("reading a value: %s has more than %d bytes", quote(name), maxFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a value: %w", err)
	}
	switch filepath.Ext(name) {
	case ".json", ".yaml", ".yml":
		return parseYAML(string(text))
	case ".txt":
		return jsvalue.Trim(string(text)), nil
	}
	return nil, fmt.Errorf("reading a value: %s: known are .json, .yaml, .yml, .txt and scripts", quote(name))
}

// parseYAML reads a YAML document into values of package jsvalue. A key that
// stands twice, or a second document, is an error.
func parseYAML(text string) (any, error) {
	if t := strings.TrimLeft(text, " \t\r\n"); strings.HasPrefix(t, "{") || strings.HasPrefix(t, "[") {
		v, twice, err := readFlow(text)
		if err == nil && twice {
			err = errTwice
		}
		return v, err
	}
	var n, next yaml.Node
	d := yaml.NewDecoder(strings.NewReader(text))
	if err := d.Decode(&n); err != nil && err != io.EOF {
		return nil, err
	}
	if n.Kind == 0 {
		return jsvalue.Undefined, nil
	}
	if d.Decode(&next) != io.EOF {
		return nil, errors.New("more than one document")
	}
	left := maxYAML
	return fromYAML(&n, &left)
}

// maxYAML bounds the values of one document, aliases counted where they stand.
const maxYAML = 200_000

// yamlKey is a key as put takes it.
func yamlKey(n *yaml.Node) any {
	switch {
	case n.Kind != yaml.ScalarNode:
		return jsvalue.NewObject() // no key
	case n.Tag == "!!merge":
		return merge("<<")
	}
	return n.Value
}

func fromYAML(n *yaml.Node, left *int) (any, error) {
	if *left--; *left < 0 {
		return nil, fmt.Errorf("more than %d values", maxYAML)
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return fromYAML(n.Content[0], left)
	case yaml.AliasNode:
		return fromYAML(n.Alias, left)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, x := range n.Content {
			var err error
			if list[i], err = fromYAML(x, left); err != nil {
				return nil, err
			}
		}
		return list, nil
	case yaml.MappingNode:
		o := jsvalue.NewObject()
		for i := 0; i+1 < len(n.Content); i += 2 {
			v, err := fromYAML(n.Content[i+1], left)
			if err != nil {
				return nil, err
			}
			twice, err := put(o, yamlKey(n.Content[i]), v)
			if err == nil && twice {
				err = errTwice
			}
			if err != nil {
				return nil, fmt.Errorf("line %d: key %s: %w", n.Content[i].Line, quote(n.Content[i].Value), err)
			}
		}
		return o, nil
	}
	if n.Style == 0 && n.Anchor == "" {
		return resolveScalar(n.Value), nil
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, err
	}
	if f, ok := jsvalue.Number(v); ok {
		return f, nil
	}
	switch v.(type) {
	case nil, bool, string:
		return v, nil
	}
	return n.Value, nil
}
