package project

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// nodePort runs code in the user's node, one process a call: what the tests of this
// package need, and nothing of the sandbox.
type nodePort struct{}

const nodeRunner = `
const { pathToFileURL } = require('url');
const [code, names, values] = JSON.parse(require('fs').readFileSync(0, 'utf8'));
(async () => {
  let f;
  if (code.Kind === 'file') {
    const m = await import(pathToFileURL(code.Path).href);
    const d = m.default ?? m;
    f = code.Function ? (m[code.Function] ?? d[code.Function]) : (d.default ?? d);
    if (typeof f !== 'function') { console.log(JSON.stringify(f)); return; }
  } else f = new Function(...names, code.Kind === 'expression' ? 'return ' + code.Source : code.Source);
  console.log(JSON.stringify(await f(...values) ?? null));
})().catch(e => { console.error(e.message); process.exit(1); });`

const pythonRunner = `
import sys, json, importlib.util
code, names, values = json.load(sys.stdin)
spec = importlib.util.spec_from_file_location("m", code["Path"]); m = importlib.util.module_from_spec(spec); spec.loader.exec_module(m)
print(json.dumps(getattr(m, code["Function"])(*values)))`

func (nodePort) Call(ctx context.Context, c Code, args []Arg) (any, error) {
	names, values := []any{}, []any{}
	for _, a := range args {
		names, values = append(names, a.Name), append(values, a.Value)
	}
	what := jsvalue.NewObject("Kind", c.Kind, "Source", c.Source, "Path", c.Path, "Function", c.Function)
	input, _ := jsvalue.Stringify([]any{what, names, values}, "")
	cmd := exec.CommandContext(ctx, "node", "-e", nodeRunner)
	if c.Language == "python" {
		cmd = exec.CommandContext(ctx, "python3", "-c", pythonRunner)
	}
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, errs.String())
	}
	return jsvalue.Parse(strings.TrimSpace(out.String()))
}

func runProgram(ctx context.Context, command, dir string, args []string) (string, error) {
	words := append(strings.Fields(command), args...)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir = dir
	out, err := cmd.Output()
	return string(out), err
}

// needs skips a test where a program is absent; in CI that is a failure.
func needs(t *testing.T, programs ...string) {
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not installed", p)
			}
			t.Skipf("%s is not installed", p)
		}
	}
}

func ports() Ports { return Ports{Script: nodePort{}, Python: nodePort{}, Exec: runProgram} }

func options() Options {
	return Options{Script: nodePort{}, Python: nodePort{}, Environ: map[string]string{}}
}
