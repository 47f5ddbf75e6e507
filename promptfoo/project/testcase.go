package project

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// draft is a test as written, before anything is merged into it.
type draft struct {
	Place
	path        string
	description string
	vars        *jsvalue.Object // nil when absent
	asserts     []Assertion
	options     *tree // nil when absent
	threshold   *float64
	metadata    *jsvalue.Object // nil when absent
	provider    *Provider
	providers   []string
	prompts     []string
	output      *tree
	score       Code // assertScoringFunction
	more        *jsvalue.Object
}

// testKeys are the keys of a test.
func testKeys() []key {
	return known("description", "vars", "provider", "providers", "prompts", "providerOutput", "assert", "options", "threshold", "metadata", "id", "assertScoringFunction")
}

// besides are the keys of an object that are none of the known ones; nil = none.
func besides(t *tree, known []key) (more *jsvalue.Object) {
	for _, k := range t.keys {
		if slices.ContainsFunc(known, func(one key) bool { return one.name == k }) {
			continue
		}
		if more == nil {
			more = &jsvalue.Object{}
		}
		more.Set(k, t.fields[k].value())
	}
	return more
}

// draft reads one test.
func (l *loader) draft(t *tree, key string) *draft {
	if t.path != "" {
		key = t.path
	}
	l.checkKeys(t, key, testKeys())
	d := &draft{Place: t.Place, path: key, description: t.word("description"), threshold: l.numberOrNil(t, key, "threshold")}
	d.vars = l.varsOf(t.get("vars"), key+".vars", t.base)
	d.asserts = l.assertions(t.get("assert"), key+".assert")
	if o := t.get("options"); o != nil {
		if !o.isObject() {
			l.fail(o.Place, key+".options", "expected an object, found %s", o.describe())
		} else {
			l.checkOptions(o, key+".options")
			d.options = o
		}
	}
	if m := t.get("metadata"); m != nil {
		d.metadata = m.object()
	}
	d.more = besides(t, testKeys())
	d.providers, d.prompts = l.stringList(t, key, "providers"), l.stringList(t, key, "prompts")
	if p := t.get("provider"); p.namesJudges() {
		l.note(p.Place, key+".provider", "passed over: judges by kind stand under options.provider")
	} else if p != nil {
		d.provider = l.oneProvider(p, key+".provider")
	}
	d.output = t.get("providerOutput")
	if s := t.get("assertScoringFunction"); s != nil {
		d.score = l.scoring(s, key+".assertScoringFunction")
	}
	return d
}

// scoring reads the function that makes a test's score of its named scores.
func (l *loader) scoring(t *tree, key string) Code {
	if f, ok := t.function(); ok {
		c := l.foreign(t, f)
		l.starts(c, "score")
		return c
	}
	s, _ := t.text()
	name, isFile := cutFile(s)
	file, _ := splitFunction(name)
	function := ""
	switch lang := language(file); {
	case isFile && lang == "python":
		function = "func"
	case !isFile || lang != "javascript":
		l.fail(t.Place, key, "expected file://SCRIPT, JavaScript, TypeScript or Python, found %s", t.describe())
		return Code{}
	}
	c, _ := l.fileCode(t.Place, key, l.dir, name, function, "score")
	return c
}

// varsOf reads variables: an object, or files of them.
func (l *loader) varsOf(t *tree, key, base string) *jsvalue.Object {
	if base == "" {
		base = l.dir
	}
	switch {
	case t == nil:
		return nil
	case t.isObject():
		if x := t.get("assert"); x != nil {
			l.note(x.Place, key+".assert", "this is a variable named assert, not an assertion: assertions stand beside vars, not in them")
		}
		for _, k := range t.keys {
			if x := functionIn(t.fields[k]); x != nil {
				l.fail(x.Place, key+"."+k, "a variable can't hold a function; name a script: file://var.js")
			}
			if x := t.fields[k]; x != nil && x.date {
				l.note(x.Place, key+"."+k, "the date %v is taken as text; promptfoo makes an empty object of it: put it in quotes", x.scalar)
			}
		}
		return t.object()
	}
	all := &jsvalue.Object{}
	for _, x := range l.oneOrMany(t) {
		name, ok := x.text()
		if !ok {
			l.fail(x.Place, key, "expected variables or the path of a file of them, found %s", x.describe())
			continue
		}
		if after, isFile := cutFile(name); isFile {
			name = after
		}
		paths := Glob(l.path(base, name))
		if len(paths) == 0 {
			l.fail(x.Place, key, "there is no file %s", l.show(l.path(base, name)))
		}
		for _, p := range paths {
			content, err := l.parse(p)
			if err != nil {
				l.failErr(x.Place, key, err)
				continue
			}
			content = content.copy()
			l.filesIn(content, key, false)
			all.Merge(content.object())
		}
	}
	return all
}

func cutFile(s string) (string, bool) {
	if len(s) > 7 && s[:7] == "file://" {
		return s[7:], true
	}
	return s, false
}

// readDefault reads defaultTest; --var, --prompt-prefix and the like go into it.
func (l *loader) readDefault() {
	t := l.root.get("defaultTest")
	if s, ok := t.text(); ok {
		name, isFile := cutFile(s)
		if !isFile {
			l.fail(t.Place, "defaultTest", "expected an object or file://PATH, found %s", t.describe())
			return
		}
		loaded, err := l.parse(l.path(l.dir, name))
		if err != nil {
			l.failErr(t.Place, "defaultTest", err)
			return
		}
		t = loaded.copy()
		l.deref(t, t, filepath.Dir(l.path(l.dir, name)), nil)
	}
	if t == nil {
		t = &tree{Place: l.root.Place, fields: map[string]*tree{}}
	}
	if !t.isObject() {
		l.fail(t.Place, "defaultTest", "expected an object, found %s", t.describe())
		return
	}
	d := l.draft(t, "defaultTest")
	if d.vars == nil {
		d.vars = &jsvalue.Object{}
	}
	d.vars.Merge(l.opt.Vars)
	l.defaultOptions(d)
	if d.metadata == nil {
		d.metadata = l.root.get("metadata").object()
	}
	l.defaults = d
	one := l.finish(d, d.options, d.vars)
	one.Assert = d.asserts
	l.project.Default = &one
}

// defaultOptions adds what the command line says about all tests.
func (l *loader) defaultOptions(d *draft) {
	if d.options == nil {
		d.options = &tree{Place: d.Place, fields: map[string]*tree{}}
	}
	for _, o := range []struct{ key, value string }{{"prefix", l.opt.Prefix}, {"suffix", l.opt.Suffix}} {
		if o.value != "" && d.options.get(o.key) == nil {
			d.options.set(o.key, &tree{Place: d.Place, scalar: o.value})
		}
	}
	switch { // over what defaultTest says
	case l.opt.Grader != "":
		d.options.set("provider", &tree{Place: Place{File: "--grader"}, scalar: l.opt.Grader})
	case l.project.CommandLine.Grader != "":
		d.options.set("provider", &tree{Place: d.Place, scalar: l.project.CommandLine.Grader})
	}
}

// optionKeys are the keys of a test's options.
func optionKeys() []key {
	return known(append([]string{"format", "response_format", "tools", "tool_choice"}, ownOptions...)...)
}

// checkOptions names keys that look like mistakes; others are parameters for the
// provider, as in promptfoo.
func (l *loader) checkOptions(t *tree, key string) {
	keys := optionKeys()
	for _, k := range t.keys {
		if near := nearestKey(k, keys); near != "" {
			l.note(t.fields[k].Place, join(key, k), "the key %q is passed to the provider; did you mean %q?", k, near)
		}
	}
}

// testOptions reads merged options.
func (l *loader) testOptions(t *tree, key string) TestOptions {
	o := TestOptions{Raw: t.object()}
	if t == nil {
		return o
	}
	o.Prefix, o.Suffix, o.StoreOutputAs = t.word("prefix"), t.word("suffix"), t.word("storeOutputAs")
	o.Provider, o.JudgeByType = l.judge(t.get("provider"), key+".provider")
	o.RubricPrompt = l.rubric(t.get("rubricPrompt"), key+".rubricPrompt")
	for _, name := range []string{"transform", "postprocess"} {
		if x := t.get(name); x != nil && o.Transform.IsZero() {
			o.Transform = l.transform(x, key+"."+name, l.dir)
		}
	}
	if x := t.get("transformVars"); x != nil {
		o.TransformVars = l.transform(x, key+".transformVars", l.dir)
	}
	o.RunSerially, o.DisableExpansion = l.flag(t, key, "runSerially"), l.flag(t, key, "disableVarExpansion")
	o.DisableConversation, o.DisableDefaults = l.flag(t, key, "disableConversationVar"), l.flag(t, key, "disableDefaultAsserts")
	o.DisableConversation = o.DisableConversation || TruthyEnv(l.env["PROMPTFOO_DISABLE_CONVERSATION_VAR"])
	o.Repeat = l.whole(t, key, "repeat")
	return o
}

func (l *loader) flag(t *tree, path, name string) bool {
	b := l.truth(t, path, name)
	return b != nil && *b
}

// readTests reads tests and scenarios, merges and expands them.
func (l *loader) readTests() {
	var drafts []*draft
	for i, t := range l.givenTests() {
		d := l.draft(t, fmt.Sprintf("tests[%d]", i))
		if d.asserts == nil && d.vars == nil && d.options == nil && d.metadata == nil && d.provider == nil && d.output == nil && d.threshold == nil && t.get("assert") == nil {
			l.fail(t.Place, d.path, "a test needs vars, assert, options, metadata, provider, providerOutput or threshold")
			continue
		}
		drafts = append(drafts, d)
	}
	scenarios := l.root.get("scenarios")
	if len(drafts) == 0 && scenarios == nil && !l.failedAt("tests") {
		drafts = []*draft{{Place: l.root.Place, path: "tests"}}
	}
	drafts = append(drafts, l.scenarios(scenarios)...)
	for i, d := range drafts {
		l.expandTest(d, i)
	}
}
