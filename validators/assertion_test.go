package validators

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators/judged"
)

func TestAssertions(t *testing.T) {
	for _, c := range []struct {
		assert string
		output string
		score  float64
		pass   bool
	}{
		{`{"type":"equals","value":"track_order"}`, " Track_Order. ", 1, true},
		{`{"type":"equals","value":"track_order"}`, "cancel_order", 0, false},
		{`{"type":"equals","value":"straße"}`, "STRASSE", 1, true},
		{`{"type":"equals","value":"café"}`, "Cafe\u0301", 1, true},
		{`{"type":"equals","value":"café"}`, "cafe", 0, false},
		{`{"type":"equals","value":"istanbul"}`, "ISTANBUL", 1, true},
		{`{"type":"equals","value":"i\u0307stanbul"}`, "İstanbul", 1, true},
		{`{"type":"equals","value":""}`, " \n", 1, true},
		{`{"type":"equals","value":42}`, "42.0", 1, true},
		{`{"type":"equals","value":42}`, "43", 0, false},
		{`{"type":"equals","value":true}`, "True.", 1, true},
		{`{"type":"equals","value":{"a":1,"b":[2,"x"]}}`, `{"b":[2.0,"x"], "a":1e0}`, 1, true},
		{`{"type":"equals","value":{"a":1}}`, `{"a":1,"b":2}`, 0, false},
		{`{"type":"equals","value":{"a":"X"}}`, `{"a":"x"}`, 0, false},
		{`{"type":"equals","value":"{\"a\":1,\"b\":2}"}`, `{"b":2,"a":1}`, 1, true},
		{`{"type":"equals","value":9007199254740993}`, "9007199254740992", 0, false},
		{`{"type":"not-equals","value":"a"}`, "b", 1, true},
		{`{"type":"not_equals","value":"a"}`, "A", 0, false},

		{`{"type":"one-of","value":["yes","no"]}`, "Yes.", 1, true},
		{`{"type":"one_of","value":"yes, \"no, thanks\""}`, "No, thanks", 1, true},
		{`{"type":"one-of","value":["yes",1]}`, "1.0", 1, true},
		{`{"type":"one-of","value":["yes","no"]}`, "maybe", 0, false},

		{`{"type":"contains","value":"parcel"}`, "Your parcel is here", 1, true},
		{`{"type":"contains","value":"Parcel"}`, "Your parcel is here", 0, false},
		{`{"type":"contains","value":42}`, "it is 42", 1, true},
		{`{"type":"contains","value":"é"}`, "cafe\u0301", 1, true},
		{`{"type":"icontains","value":"STRASSE"}`, "die Straße", 1, true},
		{`{"type":"contains-all","value":["a","b"]}`, "ab", 1, true},
		{`{"type":"contains-all","value":["a","x","y","z"]}`, "ab", 0.25, false},
		{`{"type":"contains-all","value":["a","x"],"threshold":0.5}`, "ab", 0.5, true},
		{`{"type":"icontains-all","value":"A, B"}`, "ab", 1, true},
		{`{"type":"contains-any","value":["x","b"]}`, "ab", 1, true},
		{`{"type":"contains-any","value":["x","B"]}`, "ab", 0, false},
		{`{"type":"icontains-any","value":["x","B"]}`, "ab", 1, true},
		{`{"type":"not-contains-all","value":["a","x","y","z"]}`, "ab", 0.75, true},
		{`{"type":"not-contains","value":"a"}`, "ab", 0, false},

		{`{"type":"starts-with","value":"Dear"}`, "\n Dear you", 1, true},
		{`{"type":"starts-with","value":"Dear"}`, "Oh dear", 0, false},
		{`{"type":"ends-with","value":"bye"}`, "good bye\n", 1, true},
		{`{"type":"ends-with","value":"bye"}`, "bye now", 0, false},

		{`{"type":"regex","value":"^\\d{3}$"}`, "123", 1, true},
		{`{"type":"regex","value":"(?i)ORDER-\\d+"}`, "see order-17", 1, true},
		{`{"type":"not-regex","value":"\\d"}`, "see order-17", 0, false},

		{`{"type":"is-json"}`, ` {"a":[1,2]} `, 1, true},
		{`{"type":"is-json"}`, "5", 1, true},
		{`{"type":"is-json"}`, "null", 1, true},
		{`{"type":"is-json"}`, `{"a":1}}`, 0, false},
		{`{"type":"is-json"}`, `{"a":1,}`, 0, false},
		{`{"type":"is-json"}`, `{a:1}`, 0, false},
		{`{"type":"is-json"}`, "```json\n{}\n```", 0, false},
		{`{"type":"is-json"}`, "", 0, false},
		{`{"type":"is-json"}`, "\"\xff\"", 0, false},
		{`{"type":"not-is-json"}`, "hello", 1, true},
		{`{"type":"is-json","value":{"type":"array"}}`, "{}", 0, false},

		{`{"type":"numeric","value":3.14,"threshold":0.01}`, "3.13", 1, true},
		{`{"type":"numeric","value":3.14,"threshold":0.01}`, "3.1299", 0, false},
		{`{"type":"numeric","value":3.14,"threshold":0.01}`, "about 3.145 m", 1, true},
		{`{"type":"numeric","value":1234.5}`, "The total is $1,234.50.", 1, true},
		{`{"type":"numeric","value":-5}`, "−5 °C", 1, true},
		{`{"type":"numeric","value":0.5}`, ".5", 1, true},
		{`{"type":"numeric","value":4}`, "gpt-4", 0, false},
		{`{"type":"numeric","value":4}`, "gpt-4 says 4kg", 1, true},
		{`{"type":"numeric","value":10}`, "10-20", 0, false},
		{`{"type":"numeric","value":7}`, "7 = 7.0", 1, true},
		{`{"type":"numeric","value":7}`, "none", 0, false},
		{`{"type":"numeric","value":7}`, "", 0, false},
		{`{"type":"numeric","value":9007199254740993}`, "9007199254740992", 0, false},
		{`{"type":"numeric","value":{"number":200,"tolerance":"1%"}}`, "198", 1, true},
		{`{"type":"numeric","value":{"number":200,"tolerance":"1%"}}`, "197.9", 0, false},
		{`{"type":"numeric","value":{"number":200,"tolerance":3}}`, "197.9", 1, true},
		{`{"type":"numeric","value":1}`, "1e999999", 0, false},

		{`{"type":"similar","value":"abcd"}`, "abcd", 1, true},
		{`{"type":"similar","value":"abcd"}`, "abcx", 0.6, false},
		{`{"type":"similar","value":"abcd","threshold":0.6}`, "abcx", 0.6, true},
		{`{"type":"similar","value":["zzz","abcd"]}`, "abcd", 1, true},
		{`{"type":"not-similar","value":"abcd"}`, "abcx", 0.4, true},

		{`{"type":"intent_accuracy","value":"track_order"}`, "Track Order", 1, true},
		{`{"type":"intent-accuracy","value":"track_order"}`, "track", 0, false},
		{`{"type":"length","value":5}`, "äöüßé", 1, true},
		{`{"type":"length","threshold":4}`, "äöüßé", 0, false},
		{`{"type":"equals","value":"a","weight":0}`, "b", 0, true},
		{`{"type":"not-equals","value":"a","weight":0}`, "a", 0, true},
	} {
		f := judgeText(t, compile(t, c.assert), text(c.output))
		if math.Abs(f.Score-c.score) > 1e-9 || f.Pass != c.pass {
			t.Errorf("%s on %q: score %v pass %v (%s), want %v %v", c.assert, c.output, f.Score, f.Pass, f.Reason, c.score, c.pass)
		}
	}
}

func TestExpectedOfTheCase(t *testing.T) {
	for _, c := range []struct {
		assert   string
		expected any
		asset    pipeline.Asset
		pass     bool
	}{
		{`{"type":"equals"}`, "track_order", pipeline.Asset{Text: "Track_order"}, true},
		{`{"type":"equals"}`, map[string]any{"a": 1, "b": 2.0}, pipeline.Asset{Text: `{"b":2,"a":1}`, JSON: json.RawMessage(`{"b":2,"a":1}`)}, true},
		{`{"type":"equals"}`, `{"a":1}`, pipeline.Asset{Text: `{"a": 1.0}`, JSON: json.RawMessage(`{"a": 1.0}`)}, true},
		{`{"type":"equals"}`, 3, pipeline.Asset{Text: "3"}, true},
		{`{"type":"equals"}`, json.Number("3"), pipeline.Asset{Text: "3.0"}, true},
		{`{"type":"equals"}`, false, pipeline.Asset{Text: "False"}, true},
		{`{"type":"equals"}`, []any{"a"}, pipeline.Asset{Text: "a"}, false},
		{`{"type":"one-of"}`, []any{"a", "b"}, pipeline.Asset{Text: "B"}, true},
		{`{"type":"numeric"}`, 2.5, pipeline.Asset{Text: "2.50"}, true},
		{`{"type":"numeric"}`, "2.5", pipeline.Asset{Text: "2.6"}, false},
		{`{"type":"similar"}`, "abcd", pipeline.Asset{Text: "abcd"}, true},
		{`{"type":"intent_accuracy"}`, "track_order", pipeline.Asset{Text: `{"label":"track-order"}`, JSON: json.RawMessage(`{"label":"track-order"}`)}, true},
		{`{"type":"intent_accuracy"}`, 7, pipeline.Asset{Text: "7"}, true},
	} {
		f := judgeText(t, compile(t, c.assert), pipeline.Subject{Asset: c.asset, Expected: c.expected})
		if f.Pass != c.pass {
			t.Errorf("%s, expected %v, got %s: pass %v (%s)", c.assert, c.expected, c.asset.Text, f.Pass, f.Reason)
		}
	}
}

func TestCouldNotJudge(t *testing.T) {
	for _, c := range []struct {
		assert  string
		subject pipeline.Subject
		want    string
	}{
		{`{"type":"equals"}`, text("a"), "no expected value"},
		{`{"type":"not-equals"}`, text("a"), "no expected value"},
		{`{"type":"one-of"}`, pipeline.Subject{Expected: "a"}, "not a list"},
		{`{"type":"numeric"}`, text("1"), "no expected value"},
		{`{"type":"numeric"}`, pipeline.Subject{Expected: "many"}, "not a number"},
		{`{"type":"numeric"}`, pipeline.Subject{Expected: true}, "not a number"},
		{`{"type":"similar"}`, text("abc"), "not a text"},
		{`{"type":"similar","value":"abc"}`, text("123"), "unknown"},
		{`{"type":"not-similar","value":"abc"}`, text("123"), "unknown"},
		{`{"type":"similar","value":"abc","weight":0}`, text("123"), "unknown"},
		{`{"type":"intent_accuracy"}`, text("a"), "no expected value"},
		{`{"type":"intent_accuracy"}`, pipeline.Subject{Expected: []any{"a"}}, "not a label"},
		{`{"type":"tokens","value":5}`, text("a"), "not reported"},
		{`{"type":"equals"}`, pipeline.Subject{Expected: math.NaN()}, "not JSON"},
		{`{"type":"equals","value":"a"}`, pipeline.Subject{Asset: pipeline.Asset{Err: "timed\nout", Text: "a"}}, `there is no output: timed\nout`},
	} {
		f, err := compile(t, c.assert).Validate(context.Background(), c.subject)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: finding %+v, error %v; want an error with %q", c.assert, f, err, c.want)
		}
		if f.Pass {
			t.Errorf("%s: passed beside its error", c.assert)
		}
	}
}

func TestConfigurationErrors(t *testing.T) {
	for assert, want := range map[string]string{
		`{"type":"eqals","value":"a"}`:                                         `did you mean equals?`,
		`{"type":"not-contain","value":"a"}`:                                   `did you mean not-contains?`,
		`{"type":"context-faithfulness"}`:                                      `context-faithfulness: needs a model`,
		`{"type":"wombat"}`:                                                    `known: equals, one-of`,
		`{"type":""}`:                                                          `unknown metric ""`,
		`{"type":"not-latency","value":"2s"}`:                                  `only assertions have a not- form`,
		`{"type":"not-not-equals"}`:                                            `unknown metric`,
		`{"type":"pass_rate"}`:                                                 `use it in a rule`,
		`{"type":"equals","value":null}`:                                       `equals: value is null`,
		`{"type":"equals","value":"a","threshold":1}`:                          `equals: takes no threshold`,
		`{"type":"equals","value":"a","weight":-1}`:                            `equals: weight -1`,
		`{"type":"contains"}`:                                                  `contains: value is missing`,
		`{"type":"contains","value":""}`:                                       `contains: value is empty`,
		`{"type":"contains","value":["a"]}`:                                    `contains: value ["a"]: allowed is a text`,
		`{"type":"contains-any","value":[]}`:                                   `empty list`,
		`{"type":"contains-any","value":["a",""]}`:                             `item 2`,
		`{"type":"contains-any","value":""}`:                                   `allowed is a list`,
		`{"type":"contains-any","value":"\"a"}`:                                `allowed is a list`,
		`{"type":"contains-all","value":["a"],"threshold":1.5}`:                `threshold 1.5: allowed are numbers above 0`,
		`{"type":"contains-all","value":["a"],"threshold":0}`:                  `threshold 0: every output reaches it`,
		`{"type":"not-similar","value":"a","threshold":0}`:                     `threshold 0: every output reaches it`,
		`{"type":"contains-all","value":["a"],"threshold":-1}`:                 `threshold -1`,
		`{"type":"one-of","value":5}`:                                          `one-of: value 5: allowed is a list`,
		`{"type":"one-of","value":["a",null]}`:                                 `item 2 of the list is null`,
		`{"type":"not-regex","value":"("}`:                                     `not-regex: value "("`,
		`{"type":"regex","value":"a(?=b)"}`:                                    `RE2 has no look-ahead`,
		`{"type":"regex","value":"a(?!b)"}`:                                    `RE2 has no look-ahead`,
		`{"type":"regex","value":"(?<=a)b"}`:                                   `RE2 has no look-ahead or look-behind`,
		`{"type":"regex","value":"(?<!a)b"}`:                                   `RE2 has no look-ahead or look-behind`,
		`{"type":"regex","value":"(a)\\1"}`:                                    `RE2 has no back references`,
		`{"type":"regex","value":"(?<x>a)\\k<x>"}`:                             `RE2 has no back references`,
		`{"type":"regex","value":"\\u00e9"}`:                                   `\x{00E9}`,
		`{"type":"json-schema"}`:                                               `json-schema: value is missing`,
		`{"type":"json-schema","value":7}`:                                     `allowed is a JSON schema`,
		`{"type":"json-schema","value":"{"}`:                                   `allowed is a JSON schema`,
		`{"type":"json-schema","value":{"type":"objekt"}}`:                     `not a valid schema: at /type`,
		`{"type":"json-schema","value":{"pattern":"(?=a)"}}`:                   `not a valid schema`,
		`{"type":"json-schema","value":{"$ref":"#/$defs/x"}}`:                  `not a valid schema`,
		`{"type":"json-schema","value":{"$ref":"other.json"}}`:                 `only references inside the schema`,
		`{"type":"json-schema","value":{"$ref":"file:///etc/hostname"}}`:       `only references inside the schema`,
		`{"type":"json-schema","value":{"$ref":"https://example.com/s.json"}}`: `only references inside the schema`,
		`{"type":"json-schema","value":{"minimum":1e999999999}}`:               `beyond 400 digits`,
		`{"type":"numeric","value":"many"}`:                                    `numeric: value "many": allowed is a number`,
		`{"type":"numeric","value":"0x10"}`:                                    `allowed is a number`,
		`{"type":"numeric","value":1e999}`:                                     `allowed is a number`,
		`{"type":"numeric","value":{"number":1,"within":2}}`:                   `unknown key "within"`,
		`{"type":"numeric","value":{"number":1,"tolerance":"x"}}`:              `tolerance "x"`,
		`{"type":"numeric","value":{"number":1,"tolerance":1},"threshold":1}`:  `allowed is one of them`,
		`{"type":"numeric","value":1,"threshold":-1}`:                          `threshold -1`,
		`{"type":"similar","value":"a","threshold":2}`:                         `similar: threshold 2`,
		`{"type":"similar","value":{}}`:                                        `similar: value {}`,
		`{"type":"latency"}`:                                                   `latency: the limit is missing`,
		`{"type":"latency","value":"2 parsecs"}`:                               `allowed is a time`,
		`{"type":"latency","value":0}`:                                         `allowed is a time`,
		`{"type":"cost","value":"cheap"}`:                                      `US dollars`,
		`{"type":"tokens","value":1.5}`:                                        `whole number`,
		`{"type":"tokens","value":5,"threshold":5}`:                            `allowed is one of them`,
		`{"type":"length","value":[]}`:                                         `length: value []`,
		`{"type":"intent_accuracy","value":["a"]}`:                             `allowed is a text`,
	} {
		v, err := New(parse(t, assert), Deps{Embedder: letters{}})
		if err == nil {
			t.Errorf("%s: accepted: %+v", assert, v)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\nwant %q", assert, err, want)
		}
	}
	if _, err := New(testsets.Assertion{Type: "similar", Value: json.RawMessage(`"a"`)}, Deps{}); err == nil {
		t.Error("similar without an embedder: accepted")
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		if _, err := New(testsets.Assertion{Type: "equals", Weight: &bad}, Deps{}); err == nil {
			t.Errorf("weight %v: accepted", bad)
		}
		if _, err := New(testsets.Assertion{Type: "similar", Threshold: &bad}, Deps{Embedder: letters{}}); err == nil {
			t.Errorf("threshold %v: accepted", bad)
		}
	}
}

func TestJudgedNeedsAJudge(t *testing.T) {
	count := 0
	for _, m := range Known() {
		if slices.Contains([]string{"tool_correctness", "json_correctness", "exact_match", "pattern_match", "tool_permission", "agent_loop_detection"}, m.Name) { // they ask nobody
			count++
			continue
		}
		_, err := New(testsets.Assertion{Type: m.Name}, Deps{Embedder: letters{}})
		e, _, _ := find(m.Name)
		if got := errors.Is(err, ErrNoJudge); got != (m.Kind == KindJudged || e.model) {
			t.Errorf("%s: %v", m.Name, err)
		}
		if m.Kind == KindJudged {
			count++
		}
	}
	if want := len(judged.Known()) + 1; count != want { // and llm-rubric
		t.Errorf("%d judged metrics, want %d", count, want)
	}
}

// Comparing calls asks nobody; whether they were a good choice does.
func TestComputed(t *testing.T) {
	one := json.RawMessage(`{"available_tools":[{"name":"f"}]}`)
	if _, err := New(testsets.Assertion{Type: "tool_correctness", Value: one}, Deps{}); !errors.Is(err, ErrNoJudge) {
		t.Error(err)
	}
	if _, err := New(testsets.Assertion{Type: "tool_correctness"}, Deps{Computing: &Judging{Params: map[string]json.RawMessage{"tool_correctness": one}}}); !errors.Is(err, ErrNoJudge) {
		t.Error(err)
	}
	fields := json.RawMessage(`{"expected_fields":{"a":"int"}}`)
	v, err := New(testsets.Assertion{Type: "json_correctness", Value: fields}, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	for text, pass := range map[string]bool{`{"a":1}`: true, `{"a":"x"}`: false} {
		if f, err := v.Validate(t.Context(), pipeline.Subject{Asset: pipeline.Asset{Text: text}, Request: pipeline.Request{Input: "q"}}); err != nil || f.Pass != pass || !pass && f.Reason == "" {
			t.Errorf("%s: %+v, %v", text, f, err)
		}
	}
	if _, asked := mustNew(t, testsets.Assertion{Type: "json_correctness", Value: fields}, Deps{Judging: &Judging{Name: "j", Mode: judged.Exact}}).(*Judged); !asked {
		t.Error("DeepEval's reason is its judge's")
	}
	v, err = New(testsets.Assertion{Type: "tool_correctness"}, Deps{Judging: &Judging{Name: "j"}})
	if err != nil {
		t.Fatal(err)
	}
	s := pipeline.Subject{Asset: pipeline.Asset{ToolCalls: []pipeline.ToolCall{{Name: "f"}}, Trace: &pipeline.Trace{}}, Metadata: map[string]any{"expected_tools": []any{map[string]any{"name": "f"}, map[string]any{"name": "g"}}}}
	if f, err := v.Validate(t.Context(), s); err != nil || f.Score != 0.5 || f.Features["judge"] != "" {
		t.Errorf("%+v, %v", f, err)
	}
}

func mustNew(t *testing.T, a testsets.Assertion, d Deps) pipeline.Validator {
	t.Helper()
	v, err := New(a, d)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// odd is an embedder that returns what it should not.
type odd float64

func (o odd) Similarity(_, _ string) (float64, bool) { return float64(o), true }

func TestScoreStaysInRange(t *testing.T) {
	for cosine, want := range map[odd]float64{-0.5: 0, 1.0000001: 1} {
		v, err := New(parse(t, `{"type":"similar","value":"a"}`), Deps{Embedder: cosine})
		if err != nil {
			t.Fatal(err)
		}
		if f := judgeText(t, v, text("b")); f.Score != want {
			t.Errorf("cosine %v: score %v, want %v", cosine, f.Score, want)
		}
	}
	v, err := New(parse(t, `{"type":"similar","value":"a"}`), Deps{Embedder: odd(math.NaN())})
	if err != nil {
		t.Fatal(err)
	}
	if f, err := v.Validate(context.Background(), text("b")); err == nil {
		t.Errorf("a cosine that is not a number: %+v", f)
	}
}

func TestReasons(t *testing.T) {
	for _, c := range []struct{ assert, output, want string }{
		{`{"type":"equals","value":"track_order"}`, "cancel_order", `expected "track_order", got "cancel_order"`},
		{`{"type":"equals","value":{"a":1}}`, "x", `expected {"a":1}, got "x"`},
		{`{"type":"one-of","value":["a","b"]}`, "\x1b[31mred\n", `expected one of "a", "b", got "\x1b[31mred\n"`},
		{`{"type":"not-contains","value":"a"}`, "cat", `expected not contains "a", got "cat"`},
		{`{"type":"numeric","value":5,"threshold":1}`, "it is 7", `expected 5 ± 1, got 7`},
		{`{"type":"numeric","value":5}`, "3,14", `expected one number, found 3 and 14 in "3,14"`},
		{`{"type":"similar","value":"abcd"}`, "abcx", `similarity 0.600 to "abcd" is below 0.8, got "abcx"`},
		{`{"type":"intent_accuracy","value":"a"}`, `{"label":"b"}`, `expected "a", got "b"`},
		{`{"type":"contains-all","value":["a","x"]}`, "ab", `1 of 2 texts found, missing "x", got "ab"`},
		{`{"type":"regex","value":"^x"}`, "ab", `expected a match of /^x/, got "ab"`},
		{`{"type":"is-json"}`, "", `not JSON: the text is empty; got ""`},
		{`{"type":"is-json"}`, "{} {}", `not JSON: something follows the first value; got "{} {}"`},
	} {
		if f := judgeText(t, compile(t, c.assert), text(c.output)); f.Reason != c.want {
			t.Errorf("%s: reason %s\nwant %s", c.assert, f.Reason, c.want)
		}
	}
	long := judgeText(t, compile(t, `{"type":"equals","value":"a"}`), text(strings.Repeat("ä", 1000)))
	if want := `expected "a", got "` + strings.Repeat("ä", 200) + `"…`; long.Reason != want {
		t.Errorf("long output: %s", long.Reason)
	}
}

func TestConcurrentUse(t *testing.T) {
	type job struct {
		v      pipeline.Validator
		output string
		want   pipeline.Finding
	}
	var jobs []job
	for assert, output := range map[string]string{
		`{"type":"equals","value":"Straße"}`:                                                             "STRASSE",
		`{"type":"icontains-all","value":["É","x"]}`:                                                     "cafe\u0301",
		`{"type":"regex","value":"(a|b)+c"}`:                                                             "ababab",
		`{"type":"json-schema","value":{"$defs":{"n":{"type":"integer"}},"items":{"$ref":"#/$defs/n"}}}`: `[1,2,"x"]`,
		`{"type":"numeric","value":5}`:                                                                   "5 or 6",
		`{"type":"similar","value":"abcd"}`:                                                              "abcx",
		`{"type":"intent_accuracy","value":"track order"}`:                                               `{"intent":{"name":"track-order"}}`,
	} {
		v := compile(t, assert)
		jobs = append(jobs, job{v, output, judgeText(t, v, text(output))})
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				for _, j := range jobs {
					got, err := j.v.Validate(context.Background(), text(j.output))
					if err != nil || !reflect.DeepEqual(got, j.want) {
						t.Errorf("%+v, %v; alone %+v", got, err, j.want)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

// Of several paths of a state that are wrong, the first one is told, each time.
func TestStateTellsTheFirst(t *testing.T) {
	v := compile(t, `{"type":"state","value":{"e":1,"d":1,"c":1,"b":1,"a":1,"ok":2}}`)
	s := pipeline.Subject{Asset: pipeline.Asset{Talk: &pipeline.Talk{State: map[string]any{"ok": 2.0}}}}
	for range 20 {
		f, err := v.Validate(t.Context(), s)
		if err != nil || f.Pass || f.Reason != "a: expected 1, there is nothing" {
			t.Fatalf("%+v, %v", f, err)
		}
	}
}
