package testsets

import (
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// The keys of a native case, and what plain rows call its first two.
var (
	caseKeys     = []string{"id", "input", "expected", "slice", "cluster", "context", "assert", "weight", "vars", "messages", "turns", "replay", "simulate", "tools", "state", "max_rounds", "unknown_tools", "metadata"}
	inputKeys    = []string{"input", "text", "utterance", "query"}
	expectedKeys = []string{"expected", "intent", "label", "answer", "expected_output"}
)

// rowKeys are the keys that hold a row's input and expected value.
type rowKeys struct{ input, expected []string }

func keysOf(opt Options) rowKeys {
	k := rowKeys{inputKeys, expectedKeys}
	if opt.Input != "" {
		k.input = []string{opt.Input}
	}
	if opt.Expected != "" {
		k.expected = []string{opt.Expected}
	}
	return k
}

// pick returns the first of the keys that an object has a value for.
func pick(v *value, keys []string) *value {
	for _, k := range keys {
		if m := v.get(k); m != nil && m.kind != null {
			return m
		}
	}
	return nil
}

// row adds a case from a row: an object of the file's shape or, in plain rows,
// a pair [input, expected].
func (r *reader) row(v *value) {
	if item := v.get("item"); r.opt.Input == "" && item != nil && item.kind == object && pick(v, inputKeys) == nil {
		item.line, v = max(item.line, v.line), item // as OpenAI's API of evals has rows
	}
	if r.shape == nil {
		r.recognise(v)
	}
	c := r.next(v)
	switch {
	case v.kind == object && r.shape != nil:
		r.shape.read(r, c, v)
	case r.shape != nil && r.shape.name != plainRows:
		r.fail(int(v.line), "", "a row of format %s must be an object, found %s", r.shape.name, v.describe())
	case v.kind == list && len(v.items) == 2 && v.items[0].kind == text && v.items[1].kind == text:
		c.Expected = v.items[1].text
		r.input(c, &v.items[0], "input")
	default:
		r.fail(int(v.line), "", `a row must be an object or a pair of texts [input, expected], found %s`, v.describe())
	}
}

// next adds the case that begins with v, still empty.
func (r *reader) next(v *value) *Case {
	r.set.Cases = append(r.set.Cases, Case{Line: int(v.line), Weight: 1})
	return &r.set.Cases[len(r.set.Cases)-1]
}

// object fills a case from an object; a strict one may have no other keys than
// caseKeys.
func (r *reader) object(c *Case, v *value, keys rowKeys, strict bool) {
	input, expected := pick(v, keys.input), pick(v, keys.expected)
	if input == nil && !(strict && (v.get("turns") != nil || v.get("simulate") != nil)) {
		r.noInput(v, keys.input)
	}
	if expected == nil && !strict {
		r.misspeltExpected(v, keys)
	}
	if !strict {
		r.misspeltAssert(v)
	}
	for i := range v.items {
		switch m := &v.items[i]; {
		case m == input:
			r.input(c, m, m.key)
		case m == expected:
			c.Expected = r.labelled(m)
		case strict && !slices.Contains(caseKeys, m.key):
			r.fail(int(m.line), "", "%s", unknownCaseKey(m.key))
		case m.kind == null || strict && r.conversational(c, m):
		default:
			r.field(c, m)
		}
	}
	if strict {
		r.converse(c, v)
	}
}

// unknownCaseKey knows what plain rows call things, which is never near.
func unknownCaseKey(key string) string {
	means := ""
	switch {
	case slices.Contains(inputKeys, key):
		means = "input"
	case slices.Contains(expectedKeys, key):
		means = "expected"
	default:
		return config.UnknownKey(key, "a case", caseKeys)
	}
	return "unknown key \"" + key + "\" in a case; did you mean \"" + means + "\"? known: " + strings.Join(caseKeys, ", ")
}

// noInput says whether the key is missing or has no value.
func (r *reader) noInput(v *value, known []string) {
	for _, k := range known {
		if m := v.get(k); m != nil {
			r.fail(int(m.line), k, "the input is empty")
			return
		}
	}
	hint := ""
	for _, key := range v.keys() {
		if near := config.Nearest(key, known); near != "" {
			hint = "; did you mean \"" + near + "\" by " + config.Shorten(key) + "?"
			break
		}
	}
	what := "the key " + quoteAll(known)
	if len(known) > 1 {
		what = "one of the keys " + quoteAll(known)
	}
	switch {
	case ofPromptfoo(v):
		hint = "; this is a test of promptfoo: name the file in the tests of a promptfooconfig.yaml and run that with run-eval --config, or turn it into a test set with import promptfoo"
	case hint == "" && len(known) > 1:
		hint = "; --input-key names another"
	}
	r.fail(int(v.line), "", "no input: %s is needed, found %s%s", what, quoteAll(v.keys()), hint)
}

// ofPromptfoo recognises a test of promptfoo, or a row of its tables.
func ofPromptfoo(v *value) bool {
	return v.get("vars") != nil || slices.ContainsFunc(v.items, func(m value) bool { return strings.HasPrefix(m.key, "__expected") })
}

// misspeltExpected refuses a row without an expected value that holds something
// under nearly its name: such a case would silently be judged by nothing.
func (r *reader) misspeltExpected(v *value, keys rowKeys) {
	for i := range v.items {
		key := v.items[i].key
		if slices.Contains(caseKeys, key) || slices.Contains(keys.input, key) || slices.Contains(keys.expected, key) {
			continue
		}
		if near := config.Nearest(key, keys.expected); near != "" {
			r.fail(int(v.items[i].line), "", "unknown key %s in a row without an expected value; did you mean %q? (else leave it out, or name the key with --expected-key)", config.Shorten(key), near)
			return
		}
	}
}

// misspeltAssert refuses a row that holds assertions under another name than
// "assert": nothing would judge by them.
func (r *reader) misspeltAssert(v *value) {
	for i := range v.items {
		m := &v.items[i]
		if m.key != "assert" && holdsAssertions(m) && (strings.HasPrefix(m.key, "assert") || config.Nearest(m.key, []string{"assert"}) != "") {
			r.fail(int(m.line), "", "unknown key %s with assertions in it; did you mean \"assert\"?", config.Shorten(m.key))
		}
	}
}

// holdsAssertions reports whether a value is a list of objects with types.
func holdsAssertions(v *value) bool {
	return v.kind == list && len(v.items) > 0 && !slices.ContainsFunc(v.items, func(m value) bool {
		return m.kind != object || m.get("type") == nil
	})
}

func (r *reader) input(c *Case, v *value, key string) {
	c.Input = v.text
	switch v.kind {
	case list, object:
		c.Input = string(v.appendJSON(nil))
	case text:
		if strings.TrimSpace(v.text) == "" {
			r.fail(int(v.line), key, "the input is empty")
		}
	}
}

// field reads one value that is neither input nor expected, and not null.
func (r *reader) field(c *Case, v *value) {
	switch v.key {
	case "slice", "context", "assert", "vars", "messages", "metadata":
		if v = r.cell(v); v.kind == null {
			return
		}
	}
	switch v.key {
	case "id":
		if c.ID = r.word(v); c.ID == "" {
			r.fail(int(v.line), "id", "the id is empty")
		}
	case "cluster":
		c.Cluster = r.word(v)
	case "slice":
		r.slices(c, v)
	case "context":
		c.Context = r.context(v)
	case "assert":
		c.Assert = r.assertions(v)
	case "weight":
		if w, ok := r.number(v); ok {
			if c.Weight = w; w <= 0 {
				r.fail(int(v.line), "weight", "%v: a weight must be more than 0", w)
			}
		}
	case "vars":
		if r.is(v, object, "an object") {
			c.Vars = v.object()
		}
	case "messages":
		c.Messages = r.messages(v)
	case "metadata":
		if v.kind == object {
			for i := range v.items {
				c.note(&v.items[i])
			}
			return
		}
		if r.set.Format != "native" || r.is(v, object, "an object") {
			c.note(v)
		}
	default:
		if name, ok := strings.CutPrefix(v.key, "slice:"); ok && name != "" {
			r.slice(c, name, v)
			return
		}
		c.note(v)
	}
}

// note keeps a value as metadata.
func (c *Case) note(v *value) {
	if c.Metadata == nil {
		c.Metadata = map[string]any{}
	}
	c.Metadata[v.key] = v.any()
}

func (r *reader) slices(c *Case, v *value) {
	if v.kind != object {
		r.slice(c, "slice", v)
		return
	}
	for i := range v.items {
		if m := &v.items[i]; m.kind != null {
			r.slice(c, m.key, m)
		}
	}
}

func (r *reader) slice(c *Case, name string, v *value) {
	if c.Slice == nil {
		c.Slice = map[string]string{}
	}
	c.Slice[name] = r.word(v)
}
