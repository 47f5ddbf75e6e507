package importer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/validators"
)

// promptfooFiles are the names that a folder is searched for.
var promptfooFiles = []string{"promptfooconfig.yaml", "promptfooconfig.yml", "promptfooconfig.json"}

// Promptfoo plans the import of a promptfoo configuration: a YAML or JSON file, or
// the folder that holds it. Prompts become prompts/, providers models/, each
// prompt with each provider an agent, and the tests one test set. shown is the
// path as the user wrote it; deps are what assertions are checked with.
func Promptfoo(path, shown string, deps validators.Deps) (*Plan, error) {
	path, shown, err := configFile(path, shown)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	root, err := config.Parse(shown, data)
	if err != nil {
		return nil, err
	}
	if root == nil || root.Kind != yaml.MappingNode || child(root, "prompts") == nil && child(root, "tests") == nil {
		return nil, &config.Error{File: shown, Msg: "is no promptfoo configuration: it has neither prompts nor tests"}
	}
	f := &promptfoo{Plan: &Plan{Source: shown, Format: "promptfoo"}, root: root, file: shown, dir: filepath.Dir(path), deps: deps,
		prompts: names{}, models: names{}, agents: names{}}
	f.keys()
	prompts := f.readPrompts()
	models := f.readProviders()
	set := f.readTests(names{})
	f.pair(prompts, models, set)
	return f.finish()
}

func configFile(path, shown string) (string, string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return path, shown, err
	}
	for _, name := range promptfooFiles {
		if _, err := os.Stat(filepath.Join(path, name)); err == nil {
			return filepath.Join(path, name), filepath.Join(shown, name), nil
		}
	}
	return "", "", fmt.Errorf("%s holds no %s: %w", shown, strings.Join(promptfooFiles, " or "), fs.ErrNotExist)
}

// promptfoo is one configuration under way.
type promptfoo struct {
	*Plan
	root *yaml.Node
	file string // as errors name it
	dir  string // where its paths start
	deps validators.Deps

	prompts, models, agents names
}

// imported are the keys of a configuration that are read; silent ones mean
// nothing here.
var (
	imported = []string{"prompts", "providers", "targets", "tests", "defaultTest", "description"}
	silent   = []string{"$schema", "outputPath", "sharing", "commandLineOptions", "writeLatestResults", "tags", "metadata"}
)

// keys lists what the configuration says beyond.
func (f *promptfoo) keys() {
	for _, p := range pairs(f.root) {
		key := p[0].Value
		if slices.Contains(imported, key) || slices.Contains(silent, key) {
			continue
		}
		why := "has no counterpart"
		switch key {
		case "scenarios":
			why = "tests are imported, combinations of scenarios are not; write them out"
		case "evaluateOptions":
			why = "how calls are made is a matter of run-eval's flags and of evals: in genops.yaml"
		case "env":
			why = "environment variables are set where genops runs"
		case "nunjucksFilters", "extensions":
			why = "code is not imported"
		}
		if key == "" {
			key = "an empty key"
		}
		f.left(f.file, p[0].Line, key, "%s", why)
	}
}

// at is a node's place in the configuration.
func (f *promptfoo) from(n *yaml.Node) string { return place(f.file, n.Line) }

// read reads a file that the configuration names.
func (f *promptfoo) read(name string) ([]byte, error) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(f.dir, filepath.FromSlash(name))
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no such file")
	}
	return data, err
}

// shown is a file beside the configuration as errors name it.
func (f *promptfoo) shown(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.ToSlash(filepath.Join(filepath.Dir(f.file), name))
}

// found is an object that was planned.
type found struct {
	name string
	line int
	only []string // of a provider: the labels of the prompts that it is for
	call string   // of a prompt: its label
}

// pair makes an agent of each prompt with each model.
func (f *promptfoo) pair(prompts, models []found, set string) {
	if len(prompts)*len(models) > 0 && set == "" {
		f.note("there are no tests: the agents have no evals")
	}
	for _, p := range prompts {
		for _, m := range models {
			if len(m.only) > 0 && !slices.Contains(m.only, p.call) && !slices.Contains(m.only, p.name) {
				continue
			}
			called := p.name
			if len(models) > 1 {
				called += "-" + m.name
			}
			id := f.agents.take(registry.KindAgent, called, "agent")
			members := []member{{"id", id}, {"runtime", map[string]any{"model": map[string]any{"prompt": p.name, "model": "models/" + m.name}}}}
			if set != "" {
				members = append(members, member{"evals", []map[string]any{{"test_set": set}}})
			}
			text, err := asYAML(members)
			if err != nil {
				f.left(f.file, p.line, "agent "+id, "%v", err)
				continue
			}
			f.add("agents/"+id+".yaml", []byte(text), place(f.file, p.line))
		}
	}
}
