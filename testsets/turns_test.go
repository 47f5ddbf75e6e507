package testsets

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

const talksYAML = `
simulate: openai:gpt-5.4-mini
state: {order: {status: open}}
max_rounds: 3
tools:
  get_order:
    - {match: {id: "7"}, returns_state: order, latency: 20ms}
    - {error: no such order}
  cancel_order: {when: {order.status: open}, sets: {order.status: cancelled}, returns: {ok: true}, default: {ok: false}}
cases:
  - {id: replayed, turns: [hi, {role: assistant, content: hello}, refund], assert: [{type: equals, value: x, turn: each}, {type: contains, value: y, turn: 2}]}
  - {id: recorded, replay: recorded, turns: [{role: system, content: s}, {role: user, content: a}, {role: assistant, content: b}, {role: user, content: c}]}
  - {id: own, input: x, tools: {get_order: {returns: null}}, state: {n: 1}, max_rounds: 5}
  - {id: played, simulate: {persona: Ada, goal: a refund, scenario: s, first: hey, max_turns: 4}}
  - {id: maybe, input: x, simulate: {goal: g}}
`

func TestTalks(t *testing.T) {
	s := read(t, "t.yaml", talksYAML, Options{})
	if s.Simulate != "openai:gpt-5.4-mini" || len(s.Cases) != 5 {
		t.Fatalf("%+v", s)
	}
	c := s.Cases
	if want := []Message{{"user", "hi"}, {"assistant", "hello"}}; c[0].Replay != ReplayOwn || c[0].Input != "refund" || !reflect.DeepEqual(c[0].Messages, want) || c[0].Assert[0].Turn != "each" || c[0].Assert[1].Turn != "2" {
		t.Errorf("%+v", c[0])
	}
	if c[1].Replay != ReplayRecorded || c[1].Input != "c" || len(c[1].Messages) != 3 {
		t.Errorf("%+v", c[1])
	}
	whole := map[string][]Stub{
		"get_order": {{Match: map[string]any{"id": "7"}, FromState: "order", Latency: Pause(20 * time.Millisecond)}, {Error: "no such order"}},
		"cancel_order": {{When: map[string]any{"order.status": "open"}, Sets: map[string]any{"order.status": "cancelled"}, Returns: json.RawMessage(`{"ok":true}`)},
			{Returns: json.RawMessage(`{"ok":false}`)}},
	}
	if got := c[0].Tools; !reflect.DeepEqual(got.Stubs, whole) || got.Rounds != 3 {
		t.Errorf("%+v", got)
	}
	if got := c[2].Tools; got.Rounds != 5 || got.State["n"] == nil || got.State["order"] == nil || string(got.Stubs["get_order"][0].Returns) != "null" || len(got.Stubs["cancel_order"]) != 2 {
		t.Errorf("%+v", got)
	}
	if got := c[0].Tools.State; got["n"] != nil {
		t.Error("one case's state is another's")
	}
	if p := c[3].Simulate; c[3].Input != "hey" || *p != (Persona{Persona: "Ada", Goal: "a refund", Scenario: "s", First: "hey", MaxTurns: 4}) {
		t.Errorf("%+v", c[3])
	}
	if !c[4].Simulate.Optional || c[4].Input != "x" {
		t.Errorf("%+v", c[4])
	}
	back, lost := again(t, s, "native", "t.json")
	if !reflect.DeepEqual(meaning(back), meaning(s)) || len(lost) > 0 {
		t.Errorf("lost %v\ngot  %+v\nwant %+v", lost, meaning(back), meaning(s))
	}
	if _, lost, err := Encode(s, "rows-jsonl"); err != nil || !strings.Contains(strings.Join(lost, "\n"), "turn by turn") || !strings.Contains(strings.Join(lost, "\n"), "the simulated user") {
		t.Errorf("%v, %v", lost, err)
	}
}

func TestTalkErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{turns: []}`: "no turn of the user",
		`{turns: [{role: assistant, content: x}]}`:         "no turn of the user",
		`{turns: [a], input: b}`:                           "not both",
		`{turns: [a], messages: []}`:                       "not both",
		`{turns: [a], replay: mine}`:                       "must be own or recorded",
		`{input: a, replay: own}`:                          "no turns to replay",
		`{turns: [a], simulate: {goal: g}}`:                "simulate or turns, not both",
		`{simulate: {persona: p}}`:                         "needs a goal",
		`{simulate: {goal: g, max_turns: 0}}`:              "from 1 to 100",
		`{simulate: {goal: g, turns: 3}}`:                  "unknown key",
		`{input: a, assert: [{type: equals, turn: last}]}`: `the number of an answer, from 1, or "each"`,
		`{input: a, tools: {t: {returns: 1, error: e}}}`:   "one of returns, returns_state, returns_template, error and sequence",
		`{input: a, tools: {t: {latency: 5}}}`:             "must be a time such as 200ms",
		`{input: a, tools: {t: {latency: 1h}}}`:            "at most a minute",
		`{input: a, tools: {t: 5}}`:                        "expected an answer",
		`{input: a, tools: [t]}`:                           "expected an object of tools",
		`{input: a, max_rounds: 1.5}`:                      "whole number",
		`{input: a, state: [1]}`:                           "expected an object",
	} {
		_, err := Read("t.yaml", []byte("cases:\n- "+text+"\n"), Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
