package script

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func project(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var scripts = map[string]string{
	"function.js":  "module.exports = (output, context) => output.length > context.vars.min;",
	"named.js":     "module.exports = {a: output => 'a' + output, b: async output => 'b' + output};",
	"esm.mjs":      "import {twice} from './lib/twice.js';\nexport default (output) => twice(output);\nexport const named = (output) => 'n' + twice(output);\n",
	"lib/twice.js": "export const twice = s => s + s;",
	"typed.ts":     "import type {X} from 'somewhere';\nimport data from './data.json';\nenum E { A = 2 }\nexport default function (output: string, context: {vars: any}): number { return output.length * E.A + data.n; }\n",
	"data.json":    `{"n": 100}`,
	"require.cjs":  "const {twice} = require('./lib/twice');\nexports.check = (o) => ({pass: true, score: 1, reason: twice(o)});",
	"prompt.js":    "module.exports = async ({vars, provider}) => [{role: 'user', content: `${vars.topic} for ${provider.id}`}];",
	"newer.js":     "exports.run = async function* g() { yield 1 };\nmodule.exports = async (o) => { let n = 0; for await (const x of exports.run()) n += x; return /\\p{Lu}/u.test(o) ? -n : n };",
	"files.js":     "// reads\nconst fs = require('fs');\nimport('node:path');\nmodule.exports = () => fs.readFileSync('x');",
	"package.ts":   "import _ from 'lodash';\nexport default () => _.chunk([1], 1);",
	"network.js":   "module.exports = async () => {\n  const r = await fetch('http://x');\n  return r.ok;\n};",
	"deep.js":      "module.exports = require('./lib/deep.js');",
	"lib/deep.js":  "\n\nconst cp = require('child_process');\nmodule.exports = () => 1;",
	"shadow.js":    "module.exports = (output) => { const fetch = () => true; return fetch() };",
	"broken.js":    "module.exports = (\n\n;",
	"missing.js":   "module.exports = require('./nowhere.js');",
	"nothing.js":   "module.exports = 5;",
	"stateful.js":  "let n = 0;\nmodule.exports = () => ++n;",
	"throws.js":    "module.exports = () => { throw new RangeError('far') };",
	"loads.js":     "throw new Error('at load');",
	"loop.js":      "for (;;) {}",
	"await.mjs":    "const x = await Promise.resolve(1);\nexport default () => x;",
	"dirname.js":   "module.exports = () => typeof __dirname + __filename.endsWith('dirname.js');",
}

func TestFiles(t *testing.T) {
	dir := project(t, scripts)
	e := newEngine(t, Config{Workers: 1})
	args := map[string]any{"output": "Abc", "context": map[string]any{"vars": map[string]any{"min": 2}}}
	for _, c := range []struct {
		file, function string
		want           any
	}{
		{"function.js", "", true},
		{"named.js", "a", "aAbc"},
		{"named.js", "b", "bAbc"},
		{"esm.mjs", "", "AbcAbc"},
		{"esm.mjs", "named", "nAbcAbc"},
		{"typed.ts", "", 106.0},
		{"require.cjs", "check", map[string]any{"pass": true, "score": 1.0, "reason": "AbcAbc"}},
		{"newer.js", "", -1.0},
		{"shadow.js", "", true},
		{"stateful.js", "", 1.0},
		{"stateful.js", "", 1.0},
		{"dirname.js", "", "stringtrue"},
	} {
		got, err := run(t, e, Code{Kind: KindFile, Dir: dir, File: c.file, Function: c.function}, args)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:%s is %v, %v, want %v", c.file, c.function, got, err, c.want)
		}
	}
	got, err := run(t, e, Code{Kind: KindFile, Dir: dir, File: "prompt.js"}, map[string]any{
		"context": map[string]any{"vars": map[string]any{"topic": "T"}, "provider": map[string]any{"id": "p"}}})
	if want := []any{map[string]any{"role": "user", "content": "T for p"}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("a prompt function gave %v, %v", got, err)
	}
}

// TestValues wants what a module exports, be it a function or not.
func TestValues(t *testing.T) {
	files := map[string]string{
		"object.mjs": "export default {a: [1, {b: 'c'}]};\nexport const named = [2];",
		"list.cjs":   "module.exports = [{x: 1}];",
		"made.js":    "module.exports = async (config) => [config];",
	}
	dir := project(t, files)
	for _, c := range []struct {
		file, function string
		want           any
	}{
		{"object.mjs", "", map[string]any{"a": []any{1.0, map[string]any{"b": "c"}}}},
		{"object.mjs", "named", []any{2.0}},
		{"list.cjs", "", []any{map[string]any{"x": 1.0}}},
		{"made.js", "", []any{7.0}},
	} {
		e := newEngine(t, Config{Workers: 1})
		code := Code{Kind: KindFile, Dir: dir, File: c.file, Function: c.function, Value: true, Params: []string{"config"}}
		got, err := run(t, e, code, map[string]any{"config": 7})
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:%s is %v, %v, want %v", c.file, c.function, got, err, c.want)
		}
		if _, err := exec.LookPath("node"); err != nil {
			continue
		}
		r := newRunner(t, RunnerConfig{Runtime: Node, Bundler: e})
		if got, err := callRunner(t, r, code, map[string]any{"config": 7}); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("node: %s:%s is %v, %v, want %v", c.file, c.function, got, err, c.want)
		}
	}
}

func TestFilesThatFail(t *testing.T) {
	dir := project(t, scripts)
	e := newEngine(t, Config{Workers: 1, Deadline: 5e9})
	for _, c := range []struct{ file, function, ends, says string }{
		{"files.js", "", "unavailable", `files.js needs node: files.js:2: imports "fs"`},
		{"throws.js", "", "thrown", "RangeError: far"},
		{"loads.js", "", "thrown", "Error: at load"},
		{"loop.js", "", "limit", "no answer"},
		{"broken.js", "", "thrown", "broken.js:3: "},
		{"missing.js", "", "thrown", "missing.js:1: "},
		{"nothing.js", "", "fault", "nothing.js exports no function"},
		{"named.js", "c", "fault", `named.js exports no function "c"; it exports a, b`},
		{"named.js", "", "fault", "exports no function, neither as module.exports nor as default; it exports a, b"},
	} {
		got, err := run(t, e, Code{Kind: KindFile, Dir: dir, File: c.file, Function: c.function}, nil)
		if err == nil || !strings.HasPrefix(ending(err), c.ends) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s gave %v, %v, want %s, %q", c.file, got, err, c.ends, c.says)
		}
	}
	_, err := run(t, e, Code{Kind: KindFile, Dir: dir, File: "none.js"}, nil)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestNeeds(t *testing.T) {
	dir := project(t, scripts)
	e := newEngine(t, Config{Workers: 1})
	for file, want := range map[string][]string{
		"function.js": nil,
		"typed.ts":    nil,
		"newer.js":    nil,
		"shadow.js":   nil,
		"files.js":    {`files.js:2: imports "fs"`, `files.js:3: imports "node:path"`},
		"package.ts":  {`package.ts:1: imports "lodash"`},
		"network.js":  {"network.js:2: uses fetch"},
		"deep.js":     {`lib/deep.js:3: imports "child_process"`},
		"await.mjs":   {"await.mjs:1: Top-level await"},
	} {
		checkNeeds(t, e, Code{Kind: KindFile, Dir: dir, File: file}, want)
	}
	for source, want := range map[string][]string{
		"output.length > 2":                            nil,
		"process.env.X":                                nil,
		"require('fs').x":                              {"uses require"},
		"process.mainModule.require('fs')":             {"uses process.mainModule"},
		"new URL(output).host":                         nil,
		"new WebSocket(output).host":                   {"uses WebSocket"},
		"const WebSocket = 1; WebSocket":               nil,
		"// fetch\nreturn output.fetch":                nil,
		"(async () => (await import('fs')).default)()": {"uses require"},
	} {
		checkNeeds(t, e, Assertion(source), want)
	}
	checkNeeds(t, e, Code{Kind: KindProvider, Dir: dir, File: "function.js"}, []string{"function.js: is a provider"})
	if _, err := run(t, e, Code{Kind: KindProvider, Dir: dir, File: "function.js"}, nil); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a provider in the sandbox: %v", err)
	}
	var thrown *Thrown
	if _, _, err := e.Needs(context.Background(), Code{Kind: KindFile, Dir: dir, File: "broken.js"}); !errors.As(err, &thrown) {
		t.Errorf("a broken file: %v", err)
	}
}

func checkNeeds(t *testing.T, e *Engine, code Code, want []string) {
	t.Helper()
	runtime, needs, err := e.Needs(context.Background(), code)
	var got []string
	for _, n := range needs {
		got = append(got, n.String())
	}
	wantRuntime := Embedded
	if want != nil {
		wantRuntime = Node
	}
	if err != nil || runtime != wantRuntime || !reflect.DeepEqual(got, want) {
		t.Errorf("%s%s needs %s %q, %v, want %q", code.File, code.Source, runtime, got, err, want)
	}
}
