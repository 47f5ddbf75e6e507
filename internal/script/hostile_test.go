package script

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// hostile are scripts that a run must outlive, and how each ends: "limit" or
// "unavailable" is could not judge, "thrown" is what the language does, "ok" is
// harmless here.
var hostile = []struct{ source, ends string }{
	{"for (;;) {}", "limit"},
	{"new Array(3e8).fill(0)", "limit"},
	{"let s = 'x'; for (;;) s += s", "limit"},
	{"/(?=a)^(a+)+\\1$/.test('a'.repeat(60) + 'b')", "limit"},
	{"/^(a+)+$/.test('a'.repeat(60) + 'b')", "ok"}, // this one is linear here
	{"(function f() { f() })()", "thrown"},
	{"let f = x => [x].map(f); f(1)", "limit"},
	{"process.exit(1)", "unavailable"},
	{"try { process.exit() } catch {}; true", "unavailable"},
	{"globalThis.constructor.constructor('return process')().exit()", "unavailable"},
	{"require('fs').readFileSync('/etc/passwd')", "unavailable"},
	{"process.mainModule.require('child_process')", "unavailable"},
	{"fetch('http://127.0.0.1:9')", "unavailable"},
	{"[1].map(fetch); true", "unavailable"},
	{"(async () => { for (;;) await null })()", "limit"},
	{"(function g() { return Promise.resolve().then(g) })()", "limit"},
	{"new Promise(() => {})", "limit"},
	{"setInterval(() => {}, 1); new Promise(() => {})", "limit"},
	{"({get a() { for (;;) {} }})", "limit"},
	{"({toJSON() { for (;;) {} }})", "limit"},
	{"({get then() { for (;;) {} }})", "limit"},
	{"throw {get message() { for (;;) {} }}", "limit"},
	{"new Proxy({}, {get() { for (;;) {} }})", "limit"},
	{"new Proxy({}, {ownKeys() { throw 1 }})", "thrown"},
	{"'x'.repeat(1e7)", "limit"},
	{"'x'.repeat(2 ** 29).split('')", "limit"},
	{"let a = []; for (;;) a.push(new Array(1000).fill(1))", "limit"},
	{"JSON.parse('['.repeat(1e6))", "limit"},
	{"let o = {}; for (let i = 0; i < 1e6; i++) o = {o}; JSON.stringify(o)", "limit"},
	{"let a = []; a.length = 2 ** 32 - 1; a.fill(0)", "limit"},
	{"new Uint8Array(2 ** 31)", "limit"},
	{"Array.from({length: 1e9})", "limit"},
	{"'a'.padEnd(2 ** 30)", "limit"},
	{"BigInt(2) ** BigInt(1e9)", "limit"},
	{"new Function('for (;;) {}')()", "limit"},
	{"let r = []; r[0] = r; r", "thrown"},
	{"Promise.prototype.then = () => { for (;;) {} }; Promise.resolve(true)", "limit"},
	{"({then(r) { r(this) }})", "limit"},
	{"({then(r) { fetch('x') }})", "unavailable"},
	{"throw {get message() { return fetch }}", "unavailable"},
	{"throw {toString() { throw 1 }}", "thrown"},
	{"throw Object.create(null)", "thrown"},
	{"Promise.reject({get stack() { for (;;) {} }, message: 'x'})", "limit"},
	{"Reflect.ownKeys(new Proxy({}, {ownKeys() { return {length: 2 ** 32} }}))", "fault: the embedded engine failed: runtime error: invalid memory address or nil pointer dereference"},
}

func ending(err error) string {
	var thrown *Thrown
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, ErrLimit):
		return "limit"
	case errors.Is(err, ErrUnavailable):
		return "unavailable"
	case errors.As(err, &thrown):
		return "thrown"
	}
	return "fault: " + err.Error()
}

func evaluate(source string) Code {
	return Code{Kind: KindFunctionBody, Source: "return eval(" + fmt.Sprintf("%q", source) + ")"}
}

// TestHostile runs each hostile script with innocent ones around it in the
// same child: these are answered, whatever happens to that.
func TestHostile(t *testing.T) {
	for i, h := range hostile {
		if testing.Short() && i >= 12 {
			break
		}
		t.Run(h.source, func(t *testing.T) {
			t.Parallel()
			beside(t, h.source, h.ends)
		})
	}
}

func beside(t *testing.T, source, ends string) {
	deadline := 20 * time.Second
	if ends == "limit" {
		deadline = time.Second // it is waited for
	}
	e := newEngine(t, Config{Workers: 1, Deadline: deadline})
	innocent := Transform("[output].map(n => n * 2)[0]")
	innocent.Params = []string{"output"}
	p, err := newProgram(innocent)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	defer all.Wait()
	around := func(from int) {
		for i := range 4 {
			all.Go(func() {
				body := fmt.Appendf(nil, "[%d]", from+i)
				got, err := e.do(context.Background(), &call{word: "call", program: p, body: body, limit: time.Minute})
				if err != nil || string(got) != fmt.Sprint(2*(from+i)) {
					t.Errorf("beside it: %s, %v", got, err)
				}
			})
		}
	}
	around(0)
	all.Go(func() {
		if got, err := run(t, e, evaluate(source), nil); ending(err) != ends {
			t.Errorf("gave %.60v, %v, want %s", got, err, ends)
		}
	})
	around(4)
}

// TestWhy checks that a limit says which it was.
func TestWhy(t *testing.T) {
	if testing.Short() {
		t.Skip("needs the memory that the race detector takes")
	}
	e := newEngine(t, Config{Workers: 1, Deadline: 20 * time.Second})
	for source, want := range map[string]string{
		"new Uint8Array(2 ** 31)":            "more than 256 MB of memory",
		"JSON.parse('['.repeat(1e7))":        "too deep a recursion",
		"new Promise(() => {})":              "never settles",
		"throw {toString() { for (;;) {} }}": "no answer within 20s",
		"'x'.repeat(9e6)":                    "a result of 9000002 bytes",
		"let s = 'x'; for (;;) s += s + s":   "more than 256 MB of memory",
	} {
		if _, err := run(t, e, evaluate(source), nil); !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", source, err, want)
		}
	}
}

// TestManyWithLimits takes the child away under calls in flight: none is lost.
func TestManyWithLimits(t *testing.T) {
	e := newEngine(t, Config{Workers: 2, Deadline: time.Minute})
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			if i%50 == 7 {
				if _, err := e.Call(context.Background(), evaluate("new Uint8Array(2 ** 31)"), nil); !errors.Is(err, ErrLimit) {
					t.Errorf("the guilty call: %v", err)
				}
				return
			}
			want := strings.Repeat("x", i)
			got, err := e.Call(context.Background(), Transform("'x'.repeat(output)"), map[string]any{"output": i})
			if err != nil || got != want {
				t.Errorf("call %d: %v, %v", i, got, err)
			}
		})
	}
	all.Wait()
}
