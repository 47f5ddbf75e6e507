package script

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

func newRunner(t testing.TB, cfg RunnerConfig) *Runner {
	t.Helper()
	if _, err := Find(cfg.Runtime, os.Getenv); err != nil && cfg.Program == "" {
		if os.Getenv("CI") == "true" && cfg.Runtime != Ruby { // which few have
			t.Fatal(err)
		}
		t.Skip(err)
	}
	r, err := NewRunner(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func callRunner(t testing.TB, r *Runner, code Code, args map[string]any) (any, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	v, err := r.Call(ctx, code, args)
	if ctx.Err() != nil {
		t.Fatalf("%s%.60q hangs", code.File, code.Source)
	}
	return v, err
}

func TestNode(t *testing.T) {
	files := map[string]string{
		"provider.js": `const fs = require('fs');
module.exports = class P {
  constructor(options) { this.n = 0; this.config = options.config; }
  id() { return 'p' }
  async callApi(prompt, context, options) { console.log('called'); this.n++; return {output: prompt + this.config.suffix + fs.existsSync(__filename) + context.vars.x, n: this.n}; }
};`,
		"object.js":                    `module.exports = {id: () => 'o', callApi: async prompt => ({output: prompt})};`,
		"default.mjs":                  `export default async function (prompt) { return {output: 'f' + prompt} }`,
		"package.js":                   `const x = require('inside'); module.exports = o => x(o);`,
		"node_modules/inside/index.js": `module.exports = s => s + '!';`,
		"esm.js":                       "import {join} from 'node:path';\nimport {two} from './two.js';\nexport default o => join(o, two);\nexport const url = () => import.meta.url.endsWith('esm.js');",
		"two.js":                       "export const two = '2';",
		"typed.ts":                     "import {sep} from 'path';\nexport default (o: string): string => o + sep;",
		"exit.js":                      "module.exports = () => process.exit(3);",
		"noise.js":                     "module.exports = () => { require('fs').writeSync(1, 'noise on stdout\\n'); process.stdout.write('more\\n'); return 1 };",
		"none.js":                      "module.exports = {a: 1};",
		"typed/package.json":           `{"type": "module"}`,
		"typed/provider.js":            "const path = require('path');\nmodule.exports = class { async callApi(prompt) { return {output: path.basename(prompt)} } };",
	}
	dir := project(t, files)
	var log lockedBuffer
	r := newRunner(t, RunnerConfig{Runtime: Node, Log: &log, Bundler: newEngine(t, Config{Workers: 1})})
	options := json.RawMessage(`{"config":{"suffix":"-s-"}}`)
	provider := map[string]any{"prompt": "hi", "context": map[string]any{"vars": map[string]any{"x": 7}}}
	output := map[string]any{"output": "abc"}
	for _, c := range []struct {
		code Code
		args map[string]any
		want any
	}{
		{Code{Kind: KindProvider, File: "provider.js", Options: options}, provider, map[string]any{"output": "hi-s-true7", "n": 1.0}},
		{Code{Kind: KindProvider, File: "provider.js", Options: options}, provider, map[string]any{"output": "hi-s-true7", "n": 2.0}},
		{Code{Kind: KindProvider, File: "object.js"}, provider, map[string]any{"output": "hi"}},
		{Code{Kind: KindProvider, File: "default.mjs"}, provider, map[string]any{"output": "fhi"}},
		{Code{Kind: KindProvider, File: "typed/provider.js"}, provider, map[string]any{"output": "hi"}},
		{Transform("[typeof require, typeof module, typeof fs, typeof process.mainModule.require].join()"), output, "undefined,undefined,undefined,function"},
		{Code{Kind: KindFile, File: "package.js"}, output, "abc!"},
		{Code{Kind: KindFile, File: "esm.js"}, output, "abc/2"},
		{Code{Kind: KindFile, File: "esm.js", Function: "url"}, nil, true},
		{Code{Kind: KindFile, File: "typed.ts"}, output, "abc/"},
		{Code{Kind: KindFile, File: "noise.js"}, nil, 1.0},
		{Transform("process.mainModule.require('path').basename('/a/' + output)"), output, "abc"},
		{Transform("undefined"), output, nil},
	} {
		c.code.Dir = dir
		got, err := callRunner(t, r, c.code, c.args)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s%s is %v, %v, want %v", c.code.File, c.code.Source, got, err, c.want)
		}
	}
	for _, c := range []struct {
		code Code
		ends string
	}{
		{Code{Kind: KindFile, File: "none.js"}, "fault: none.js exports no function"},
		{Code{Kind: KindFile, File: "typed.ts", Function: "x"}, `fault: typed.ts exports no function "x"; it exports default`},
		{Code{Kind: KindProvider, File: "none.js"}, "fault: none.js exports no provider"},
		{Code{Kind: KindFile, File: "exit.js"}, "limit"},
		{Code{Kind: KindProvider, File: "exit.js"}, "limit"},
		{Transform("nothing.at.all"), "thrown"},
		{Transform("1n"), "thrown"},
	} {
		c.code.Dir = dir
		if got, err := callRunner(t, r, c.code, output); !strings.HasPrefix(ending(err), c.ends) {
			t.Errorf("%s%s gave %v, %v, want %s", c.code.File, c.code.Source, got, err, c.ends)
		}
	}
	r.Close()
	for _, want := range []string{"called\n", "noise on stdout\n", "more\n"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q: %q", want, log.String())
		}
	}
}

func TestNodeDeadline(t *testing.T) {
	r := newRunner(t, RunnerConfig{Runtime: Node, Deadline: 2 * time.Second})
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			switch i {
			case 5: // waits for ever, and disturbs nobody
				if _, err := callRunner(t, r, Transform("new Promise(() => {})"), nil); !errors.Is(err, ErrLimit) {
					t.Errorf("a promise that never settles: %v", err)
				}
			default:
				if got, err := callRunner(t, r, Transform("new Promise(r => setTimeout(() => r(n), 20))"), map[string]any{"n": i}); err != nil || got != float64(i) {
					t.Errorf("call %d: %v, %v", i, got, err)
				}
			}
		})
	}
	all.Wait()
	for i := range 6 { // those beside a loop are sent again
		all.Go(func() {
			if i == 2 {
				if _, err := callRunner(t, r, Assertion("for (;;) {}\n;"), nil); !errors.Is(err, ErrLimit) {
					t.Errorf("an endless loop: %v", err)
				}
				return
			}
			if got, err := callRunner(t, r, Transform("new Promise(r => setTimeout(() => r(n), 50))"), map[string]any{"n": i}); err != nil || got != float64(i) {
				t.Errorf("call %d beside a loop: %v, %v", i, got, err)
			}
		})
	}
	all.Wait()
	if got, err := callRunner(t, r, Transform("1 + 1"), nil); err != nil || got != 2.0 {
		t.Errorf("after it: %v, %v", got, err)
	}
}

func TestPython(t *testing.T) {
	files := map[string]string{
		"check.py": `import os, sys, subprocess, helper
def get_assert(output, context):
    print("printed")
    subprocess.run(["echo", "from a child"])
    return {"pass": True, "score": helper.half(), "reason": output + context["vars"]["x"]}
async def call_api(prompt, options, context):
    return {"output": prompt + options["id"]}
class C:
    @staticmethod
    def m(o): return o * 2
def nan(o): return float("nan")
def nested(o): return {"score": float("inf"), "t": (1, 2)}
def bad(o): return {1, 2}
def leaves(o): sys.exit(4)
def dies(o): os._exit(5)
def loops(o):
    while True: pass
def reads(o): return sys.stdin.read()
`,
		"helper.py":  "def half(): return 0.5\n",
		"broken.py":  "def f(:\n",
		"imports.py": "import no_such_module\ndef f(o): return 1\n",
	}
	dir := project(t, files)
	var log lockedBuffer
	r := newRunner(t, RunnerConfig{Runtime: Python, Log: &log, Deadline: 5 * time.Second, Workers: 2})
	file := func(name, function string) Code {
		return Code{Kind: KindFile, Dir: dir, File: name, Function: function}
	}
	api := file("check.py", "call_api")
	api.Params = []string{"prompt", "options", "context"}
	args := map[string]any{"output": "o", "context": map[string]any{"vars": map[string]any{"x": "y"}}}
	one := map[string]any{"output": "o"}
	wantResults(t, r, []runnerResult{
		{file("check.py", "get_assert"), args, map[string]any{"pass": true, "score": 0.5, "reason": "oy"}},
		{api, map[string]any{"prompt": "p", "options": map[string]any{"id": "i"}}, map[string]any{"output": "pi"}},
		{file("check.py", "C.m"), one, "oo"},
		{file("check.py", "nested"), one, map[string]any{"score": nil, "t": []any{1.0, 2.0}}},
		{file("check.py", "reads"), one, ""},
		{Transform("len(output) + 1"), one, 2.0},
		{Assertion("import re\nx = 1\nif output:\n  x = 2\nreturn x\n"), one, 2.0},
		{Transform("None"), one, nil},
	})
	if got, err := callRunner(t, r, file("check.py", "nan"), one); err != nil || got == got {
		t.Errorf("nan is %v, %v", got, err)
	}
	wantEnds(t, r, one, []runnerEnd{
		{file("check.py", "none"), `fault: check.py has no function 'none'; it has get_assert`},
		{file("check.py", "bad"), "thrown"}, {file("check.py", "leaves"), "thrown"}, {file("check.py", "dies"), "limit"},
		{file("check.py", "loops"), "limit"}, {file("broken.py", "f"), "thrown"}, {file("imports.py", "f"), "thrown"}, {Transform("1 +"), "thrown"},
	})
	r.Close()
	for _, want := range []string{"printed\n", "from a child\n"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q: %q", want, log.String())
		}
	}
}

func TestAbsentPrograms(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	none := func(string) string { return "" }
	for r, want := range map[Runtime]string{
		Node:   "unavailable: node is not installed: looked for node in PATH (PROMPTFOO_NODE may name it)",
		Ruby:   "unavailable: ruby is not installed: looked for ruby in PATH (PROMPTFOO_RUBY may name it)",
		Python: "unavailable: python is not installed: looked for python3 and python in PATH (PROMPTFOO_PYTHON may name it)",
	} {
		if _, err := Find(r, none); !errors.Is(err, ErrUnavailable) || err.Error() != want {
			t.Errorf("%s: %v", r, err)
		}
	}
	if _, err := Find(Python, func(string) string { return "no-such-python" }); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), `PROMPTFOO_PYTHON names "no-such-python"`) {
		t.Errorf("a named one: %v", err)
	}
	if _, err := NewRunner(RunnerConfig{Runtime: Python, Env: []string{"PROMPTFOO_PYTHON=", "PROMPTFOO_PYTHON=of-its-own"}}); err == nil || !strings.Contains(err.Error(), `names "of-its-own"`) {
		t.Errorf("one that the runner's own environment names: %v", err)
	}
	self, _ := os.Executable()
	r := newRunner(t, RunnerConfig{Runtime: Node, Program: self})
	if _, err := callRunner(t, r, Transform("1"), nil); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a program that is no node: %v", err)
	}
}

type runnerResult struct {
	code Code
	args map[string]any
	want any
}

func wantResults(t *testing.T, r *Runner, list []runnerResult) {
	t.Helper()
	for _, c := range list {
		got, err := callRunner(t, r, c.code, c.args)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:%s%s is %v, %v, want %v", c.code.File, c.code.Function, c.code.Source, got, err, c.want)
		}
	}
}

type runnerEnd struct {
	code Code
	ends string // what the error's kind and words begin with
}

func wantEnds(t *testing.T, r *Runner, args map[string]any, list []runnerEnd) {
	t.Helper()
	for _, c := range list {
		if got, err := callRunner(t, r, c.code, args); !strings.HasPrefix(ending(err), c.ends) {
			t.Errorf("%s:%s%s gave %v, %v, want %s", c.code.File, c.code.Function, c.code.Source, got, err, c.ends)
		}
	}
}
