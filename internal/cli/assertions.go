package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/script"
	"github.com/GaboBase/arch-genops/promptfoo"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators/assertions"
)

// scriptUse is a script of the user's that an assertion names.
type scriptUse struct {
	code     script.Code
	language string // javascript, python or ruby
	place    string // FILE:LINE
	what     string // of the assertion: its type, or "transform"
}

// assertionPorts is what assertions in a test set may use: the sandbox for
// JavaScript and its patterns, the files beside the test set, and the user's own
// node, Python and Ruby where scripts need them. Those are named before anything is
// called, and so is what can't run. The sandbox starts with the first script;
// close ends all.
func (e *runEval) assertionPorts(ctx context.Context, testSet string, o *evals.Options) (close func(), err error) {
	dir := filepath.Dir(testSet)
	engine, err := script.New(script.Config{Log: e.Stderr})
	if err != nil {
		return nil, err
	}
	ends := []func() error{engine.Close}
	close = func() {
		for _, end := range ends {
			end()
		}
	}
	router := &promptfoo.Router{Sandbox: engine}
	deps := assertions.Deps{JavaScript: router, Regexps: engine, Dir: dir}
	runners := map[script.Runtime]*script.Runner{}
	var wrong []string
	for _, u := range scriptUses(o, dir) {
		runtime, why, err := u.runtime(ctx, engine)
		if err == nil && runtime != script.Embedded && runners[runtime] == nil {
			runners[runtime], err = script.NewRunner(script.RunnerConfig{Runtime: runtime, Dir: dir, Bundler: engine, Log: e.Stderr})
			if err == nil {
				ends = append(ends, runners[runtime].Close)
				fmt.Fprintf(e.Stderr, "starts %s: %s (%s: %s%s)\n", runtime, plain(runners[runtime].Program()), plain(u.place), plain(u.what), plain(why))
			}
		}
		if err != nil {
			wrong = append(wrong, plain(fmt.Sprintf("%s: %s: %v", u.place, u.what, err)))
			continue
		}
		if u.code.Kind == script.KindFile {
			o.Own = append(o.Own, evals.OwnMetric{Name: "file://" + u.code.File, Digest: digestOf(filepath.Join(dir, u.code.File))})
		}
	}
	if len(wrong) > 0 {
		close()
		return nil, fmt.Errorf("scripts of assertions can't run; nothing was called:\n%s", strings.Join(wrong, "\n"))
	}
	if r := runners[script.Node]; r != nil {
		router.Node = r
	}
	if r := runners[script.Python]; r != nil {
		deps.Python = r
	}
	if r := runners[script.Ruby]; r != nil {
		deps.Ruby = r
	}
	o.Deps.Assertions = deps
	return close, nil
}

// digestOf tells one content of a file from another; "" = it can't be read.
func digestOf(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// runtime is where the script runs, and why it needs that.
func (u *scriptUse) runtime(ctx context.Context, engine *script.Engine) (r script.Runtime, why string, err error) {
	if u.code.Kind == script.KindFile {
		if _, err := os.Stat(filepath.Join(u.code.Dir, u.code.File)); errors.Is(err, fs.ErrNotExist) {
			return "", "", fmt.Errorf("there is no file %s", u.code.File)
		}
	}
	switch u.language {
	case "python":
		return script.Python, "", nil
	case "ruby":
		return script.Ruby, "", nil
	}
	if !script.MayNeedNode(u.code) {
		return script.Embedded, "", nil
	}
	r, needs, err := engine.Needs(ctx, u.code)
	var thrown *script.Thrown
	if errors.As(err, &thrown) && u.code.Kind != script.KindFile {
		return script.Embedded, "", nil // each case says what is wrong with it
	}
	if r == script.Node && len(needs) > 0 {
		why = ", " + needs[0].String()
	}
	return r, why, err
}

// scriptUses lists the scripts of a test set's assertions, each once.
func scriptUses(o *evals.Options, dir string) (uses []scriptUse) {
	seen := map[string]bool{}
	for i := range o.Set.Cases {
		c := &o.Set.Cases[i]
		testsets.EachAssertion(c.Assert, func(a, _ *testsets.Assertion) {
			for _, u := range scriptsOf(a, dir) {
				key := u.language + "\x00" + u.code.File + "\x00" + u.code.Source
				if seen[key] {
					continue
				}
				seen[key] = true
				u.place = fmt.Sprintf("%s:%d", o.SetName, max(a.Line, c.Line))
				uses = append(uses, u)
			}
		})
	}
	return uses
}

// scriptsOf are the scripts of one assertion: its value, and its transform.
func scriptsOf(a *testsets.Assertion, dir string) (uses []scriptUse) {
	file := func(text, what string) bool {
		rest, ok := strings.CutPrefix(text, "file://")
		name, function, _ := strings.Cut(rest, ":")
		language := script.LanguageOf(name)
		if ok && language != "" {
			uses = append(uses, scriptUse{code: script.Code{Kind: script.KindFile, Dir: dir, File: name, Function: function}, language: language, what: what})
		}
		return ok
	}
	if a.Transform != "" && !file(a.Transform, "transform") {
		uses = append(uses, scriptUse{code: script.Transform(a.Transform), language: "javascript", what: "transform"})
	}
	var text string
	if len(a.Value) == 0 || a.Value[0] != '"' || json.Unmarshal(a.Value, &text) != nil || file(text, a.Type) {
		return uses
	}
	switch kind := strings.ToLower(strings.TrimPrefix(a.Type, "not-")); {
	case kind == "javascript":
		uses = append(uses, scriptUse{code: script.Assertion(text), language: kind, what: a.Type})
	case slices.Contains([]string{"python", "ruby"}, kind):
		uses = append(uses, scriptUse{code: script.Code{Source: text}, language: kind, what: a.Type})
	}
	return uses
}
