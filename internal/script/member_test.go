package script

import (
	"context"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// withFunctions is a configuration with functions in many places.
const withFunctions = `
class Answer {
  constructor(name) { this.name = name; }
  id() { return this.name; }
  async callApi(prompt) { return { output: this.name + prompt }; }
}
const check = (output) => output === 'yes';
check.label = 'checks';
module.exports = async (n) => ({
  n,
  list: [1, check, { deep: function (a) { return [this.own, a, n]; }, own: 'mine' }],
  provider: Object.assign(new Answer('one'), { label: 'first', transform: (x) => x + '!' }),
  date: new Date(0),
  loops: () => { for (;;); },
  who: (context) => context.provider.id() + typeof context.provider.id,
});
module.exports.cyclic = () => { const a = { b: {} }; a.b.c = a; return a; };
`

// caller is an engine or a runner.
type caller interface {
	Call(ctx context.Context, code Code, args map[string]any) (any, error)
}

// TestFunctionsOfValues calls functions within what a file makes, in both engines.
func TestFunctionsOfValues(t *testing.T) {
	dir := project(t, map[string]string{"config.js": withFunctions})
	e := newEngine(t, Config{Workers: 1, Decode: parse, Deadline: 5 * time.Second})
	engines := map[string]caller{"sandbox": e}
	if _, err := exec.LookPath("node"); err == nil {
		engines["node"] = newRunner(t, RunnerConfig{Runtime: Node, Decode: parse, Bundler: e, Deadline: 5 * time.Second})
	}
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) { functionsOfValues(t, engine, dir) })
	}
}

func parse(raw []byte) (any, error) { return jsvalue.Parse(string(raw)) }

func functionsOfValues(t *testing.T, engine caller, dir string) {
	code := Code{Kind: KindFile, Dir: dir, File: "config.js", Value: true, Tree: true, Params: []string{"n"}}
	v, err := engine.Call(t.Context(), code, map[string]any{"n": 7})
	if err != nil {
		t.Fatal(err)
	}
	v = Functions(v, jsvalue.Foreign{File: filepath.Join(dir, "config.js"), Given: 7.0})
	text, _ := jsvalue.Stringify(v, "")
	if want := `{"n":7,"list":[1,null,{"own":"mine"}],"date":"1970-01-01T00:00:00.000Z"}`; text != want {
		t.Errorf("the value is %s, want %s", text, want)
	}
	at := func(keys ...any) *jsvalue.Foreign {
		x := v
		for _, k := range keys {
			switch k := k.(type) {
			case int:
				x = x.([]any)[k]
			case string:
				x, _ = jsvalue.Field(x, k)
			}
		}
		f, ok := x.(*jsvalue.Foreign)
		if !ok {
			t.Fatalf("%v is %v, no function", keys, x)
		}
		return f
	}
	if f := at("list", 1); f.Name != "check" || label(f) != "checks" || !strings.HasPrefix(f.Source, "(output) =>") {
		t.Errorf("a function is %+v", f)
	}
	provider := at("provider")
	if id, _ := provider.Own.Get("id"); !provider.Provider || id != "one" || label(provider) != "first" {
		t.Errorf("a provider is %+v, %v", provider, provider.Own)
	}
	transform, _ := provider.Own.Get("transform")
	for _, c := range []struct {
		f    *jsvalue.Foreign
		live []string
		arg  any
		want any
	}{
		{at("list", 1), nil, "yes", true},
		{at("list", 2, "deep"), nil, "a", []any{"mine", "a", 7.0}},
		{transform.(*jsvalue.Foreign), nil, "x", "x!"},
		{at("who"), []string{"context.provider"}, map[string]any{"provider": map[string]any{"id": "p"}}, "pfunction"},
	} {
		call := Foreign(c.f)
		call.Params, call.Live = []string{"context"}, c.live
		if got, err := engine.Call(t.Context(), call, map[string]any{"context": c.arg}); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v gave %v, %v, want %v", c.f.Member, got, err, c.want)
		}
	}
	ends := func(code Code, what string) {
		t.Helper()
		code.Params = []string{}
		if got, err := engine.Call(t.Context(), code, nil); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%v gave %v, %v, want an error with %q", code.Member, got, err, what)
		}
	}
	if _, sandbox := engine.(*Engine); sandbox {
		ends(Foreign(at("loops")), ErrLimit.Error())
	}
	ends(Foreign(&jsvalue.Foreign{File: filepath.Join(dir, "config.js"), Member: []string{"list", "0"}}), "function")
	ends(Code{Kind: KindFile, Dir: dir, File: "config.js", Function: "cyclic", Value: true, Tree: true}, "b.c holds itself")
}

func label(f *jsvalue.Foreign) any {
	v, _ := f.Own.Get("label")
	return v
}
