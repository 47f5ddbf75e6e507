package importer

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/testsets"
)

// maxExpanded bounds the cases that one test with lists of values stands for.
const maxExpanded = 10_000

// test is one test as a file gives it.
type test struct {
	file    string
	line    int
	about   string
	vars    map[string]any
	asserts []check
	meta    map[string]any
	fixed   bool // lists of values are values
}

// readTests plans the test set and returns its name, "" when there is none.
func (f *promptfoo) readTests(taken names) string {
	preset := f.defaults()
	var tests []test
	for _, n := range items(child(f.root, "tests")) {
		switch n.Kind {
		case yaml.ScalarNode:
			tests = append(tests, f.testFile(n.Value, n)...)
		case yaml.MappingNode:
			if path := word(n, "path"); path != "" && child(n, "vars") == nil {
				tests = append(tests, f.testFile(path, n)...)
			} else {
				tests = append(tests, f.test(f.file, n))
			}
		default:
			f.left(f.file, n.Line, "a test", "is neither an object nor a file")
		}
	}
	if len(tests) == 0 && child(f.root, "tests") == nil && len(preset.vars)+len(preset.asserts) > 0 {
		tests = []test{{file: f.file, line: preset.line}}
	}
	name := taken.take(registry.KindTestSet, f.setName(), "tests")
	set := &testsets.Set{Name: name}
	for _, t := range tests {
		set.Cases = append(set.Cases, f.cases(preset, t)...)
	}
	for i := range set.Cases {
		set.Cases[i].ID = fmt.Sprintf("c%04d", i+1)
	}
	if len(set.Cases) == 0 {
		return ""
	}
	data, lost, err := testsets.Encode(set, "native")
	if err == nil {
		_, err = testsets.Read(name+".json", data, testsets.Options{})
	}
	if err != nil {
		f.left(f.file, 0, "tests", "%v", err)
		return ""
	}
	for _, l := range lost {
		f.note("test set %s: %s", name, l)
	}
	f.add("testsets/"+name+".json", data, f.file)
	return name + ".json"
}

// setName calls the set by the configuration's description, else by its folder.
func (f *promptfoo) setName() string {
	if about := word(f.root, "description"); about != "" && len(about) <= maxSlug {
		return strings.ToLower(about)
	}
	if b := base(f.file); !strings.HasPrefix(b, "promptfooconfig") {
		return b
	}
	if abs, err := filepath.Abs(f.dir); err == nil {
		return filepath.Base(abs)
	}
	return ""
}

// defaults is what all tests share.
func (f *promptfoo) defaults() test {
	n := child(f.root, "defaultTest")
	if n == nil {
		return test{}
	}
	if n.Kind != yaml.MappingNode {
		f.left(f.file, n.Line, "defaultTest", "is no object; files of default tests are not read")
		return test{}
	}
	return f.test(f.file, n)
}

// test reads one test.
func (f *promptfoo) test(file string, n *yaml.Node) test {
	t := test{file: file, line: n.Line, about: word(n, "description"), vars: map[string]any{}}
	for _, p := range pairs(n) {
		switch key, v := p[0].Value, p[1]; key {
		case "description":
		case "vars":
			t.vars = f.vars(file, v)
		case "assert":
			t.asserts = f.checks(file, v)
		case "metadata":
			if meta, err := value(v); err == nil {
				t.meta, _ = meta.(map[string]any)
			}
		case "options":
			for _, o := range pairs(v) {
				if o[0].Value == "disableVarExpansion" {
					t.fixed = o[1].Value == "true"
				} else {
					f.left(file, o[0].Line, "options."+o[0].Value, "has no counterpart in a case")
				}
			}
		case "threshold":
			f.left(file, p[0].Line, "threshold", "a case passes when all its assertions hold; give weights, or rules to run-eval")
		case "provider", "providers", "prompts":
			f.left(file, p[0].Line, "test's "+key, "every agent is asked every case; make a test set of its own and give it to that agent's evals")
		default:
			f.left(file, p[0].Line, "test's "+key, "has no counterpart in a case")
		}
	}
	return t
}

// vars reads the variables of a test; those in files are read.
func (f *promptfoo) vars(file string, n *yaml.Node) map[string]any {
	out := map[string]any{}
	if n.Kind != yaml.MappingNode {
		f.left(file, n.Line, "vars", "is no object; files of variables are not read")
		return out
	}
	for _, p := range pairs(n) {
		v, err := value(p[1])
		if text, ok := v.(string); ok && err == nil && strings.HasPrefix(text, "file://") {
			v, err = f.varFile(strings.TrimPrefix(text, "file://"))
		}
		if err != nil {
			f.left(file, p[0].Line, "vars."+p[0].Value, "%v", err)
			continue
		}
		out[p[0].Value] = v
	}
	return out
}

// varFile is a variable that is a file's text.
func (f *promptfoo) varFile(name string) (any, error) {
	if !slices.Contains([]string{".txt", ".md", ".json", ".yaml", ".yml", ".html", ".xml", ".csv"}, strings.ToLower(filepath.Ext(name))) {
		return nil, fmt.Errorf("file %s: only texts are read; media and programs are not", name)
	}
	data, err := f.read(name)
	if err != nil {
		return nil, fmt.Errorf("file %s: %w", name, err)
	}
	clean, err := config.UTF8(name, data)
	return string(clean), err
}

// testFile reads the tests of a file, or of all that a pattern matches.
func (f *promptfoo) testFile(name string, at *yaml.Node) (all []test) {
	name = strings.TrimPrefix(name, "file://")
	if strings.Contains(name, "://") || strings.HasPrefix(name, "huggingface") {
		f.left(f.file, at.Line, "tests "+config.Shorten(name), "are elsewhere; download them into a file")
		return nil
	}
	if strings.ContainsAny(name, "*?[") {
		matches, _ := filepath.Glob(filepath.Join(f.dir, filepath.FromSlash(name)))
		sort.Strings(matches)
		for _, m := range matches {
			if rel, err := filepath.Rel(f.dir, m); err == nil {
				all = append(all, f.testFile(filepath.ToSlash(rel), at)...)
			}
		}
		if len(matches) == 0 {
			f.left(f.file, at.Line, "tests "+name, "no file matches")
		}
		return all
	}
	data, err := f.read(name)
	if err != nil {
		f.left(f.file, at.Line, "tests "+name, "%v", err)
		return nil
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		return f.csvTests(f.shown(name), data)
	case ".json", ".yaml", ".yml":
		n, err := config.Parse(f.shown(name), data)
		if err != nil {
			f.left(f.shown(name), 0, "tests", "%v", err)
			return nil
		}
		for _, item := range items(n) {
			if item.Kind == yaml.MappingNode {
				all = append(all, f.test(f.shown(name), item))
			}
		}
		return all
	case ".jsonl":
		return f.lineTests(f.shown(name), data)
	}
	f.left(f.file, at.Line, "tests "+name, "are made by a program, or in a format that is not read (csv, json, jsonl and yaml are)")
	return nil
}

func (f *promptfoo) lineTests(file string, data []byte) (all []test) {
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		if strings.TrimSpace(line) == "" {
			continue
		}
		n, err := config.Parse(file, []byte(line))
		if err != nil || n == nil || n.Kind != yaml.MappingNode {
			f.left(file, number, "a test", "is no object in JSON")
			continue
		}
		shift(n, number-1)
		all = append(all, f.test(file, n))
	}
	return all
}

// shift moves the lines of a part to where it stands in its file.
func shift(n *yaml.Node, by int) {
	n.Line += by
	for _, c := range n.Content {
		shift(c, by)
	}
}

// cases are those that a test stands for: one for each combination of the values
// that its variables list.
func (f *promptfoo) cases(preset, t test) (all []testsets.Case) {
	vars := maps.Clone(preset.vars)
	if vars == nil {
		vars = map[string]any{}
	}
	maps.Copy(vars, t.vars)
	combinations := []map[string]any{vars}
	if !t.fixed && !preset.fixed {
		combinations = expand(vars)
	}
	if combinations == nil {
		f.left(t.file, t.line, "a test", "its lists of values stand for more than %d cases", maxExpanded)
		return nil
	}
	for _, vars := range combinations {
		c := testsets.Case{Input: inputOf(vars, t.about), Vars: vars, Weight: 1}
		if len(vars) == 0 {
			c.Vars = nil
		}
		meta := maps.Clone(preset.meta)
		if meta == nil {
			meta = map[string]any{}
		}
		maps.Copy(meta, t.meta)
		if t.about != "" {
			meta["description"] = t.about
		}
		if len(meta) > 0 {
			c.Metadata = meta
		}
		for _, a := range slices.Concat(preset.asserts, t.asserts) {
			if one, ok := f.assertion(a, vars); ok {
				c.Assert = append(c.Assert, one)
			}
		}
		all = append(all, c)
	}
	return all
}

// expand is every combination of the values of variables that are lists; nil
// when there are too many.
func expand(vars map[string]any) []map[string]any {
	all := []map[string]any{{}}
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		values, isList := vars[name].([]any)
		if !isList {
			values = []any{vars[name]}
		}
		if len(values)*len(all) > maxExpanded {
			return nil
		}
		var next []map[string]any
		for _, before := range all {
			for _, v := range values {
				one := maps.Clone(before)
				one[name] = v
				next = append(next, one)
			}
		}
		all = next
	}
	return all
}

// inputNames are variables that are usually what the user says.
var inputNames = []string{"input", "question", "query", "message", "user_input", "userInput", "text", "prompt", "utterance"}

// inputOf is the case's input: what a person would call it by.
func inputOf(vars map[string]any, about string) string {
	for _, name := range inputNames {
		if text, ok := vars[name].(string); ok && text != "" {
			return text
		}
	}
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if text, ok := vars[name].(string); ok && text != "" {
			texts = append(texts, text)
		}
	}
	switch {
	case len(texts) == 1:
		return texts[0]
	case about != "":
		return about
	case len(vars) > 0:
		return toJSON(vars)
	}
	return "-"
}

func toJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}
