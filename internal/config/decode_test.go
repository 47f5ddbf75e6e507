package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// rule decodes itself from text, to see errors of such types completed.
type rule struct{ Metric string }

func (r *rule) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return &Error{Key: "metric", Msg: "no such rule"}
	}
	var plain struct {
		Metric string `yaml:"metric"`
	}
	if err := DecodeNode(n, &plain); err != nil {
		return err
	}
	r.Metric = plain.Metric
	return nil
}

type level int

func (l *level) UnmarshalText(text []byte) error {
	if string(text) != "high" {
		return errors.New("known: high")
	}
	*l = 3
	return nil
}

type common struct {
	Name string `yaml:"name"`
}

type step struct {
	Do   string `yaml:"do"`
	Line int    `yaml:"-"`
}

type document struct {
	common  `yaml:",inline"`
	Count   int               `yaml:"count"`
	Small   uint8             `yaml:"small"`
	Share   *float64          `yaml:"share"`
	On      bool              `yaml:"on"`
	Wait    time.Duration     `yaml:"wait"`
	Steps   []step            `yaml:"steps"`
	Env     map[string]string `yaml:"env"`
	Rest    any               `yaml:"rest"`
	Rule    *rule             `yaml:"rule"`
	Level   level             `yaml:"level"`
	Untyped yaml.Node         `yaml:"untyped"`
	hidden  int
}

func TestDecode(t *testing.T) {
	d := document{Count: 7, On: true, hidden: 1}
	err := Decode("a.yaml", []byte(`
name: 2.10
count:          # null keeps the default
share: 0.5
wait: 1m30s
steps:
  - do: one
  - {do: &b two}
env: &env {A: 1, B: x}
rest:
  <<: [*env, {C: 3}]
  A: own
  list: [1, 2.5, true, null, *b, 2024-01-31, .nan, 18446744073709551615]
rule: {metric: f1}
level: high
`), &d)
	if err != nil {
		t.Fatal(err)
	}
	half := 0.5
	want := document{
		common: common{"2.10"}, Count: 7, On: true, hidden: 1, Share: &half, Wait: 90 * time.Second,
		Steps: []step{{"one", 7}, {"two", 8}},
		Env:   map[string]string{"A": "1", "B": "x"},
		Rest: map[string]any{"A": "own", "B": "x", "C": 3, "list": []any{
			1, 2.5, true, nil, "two", "2024-01-31", ".nan", uint64(18446744073709551615)}},
		Rule: &rule{"f1"}, Level: 3,
	}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("got  %+v\nwant %+v", d, want)
	}
}

func TestDecodeLines(t *testing.T) {
	var d document
	lines, err := DecodeLines("a.yaml", []byte("name: x\nsteps:\n- do: a\n-\n  do: b\nenv:\n  K: v\ncount:\n"), &d)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"name": 1, "steps": 2, "steps[0]": 3, "steps[1]": 5, "steps[1].do": 5, "env.K": 7, "count": 0} {
		if lines[path] != want {
			t.Errorf("%s: line %d, want %d", path, lines[path], want)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"unknown key", "name: x\ncuont: 3\n", `a.yaml:2: unknown key "cuont"; did you mean "count"? known: name, count, small, share, on, wait, steps, env, rest, rule, level, untyped`},
		{"unknown key below", "steps:\n- do: a\n  doo: b\n", `a.yaml:3: unknown key "doo" in steps[0]; did you mean "do"? known: do`},
		{"nothing near", "steps:\n- zebra: b\n", `a.yaml:2: unknown key "zebra" in steps[0]; known: do`},
		{"hidden", "hidden: 1", `a.yaml:1: unknown key "hidden"; known: name, count, small, share, on, wait, steps, env, rest, rule, level, untyped`},
		{"several", "on: 3\nsmall: 256\ncount: many\nshare: [1]\nwait: 60\n", `a.yaml:1: "on": expected true or false, found "3"
a.yaml:2: "small": expected a whole number, found "256"
a.yaml:3: "count": expected a whole number, found "many"
a.yaml:4: "share": expected a number, found a list
a.yaml:5: "wait": expected a duration with its unit, e.g. "60s" or "1m30s", found "60"`},
		{"shapes", "name: {}\nsteps: x\nenv: []\nlevel: []\n", `a.yaml:1: "name": expected text, found a mapping
a.yaml:2: "steps": expected a list, found "x"
a.yaml:3: "env": expected a mapping, found a list
a.yaml:4: "level": expected text, found a list`},
		{"empty item", "steps:\n-\n", `a.yaml:2: "steps[0]": the list item is empty`},
		{"item", "steps: [3]", `a.yaml:1: "steps[0]": expected a mapping with the keys do, found "3"`},
		{"own error", "\nrule: x", `a.yaml:2: "rule.metric": no such rule`},
		{"own node", "\nrule:\n  metrik: x", `a.yaml:3: unknown key "metrik"; did you mean "metric"? known: metric`},
		{"own node, two", "\nrule:\n  metrik: x\n  metric: []", `a.yaml:3: unknown key "metrik"; did you mean "metric"? known: metric
a.yaml:4: "rule.metric": expected text, found a list`},
		{"own text", "level: low", `a.yaml:1: "level": known: high`},
		{"duplicate", "name: a\ncount: 1\nname: b\n", `a.yaml:3: duplicate key "name": it is already on line 1`},
		{"documents", "name: a\n---\nname: b\n", `a.yaml:2: a second document begins here; a file holds one`},
		{"tab", "name: a\nenv:\n\tA: 1\n", `a.yaml:3: invalid YAML: found character that cannot start any token (the line is indented with a tab; use spaces)`},
		{"indent", "env:\n  A: 1\n B: 2\n", `a.yaml:3: invalid YAML: did not find expected key`},
		{"no anchor", "name: a\nrest: *b\n", `a.yaml:2: invalid YAML: unknown anchor 'b' referenced`},
		{"cycle", "rest: &a [*a]\n", `a.yaml:1: the anchor "a" contains itself`},
		{"merge", "rest:\n  <<: 3\n", `a.yaml:2: << merges mappings, found "3"`},
		{"list key", "? [a]\n: 1\n", `a.yaml:1: a key must be a single word or text, found a list`},
		{"alias key", "name: &n x\n*n : 1\n", `a.yaml:2: an alias can't be a key`},
		{"scalar", "hello", `a.yaml:1: expected a mapping with the keys name, count, small, share, on, wait, steps, env, rest, rule, level, untyped, found "hello"`},
		{"UTF-16", "\xff\xfen\x00", `a.yaml:1: the file is in UTF-16; save it as UTF-8`},
		{"not UTF-8", "name: a\nenv: {A: \xe9}\n", `a.yaml:2: not valid UTF-8: byte 0xe9`},
		{"deep", "rest: " + strings.Repeat("[", 2000) + strings.Repeat("]", 2000), `a.yaml:1: nested deeper than 1000 levels`},
		{"bomb", bomb(), `a.yaml:2: the aliases of the file stand for more than 100000 values`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d document
			err := Decode("a.yaml", []byte(c.in), &d)
			if err == nil || err.Error() != c.want {
				t.Errorf("got\n%v\nwant\n%s", err, c.want)
			}
		})
	}
}

// bomb is ten short lines that stand for ten billion values.
func bomb() string {
	s := "rest:\n- &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := range 9 {
		s += fmt.Sprintf("- &a%d [%s]\n", i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 10), ","))
	}
	return s
}

func TestDecodeManyErrors(t *testing.T) {
	var d document
	err := Decode("a.yaml", []byte("x: 1\nsteps:\n"+strings.Repeat("- {no: 1}\n", 30)), &d)
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 21 || lines[20] != "a.yaml: and 11 more errors" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
	var one *Error
	if !errors.As(err, &one) || one.Line != 1 || one.File != "a.yaml" {
		t.Errorf("errors.As gives %+v", one)
	}
}

func TestDecodeTooLarge(t *testing.T) {
	var d document
	err := Decode("a.yaml", make([]byte, MaxSize+1), &d)
	if err == nil || !strings.Contains(err.Error(), "at most 16777216 are read") {
		t.Error(err)
	}
}

func TestDecodeEmpty(t *testing.T) {
	for _, in := range []string{"", "\n# nothing\n", "---\n", "null", "\xef\xbb\xbf"} {
		d := document{Count: 3}
		if err := Decode("a.yaml", []byte(in), &d); err != nil || d.Count != 3 {
			t.Errorf("%q: %v, count %d", in, err, d.Count)
		}
	}
}

func TestDecodeNotAPointer(t *testing.T) {
	if err := Decode("a.yaml", []byte("a: 1"), document{}); err == nil {
		t.Error("no error for a dst that can't be filled")
	}
}

func TestNearest(t *testing.T) {
	known := []string{"expected", "input", "id", "for", "on_unavailable"}
	for word, want := range map[string]string{
		"expcted": "expected", "Expected": "expected", "exptected": "expected", "ipnut": "input", "di": "id",
		"foo": "for", "on-unavailable": "on_unavailable", "x": "", "": "", "zebra": "",
		strings.Repeat("e", 100): "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

// FuzzDecode: no input panics, every error names the file.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("name: x\nsteps: [{do: a}]\nrest: {a: [1, *b]}\n"))
	f.Add([]byte(bomb()))
	f.Fuzz(func(t *testing.T, data []byte) {
		var d document
		if err := Decode("a.yaml", data, &d); err != nil && !strings.HasPrefix(err.Error(), "a.yaml") {
			t.Errorf("the error does not name the file: %v", err)
		}
		if _, err := ParseProject("", "a.yaml", data); err != nil && !strings.HasPrefix(err.Error(), "a.yaml") {
			t.Errorf("the error does not name the file: %v", err)
		}
	})
}
