package project

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Files of tests that hold none, or are no such files, say so before anything is
// called; cells that look like an assertion and are none are told.
func TestProblemsOfTestFiles(t *testing.T) {
	for _, c := range []struct {
		name, data, want string
		fatal            bool
	}{
		{"a.csv", "", "a.csv:1 tests: the file holds no test: there is no row below", true},
		{"a.csv", "q,__expected\n", "a.csv:1 tests: the file holds no test", true},
		{"a.csv", "q;__expected\na;b\n", `a.csv:1 tests: the only column is named "q;__expected"`, true},
		{"a.csv", "q,__expected\ncaf\xe9,x\n", "a.csv:2 tests: not valid UTF-8: byte 0xe9", true},
		{"a.csv", "\xff\xfeq\x00", "a.csv:1 tests: the file is in UTF-16", true},
		{"a.csv", "q,__expcted\na,b\n", `a.csv:1 tests: the column is a variable like any other: unknown column "__expcted"; did you mean "__expected"?`, false},
		{"a.csv", "q,__expected\na,contain: a\n", `a.csv:2 tests: "contain: a" is compared as a text: there is no assertion "contain"; did you mean "contains"?`, false},
		{"a.csv", "q,__expected\na,contains-any(0.5: x\n", `a.csv:2 tests: "contains-any(0.5: x" is compared as a text: an assertion is written TYPE: VALUE`, false},
		{"a.csv", "q,__expected\na,Answer: 5\n", "", false},
		{"a.json", "// no\n[{\"vars\":{\"q\":\"a\"}}]\n", "a.json:1 tests: not valid JSON: invalid character '/'", true},
		{"a.json", "[]", "a.json:1 tests: the file holds no test", true},
		{"a.yaml", "# none\n", "a.yaml:1 tests: the file holds no test", true},
		{"a.jsonl", "\n", "a.jsonl:1 tests: the file holds no test", true},
		{"a.jsonl", "{\"vars\":{\"q\":\"\xe9\"}}\n", "a.jsonl:1 tests: not valid UTF-8", true},
	} {
		dir := t.TempDir()
		config := filepath.Join(dir, "promptfooconfig.yaml")
		for name, data := range map[string]string{config: "prompts: ['{{q}}']\nproviders: [echo]\ntests: " + c.name + "\n", filepath.Join(dir, c.name): c.data} {
			if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		_, problems := Load(t.Context(), config, Options{})
		var all []string
		found := c.want == "" && len(problems) == 0
		for _, p := range problems {
			line := fmt.Sprintf("%s:%d %s: %s", filepath.Base(p.File), p.Line, p.Key, p.Message)
			all = append(all, line)
			found = found || c.want != "" && strings.HasPrefix(line, c.want) && p.Fatal == c.fatal
		}
		if !found {
			t.Errorf("%s %q: no %q in %q", c.name, c.data, c.want, all)
		}
	}
}

// Variables of the environment that nobody has set are noted, those with another
// value to fall back on are not.
func TestUnsetEnvironment(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "promptfooconfig.yaml")
	text := "prompts: ['{{q}} {{ env.GONE | default(\"x\") }}']\nproviders: [echo]\nenv: {MADE: '{{env.SET}}'}\ntests:\n  - vars: {q: '{{env.NOPE}} {{env.SET}} {{ env.MADE }}'}\n    assert: [{type: containz, value: a}]\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, exact := range []bool{false, true} {
		_, problems := Load(t.Context(), config, Options{Environ: map[string]string{"SET": "yes"}, Exact: exact})
		if len(problems) != 2 || problems[0].Key != "env.NOPE" || problems[0].Line != 5 || problems[0].Fatal {
			t.Errorf("%+v", problems)
		}
		if p := problems[len(problems)-1]; p.Fatal == exact || !strings.Contains(p.Message, `did you mean "contains"?`) {
			t.Errorf("exact %v: %+v", exact, p)
		}
	}
}
