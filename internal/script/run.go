package script

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/dop251/goja"
)

const (
	maxDepth     = 9000    // of calls in JavaScript, about that of node
	maxResult    = 8 << 20 // bytes of a result's JSON
	maxStackText = 4 << 10
)

// What a call is interrupted with, besides overMemory.
type (
	overTime struct{}
	refusal  string // what was asked for and is not there
)

// call runs one call and answers it; it always answers.
func (c *child) call(f frame) (answer frame) {
	answer.id = f.id
	defer func() {
		if x := recover(); x != nil {
			answer = reply(f.id, "fault", fmt.Sprintf("the embedded engine failed: %v", x))
		}
	}()
	p, ok := c.programs[f.digest]
	switch {
	case !ok:
		return reply(f.id, "fault", "a call of an unknown program")
	case p.refused != "":
		return reply(f.id, "refused", p.refused)
	case p.thrown != nil:
		return reply(f.id, "threw", p.thrown)
	}
	m := c.newMachine(time.Duration(f.millis) * time.Millisecond)
	defer m.close()
	word, body := m.run(p, f.body)
	return frame{word: word, id: f.id, body: body}
}

func reply(id uint64, word string, v any) frame {
	body, err := json.Marshal(v)
	if err != nil {
		body, word = []byte(`"an answer that is no JSON"`), "fault"
	}
	return frame{word: word, id: id, body: body}
}

// machine is a fresh engine for one call.
type machine struct {
	vm        *goja.Runtime
	child     *child
	loop      loop
	stringify goja.Callable
	timer     *time.Timer
	refused   refusal
	console   int // bytes still allowed
}

func (c *child) newMachine(limit time.Duration) *machine {
	m := &machine{vm: goja.New(), child: c, console: maxConsole}
	m.vm.SetMaxCallStackSize(maxDepth)
	m.loop.start(m.vm, limit)
	m.timer = time.AfterFunc(limit, func() { m.vm.Interrupt(overTime{}) })
	c.meter.begin(m.vm)
	return m
}

func (m *machine) close() {
	m.timer.Stop()
	m.child.meter.end()
}

func (m *machine) run(p *compiled, args []byte) (word string, body []byte) {
	body, err := m.result(p, args)
	if m.refused != "" {
		r := reply(0, "refused", string(m.refused))
		return r.word, r.body
	}
	if err != nil {
		return m.failed(err)
	}
	return "ok", body
}

// failed is failure, whose getters of a thrown value may exceed a limit too.
func (m *machine) failed(err error) (word string, body []byte) {
	defer func() {
		switch x := recover().(type) {
		case nil:
		case *goja.InterruptedError:
			r := m.interrupted(x)
			word, body = r.word, r.body
		default:
			panic(x)
		}
	}()
	return m.failure(err)
}

// result is the JSON of the call's value. Getters, proxies and then methods of
// the user's objects run in here, and what they throw is an error like others.
func (m *machine) result(p *compiled, args []byte) (body []byte, err error) {
	defer func() {
		if x := recover(); x != nil {
			e, ok := x.(error)
			if _, broken := x.(runtime.Error); broken || !ok {
				panic(x)
			}
			err = e
		}
	}()
	if ex := m.vm.Try(func() {
		var v goja.Value
		if v, err = m.value(p, args); err == nil {
			body, err = m.encode(v)
		}
	}); ex != nil {
		err = ex
	}
	return body, err
}

// value calls the program's function and waits for its promise.
func (m *machine) value(p *compiled, args []byte) (goja.Value, error) {
	JSON := m.vm.Get("JSON").ToObject(m.vm)
	m.stringify, _ = goja.AssertFunction(JSON.Get("stringify"))
	n := len(p.code.Params)
	if p.code.Picks {
		n += 2
	}
	values, err := decodeArgs(m.vm, args, n)
	if err != nil {
		return nil, err
	}
	for _, g := range p.globals {
		g.install(m)
	}
	made, err := m.vm.RunProgram(p.prog)
	if err != nil {
		return nil, err
	}
	fn, ok := goja.AssertFunction(made)
	if !ok {
		return nil, errors.New("the program is no function")
	}
	if p.code.Kind == KindFile {
		if fn, err = m.export(fn, p); err != nil {
			return nil, err
		}
	}
	this := goja.Undefined()
	if p.code.Picks {
		if fn, this, values, err = m.picked(fn, values); err != nil {
			return nil, err
		}
	}
	m.enliven(p, values)
	v, err := fn(this, values...)
	if err == nil {
		v, err = m.loop.await(v)
	}
	if err == nil && p.code.Tree {
		v, err = m.tree(v)
	}
	return v, err
}

// encode is the JSON of a result. Getters and toJSON of the result run here,
// within the same limits.
func (m *machine) encode(v goja.Value) ([]byte, error) {
	switch x := v.(type) {
	case *goja.Object, goja.String:
	case nil:
		return []byte("null"), nil
	default:
		switch n := x.Export().(type) {
		case bool, int64:
			return json.Marshal(n)
		case float64:
			if math.IsNaN(n) || math.IsInf(n, 0) {
				return fmt.Appendf(nil, `{%q:"%v"}`, numberKey, n), nil
			}
			return json.Marshal(n)
		}
		if goja.IsNull(v) || goja.IsUndefined(v) {
			return []byte("null"), nil
		}
		return nil, &Thrown{Name: "TypeError", Message: "the result is a value without JSON: " + v.String()}
	}
	text, err := m.stringify(goja.Undefined(), v)
	if err != nil {
		return nil, err
	}
	s, ok := text.(goja.String)
	if !ok {
		return nil, &Thrown{Name: "TypeError", Message: "the result is a value without JSON: a function"}
	}
	if s.Length() > maxResult {
		return nil, tooLarge(s.Length())
	}
	body := []byte(s.String())
	if len(body) > maxResult {
		return nil, tooLarge(len(body))
	}
	return body, nil
}

// numberKey marks a number that JSON doesn't have.
const numberKey = "$number"

type tooLarge int

func (n tooLarge) Error() string {
	return fmt.Sprintf("a result of %d bytes; the limit is %d", int(n), maxResult)
}

// failure says how a call failed.
func (m *machine) failure(err error) (word string, body []byte) {
	var (
		thrown      *Thrown
		exception   *goja.Exception
		interrupted *goja.InterruptedError
		deep        *goja.StackOverflowError
		large       tooLarge
		settles     neverSettles
	)
	var (
		late     lateTimer
		rejected rejected
		r        frame
	)
	switch {
	case errors.As(err, &rejected):
		r = reply(0, "threw", m.thrown(rejected.reason, func() string {
			if o, ok := rejected.reason.(*goja.Object); ok {
				if v := o.Get("stack"); v != nil {
					return v.String()
				}
			}
			return ""
		}))
	case errors.As(err, &interrupted):
		r = m.interrupted(interrupted)
	case errors.As(err, &deep):
		r = reply(0, "threw", &Thrown{Name: "RangeError", Message: "Maximum call stack size exceeded"})
	case errors.As(err, &large), errors.As(err, &settles), errors.As(err, &late):
		r = reply(0, "limit", err.Error())
	case errors.As(err, &thrown):
		r = reply(0, "threw", thrown)
	case errors.As(err, &exception):
		r = reply(0, "threw", m.thrown(exception.Value(), exception.String))
	default:
		r = reply(0, "fault", err.Error())
	}
	return r.word, r.body
}

func (m *machine) interrupted(err *goja.InterruptedError) frame {
	switch x := err.Value().(type) {
	case refusal:
		return reply(0, "refused", string(x))
	case overMemory:
		return reply(0, "limit", fmt.Sprintf("more than %d MB of memory", m.child.meter.limit>>20))
	case overTime:
		return reply(0, "limit", fmt.Sprintf("no answer within %v", m.loop.limit))
	}
	return reply(0, "fault", err.Error())
}

// thrown describes a thrown value without running more than its getters, whose
// failure is not a second one.
func (m *machine) thrown(v goja.Value, stack func() string) (t *Thrown) {
	t = &Thrown{Message: "a value that can't be shown"}
	defer func() {
		switch x := recover().(type) {
		case nil:
		case *goja.InterruptedError: // its getters exceed a limit
			panic(x)
		default:
			t = &Thrown{Message: "a value that can't be shown"}
		}
	}()
	o, ok := v.(*goja.Object)
	if !ok {
		t.Message = shorten(v.String())
		return t
	}
	name, message := o.Get("name"), o.Get("message")
	if message == nil || goja.IsUndefined(message) {
		t.Message = shorten(o.String())
		return t
	}
	t.Message = shorten(message.String())
	if name != nil && !goja.IsUndefined(name) {
		t.Name = shorten(name.String())
	}
	t.Stack = shorten(stack())
	return t
}

func shorten(s string) string {
	if len(s) > maxStackText {
		return s[:maxStackText] + "…"
	}
	return s
}
