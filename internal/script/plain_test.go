package script

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// plainSources are what most assertions look like: they run without a child.
var plainSources = []string{
	`output === "refund"`, `output !== context.vars.text`, `output === "a" && context.vars.text.length > 3`, `output.length <= 10 || output.includes("b")`,
	`output.trim().toLowerCase().startsWith('re')`, `output.toUpperCase().endsWith("D")`, `!output`, `!!output.trim()`, `output ? 1 : 0`, `output.indexOf('f') >= 0`,
	`/fu/.test(output)`, `/^RE/i.test(output) && !/\d+/.test(output)`, `context?.vars?.nothing?.at.all === undefined`, `context.vars.nothing ?? 'none'`,
	`output.split(' ').length < 5`, `output.split(',')[1]`, `['refund', 'other'].includes(output)`, `typeof output === 'string'`, `context.vars.n * 2 + 1`, `-context.vars.n / 4`,
	`context.vars.n == null`, `context.vars.list[1] == 'y'`, `context.vars.list.length`, `context.vars.list.includes('x')`, `context['vars'].text`, `context.vars["text"][0]`,
	`({pass: output === "refund", score: 0.5, reason: "it said " + output, "more": [1, null, true]})`, `output.length > 1e3 ? {pass: false} : {pass: true, output}`,
	`JSON.parse(context.vars.json).a[1].b === null`, `JSON.parse(context.vars.json)`, `context.vars`, `undefined`, `null`, `output.includes('é') || 'é'.length`, `"x" + 1.5 + true + null`, `output > 'a'`,
	`1 < 2 === true`, `context.vars.list`, `context.vars.nothing`, `output.toString() === output`, `context.vars.n - 1 > 0.5 && output != undefined`,
}

// childSources look alike, and a rule of the language makes them harder.
var childSources = []string{
	`output.x.y`, `context.vars.nothing.at`, `undeclared`, `output == 1`, `[output] == output`, `context.vars === context.vars`, `output.repeat(3)`, `output.toLowerCase`, `output.constructor.name`,
	`context.vars.hasOwnProperty('n')`, `output.split('')`, `output.split(' ', 1)`, `output.includes(/a/)`, `output.includes()`, `'É'.toLowerCase()`, `'İ'.toLowerCase().length`, `'\u00a0a'.trim()`, `'é'[0]`,
	`JSON.parse(output)`, `JSON.parse('{"__proto__": 1}')`, `JSON.parse('"\\ud800"').length`, `'\ud800'.length`, `0 / 0`, `1 / 0`, `-0`, `-(1 - 1)`, `output - 1`, `10n + 1n`, `output < 1`, `null < 1`, `'é' < 'z'`, `[,1]`, `[...output]`,
	`({__proto__: null})`, `({[output]: 1})`, `({get x() { return 1 }})`, "`${output}`", `output.match(/f/)`, `/(?<=r)e/.test(output)`, `/f/g.test(output)`, `/f/.test()`, `this === undefined`, `arguments.length`, `(() => 1)()`,
	`output === 'x' || /(/.test(output)`, `output = 1`, `output, 1`, `context.provider.id()`, `context.provider`, `typeof context`, `[context][0].provider.id`, `context`, `true ? 1 : ( => 2)`, `new Date(0).getTime()`, `void 0`, `+output`, `'n' in context.vars`,
	`context.vars.list.concat(1)`, `context.vars.list[5]`, `context.vars.list[-1]`, `output[99]`, `output?.[0]`, `context.vars.fn`, `context.vars.nan`, `context.vars.undef`, `typeof context.vars.undef`, `context.vars.list.includes(undefined)`,
	`(context?.vars).nothing?.x`, `output?.nothing`, `'refund'.includes`, `"a\u2028b".length`, `eval('1')`, `"use strict"; 1`,
}

var plainBodies = []string{
	`const n = output.length; if (n > 3) { return "long" } return "short"`, `if (!output) return false; else if (output.length > 3) return {pass: true}; return 1`, `let a = 1, b = a + 1; return a + b`, `;;`, `return`, `if (output) { { return 2 } }`,
}

var childBodies = []string{
	`var a = 1; return a`, `let output = 1; return output`, `const a = 1; const a = 2; return a`, `return a; const a = 1`, `let a; return a`, `if (output) { const a = 1; return a }`, `const {a} = context.vars; return a`, `for (;;) return 1`,
	`"use strict"; return 1`, `let a = 1; a = 2; return a`, `return output; function f() {}`, `throw 1`, `try { return 1 } finally {}`, `return 1 }), (function() { return 2`, `const undefined = 1; return undefined`, `const JSON = {parse: 1}; return JSON.parse(output)`,
}

// Plain code has the result that it has in a child.
func TestPlain(t *testing.T) {
	e := newEngine(t, Config{Workers: 1, Decode: func(raw []byte) (any, error) { return jsvalue.Parse(string(raw)) }})
	vars := jsvalue.NewObject("text", "hello", "n", 3, "list", []any{"x", "y", jsvalue.Undefined}, "json", `{"a":[1,{"b":null}],"2":1,"1":2,"a":[1,{"b":null}]}`,
		"fn", jsvalue.Function(nil), "nan", math.NaN(), "undef", jsvalue.Undefined)
	try := func(code Code, must, mustNot bool) {
		code.Live = []string{"context.provider"}
		for _, output := range []any{"refund", "", " Red, é", "3", strings.Repeat("long ", 500), 7, nil, []any{"refund"}, jsvalue.NewObject("x", 1), jsvalue.Undefined, true} {
			args := map[string]any{"output": output, "context": map[string]any{"vars": vars, "provider": map[string]any{"id": "p"}}}
			code.Params = []string{"output", "context"}
			here, ok := e.plainly(code, args)
			if _, isText := output.(string); must && !ok && isText && output == "refund" {
				t.Errorf("%s is not plain", code.Source)
			}
			if !ok {
				continue
			}
			if mustNot && output == "refund" {
				t.Logf("%s is plain", code.Source)
			}
			there, err := e.inChild(t.Context(), code, args)
			if err != nil || !reflect.DeepEqual(here, there) {
				t.Errorf("%s of %.20v\n\tis %s here, %s in a child (%v)", code.Source, output, shown(here), shown(there), err)
			}
		}
	}
	for _, source := range plainSources {
		try(Transform(source), true, false)
		try(Assertion(source), true, false)
	}
	for _, source := range childSources {
		try(Transform(source), false, true)
	}
	for _, source := range plainBodies {
		try(Code{Kind: KindFunctionBody, Source: source}, true, false)
	}
	for _, source := range childBodies {
		try(Code{Kind: KindFunctionBody, Source: source}, false, true)
	}
}

func shown(v any) string {
	text, _ := jsvalue.Stringify(v, "")
	return fmt.Sprintf("%T %s", v, text)
}

// grammar makes expressions of what plain code consists of, sound or not.
type grammar struct{ *rand.Rand }

func (g grammar) one(of ...string) string { return of[g.IntN(len(of))] }

func (g grammar) expression(depth int) string {
	leaf := g.one("output", "context.vars.text", "context.vars.n", "context.vars.list", "context?.vars.nothing", "'refund'", `"Ré"`, "''", "0", "1.5", "3", "true", "null", "undefined", "context.vars",
		"['refund', 3, null]", "{}.x", "JSON.parse(context.vars.json)", "context.vars.list[1]")
	if depth == 0 {
		return leaf
	}
	a, b := g.expression(depth-1), g.expression(depth-1)
	switch g.IntN(9) {
	case 0, 1:
		return "(" + a + " " + g.one("===", "!==", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "??", "+", "-", "*", "/") + " " + b + ")"
	case 2:
		return "(" + a + ")." + g.one("includes", "startsWith", "endsWith", "indexOf", "split") + "(" + b + ")"
	case 3:
		return "(" + a + ")" + g.one(".", "?.") + g.one("toLowerCase()", "toUpperCase()", "trim()", "toString()", "length", "a", "x?.y")
	case 4:
		return g.one("!", "-", "typeof ") + "(" + a + ")"
	case 5:
		return "(" + a + " ? " + b + " : " + leaf + ")"
	case 6:
		return g.one("/e/", "/^R/i", `/\d+$/`, "/f|(u)/s") + ".test(" + a + ")"
	case 7:
		return "(" + a + ")[" + b + "]"
	}
	return "[" + a + ", " + b + "]." + g.one("length", "includes(output)", "x")
}

func TestPlainExpressions(t *testing.T) {
	e := newEngine(t, Config{Workers: 1, Decode: func(raw []byte) (any, error) { return jsvalue.Parse(string(raw)) }})
	g := grammar{rand.New(rand.NewPCG(7, 7))}
	args := map[string]any{"context": map[string]any{"vars": jsvalue.NewObject("text", "hello", "n", 3, "list", []any{"x", 3, "refund"}, "json", `{"a":[1,{"b":null}],"x":{"y":"é"}}`)}}
	plainly := 0
	for range 3000 {
		code := Transform(g.expression(1 + g.IntN(3)))
		code.Params = []string{"output", "context"}
		args["output"] = []any{"refund", "", " Red, é", "3", 7, nil, []any{"refund"}}[g.IntN(7)]
		here, ok := e.plainly(code, args)
		if !ok {
			continue
		}
		plainly++
		there, err := e.inChild(t.Context(), code, args)
		if err != nil || !reflect.DeepEqual(here, there) {
			t.Errorf("%s of %v\n\tis %s here, %s in a child (%v)", code.Source, args["output"], shown(here), shown(there), err)
		}
	}
	if plainly < 500 {
		t.Errorf("only %d expressions were plain", plainly)
	}
	t.Logf("%d expressions were plain", plainly)
}
