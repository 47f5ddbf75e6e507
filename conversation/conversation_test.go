package conversation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

func book(t *testing.T, path string) *Book {
	t.Helper()
	b, err := OpenBook(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// asked counts calls and answers each by its input.
type asked struct {
	inputs []string
	fail   func(n int) error // nil = never
}

func (a *asked) call(_ context.Context, q pipeline.Request) (pipeline.Asset, error) {
	a.inputs = append(a.inputs, q.Input)
	if a.fail != nil {
		if err := a.fail(len(a.inputs)); err != nil {
			return pipeline.Asset{CostUSD: 0.25, Sends: 1}, err
		}
	}
	return pipeline.Asset{Text: "re: " + q.Input, CostUSD: 1, Usage: pipeline.Usage{InputTokens: len(q.Messages)}, Sends: 1}, nil
}

func three() pipeline.Request {
	return pipeline.Request{ID: "c#1", Input: "a", Draw: 1, Dialogue: &pipeline.Dialogue{Say: []pipeline.Message{
		{Role: "user", Content: "a"}, {Role: "assistant", Content: "old"}, {Role: "user", Content: "b"}, {Role: "user", Content: "c"}}}}
}

// TestResume: what a log holds is not asked again, whoever opens it, and costs
// are told once.
func TestResume(t *testing.T) {
	path := filepath.Join(t.TempDir(), "turns.jsonl")
	b := book(t, path)
	first := &asked{fail: func(n int) error {
		if n == 3 {
			return &pipeline.Transient{Err: errors.New("cut"), Ambiguous: true}
		}
		return nil
	}}
	p := Player{Agent: first.call, RepeatAmbiguous: true}
	a, err := p.Play(context.Background(), three(), b.Log(4))
	var again *pipeline.Transient
	if !errors.As(err, &again) || !again.Progress || a.CostUSD != 2.25 || a.Sends != 3 {
		t.Fatalf("%+v, %v", a, err)
	}
	b.Close()

	b = book(t, path)
	second := &asked{}
	hold := Player{Agent: second.call}
	if _, err := hold.Play(context.Background(), three(), b.Log(4)); err == nil || !strings.Contains(err.Error(), "fate of a turn is unknown") || len(second.inputs) > 0 {
		t.Errorf("held: %v, asked %q", err, second.inputs)
	}
	if s := b.Log(4).Sums(); s.Lost != 1 || s.Sends != 3 {
		t.Errorf("%+v", s)
	}
	p.Agent = second.call
	a, err = p.Play(context.Background(), three(), b.Log(4))
	if err != nil || strings.Join(second.inputs, " ") != "c" || a.Text != "re: c" {
		t.Fatalf("%+v, %v, asked %q", a, err, second.inputs)
	}
	if got := len(a.Talk.Answers()); got != 3 || a.Usage.InputTokens != 0+2+4 || a.Talk.Calls != 3 {
		t.Errorf("%d answers, %+v", got, a)
	}
	if a, err = p.Play(context.Background(), three(), b.Log(4)); err != nil || a.CostUSD != 0 || a.Sends != 0 || len(second.inputs) != 1 {
		t.Errorf("once more: %+v, %v", a, err)
	}
	// Forgotten, also by the next process, it is had anew, and stays paid.
	b.Log(4).Forget()
	b.Close()
	b = book(t, path)
	if s := b.Log(4).Sums(); s.USD != 3 || s.Lost != 0 {
		t.Errorf("%+v", s)
	}
	third := &asked{}
	if _, err = (&Player{Agent: third.call}).Play(context.Background(), three(), b.Log(4)); err != nil || len(third.inputs) != 3 {
		t.Errorf("%v, asked %q", err, third.inputs)
	}
	p.Agent = second.call
	// Another conversation with the same words is another one.
	if _, err = p.Play(context.Background(), three(), b.Log(5)); err != nil || len(second.inputs) != 4 {
		t.Errorf("%v, asked %q", err, second.inputs)
	}
}

func TestStopsBetweenTurns(t *testing.T) {
	stop := make(chan struct{})
	agent := &asked{}
	p := Player{Stop: stop}
	p.Agent = func(ctx context.Context, q pipeline.Request) (pipeline.Asset, error) {
		if len(agent.inputs) == 1 {
			close(stop)
		}
		return agent.call(ctx, q)
	}
	a, err := p.Play(context.Background(), three(), book(t, filepath.Join(t.TempDir(), "t")).Log(0))
	if !errors.Is(err, pipeline.ErrNotSent) || len(agent.inputs) != 2 || a.CostUSD != 2 {
		t.Errorf("%v, asked %q", err, agent.inputs)
	}
}

// TestPurse: turns are paid one by one, and none goes beyond the limit.
func TestPurse(t *testing.T) {
	agent := &asked{}
	purse := pipeline.NewPurse(pipeline.Spending{LimitUSD: 2.5, Worst: func(pipeline.Request) (float64, bool) { return 1, true }})
	p := Player{Agent: agent.call, Purse: purse}
	_, err := p.Play(context.Background(), three(), book(t, filepath.Join(t.TempDir(), "t")).Log(0))
	spent, short := purse.State()
	if !errors.Is(err, pipeline.ErrNotSent) || spent != 2 || !short {
		t.Errorf("%v, spent %v, short %v", err, spent, short)
	}
}

func TestStubs(t *testing.T) {
	declared := &testsets.Tools{State: map[string]any{"order": map[string]any{"status": "open", "n": 1}}, Stubs: map[string][]testsets.Stub{
		"get": {
			{Match: map[string]any{"id": 7, "of": map[string]any{"k": "v"}}, Returns: json.RawMessage(`{"ok":true}`)},
			{When: map[string]any{"order.status": "gone"}, Error: "it is gone"},
			{Match: map[string]any{"id": "state"}, FromState: "order"},
		},
		"set":  {{Sets: map[string]any{"order.status": "gone", "new.deep": []any{1}}}},
		"bad":  {{Sets: map[string]any{"order.status.x": 1}}},
		"lost": {{FromState: "nothing"}},
		"next": {{Match: map[string]any{"k": 1}, Sequence: []testsets.Stub{{Error: "busy", Sets: map[string]any{"tries": 1}}, {Template: `{"n": {{call}}, "k": {{args.k}}, "tries": {{state.tries}}}`}}}, {Template: "no {{args.k}}"}},
	}}
	s, err := newTools(declared)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, args, want string }{
		{"get", `{"id":7.0,"of":{"k":"v","more":1},"x":null}`, `{"ok":true}`},
		{"get", `{"id":7,"of":{}}`, `{"error":"the tool get has nothing for these arguments"} unknown`},
		{"get", `{"id":"state"}`, `{"n":1,"status":"open"}`},
		{"get", `[7]`, `{"error":"the arguments are no JSON object: [7]"}`},
		{"set", ``, `null`},
		{"get", `{}`, `{"error":"it is gone"}`},
		{"next", `{"k":1}`, `{"error":"busy"}`},
		{"next", `{"k":"<2>"}`, `"no \u003c2\u003e"`},
		{"next", `{"k":1}`, `{"n": 2, "k": 1, "tries": 1}`},
		{"next", `{"k":1}`, `{"n": 3, "k": 1, "tries": 1}`},
		{"got", `{}`, `{"error":"there is no tool \"got\"; there are bad, get, lost, next, set"} unknown`},
	} {
		use, err := s.answer(context.Background(), pipeline.ToolCall{Name: c.name, Args: json.RawMessage(c.args)})
		got := string(use.Output)
		if use.Unknown {
			got += " unknown"
		}
		if err != nil || got != c.want || (use.Error != "") != strings.Contains(got, "error") {
			t.Errorf("%s %s: %s, %v", c.name, c.args, got, err)
		}
	}
	for _, name := range []string{"bad", "lost"} {
		var odd errStub
		if _, err := s.answer(context.Background(), pipeline.ToolCall{Name: name}); !errors.As(err, &odd) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if v, ok := testsets.StateAt(s.state, "new.deep"); !ok || !testsets.SameJSON(v, []int{1}) {
		t.Errorf("state %v", s.state)
	}
	if v, _ := testsets.StateAt(declared.State, "order.status"); v != "open" {
		t.Error("one case's calls changed what the set declares")
	}
}

func TestReadsUsers(t *testing.T) {
	for text, want := range map[string]string{
		`{"goal_reached": false, "message": "hi"}`:                 "hi",
		"```json\n{\"goal_reached\":false,\"message\":\"a\"}\n```": "a",
		`{"goal_reached": true}`:                                   "reached",
		`{"goal_reached": true, "message": null}`:                  "reached",
		`{"goal_reached": false}`:                                  "says nothing",
		`{"goal_reached": false, "message": " "}`:                  "says nothing",
		`{"message": "hi"}`:                                        "does not say goal_reached",
		`{"goal_reached": "no", "message": "hi"}`:                  "not the JSON object",
		`{"goal_reached": false, "message": 7}`:                    "not the JSON object",
		`{"goal_reached": false, "message": "a"} and more`:         "behind the JSON object",
		`[]`:   "not the JSON object",
		``:     "not the JSON object",
		`null`: "does not say goal_reached",
		`{"goal_reached": false, "message": "` + strings.Repeat("x", longestSay+1) + `"}`: "longer than",
		strings.Repeat("[", 100000): "not the JSON object",
	} {
		got, err := read(text, 1, 3)
		shown := got.message
		if got.reached {
			shown = "reached"
		}
		if err != nil {
			shown = err.Error()
		}
		if !strings.Contains(shown, want) {
			t.Errorf("%.60s: %q, want %q", text, shown, want)
		}
	}
	if _, err := read(`{"goal_reached": true}`, 0, 3); err == nil {
		t.Error("a goal was reached before anything was said")
	}
	if got, err := read(`{"goal_reached": false}`, 3, 0); err != nil || got.reached {
		t.Errorf("after the last turn: %+v, %v", got, err)
	}
}

// TestAtOnce: conversations share commits, and each keeps its own calls.
func TestAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "turns.jsonl")
	b := book(t, path)
	p := Player{Agent: func(_ context.Context, q pipeline.Request) (pipeline.Asset, error) {
		return pipeline.Asset{Text: q.ID + " " + q.Input, Sends: 1}, nil
	}}
	const many = 40
	var wait sync.WaitGroup
	for i := range int64(many) {
		wait.Go(func() {
			r := three()
			r.ID = fmt.Sprintf("c%d", i)
			if a, err := p.Play(context.Background(), r, b.Log(i)); err != nil || a.Text != r.ID+"/3 c" {
				t.Errorf("%+v, %v", a, err)
			}
		})
	}
	wait.Wait()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	n := 0
	book(t, path).Each(func(at int64, s Sums) {
		if n++; s.Sends != 3 || s.Lost != 0 {
			t.Errorf("conversation %d: %+v", at, s)
		}
	})
	if n != many {
		t.Errorf("%d conversations", n)
	}
}
