package assertions

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

var errNoTrace = errors.New("no steps of the agent were recorded")

// matcher says which steps are meant.
type matcher struct {
	pattern  string
	kinds    []string // empty = all
	min, max *float64
}

// readMatcher reads a pattern, or {name | pattern, type, min, max}.
func readMatcher(v any, kind string) matcher {
	m := matcher{}
	if s, ok := v.(string); ok {
		m.pattern = s
	} else if m.pattern = textField(v, "pattern"); m.pattern == "" {
		m.pattern = textField(v, "name")
	}
	switch t := field(v, "type").(type) {
	case string:
		if t != "" {
			m.kinds = []string{t}
		}
	case []any:
		for _, x := range t {
			m.kinds = append(m.kinds, jsvalue.ToString(x))
		}
	}
	if m.kinds == nil && kind != "" {
		m.kinds = []string{kind}
	}
	if f, ok := jsvalue.Number(field(v, "min")); ok {
		m.min = &f
	}
	if f, ok := jsvalue.Number(field(v, "max")); ok {
		m.max = &f
	}
	return m
}

func (m matcher) fits(s step) bool {
	if len(m.kinds) > 0 {
		found := false
		for _, k := range m.kinds {
			found = found || k == s.kind
		}
		if !found {
			return false
		}
	}
	if m.pattern == "" {
		return true
	}
	for _, a := range s.aliases {
		if matchesName(a, m.pattern) {
			return true
		}
	}
	return false
}

func (m matcher) count(steps []step) int {
	n := 0
	for _, s := range steps {
		if m.fits(s) {
			n++
		}
	}
	return n
}

// tools are the recorded tool calls.
func (c *call) tools() ([]step, error) {
	if c.of.Trace == nil {
		return nil, errNoTrace
	}
	var out []step
	for _, s := range c.of.Trace.steps() {
		if s.kind == "tool" {
			out = append(out, s)
		}
	}
	return out, nil
}

func stepNames(steps []step) string {
	var names []string
	for _, s := range steps {
		names = append(names, s.kind+":"+s.name)
	}
	if names == nil {
		return "none"
	}
	return cut(strings.Join(names, ", "))
}

func buildToolUsed(s *spec, value any) (judgeFunc, error) {
	var list []matcher
	switch v := value.(type) {
	case string:
		list = []matcher{readMatcher(v, "tool")}
	case []any:
		for _, x := range v {
			if !isString(x) {
				return nil, errors.New("value: allowed are a tool, a list of tools, and an object")
			}
			list = append(list, readMatcher(x, "tool"))
		}
		if len(list) == 0 {
			return nil, errors.New("value names no tool")
		}
	default:
		if _, ok := jsvalue.KeysOf(v); !ok {
			return nil, errors.New("value: allowed are a tool, a list of tools, and an object")
		}
		return s.toolCount(readMatcher(v, "tool"))
	}
	return func(_ context.Context, c *call) (grade, error) {
		tools, err := c.tools()
		if err != nil {
			return grade{}, err
		}
		used := 0
		for _, m := range list {
			if m.count(tools) > 0 {
				used++
			}
		}
		pass := used == len(list)
		if s.inverse {
			pass = used == 0
		}
		return verdict(pass, false, func() string {
			return fmt.Sprintf("%d of %d tools were used; the calls: %s", used, len(list), stepNames(tools))
		}), nil
	}, nil
}

func (s *spec) toolCount(m matcher) (judgeFunc, error) {
	if m.pattern == "" {
		return nil, errors.New("value needs a name or a pattern")
	}
	if m.min == nil {
		one := 1.0
		m.min = &one
	}
	return func(_ context.Context, c *call) (grade, error) {
		tools, err := c.tools()
		if err != nil {
			return grade{}, err
		}
		n := m.count(tools)
		return verdict(m.within(n), s.inverse, func() string {
			return fmt.Sprintf("%s was called %d times; the calls: %s", quote(m.pattern), n, stepNames(tools))
		}), nil
	}, nil
}

func (m matcher) within(n int) bool {
	return (m.min == nil || float64(n) >= *m.min) && (m.max == nil || float64(n) <= *m.max)
}

// sequenceModes are how the calls of tools may fit the steps: in their order with
// others between them, exactly, all of them in any order with others between them,
// and exactly in any order. promptfoo knows the first two.
var sequenceModes = []string{"in_order", "exact", "any_order", "set"}

func buildToolSequence(s *spec, value any) (judgeFunc, error) {
	mode := "in_order"
	list, ok := value.([]any)
	if !ok {
		if _, isObject := jsvalue.KeysOf(value); !isObject {
			return nil, errors.New("value: allowed are a list of steps and {steps, mode}")
		}
		if word, _ := field(value, "mode").(string); word == "exact" || word != "" && s.mode == Strict {
			mode = word
		}
		list, _ = field(value, "steps").([]any)
	}
	if len(list) == 0 {
		return nil, errors.New("value holds no steps")
	}
	var want []matcher
	for i, x := range list {
		m := readMatcher(x, "tool")
		if m.pattern == "" {
			return nil, fmt.Errorf("step %d needs a name or a pattern", i+1)
		}
		want = append(want, m)
	}
	return func(_ context.Context, c *call) (grade, error) {
		tools, err := c.tools()
		if err != nil {
			return grade{}, err
		}
		return verdict(fitSteps(tools, want, mode), s.inverse, func() string {
			return "the calls are " + stepNames(tools)
		}), nil
	}, nil
}

func fitSteps(tools []step, want []matcher, mode string) bool {
	switch mode {
	case "any_order":
		return paired(tools, want)
	case "set":
		return len(tools) == len(want) && paired(tools, want)
	}
	return inOrder(tools, want, mode == "exact")
}

// paired says that each step can have a call of its own: the calls are given away
// along augmenting paths, for a pattern may fit the only call of a narrower one.
func paired(tools []step, want []matcher) bool {
	of := make([]int, len(tools)) // the step that has a call, plus 1
	var give func(i int, tried []bool) bool
	give = func(i int, tried []bool) bool {
		for t := range tools {
			if tried[t] || !want[i].fits(tools[t]) {
				continue
			}
			tried[t] = true
			if of[t] == 0 || give(of[t]-1, tried) {
				of[t] = i + 1
				return true
			}
		}
		return false
	}
	for i := range want {
		if !give(i, make([]bool, len(tools))) {
			return false
		}
	}
	return true
}

func inOrder(tools []step, want []matcher, exact bool) bool {
	if exact && len(tools) != len(want) {
		return false
	}
	next := 0
	for _, t := range tools {
		if next < len(want) && want[next].fits(t) {
			next++
		} else if exact {
			return false
		}
	}
	return next == len(want)
}

func buildToolArgs(s *spec, value any) (judgeFunc, error) {
	if _, ok := jsvalue.KeysOf(value); !ok {
		return nil, errors.New("value: allowed is {name, args}")
	}
	m := readMatcher(value, "tool")
	want, ok := jsvalue.Field(value, "args")
	if !ok {
		want, ok = jsvalue.Field(value, "arguments")
	}
	if m.pattern == "" || !ok {
		return nil, errors.New("value needs a name or a pattern, and args")
	}
	o, err := readArgOptions(value)
	if err != nil {
		return nil, err
	}
	want = without(want, o.ignored)
	return func(_ context.Context, c *call) (grade, error) {
		tools, err := c.tools()
		if err != nil {
			return grade{}, err
		}
		found := false
		var seen []string
		for _, t := range tools {
			if !m.fits(t) || jsvalue.IsUndefined(t.args) {
				continue
			}
			seen = append(seen, shown(t.args))
			got := without(without(t.args, o.ignored), o.isDefault)
			if o.exact && deepEqual(got, want) || !o.exact && holdsArgs(got, want) {
				found = true
				break
			}
		}
		return verdict(found, s.inverse, func() string {
			return fmt.Sprintf("arguments of %s: expected %s%s, got %s", quote(m.pattern), notWord(s.inverse), shown(want), cut(strings.Join(seen, ", ")))
		}), nil
	}, nil
}

type argOptions struct {
	exact    bool
	defaults any
	ignore   []string
}

func readArgOptions(value any) (o argOptions, err error) {
	switch mode := field(value, "mode"); {
	case jsvalue.IsUndefined(mode) || mode == "partial":
	case mode == "exact":
		o.exact = true
	default:
		return o, fmt.Errorf("mode %s: allowed are partial and exact", shown(mode))
	}
	if o.defaults = field(value, "defaults"); !jsvalue.IsUndefined(o.defaults) {
		if _, ok := jsvalue.KeysOf(o.defaults); !ok {
			return o, errors.New("defaults: allowed is an object")
		}
	}
	ignore := field(value, "ignore")
	if jsvalue.IsUndefined(ignore) {
		return o, nil
	}
	list, ok := ignore.([]any)
	if !ok {
		list = []any{ignore}
	}
	for _, x := range list {
		s, ok := x.(string)
		if !ok || jsvalue.Trim(s) == "" {
			return o, errors.New("ignore: allowed are names of arguments")
		}
		o.ignore = append(o.ignore, s)
	}
	return o, nil
}

func (o argOptions) ignored(key string, _ any) bool {
	for _, p := range o.ignore {
		if p == key || strings.ContainsAny(p, "*?") && matchesName(key, p) {
			return true
		}
	}
	return false
}

func (o argOptions) isDefault(key string, v any) bool {
	d, ok := jsvalue.Field(o.defaults, key)
	return ok && deepEqual(d, v)
}

// without is an object without some of its keys.
func without(v any, drop func(key string, v any) bool) any {
	keys, ok := jsvalue.KeysOf(v)
	if !ok {
		return v
	}
	o := jsvalue.NewObject()
	for _, k := range keys {
		if x := field(v, k); !drop(k, x) {
			o.Set(k, x)
		}
	}
	return o
}

// holdsArgs says that all of want is in got: objects may hold more, lists not.
func holdsArgs(got, want any) bool {
	if list, ok := want.([]any); ok {
		have, ok := got.([]any)
		if !ok || len(have) != len(list) {
			return false
		}
		for i := range list {
			if !holdsArgs(have[i], list[i]) {
				return false
			}
		}
		return true
	}
	keys, ok := jsvalue.KeysOf(want)
	if !ok {
		return deepEqual(got, want)
	}
	for _, k := range keys {
		x, ok := jsvalue.Field(got, k)
		if !ok || !holdsArgs(x, field(want, k)) {
			return false
		}
	}
	_, ok = jsvalue.KeysOf(got)
	return ok
}

func buildStepCount(s *spec, value any) (judgeFunc, error) {
	if _, ok := jsvalue.KeysOf(value); !ok {
		return nil, errors.New("value: allowed is {min, max, type, pattern}")
	}
	m := readMatcher(value, "")
	if m.min == nil && m.max == nil {
		return nil, errors.New("value needs min or max")
	}
	return func(_ context.Context, c *call) (grade, error) {
		if c.of.Trace == nil {
			return grade{}, errNoTrace
		}
		n := m.count(c.of.Trace.steps())
		return verdict(m.within(n), s.inverse, func() string { return fmt.Sprintf("%d steps match", n) }), nil
	}, nil
}
