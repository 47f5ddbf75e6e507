package pipelinetest

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/GaboBase/arch-genops/pipeline"
)

// said flattens a chat into one line for each piece, so that it makes no
// difference where a provider draws the border between two messages.
func said(messages []pipeline.Message) []string {
	var all []string
	for _, m := range messages {
		role := m.Role
		if role == "assistant" {
			role = "model"
		}
		parts := m.Parts
		if len(parts) == 0 {
			parts = []pipeline.Part{{Text: m.Content}}
		}
		for _, p := range parts {
			switch {
			case p.Media != nil:
				all = append(all, role+" shows "+p.Media.URL)
			case p.ToolCall != nil:
				all = append(all, role+" calls "+p.ToolCall.Name+compact(p.ToolCall.Args))
			case p.ToolResult != nil:
				all = append(all, "tool "+p.ToolResult.Name+" gives "+compact(p.ToolResult.Output))
			case p.Text != "":
				all = append(all, role+" says "+p.Text)
			}
		}
	}
	return all
}

// compact is JSON with sorted keys and without blanks.
func compact(raw json.RawMessage) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return "not JSON: " + string(raw)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func sameSaid(t *testing.T, got, want []pipeline.Message) {
	t.Helper()
	if g, w := said(got), said(want); !slices.Equal(g, w) {
		t.Errorf("the server heard\n  %s\nwant\n  %s", strings.Join(g, "\n  "), strings.Join(w, "\n  "))
	}
}

func (s *modelSuite) text(t *testing.T) {
	b := s.backend(t, Behaviour{})
	for _, input := range []string{
		"plain", `quotes " and \ backslashes`, "new\nline\r\ttab", "data: [DONE]\n\ndata: {}", "Größe 日本語 مرحبا", "👩‍👩‍👧‍👦 \u2028 \u0001",
		"</script>&lt;", `{"error":{"message":"not one"}}`, " spaces around ", strings.Repeat("long ", 100_000),
	} {
		a, heard := s.ask(t, b, pipeline.Request{ID: "c1#1", Input: input})
		sameSaid(t, heard.Chat.Messages, []pipeline.Message{{Role: "user", Content: input}})
		if a.Text != input || a.JSON != nil || a.FinishReason != "stop" {
			t.Errorf("got %.80q, JSON %.80s, finish reason %q, want %.80q and stop", a.Text, a.JSON, a.FinishReason, input)
		}
	}
}

// conversation: messages keep their roles and order, with and without a Chat.
func (s *modelSuite) conversation(t *testing.T) {
	b := s.backend(t, Behaviour{})
	history := []pipeline.Message{
		{Role: "system", Content: "be brief"},
		{Role: "user", Content: "hello"},
		{Role: "model", Content: "hi"},
	}
	all := append(slices.Clone(history), pipeline.Message{Role: "user", Content: "and now?"})
	_, heard := s.ask(t, b, pipeline.Request{ID: "c1#1", Messages: history, Input: "and now?"})
	sameSaid(t, heard.Chat.Messages, all)
	_, heard = s.ask(t, b, pipeline.Request{ID: "c2#1", Input: "not this", Chat: &pipeline.Chat{Messages: all}})
	sameSaid(t, heard.Chat.Messages, all)
	all[2].Role = "assistant"
	_, heard = s.ask(t, b, pipeline.Request{ID: "c3#1", Chat: &pipeline.Chat{Messages: all}})
	sameSaid(t, heard.Chat.Messages, all)
}

// pixel is a PNG of one pixel.
const pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func (s *modelSuite) image(t *testing.T) {
	messages := []pipeline.Message{{Role: "user", Parts: []pipeline.Part{
		{Text: "what is on it?"}, {Media: &pipeline.Media{URL: pixel}}, {Text: "one word"},
	}}}
	b := s.backend(t, Behaviour{Reply: reply(pipeline.Asset{Text: "a dot"})})
	a, heard := s.ask(t, b, pipeline.Request{ID: "c1#1", Chat: &pipeline.Chat{Messages: messages}})
	sameSaid(t, heard.Chat.Messages, messages)
	if a.Text != "a dot" {
		t.Errorf("got %q", a.Text)
	}
}

var weather = pipeline.Tool{
	Name: "weather", Description: "the weather at a place",
	Schema: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`),
}

// tools: a tool is offered, called and its result given back.
func (s *modelSuite) tools(t *testing.T) {
	calls := []pipeline.ToolCall{
		{ID: "call_1", Name: "weather", Args: json.RawMessage(`{"city":"Köln \"am Rhein\""}`)},
		{ID: "call_2", Name: "now", Args: json.RawMessage(`{}`)},
	}
	b := s.backend(t, Behaviour{Reply: func(h Heard) pipeline.Asset {
		if len(h.Chat.Messages) > 1 {
			return pipeline.Asset{Text: "it rains"}
		}
		return pipeline.Asset{ToolCalls: calls, FinishReason: "tool_calls"}
	}})
	chat := &pipeline.Chat{
		Messages: []pipeline.Message{{Role: "user", Content: "does it rain?"}},
		Tools:    []pipeline.Tool{weather, {Name: "now"}},
	}
	a, heard := s.ask(t, b, pipeline.Request{ID: "c1#1", Chat: chat})
	if a.Text != "" || a.FinishReason != "tool_calls" || len(a.ToolCalls) != 2 {
		t.Fatalf("got %+v, want two tool calls and no text", a)
	}
	for i, got := range a.ToolCalls {
		if got.Name != calls[i].Name || compact(got.Args) != compact(calls[i].Args) || got.ID == "" {
			t.Errorf("call %d is %s %s with id %q", i, got.Name, got.Args, got.ID)
		}
	}
	if a.ToolCalls[0].ID == a.ToolCalls[1].ID {
		t.Errorf("both calls have the id %q", a.ToolCalls[0].ID)
	}
	if len(heard.Chat.Tools) != 2 || heard.Chat.Tools[0].Name != "weather" || heard.Chat.Tools[0].Description != weather.Description ||
		compact(heard.Chat.Tools[0].Schema) != compact(weather.Schema) || heard.Chat.Tools[1].Name != "now" {
		t.Errorf("the server was offered the tools %+v", heard.Chat.Tools)
	}
	chat.Messages = append(chat.Messages,
		pipeline.Message{Role: "model", Parts: []pipeline.Part{{ToolCall: &a.ToolCalls[0]}, {ToolCall: &a.ToolCalls[1]}}},
		pipeline.Message{Role: "tool", Parts: []pipeline.Part{
			{ToolResult: &pipeline.ToolResult{ID: a.ToolCalls[0].ID, Name: "weather", Output: json.RawMessage(`{"rain":true}`)}},
			{ToolResult: &pipeline.ToolResult{ID: a.ToolCalls[1].ID, Name: "now", Output: json.RawMessage(`"noon"`)}},
		}})
	a, heard = s.ask(t, b, pipeline.Request{ID: "c1#1", Chat: chat})
	sameSaid(t, heard.Chat.Messages, chat.Messages)
	if a.Text != "it rains" || len(a.ToolCalls) != 0 {
		t.Errorf("got %+v", a)
	}
}

// schema: the server gets the schema, the asset holds the JSON.
func (s *modelSuite) schema(t *testing.T) {
	want := json.RawMessage(`{"type":"object","properties":{"label":{"type":"string"}},"required":["label"],"additionalProperties":false}`)
	b := s.backend(t, Behaviour{Reply: reply(pipeline.Asset{Text: `{ "label": "billing" }`})})
	chat := &pipeline.Chat{Messages: []pipeline.Message{{Role: "user", Content: "which?"}}, Schema: want}
	a, heard := s.ask(t, b, pipeline.Request{ID: "c1#1", Chat: chat})
	if compact(heard.Chat.Schema) != compact(want) {
		t.Errorf("the server got the schema %s", heard.Chat.Schema)
	}
	if string(a.JSON) != `{"label":"billing"}` || a.Text != `{"label":"billing"}` {
		t.Errorf("got the text %q and the JSON %s", a.Text, a.JSON)
	}
}

func (s *modelSuite) config(t *testing.T) {
	want, half, one, seven := pipeline.Config{}, 0.5, 0.25, int64(7)
	ten := 10
	for _, name := range s.can.Config {
		switch name {
		case "temperature":
			want.Temperature = &half
		case "topP":
			want.TopP = &one
		case "topK":
			want.TopK = &ten
		case "maxOutputTokens":
			want.MaxOutputTokens = 99
		case "stopSequences":
			want.StopSequences = []string{"END", "\n\n"}
		case "seed":
			want.Seed = &seven
		default:
			t.Fatalf("unknown config %q", name)
		}
	}
	b := s.backend(t, Behaviour{})
	messages := []pipeline.Message{{Role: "user", Content: "a"}}
	_, heard := s.ask(t, b, pipeline.Request{ID: "c1#1", Chat: &pipeline.Chat{Messages: messages, Config: want}})
	heard.Chat.Config.Extra = nil
	if !reflect.DeepEqual(heard.Chat.Config, want) {
		t.Errorf("the server heard %+v, want %+v", heard.Chat.Config, want)
	}
}

func (s *modelSuite) usage(t *testing.T) {
	b := s.backend(t, Behaviour{Reply: reply(pipeline.Asset{Text: "ok", Usage: s.can.Usage, Model: TestModel + "-2026-01-01"})})
	a, _ := s.ask(t, b, pipeline.Request{ID: "c1#1", Input: "a"})
	if a.Usage != s.can.Usage || a.Model != TestModel+"-2026-01-01" {
		t.Errorf("got usage %+v of model %q, want %+v", a.Usage, a.Model, s.can.Usage)
	}
}

// finish: an answer that was cut short says so.
func (s *modelSuite) finish(t *testing.T) {
	b := s.backend(t, Behaviour{Reply: reply(pipeline.Asset{Text: "once upon a", FinishReason: "length"})})
	if a, _ := s.ask(t, b, pipeline.Request{ID: "c1#1", Input: "a"}); a.FinishReason != "length" || a.Text != "once upon a" {
		t.Errorf("got %q, finish reason %q", a.Text, a.FinishReason)
	}
}

func (s *modelSuite) logprobs(t *testing.T) {
	if !s.can.Logprobs {
		t.Skip("the provider gives none")
	}
	want := []pipeline.TokenProb{
		{Token: "ye", Logprob: -0.25, Top: []pipeline.TokenProb{{Token: "ye", Logprob: -0.25}, {Token: "no", Logprob: -1.5}}},
		{Token: "s", Logprob: 0, Top: []pipeline.TokenProb{{Token: "s", Logprob: 0}, {Token: "ah", Logprob: -9}}},
	}
	b := s.backend(t, Behaviour{Reply: reply(pipeline.Asset{Text: "yes", Logprobs: want})})
	chat := &pipeline.Chat{Messages: []pipeline.Message{{Role: "user", Content: "a"}}, Config: pipeline.Config{TopLogprobs: 2}}
	a, heard := s.ask(t, b, pipeline.Request{ID: "c1#1", Chat: chat})
	if heard.Chat.Config.TopLogprobs != 2 {
		t.Errorf("the server was asked for %d alternatives, want 2", heard.Chat.Config.TopLogprobs)
	}
	if !sameProbs(a.Logprobs, want) {
		t.Errorf("got %+v, want %+v", a.Logprobs, want)
	}
}

func sameProbs(a, b []pipeline.TokenProb) bool {
	return slices.EqualFunc(a, b, func(x, y pipeline.TokenProb) bool {
		return x.Token == y.Token && math.Abs(x.Logprob-y.Logprob) < 1e-6 && sameProbs(x.Top, y.Top)
	})
}

func (s *modelSuite) concurrent(t *testing.T) {
	b := s.backend(t, Behaviour{})
	var wg sync.WaitGroup
	for w := range 10 {
		wg.Go(func() {
			for i := range 20 {
				ask(t, b.Model, fmt.Sprintf("c%d-%d#1", w, i), fmt.Sprintf("input %d of worker %d", i, w))
			}
		})
	}
	wg.Wait()
}
