package script

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain is the child too: the test binary runs itself.
func TestMain(m *testing.M) {
	if args, ok := Child(os.Args[1:]); ok {
		os.Exit(Serve(args, os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func newEngine(t testing.TB, cfg Config) *Engine {
	t.Helper()
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func run(t testing.TB, e *Engine, code Code, args map[string]any) (any, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	v, err := e.Call(ctx, code, args)
	if ctx.Err() != nil {
		t.Fatalf("%.60q hangs", code.Source)
	}
	code.Params = code.order(args)
	if _, ok := e.plainly(code, args); ok { // the child has to agree
		there, err := e.inChild(ctx, code, args)
		if err != nil || !reflect.DeepEqual(v, there) {
			t.Errorf("%.60q is %v here, %v in a child (%v)", code.Source, v, there, err)
		}
	}
	return v, err
}

func TestInline(t *testing.T) {
	e := newEngine(t, Config{Workers: 1, Env: map[string]string{"LANG": "de"}})
	args := map[string]any{"output": "abc", "context": map[string]any{"vars": map[string]any{"x": "y"}}}
	for _, c := range []struct {
		code Code
		want any
	}{
		{Assertion("output.includes('b')"), true},
		{Assertion("output.length;; "), 3.0},
		{Assertion("const n = output.length; n > 5"), false},
		{Assertion("let s = 'a;b'; s"), "a;b"},
		{Assertion("letter = 1"), 1.0},
		{Assertion("const a = 1;\nreturn a + 1\n"), 2.0},
		{Assertion("// nothing\n"), nil},
		{Assertion("Promise.resolve(context.vars.x)"), "y"},
		{Assertion("({pass: true, score: 0.5, reason: output})"), map[string]any{"pass": true, "score": 0.5, "reason": "abc"}},
		{Transform("output.toUpperCase()"), "ABC"},
		{Transform("undefined"), nil},
		{Transform("-1.5e300"), -1.5e300},
		{Transform("1/0"), math.Inf(1)},
		{Transform("[1,[2,{a:null}]]"), []any{1.0, []any{2.0, map[string]any{"a": nil}}}},
		{Transform("'\\u00e9\\u2028😀'"), "é\u2028😀"},
		{Transform("process.env.LANG + typeof process.env.PATH"), "deundefined"},
		{Transform("typeof unknown"), "undefined"},
		{Assertion("const t0 = Date.now();\nreturn new Promise(r => setTimeout(() => r(Date.now() - t0 >= 3000), 3000))"), true},
		{Assertion("async function* g() { yield 1; yield 2 }\nlet n = 0; return (async () => { for await (const x of g()) n += x; return n })()"), 3.0},
		{Transform("Object.groupBy([1, 2, 3], x => x % 2 ? 'odd' : 'even').odd.join()"), "1,3"},
		{Transform("[...[1, 2, 3].values().map(x => x * 2).filter(x => x > 2)]"), []any{4.0, 6.0}},
		{Transform("(() => { const {promise, resolve} = Promise.withResolvers(); resolve(1); return promise })()"), 1.0},
		{Transform("'a\\ud800'.isWellFormed() + 'a'.toWellFormed() + new WeakRef({a: 1}).deref().a"), "falsea1"},
		{Transform("Array.fromAsync([1, Promise.resolve(2)])"), []any{1.0, 2.0}},
		{Transform("({then: f => f(7)})"), 7.0},
		{Transform("[...Array(3).keys()].map(async x => x)"), []any{map[string]any{}, map[string]any{}, map[string]any{}}},
	} {
		got, err := run(t, e, c.code, args)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q is %v, %v, want %v", c.code.Source, got, err, c.want)
		}
	}
}

func TestThrown(t *testing.T) {
	e := newEngine(t, Config{Workers: 1})
	for source, want := range map[string]Thrown{
		"throw new TypeError('no')\n;":          {Name: "TypeError", Message: "no"},
		"throw 'words'\n;":                      {Message: "words"},
		"Promise.reject(new RangeError('far'))": {Name: "RangeError", Message: "far"},
		"const x = 1; return x":                 {Name: "SyntaxError"},
		"return (\n":                            {Name: "SyntaxError"},
		"nothing.here":                          {Name: "ReferenceError", Message: "nothing is not defined"},
		"() => 1":                               {Name: "TypeError"},
		"10n":                                   {Name: "TypeError"},
		"Symbol('x')":                           {Name: "TypeError"},
		"let r = [];\nr[0] = r; return r":       {Name: "TypeError"},
		"(function f() { f() })()":              {Name: "RangeError"},
		"[].a.b":                                {Name: "TypeError"},
	} {
		got, err := run(t, e, Assertion(source), map[string]any{"output": ""})
		var thrown *Thrown
		if !errors.As(err, &thrown) || thrown.Name != want.Name || want.Message != "" && thrown.Message != want.Message {
			t.Errorf("%q gave %v, %v, want %+v", source, got, err, want)
		}
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	e := newEngine(t, Config{Workers: 1})
	for range 3 {
		for _, source := range []string{
			"leak = typeof leak; return leak\n",
			"const had = Object.prototype.had;\nObject.prototype.had = 1; return String(had)",
			"const had = Array.prototype.map.had;\nArray.prototype.map.had = 1; JSON.parse = JSON.stringify = () => 1; return String(had)",
			"const had = globalThis.had;\nglobalThis.had = 1; return String(had)",
			"context.n = (context.n || 0) + 1;\nreturn context.n == 1 ? 'undefined' : 'changed'",
		} {
			got, err := run(t, e, Assertion(source), map[string]any{"output": "", "context": map[string]any{}})
			if err != nil || got != "undefined" {
				t.Errorf("%q gave %v, %v", source, got, err)
			}
		}
	}
}

func TestKeyOrder(t *testing.T) {
	e := newEngine(t, Config{Workers: 1})
	got, err := run(t, e, Transform("Object.keys(output).join()"), map[string]any{"output": json.RawMessage(`{"z":1,"a":2}`)})
	if err != nil || got != "z,a" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestConsole(t *testing.T) {
	var log lockedBuffer
	e := newEngine(t, Config{Workers: 1, Log: &log})
	if _, err := run(t, e, Assertion("console.log('hi', {a: 1}, 2, 'x\\ny');\nfor (let i = 0; i < 1e5; i++) console.error('spam'); return true"), nil); err != nil {
		t.Fatal(err)
	}
	e.Close()
	if got := log.String(); !strings.HasPrefix(got, "hi {\"a\":1} 2 x\ny\nspam\n") || len(got) > maxConsole+10 {
		t.Errorf("%d bytes: %.40q", len(got), got)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestCanceledAndClosed(t *testing.T) {
	e := newEngine(t, Config{Workers: 1, Deadline: 3 * time.Second})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { time.Sleep(20 * time.Millisecond); cancel() }()
	if _, err := e.Call(ctx, Transform("(() => { for(;;); })()"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	if got, err := run(t, e, Transform("(() => 1)()"), nil); err != nil || got != 1.0 {
		t.Errorf("afterwards: %v, %v", got, err)
	}
	e.Close()
	if _, err := e.Call(context.Background(), Transform("(() => 1)()"), nil); !errors.Is(err, ErrUnavailable) {
		t.Errorf("closed: %v", err)
	}
}

func TestNoProgram(t *testing.T) {
	e := newEngine(t, Config{Program: t.TempDir() + "/none"})
	if _, err := run(t, e, Transform("(() => 1)()"), nil); !errors.Is(err, ErrUnavailable) {
		t.Errorf("no program: %v", err)
	}
	e = newEngine(t, Config{Args: []string{"-test.run=^$"}})
	if _, err := run(t, e, Transform("(() => 1)()"), nil); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a program that is no child: %v", err)
	}
}

func BenchmarkCall(b *testing.B) {
	e := newEngine(b, Config{})
	code := Assertion("[output].some(o => o.includes('b')) && output.length < 100")
	args := map[string]any{"output": strings.Repeat("abc ", 20), "context": map[string]any{"vars": map[string]any{"x": "y"}, "prompt": strings.Repeat("p", 200)}}
	run(b, e, code, args)
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := e.Call(context.Background(), code, args); err != nil {
				b.Error(err)
			}
		}
	})
}
