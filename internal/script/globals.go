package script

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// maxConsole bounds what one call may log.
const maxConsole = 4 << 10

// global is a name that scripts may use besides the language's own. A fresh
// engine gets those that the script's text mentions.
type global struct {
	names   []string
	install func(*machine)
}

// globals are all of them.
func globals() []global {
	all := []global{
		{[]string{"console"}, installConsole},
		{[]string{"setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate", "queueMicrotask"}, installTimers},
		{[]string{"process"}, installProcess},
		{[]string{"require"}, func(m *machine) {
			m.set("require", m.refuses("require", func(call goja.FunctionCall) string {
				return fmt.Sprintf("require(%q)", shorten(call.Argument(0).String()))
			}))
		}},
		{[]string{"atob", "btoa"}, installBase64},
		{[]string{"global"}, func(m *machine) { m.set("global", m.vm.GlobalObject()) }},
		{[]string{"performance"}, func(m *machine) {
			o := m.vm.NewObject()
			o.Set("now", func(goja.FunctionCall) goja.Value {
				return m.vm.ToValue(float64(m.loop.elapsed()) / float64(time.Millisecond))
			})
			m.set("performance", o)
		}},
	}
	for _, name := range nodeGlobals() {
		all = append(all, global{[]string{name}, absent(name)})
	}
	return append(all, polyfills()...)
}

// reflective are words that let a script reach names which its text doesn't
// hold.
var reflective = []string{"globalThis", "eval", "Function", "constructor", "global", "this["}

// mentioned are the globals that a text may use.
func mentioned(text string) []global {
	all := false
	for _, word := range reflective {
		all = all || strings.Contains(text, word)
	}
	var out []global
	for _, g := range globals() {
		for _, name := range g.names {
			if all || strings.Contains(text, name) {
				out = append(out, g)
				break
			}
		}
	}
	return out
}

func (m *machine) set(name string, v any) {
	if err := m.vm.GlobalObject().DefineDataProperty(name, m.vm.ToValue(v), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		panic(err)
	}
}

// refuse ends the call: what it asks for is not there. No try block hears it,
// so that a script can't mistake it for an answer.
func (m *machine) refuse(what string) {
	if m.refused == "" {
		m.refused = refusal(what + " is not available in the sandbox, which reaches no file, network or process")
	}
	m.vm.Interrupt(m.refused)
}

func (m *machine) refuses(name string, what func(goja.FunctionCall) string) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		text := name
		if what != nil {
			text = what(call)
		}
		m.refuse(text)
		return goja.Undefined()
	}
}

// absent is a global whose use ends the call.
func absent(name string) func(*machine) {
	return func(m *machine) {
		get := m.vm.ToValue(m.refuses(name, nil))
		if err := m.vm.GlobalObject().DefineAccessorProperty(name, get, nil, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
			panic(err)
		}
	}
}

func installTimers(m *machine) {
	m.set("setTimeout", func(c goja.FunctionCall) goja.Value { return m.loop.add(c, false) })
	m.set("setInterval", func(c goja.FunctionCall) goja.Value { return m.loop.add(c, true) })
	m.set("setImmediate", func(c goja.FunctionCall) goja.Value {
		if len(c.Arguments) > 0 {
			c.Arguments = append([]goja.Value{c.Arguments[0], m.vm.ToValue(0)}, c.Arguments[1:]...)
		}
		return m.loop.add(c, false)
	})
	for _, name := range []string{"clearTimeout", "clearInterval", "clearImmediate"} {
		m.set(name, m.loop.clear)
	}
	m.set("queueMicrotask", m.microtask)
}

func (m *machine) microtask(c goja.FunctionCall) goja.Value {
	fn, ok := goja.AssertFunction(c.Argument(0))
	if !ok {
		panic(m.vm.NewTypeError("The \"callback\" argument must be of type function."))
	}
	p, resolve, _ := m.vm.NewPromise()
	then, _ := goja.AssertFunction(m.vm.ToValue(p).ToObject(m.vm).Get("then"))
	if _, err := then(m.vm.ToValue(p), m.vm.ToValue(func(goja.FunctionCall) goja.Value {
		if _, err := fn(goja.Undefined()); err != nil {
			panic(err)
		}
		return goja.Undefined()
	})); err != nil {
		panic(err)
	}
	resolve(goja.Undefined())
	return goja.Undefined()
}

func installConsole(m *machine) {
	o := m.vm.NewObject()
	for _, name := range []string{"log", "info", "warn", "error", "debug", "trace", "dir", "table"} {
		o.Set(name, func(c goja.FunctionCall) goja.Value { return m.log(c.Arguments) })
	}
	for _, name := range []string{"time", "timeEnd", "timeLog", "group", "groupEnd", "groupCollapsed", "count", "assert"} {
		o.Set(name, func(goja.FunctionCall) goja.Value { return goja.Undefined() })
	}
	m.set("console", o)
}

// log writes what a script logs to the child's stderr, up to maxConsole bytes.
func (m *machine) log(args []goja.Value) goja.Value {
	if m.console <= 0 {
		return goja.Undefined()
	}
	var parts []string
	for _, a := range args {
		parts = append(parts, m.show(a))
	}
	line := strings.Join(parts, " ")
	if len(line) > m.console {
		line = line[:m.console] + "…"
	}
	m.console -= len(line) + 1
	fmt.Fprintln(m.child.stderr, consoleMark+strings.ReplaceAll(line, "\n", "\n"+consoleMark))
	return goja.Undefined()
}

func (m *machine) show(v goja.Value) string {
	o, ok := v.(*goja.Object)
	if !ok || o.ClassName() == "Error" || o.ClassName() == "Function" {
		return v.String()
	}
	text, err := m.stringify(goja.Undefined(), v)
	if err != nil || goja.IsUndefined(text) {
		return "[object]"
	}
	return text.String()
}

func installProcess(m *machine) {
	p, env := m.vm.NewObject(), m.vm.NewObject()
	for name, value := range m.child.env {
		env.Set(name, value)
	}
	p.Set("env", env)
	p.Set("argv", m.vm.NewArray())
	p.Set("platform", "sandbox")
	p.Set("nextTick", func(c goja.FunctionCall) goja.Value {
		if fn, ok := goja.AssertFunction(c.Argument(0)); ok && len(c.Arguments) > 1 {
			args := c.Arguments[1:]
			c.Arguments = []goja.Value{m.vm.ToValue(func(goja.FunctionCall) goja.Value {
				if _, err := fn(goja.Undefined(), args...); err != nil {
					panic(err)
				}
				return goja.Undefined()
			})}
		}
		return m.loop.soon(c) // after the promises, before the timers
	})
	require := m.refuses("require", func(call goja.FunctionCall) string {
		return fmt.Sprintf("require(%q)", shorten(call.Argument(0).String()))
	})
	main := m.vm.NewObject()
	main.Set("require", require)
	p.Set("mainModule", main)
	for _, name := range []string{"exit", "kill", "abort", "chdir", "cwd", "binding", "dlopen", "on", "once", "hrtime", "memoryUsage", "getBuiltinModule"} {
		p.Set(name, m.refuses("process."+name, nil))
	}
	m.set("process", p)
}

func installBase64(m *machine) {
	m.set("btoa", func(c goja.FunctionCall) goja.Value {
		var raw []byte
		for _, r := range c.Argument(0).String() {
			if r > 255 {
				panic(m.vm.NewTypeError("Invalid character"))
			}
			raw = append(raw, byte(r))
		}
		return m.vm.ToValue(base64.StdEncoding.EncodeToString(raw))
	})
	m.set("atob", func(c goja.FunctionCall) goja.Value {
		text := strings.Map(func(r rune) rune {
			if strings.ContainsRune(" \t\n\f\r", r) {
				return -1
			}
			return r
		}, c.Argument(0).String())
		raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
		if err != nil {
			panic(m.vm.NewTypeError("The string to be decoded is not correctly encoded."))
		}
		runes := make([]rune, len(raw))
		for i, b := range raw {
			runes[i] = rune(b)
		}
		return m.vm.ToValue(string(runes))
	})
}
