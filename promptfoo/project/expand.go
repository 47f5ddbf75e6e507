package project

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

func workingDir() string {
	wd, err := os.Getwd()
	if err != nil {
		return "."
	}
	return wd
}

func nearestKey(k string, keys []key) string {
	names := make([]string, len(keys))
	for i, x := range keys {
		if names[i] = x.name; x.name == k {
			return ""
		}
	}
	return config.Nearest(k, names)
}

// maxCombinations bounds the product of lists of variables in one test.
const maxCombinations = 1_000_000

// expandTest merges defaultTest into a test and makes one test of each combination
// of its lists of variables.
func (l *loader) expandTest(d *draft, number int) {
	def := l.defaults
	if def == nil {
		return
	}
	vars := (&jsvalue.Object{}).Merge(def.vars, d.vars)
	options := def.options
	if d.options != nil && len(d.options.keys) > 0 {
		options = mergeTrees(d.Place, def.options, d.options)
	}
	base := l.finish(d, options, vars)
	if !l.transformVars(&base, d) {
		return
	}
	if d.threshold == nil {
		base.Threshold = def.threshold
	}
	if d.score.IsZero() {
		base.Score = def.score
	}
	base.Metadata = (&jsvalue.Object{}).Merge(def.metadata, d.metadata)
	if d.providers == nil {
		base.Providers = def.providers
	}
	if d.prompts == nil {
		base.Prompts = def.prompts
	}
	if d.provider == nil {
		base.Provider = def.provider
	}
	base.Assert = d.asserts
	if !base.Options.DisableDefaults {
		base.Assert = append(append([]Assertion{}, def.asserts...), d.asserts...)
	}
	l.checkReferences(&base, d)
	base.Case = number
	base.Options.Prefix = cmp.Or(base.Options.Prefix, l.project.Default.Options.Prefix) // an empty one is none
	base.Options.Suffix = cmp.Or(base.Options.Suffix, l.project.Default.Options.Suffix)
	for _, combination := range l.combinations(&base, d) {
		t := base
		t.Vars = combination
		l.loadVars(&t, d)
		l.project.Tests = append(l.project.Tests, t)
	}
}

// finish makes a test of a draft whose options and variables are merged.
func (l *loader) finish(d *draft, options *tree, vars *jsvalue.Object) Test {
	t := Test{Place: d.Place, Description: d.description, Vars: vars, Threshold: d.threshold, Score: d.score, Metadata: d.metadata, Provider: d.provider,
		Providers: d.providers, Prompts: d.prompts, More: d.more}
	if known, ok := l.options[options]; ok {
		t.Options = known
	} else {
		t.Options = l.testOptions(options, d.path+".options")
		l.options[options] = t.Options
	}
	if d.output != nil {
		t.Output, t.HasOutput = d.output.value(), true
	}
	return t
}

// transformVars runs options.transformVars, once for a test.
func (l *loader) transformVars(t *Test, d *draft) bool {
	c := t.Options.TransformVars
	if c.IsZero() {
		return true
	}
	context := jsvalue.NewObject("prompt", &jsvalue.Object{}, "uuid", "")
	v, err := l.call(c, "transform", []Arg{{"vars", t.Vars}, {"context", context}})
	if err != nil {
		l.callFailed(c.Place, d.path+".options.transformVars", "transforming the variables", err)
		return l.opt.Survey
	}
	keys, ok := jsvalue.KeysOf(v)
	if !ok {
		l.fail(c.Place, d.path+".options.transformVars", "transforming the variables gave %s, not an object", fromValue(v, c.Place).describe())
		return false
	}
	for _, k := range keys {
		x, _ := jsvalue.Field(v, k)
		t.Vars.Set(k, x)
	}
	return true
}

// combinations is the product of all lists of variables: the last one runs
// fastest. A list whose first item is no text is one value.
func (l *loader) combinations(t *Test, d *draft) []*jsvalue.Object {
	if t.Options.DisableExpansion || TruthyEnv(l.env["PROMPTFOO_DISABLE_VAR_EXPANSION"]) {
		return []*jsvalue.Object{t.Vars.Clone()}
	}
	all := []*jsvalue.Object{{}}
	for _, k := range t.Vars.Keys() {
		v, _ := t.Vars.Get(k)
		values := []any{v}
		if list, ok := v.([]any); ok && len(list) > 0 {
			if _, isText := list[0].(string); isText {
				values = list
			}
		} else if s, ok := v.(string); ok && strings.HasPrefix(s, "file://") {
			values = l.varFiles(s, k, d)
		}
		if len(all)*len(values) > maxCombinations {
			l.fail(d.Place, d.path+".vars", "the lists of variables make more than %d combinations", maxCombinations)
			return nil
		}
		next := make([]*jsvalue.Object, 0, len(all)*len(values))
		for _, c := range all {
			for _, x := range values {
				one := c
				if len(values) > 1 {
					one = c.Clone()
				}
				one.Set(k, x)
				next = append(next, one)
			}
		}
		all = next
	}
	return all
}

// TruthyEnv says that a variable of the environment means yes, as promptfoo reads it.
func TruthyEnv(s string) bool {
	return slices.Contains([]string{"1", "true", "yes", "yup", "yeppers"}, strings.ToLower(s))
}

// varFiles lists the files that a variable's path or pattern names.
func (l *loader) varFiles(s, name string, d *draft) (all []any) {
	pattern := s[len("file://"):]
	for _, p := range Glob(l.path(l.dir, pattern)) {
		if rel, err := filepath.Rel(l.dir, p); err == nil && !filepath.IsAbs(pattern) {
			p = filepath.ToSlash(rel)
		}
		all = append(all, "file://"+p)
	}
	if len(all) == 0 {
		l.fail(d.Place, d.path+".vars."+name, "there is no file %s", l.show(l.path(l.dir, pattern)))
		all = []any{s}
	}
	return all
}

// checkReferences reports names of prompts and providers that are none.
func (l *loader) checkReferences(t *Test, d *draft) {
	for _, ref := range t.Prompts {
		if !slices.ContainsFunc(l.project.Prompts, func(p Prompt) bool { return matches(ref, p.Label, p.ID) }) {
			l.fail(d.Place, d.path+".prompts", "there is no prompt %q; labels: %s", ref, labels(l.project.Prompts, func(p Prompt) string { return p.Label }))
		}
	}
	for _, ref := range t.Providers {
		if !slices.ContainsFunc(l.project.Providers, func(p Provider) bool { return matches(ref, p.Label, p.ID) }) {
			l.fail(d.Place, d.path+".providers", "there is no provider %q; known: %s", ref, labels(l.project.Providers, func(p Provider) string { return p.Name() }))
		}
	}
}

func labels[T any](all []T, name func(T) string) string {
	var out []string
	for _, x := range all {
		out = append(out, config.Shorten(name(x)))
	}
	return strings.Join(out, ", ")
}

// matches is promptfoo's comparison of a reference with a label and an id: equal,
// NAME* as a beginning, or NAME for NAME:….
func matches(ref string, names ...string) bool {
	start, isStar := strings.CutSuffix(ref, "*")
	for _, n := range names {
		if n == "" {
			continue
		}
		if n == ref || isStar && strings.HasPrefix(n, start) || strings.HasPrefix(n, ref+":") {
			return true
		}
	}
	return false
}
