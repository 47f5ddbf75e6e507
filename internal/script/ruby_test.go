package script

import (
	"strings"
	"sync"
	"testing"
	"time"
)

func TestRuby(t *testing.T) {
	files := map[string]string{
		"check.rb": `require "helper"
LIMIT = 5
def half_of_limit = LIMIT / 10.0
def get_assert(output, context)
  puts "printed"
  system("echo from a child")
  {pass: true, "score" => half_of_limit, reason: output + context["vars"]["x"] + suffix}
end
def call_api(prompt, options, context) = {output: prompt + options["id"]}
class C
  def self.m(o) = o * 2
  def self.limit(o) = LIMIT
end
def count(o) = $count = $count.to_i + 1
def nan(o) = Float::NAN
def nested(o) = {score: Float::INFINITY, t: [1, :two, nil]}
def bad(o) = "\xff"
def leaves(o) = exit(4)
def dies(o) = exit!(5)
def loops(o)
  loop {}
end
def reads(o) = STDIN.read
def unicode(o) = {reason: "é→" + o, size: o.size}
def value(v) = raise("the program's own methods are others")
def load(v) = raise("the program's own methods are others")
`,
		"helper.rb":  "def suffix = '!'\n",
		"other.rb":   "LIMIT = 7\nclass C\n  def self.m(o) = LIMIT\nend\ndef get_assert(output, context = nil) = half_of_limit\ndef half_of_limit = LIMIT\n",
		"broken.rb":  "def f(\n",
		"imports.rb": "require 'no_such_library'\ndef f(o) = 1\n",
		"none.rb":    "1\n",
	}
	dir := project(t, files)
	var log lockedBuffer
	r := newRunner(t, RunnerConfig{Runtime: Ruby, Log: &log, Deadline: 5 * time.Second, Workers: 1})
	file := func(name, function string) Code {
		return Code{Kind: KindFile, Dir: dir, File: name, Function: function}
	}
	inline := func(source string) Code {
		if strings.Contains(source, "\n") {
			return Code{Kind: KindFunctionBody, Source: source}
		}
		return Code{Kind: KindExpression, Source: source}
	}
	api := file("check.rb", "call_api")
	api.Params = []string{"prompt", "options", "context"}
	args := map[string]any{"output": "o", "context": map[string]any{"vars": map[string]any{"x": "y"}}}
	one := map[string]any{"output": "o"}
	wantResults(t, r, []runnerResult{
		{file("check.rb", "get_assert"), args, map[string]any{"pass": true, "score": 0.5, "reason": "oy!"}},
		{api, map[string]any{"prompt": "p", "options": map[string]any{"id": "i"}}, map[string]any{"output": "pi"}},
		{file("check.rb", "C.m"), one, "oo"},
		{file("check.rb", "nested"), one, map[string]any{"score": nil, "t": []any{1.0, "two", nil}}},
		{file("check.rb", "reads"), one, ""},
		{file("check.rb", "count"), one, 1.0},
		{file("check.rb", "count"), one, 2.0}, // it is loaded once
		{file("check.rb", "unicode"), map[string]any{"output": "ü\u2028"}, map[string]any{"reason": "é→ü\u2028", "size": 2.0}},
		{file("other.rb", "get_assert"), one, 7.0},
		{file("check.rb", "C.limit"), one, 5.0}, // methods and constants of files are their own
		{inline("output.size + 1"), one, 2.0},
		{inline("x = 1\nx = 2 if output\nx\n"), one, 2.0},
		{inline("return {pass: true} if output == 'o'\nnil"), one, map[string]any{"pass": true}},
		{inline("def twice(x) = x * 2\nJSON.parse('[1]') + [twice(output)]"), one, []any{1.0, "oo"}},
		{inline("nil"), one, nil},
	})
	if got, err := callRunner(t, r, file("check.rb", "nan"), one); err != nil || got == got {
		t.Errorf("nan is %v, %v", got, err)
	}
	wantEnds(t, r, one, []runnerEnd{
		{file("check.rb", "gone"), `fault: check.rb has no method "gone"; it has bad, call_api, count,`},
		{file("check.rb", "D.m"), `fault: check.rb has no method "D.m"`}, {file("none.rb", "f"), `fault: none.rb has no method "f"; it has none`},
		{file("check.rb", "bad"), "thrown"}, {file("check.rb", "leaves"), "thrown"}, {file("check.rb", "dies"), "limit"},
		{file("check.rb", "loops"), "limit"}, {file("broken.rb", "f"), "thrown"}, {file("imports.rb", "f"), "thrown"},
		{inline("1 +"), "thrown"}, {inline("twice(1)"), "thrown"}, {inline("half_of_limit"), "thrown"}, {inline("raise Exception"), "thrown"}, {inline("throw :x"), "thrown"},
	})
	r.Close()
	for _, want := range []string{"printed\n", "from a child\n"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q: %q", want, log.String())
		}
	}
}

func TestRubyFilesBesideEachOther(t *testing.T) {
	dir := project(t, map[string]string{"a.rb": "def get_assert(o) = mine\ndef mine = 'a'\n", "b.rb": "def get_assert(o) = mine\ndef mine = 'b'\n"})
	r := newRunner(t, RunnerConfig{Runtime: Ruby, Workers: 2})
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			name := string("ab"[i%2])
			if got, err := callRunner(t, r, Code{Kind: KindFile, Dir: dir, File: name + ".rb", Function: "get_assert"}, map[string]any{"output": ""}); err != nil || got != name {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		})
	}
	all.Wait()
}
