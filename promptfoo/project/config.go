package project

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// scriptEndings are the files that hold JavaScript or TypeScript.
var scriptEndings = []string{".js", ".cjs", ".mjs", ".ts", ".cts", ".mts"}

func isScript(name string) bool {
	return slices.Contains(scriptEndings, strings.ToLower(filepath.Ext(name)))
}

// readConfig reads the configuration itself; nil after a problem.
func (l *loader) readConfig(path string, at Place) *tree {
	if isScript(path) {
		if _, err := l.read(path); err != nil {
			l.failErr(at, "", err)
			return nil
		}
		code := Code{Place: at, Language: "javascript", Kind: "file", Path: path, Value: true}
		v, err := l.call(code, "configuration", nil)
		if err != nil {
			l.callFailed(at, "", "running the configuration", err)
			return nil
		}
		return l.asConfig(l.made(v, code, nil))
	}
	t, err := l.parse(path)
	if err != nil {
		l.failErr(at, "", err)
		return nil
	}
	return l.asConfig(t)
}

func (l *loader) asConfig(t *tree) *tree {
	if !t.isObject() {
		l.fail(t.Place, "", "a promptfoo configuration is an object with prompts, providers and tests; this is %s", t.describe())
		return nil
	}
	return t
}

// key is a key of the format: what is done with it.
type key struct {
	name string
	why  string // of one that is not supported; "" when it is read
	soft bool   // leaving it out changes no verdict
}

func known(names ...string) []key {
	keys := make([]key, len(names))
	for i, n := range names {
		keys[i].name = n
	}
	return keys
}

// configKeys are the keys of a configuration.
func configKeys() []key {
	return append(known("description", "tags", "prompts", "providers", "targets", "tests", "defaultTest", "scenarios", "env",
		"nunjucksFilters", "derivedMetrics", "evaluateOptions", "commandLineOptions", "outputPath", "assertionTemplates", "metadata", "$schema", "definitions", "$defs"),
		key{"extensions", "hooks of the user's code are not run: they could change prompts, tests and results unseen", false},
		key{"redteam", "red-team generation is not supported; write its tests out with promptfoo and name that file in tests", false},
		key{"plugins", "red-team generation is not supported", false},
		key{"strategies", "red-team generation is not supported", false},
		key{"tracing", "no trace receiver is started; trace assertions read the trace that a provider returns, in trace or metadata.trace", true},
		key{"sharing", "nothing is uploaded", true},
		key{"writeLatestResults", "runs are always kept", true},
	)
}

// checkKeys reports the keys of an object that are not read.
func (l *loader) checkKeys(t *tree, path string, keys []key) {
	if !t.isObject() {
		return
	}
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	for _, k := range t.keys {
		x := t.fields[k]
		i := slices.Index(names, k)
		switch {
		case i < 0 && strings.HasPrefix(k, "x-"), i < 0 && strings.HasPrefix(k, "."):
		case i < 0:
			where := path
			if where == "" {
				where = "the configuration"
			}
			hint := ""
			if path == "" && slices.Contains([]string{"assert", "vars", "options", "threshold"}, k) {
				hint = "; what all tests share stands below defaultTest"
			}
			l.note(x.Place, join(path, k), "%s%s", config.UnknownKey(k, where, names), hint)
		case keys[i].why != "" && !off(x):
			l.report(Problem{x.Place, join(path, k), keys[i].why, !keys[i].soft})
		}
	}
}

// off says that a key stands there and asks for nothing.
func off(t *tree) bool {
	if t.null() || t.scalar == false || t.list && len(t.items) == 0 || t.fields != nil && len(t.fields) == 0 {
		return true
	}
	return t.get("enabled") != nil && t.get("enabled").scalar == false
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// settings reads the small parts.
func (l *loader) settings() {
	p, r := l.project, l.root
	p.Description = r.word("description")
	p.Tags = l.stringMap(r.get("tags"), "tags")
	for _, x := range l.oneOrMany(r.get("outputPath")) {
		if s, ok := x.text(); ok {
			p.Outputs = append(p.Outputs, s)
		}
	}
	l.evaluateOptions(r.get("evaluateOptions"))
	l.commandLine(r.get("commandLineOptions"))
	l.settingsOfEnv()
}

// settingsOfEnv reads the variables of the environment that stand for settings which
// the configuration leaves open.
func (l *loader) settingsOfEnv() {
	e := &l.project.Evaluate
	for _, one := range []struct {
		name string
		to   *float64
	}{{"PROMPTFOO_DELAY_MS", &e.DelayMS}, {"PROMPTFOO_EVAL_TIMEOUT_MS", &e.TimeoutMS}, {"PROMPTFOO_MAX_EVAL_TIME_MS", &e.MaxEvalTimeMS}} {
		text := l.env[one.name]
		if text == "" || *one.to != 0 {
			continue
		}
		f, ok := finite(text)
		if !ok || f < 0 {
			l.fail(l.root.Place, one.name, "expected milliseconds, found %q in the environment", text)
			continue
		}
		*one.to = f
	}
	for _, name := range []string{"PROMPTFOO_SHORT_CIRCUIT_TEST_FAILURES", "PROMPTFOO_REQUIRE_JSON_PROMPTS"} {
		if TruthyEnv(l.env[name]) {
			l.note(l.root.Place, name, "this variable of the environment changes nothing here")
		}
	}
}

func (l *loader) stringMap(t *tree, path string) map[string]string {
	if t == nil {
		return nil
	}
	if !t.isObject() {
		l.fail(t.Place, path, "expected an object, found %s", t.describe())
		return nil
	}
	out := map[string]string{}
	for _, k := range t.keys {
		if x := t.fields[k]; !x.null() && !x.list && x.fields == nil {
			out[k] = jsvalue.ToString(x.scalar)
		}
	}
	return out
}

// oneOrMany makes a list of a value that may be one.
func (l *loader) oneOrMany(t *tree) []*tree {
	switch {
	case t.null():
		return nil
	case t.list:
		return t.items
	}
	return []*tree{t}
}

func (l *loader) evaluateOptions(t *tree) {
	const path = "evaluateOptions"
	l.checkKeys(t, path, append(known("maxConcurrency", "repeat", "delay", "timeoutMs", "maxEvalTimeMs", "cache", "showProgressBar", "silent", "filterRange"),
		key{"generateSuggestions", "no prompts are suggested", true}, key{"suggestionsCount", "no prompts are suggested", true},
		key{"interactiveProviders", "no provider asks the terminal", false}))
	e := &l.project.Evaluate
	e.MaxConcurrency = l.whole(t, path, "maxConcurrency")
	e.Repeat = l.whole(t, path, "repeat")
	e.DelayMS = l.number(t, path, "delay")
	e.FilterRange = t.word("filterRange")
	e.TimeoutMS = l.number(t, path, "timeoutMs")
	e.MaxEvalTimeMS = l.number(t, path, "maxEvalTimeMs")
	e.Cache, e.ShowProgress = l.truth(t, path, "cache"), l.truth(t, path, "showProgressBar")
}

// commandLineKeys are the keys of commandLineOptions. promptfoo takes many more
// than it reads.
func commandLineKeys() []key {
	keys := append(known("maxConcurrency", "repeat", "delay", "cache", "table", "tableCellMaxLength", "noShare", "grader", "envPath", "tags", "filterSample", "filterSampleSeed", "filterRange"),
		key{"write", "runs are always kept", true}, key{"share", "nothing is uploaded", true}, key{"verbose", "the run's folder keeps everything there is to see", true},
		key{"generateSuggestions", "no prompts are suggested", true}, key{"suggestionsCount", "no prompts are suggested", true}, key{"watch", "files are not watched", true})
	for _, k := range [][2]string{
		{"description", "write it on top of the configuration"}, {"output", "write outputPath on top of the configuration"}, {"prompts", "write prompts on top of the configuration"},
		{"providers", "write providers on top of the configuration"}, {"tests", "write tests on top of the configuration"}, {"vars", "write tests on top of the configuration"},
		{"config", "give -c"}, {"assertions", "give --assertions"}, {"modelOutputs", "give --model-outputs"}, {"extension", "leave it out"}, {"retryErrors", "give --filter-errors-only latest"},
		{"progressBar", "give --no-progress-bar"}, {"promptPrefix", "write defaultTest.options.prefix"}, {"promptSuffix", "write defaultTest.options.suffix"}, {"var", "write defaultTest.vars"},
		{"filterFirstN", "give --filter-first-n"}, {"filterPattern", "give --filter-pattern"}, {"filterProviders", "give --filter-providers"}, {"filterTargets", "give --filter-targets"},
		{"filterMetadata", "give --filter-metadata"}, {"filterPrompts", "give --filter-prompts"}, {"filterFailing", "give --filter-failing"}, {"filterFailingOnly", "give --filter-failing-only"},
		{"filterErrorsOnly", "give --filter-errors-only"},
	} {
		keys = append(keys, key{k[0], "promptfoo takes it here and does not read it; " + k[1], true})
	}
	return keys
}

func (l *loader) commandLine(t *tree) {
	const path = "commandLineOptions"
	l.checkKeys(t, path, commandLineKeys())
	c := &l.project.CommandLine
	c.MaxConcurrency, c.Repeat, c.DelayMS = l.whole(t, path, "maxConcurrency"), l.whole(t, path, "repeat"), l.number(t, path, "delay")
	c.Cache, c.Table, c.TableCellMaxLength = l.truth(t, path, "cache"), l.truth(t, path, "table"), l.whole(t, path, "tableCellMaxLength")
	c.Grader, c.FilterSample, c.FilterRange = t.word("grader"), l.whole(t, path, "filterSample"), t.word("filterRange")
	if n := l.numberOrNil(t, path, "filterSampleSeed"); n != nil {
		seed := int64(*n)
		c.FilterSampleSeed = &seed
	}
	if tags := l.stringMap(t.get("tags"), path+".tags"); len(tags) > 0 {
		if l.project.Tags == nil {
			l.project.Tags = map[string]string{}
		}
		maps.Copy(l.project.Tags, tags)
	}
	for _, x := range l.oneOrMany(t.get("envPath")) {
		if s, ok := x.text(); ok {
			c.EnvFiles = append(c.EnvFiles, l.path(l.dir, s))
			l.envFile(x.Place, l.path(l.dir, s), true)
		}
	}
}

// number reads a key that must be a number, 0 when absent.
func (l *loader) number(t *tree, path, name string) float64 {
	if f := l.numberOrNil(t, path, name); f != nil {
		return *f
	}
	return 0
}

func (l *loader) numberOrNil(t *tree, path, name string) *float64 {
	x := t.get(name)
	if x == nil {
		return nil
	}
	if f, ok := x.scalar.(float64); ok {
		return &f
	}
	l.fail(x.Place, join(path, name), "expected a number, found %s", x.describe())
	return nil
}

func (l *loader) whole(t *tree, path, name string) int {
	f := l.number(t, path, name)
	if f != float64(int(f)) || f < 0 {
		l.fail(t.get(name).Place, join(path, name), "expected a whole number of at least 0")
		return 0
	}
	return int(f)
}

func (l *loader) truth(t *tree, path, name string) *bool {
	x := t.get(name)
	if x == nil {
		return nil
	}
	if b, ok := x.scalar.(bool); ok {
		return &b
	}
	l.fail(x.Place, join(path, name), "expected true or false, found %s", x.describe())
	return nil
}
