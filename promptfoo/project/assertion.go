package project

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// AssertionTypes are the names of assertions, without "not-".
func AssertionTypes() []string {
	return []string{"agent-rubric", "answer-relevance", "assert-set", "bleu", "classifier", "contains", "contains-all", "contains-any",
		"contains-html", "contains-json", "contains-sql", "contains-xml", "context-faithfulness", "context-recall",
		"context-relevance", "conversation-relevance", "cost", "equals", "factuality", "finish-reason", "g-eval", "gleu",
		"guardrails", "human", "icontains", "icontains-all", "icontains-any", "is-html", "is-json", "is-refusal", "is-sql",
		"is-valid-function-call", "is-valid-openai-function-call", "is-valid-openai-tools-call", "is-xml", "javascript",
		"latency", "levenshtein", "llm-rubric", "max-score", "meteor", "model-graded-closedqa", "model-graded-factuality",
		"moderation", "perplexity", "perplexity-score", "pi", "python", "regex", "rouge-n", "ruby", "search-rubric",
		"select-best", "similar", "similar:cosine", "similar:dot", "similar:euclidean", "skill-used", "starts-with",
		"tool-call-f1", "trace-error-spans", "trace-span-count", "trace-span-duration", "trajectory:goal-success",
		"trajectory:step-count", "trajectory:tool-args-match", "trajectory:tool-sequence", "trajectory:tool-used", "webhook", "word-count"}
}

// assertions reads a list of assertions.
func (l *loader) assertions(t *tree, key string) (all []Assertion) {
	if t == nil {
		return nil
	}
	if !t.list {
		l.fail(t.Place, key, "expected a list of assertions, found %s", t.describe())
		return nil
	}
	for i, x := range t.items {
		if a, ok := l.assertion(x, fmt.Sprintf("%s[%d]", key, i)); ok {
			all = append(all, a)
		}
	}
	return all
}

func (l *loader) assertion(t *tree, key string) (a Assertion, ok bool) {
	if !t.isObject() {
		l.fail(t.Place, key, "expected an assertion with type and value, found %s", t.describe())
		return a, false
	}
	if t.get("$ref") != nil {
		return a, false // told already
	}
	a = Assertion{Place: t.Place, Type: t.word("type"), Metric: t.word("metric"), Raw: t.object()}
	if !l.assertionType(t, a.Type, key) {
		return a, false
	}
	a.Threshold = l.numberOrNil(t, key, "threshold")
	l.numberOrNil(t, key, "weight") // is read from Raw
	if a.Type == "assert-set" {
		l.checkKeys(t, key, known("type", "assert", "weight", "metric", "threshold", "config"))
		a.Set = l.assertions(t.get("assert"), key+".assert")
		return a, true
	}
	l.checkKeys(t, key, known("type", "value", "config", "threshold", "weight", "provider", "rubricPrompt", "metric", "transform", "contextTransform", "description"))
	l.assertionValue(&a, t.fields["value"], key+".value")
	a.Provider, a.JudgeByType = l.judge(t.get("provider"), key+".provider")
	a.RubricPrompt = l.rubric(t.get("rubricPrompt"), key+".rubricPrompt")
	if x := t.get("transform"); x != nil {
		a.Transform = l.transform(x, key+".transform", l.dir)
	}
	if x := t.get("contextTransform"); x != nil {
		a.ContextTransform = l.transform(x, key+".contextTransform", l.dir)
	}
	l.assertionStarts(&a)
	return a, true
}

func (l *loader) assertionType(t *tree, typ, key string) bool {
	known := AssertionTypes()
	switch {
	case typ == "":
		l.fail(t.Place, key, "an assertion needs a type; known: %s", strings.Join(known, ", "))
	case strings.HasPrefix(typ, "promptfoo:"):
		if !l.told[typ] { // generated files have hundreds of them
			l.fail(t.Place, key+".type", "%q is graded by a service of promptfoo, which is not asked", typ)
		}
		l.told[typ] = true
	case typ == "human":
		l.fail(t.Place, key+".type", "%q waits for a person and can't be judged in a run", typ)
	case slices.Contains(known, strings.TrimPrefix(typ, "not-")):
		return true
	default:
		l.report(Problem{t.Place, key + ".type", unknown("assertion", typ, known) + ", each with \"not-\" before it as well", !l.opt.Exact})
		return true
	}
	return false
}

// assertionValue reads the value; files are read, scripts become code.
func (l *loader) assertionValue(a *Assertion, x *tree, key string) {
	if x.null() {
		return
	}
	s, isText := x.text()
	f, isFunction := x.function()
	switch {
	case isFunction:
		a.Value, a.Code = f, l.foreign(x, f)
		l.starts(a.Code, "assertion")
	case isText && strings.HasPrefix(s, "package:"):
		a.Value = s
		a.Code, _ = l.packageCode(x.Place, key, s, "assertion")
	case isText && strings.HasPrefix(s, "file://"):
		l.valueFile(a, x, s, key)
	case x.list:
		list := make([]any, len(x.items))
		for i, item := range x.items {
			list[i] = item.plain()
			if s, ok := item.text(); ok && strings.HasPrefix(s, "file://") {
				list[i] = l.referenced(item, s, key)
			}
		}
		a.Value = list
	default:
		a.Value = x.plain()
	}
}

func (l *loader) valueFile(a *Assertion, x *tree, s, key string) {
	file, function, _ := strings.Cut(s[len("file://"):], ":")
	if lang := language(file); lang != "" {
		if function == "" && lang != "javascript" {
			function = "get_assert"
		}
		a.Code = Code{Place: x.Place, Language: lang, Kind: "file", Path: l.path(l.dir, file), Function: function}
		if _, err := l.read(a.Code.Path); err != nil {
			l.failErr(x.Place, key, err)
		}
		a.Value = s
		l.starts(a.Code, "assertion")
		return
	}
	a.Value, a.Literal = l.referenced(x, s, key), true
}

// referenced reads the file of a value.
func (l *loader) referenced(x *tree, s, key string) any {
	path := l.path(l.dir, s[len("file://"):])
	switch filepath.Ext(path) {
	case ".json", ".yaml", ".yml":
		t, err := l.parse(path)
		if err != nil {
			l.failErr(x.Place, key, err)
			return nil
		}
		return t.plain()
	case ".txt":
		text, err := l.read(path)
		if err != nil {
			l.failErr(x.Place, key, err)
		}
		return jsvalue.Trim(text)
	}
	l.fail(x.Place, key, "%q can't be the value of an assertion; known: .txt, .json, .yaml and scripts", s)
	return nil
}

// assertionStarts names what judging it starts.
func (l *loader) assertionStarts(a *Assertion) {
	if a.Code.Kind != "" {
		return
	}
	if lang := strings.TrimPrefix(a.Type, "not-"); lang == "javascript" || lang == "python" || lang == "ruby" {
		l.starts(Code{Place: a.Place, Language: lang, Kind: "expression"}, "assertion")
	}
}

// rubric reads a judge prompt: text, messages, or a file of either.
func (l *loader) rubric(t *tree, key string) any {
	if t == nil {
		return nil
	}
	if f, ok := t.function(); ok {
		l.starts(l.foreign(t, f), "judge prompt")
		return f
	}
	s, ok := t.text()
	if !ok {
		return t.plain()
	}
	if !strings.HasPrefix(s, "file://") {
		return s
	}
	if name, function := splitFunction(s[len("file://"):]); language(name) != "" {
		if language(name) == "python" && function == "" {
			l.note(t.Place, key, "promptfoo takes the text of a Python file for the judge's prompt; name the function that makes it: %s:FUNCTION", s)
		}
		l.fileCode(t.Place, key, l.dir, s, "", "judge prompt")
		return s
	}
	text, err := l.read(l.path(l.dir, s[len("file://"):]))
	if err != nil {
		l.failErr(t.Place, key, err)
	}
	return text
}

// unnamed stands for the id of a judge that has none: only what asks it is in the
// way of a run.
const unnamed = "(no id)"

// judgeKinds are the kinds of models that judge.
var judgeKinds = []string{"text", "embedding", "classification", "moderation"}

// namesJudges says whether an object names judges by kind and nothing else.
func (t *tree) namesJudges() bool {
	return t != nil && len(t.keys) > 0 && !slices.ContainsFunc(t.keys, func(k string) bool { return !slices.Contains(judgeKinds, k) })
}

// judge reads a provider that judges: one for all, or one by kind.
func (l *loader) judge(t *tree, key string) (*Provider, map[string]*Provider) {
	if t == nil {
		return nil, nil
	}
	if !t.isObject() {
		return l.oneProvider(t, key), nil
	}
	typed, rest := map[string]*Provider{}, &tree{Place: t.Place, fields: map[string]*tree{}}
	for _, k := range t.keys {
		if x := t.fields[k]; slices.Contains(judgeKinds, k) && !x.null() {
			typed[k] = l.oneProvider(x, key+"."+k)
			continue
		}
		rest.set(k, t.fields[k])
	}
	switch {
	case rest.get("id") != nil: // asked for the kinds that have none of their own
		return l.oneProvider(rest, key), typed
	case len(typed) > 0:
		return nil, typed
	}
	l.note(t.Place, key, "no provider is named here, so nothing can be asked to judge: give it an id, e.g. id: openai:gpt-5.4-mini, or one by kind (%s)", strings.Join(judgeKinds, ", "))
	return &Provider{Place: t.Place, ID: unnamed, Config: t.object()}, nil
}

// oneProvider reads a provider: the name of a configured one, or one of its own.
func (l *loader) oneProvider(t *tree, key string) *Provider {
	if s, ok := t.text(); ok {
		for i := range l.project.Providers {
			if p := &l.project.Providers[i]; p.ID == s || p.Label == s {
				return p
			}
		}
	}
	all := l.providerOf(t, key, l.dir)
	if len(all) == 0 {
		return nil
	}
	return &all[0]
}
