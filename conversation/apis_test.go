package conversation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/conversation"
	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/generators/anthropicserver"
	"github.com/GaboBase/arch-genops/generators/googleserver"
	"github.com/GaboBase/arch-genops/generators/stubserver"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
)

// step is what the model does next: it thinks, and calls tools or says a text.
type step struct {
	calls []string // NAME ARGUMENTS
	text  string
}

// clerk decides by what the user said last, and how many results it has since.
func clerk(said string, results []string) step {
	switch {
	case strings.Contains(said, "loop"):
		return step{calls: []string{`get_order {"id":"7"}`}}
	case !strings.Contains(said, "cancel"):
		return step{text: "you are welcome"}
	case len(results) == 0: // two at once, of which one fails
		return step{text: "let me see", calls: []string{`get_order {"id":"7"}`, `get_order {"id":"<9>"}`}}
	case len(results) == 2:
		return step{calls: []string{`cancel_order {"id":"7"}`}}
	}
	return step{text: "done: " + strings.Join(results, " ")}
}

// api is a server in the ways of one provider, and what it was asked.
type api struct {
	name, ref string
	config    map[string]any
	start     func(t *testing.T) (url string)
}

var apis = []api{
	{"anthropic", "anthropic:claude-x", map[string]any{"thinking": map[string]any{"type": "enabled", "budget_tokens": 1024}}, startAnthropic},
	{"google", "google:gemini-3-pro", nil, startGoogle},
	{"google, older", "google:gemini-2.5-pro", nil, startGoogle},
	{"openai", "openai:gpt-5", nil, startOpenAI(false)},
	{"openai responses", "openai_responses:gpt-5", nil, startOpenAI(false)},
	{"openai responses, thinking", "openai_responses:o4", nil, startOpenAI(true)},
	{"ollama", "ollama:qwen3", nil, startOpenAI(false)},
	{"openrouter, thinking", "openrouter:deepseek/v3.2", nil, startOpenAI(true)},
}

func startAnthropic(t *testing.T) string {
	s, err := anthropicserver.New(anthropicserver.Options{Reply: func(r anthropicserver.Request) anthropicserver.Reply {
		said, results := "", []string{}
		for _, m := range r.Messages {
			for _, b := range m.Content {
				switch {
				case b.Type == "tool_result":
					results = append(results, b.Content[0].Text)
					if b.IsError != strings.Contains(b.Content[0].Text, "error") {
						t.Errorf("is_error is %v: %s", b.IsError, b.Content[0].Text)
					}
				case b.Type == "text" && m.Role == "user":
					said, results = b.Text, nil
				}
			}
		}
		next := clerk(said, results)
		content := []anthropicserver.Block{{Type: "thinking", Thinking: fmt.Sprintf("thought %d <&>", len(r.Messages))}, {Type: "redacted_thinking", Data: "c2VjcmV0"}}
		if next.text != "" {
			content = append(content, anthropicserver.Block{Type: "text", Text: next.text})
		}
		for i, c := range next.calls {
			name, args, _ := strings.Cut(c, " ")
			content = append(content, anthropicserver.Block{Type: "tool_use", ID: fmt.Sprintf("toolu_%d_%d", len(r.Messages), i), Name: name, Input: json.RawMessage(args)})
		}
		return anthropicserver.Reply{Content: content}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.URL()
}

func startGoogle(t *testing.T) string {
	s, err := googleserver.New(googleserver.Options{Reply: func(r googleserver.Request) googleserver.Reply {
		said, results := "", []string{}
		for _, c := range r.Contents {
			for _, p := range c.Parts {
				switch {
				case p.FunctionResponse != nil:
					results = append(results, string(p.FunctionResponse.Response))
				case p.Text != nil && c.Role == "user":
					said, results = *p.Text, nil
				}
			}
		}
		next, thought := clerk(said, results), "hm"
		parts := []googleserver.Part{{Text: &thought, Thought: true}}
		if next.text != "" {
			parts = append(parts, googleserver.Part{Text: &next.text})
			if len(next.calls) == 0 {
				parts[1].ThoughtSignature = "dGV4dA=="
			}
		}
		for _, c := range next.calls {
			name, args, _ := strings.Cut(c, " ")
			parts = append(parts, googleserver.Part{FunctionCall: &googleserver.FunctionCall{Name: name, Args: json.RawMessage(args)}})
		}
		return googleserver.Reply{Parts: parts}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.URL()
}

func startOpenAI(thinks bool) func(t *testing.T) string {
	return func(t *testing.T) string {
		s, err := stubserver.New(stubserver.Options{Thinks: thinks, Chat: func(_ context.Context, c stubserver.ChatCall) (stubserver.ChatReply, error) {
			said, results := "", []string{}
			for _, m := range c.Messages {
				switch m.Role {
				case "tool":
					results = append(results, m.Text())
				case "user":
					said, results = m.Text(), nil
				}
			}
			next := clerk(said, results)
			reply := stubserver.ChatReply{Text: next.text}
			if thinks {
				reply.Reasoning = "hm"
			}
			for i, one := range next.calls {
				call := stubserver.ToolCall{ID: fmt.Sprintf("call_%d_%d", len(c.Messages), i), Type: "function"}
				call.Function.Name, call.Function.Arguments, _ = strings.Cut(one, " ")
				reply.ToolCalls = append(reply.ToolCalls, call)
			}
			return reply, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s.URL() + "/v1"
	}
}

func agentOf(t *testing.T, a api, stream bool) *generators.Prompted {
	t.Helper()
	prompt, err := dotprompt.Parse("clerk.prompt", []byte("---\n---\n{{role \"system\"}}You are a clerk.\n{{history}}{{role \"user\"}}{{input}}"), nil)
	if err != nil {
		t.Fatal(err)
	}
	schema := json.RawMessage(`{"type":"object","properties":{"id":{"type":"string"}}}`)
	m, err := generators.NewPrompted(generators.PromptedConfig{Prompt: prompt, Config: a.config,
		Tools: []dotprompt.Tool{{Name: "get_order", InputSchema: schema}, {Name: "cancel_order", InputSchema: schema}},
		Model: generators.ModelConfig{Ref: a.ref, BaseURL: a.start(t), Stream: stream, Getenv: func(string) string { return "" }}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func orders() *testsets.Tools {
	return &testsets.Tools{State: map[string]any{"status": "open"}, Rounds: 3, Stubs: map[string][]testsets.Stub{
		"get_order":    {{Match: map[string]any{"id": "7"}, FromState: "status"}, {Error: "no such order"}},
		"cancel_order": {{Sets: map[string]any{"status": "gone"}, Returns: json.RawMessage(`{"ok":true}`)}},
	}}
}

// plain takes back how some servers write JSON.
var plain = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">")

func talkOf(texts ...string) pipeline.Request {
	r := pipeline.Request{ID: "c#1", Input: texts[0], Draw: 1, Dialogue: &pipeline.Dialogue{Tools: orders()}}
	for _, text := range texts {
		r.Dialogue.Say = append(r.Dialogue.Say, pipeline.Message{Role: "user", Content: text})
	}
	return r
}

// TestTools: the loop of tools works with every API, streamed and whole: calls
// made together and one after the other, an error of a tool, later turns, and
// what the API wants back of its own. The servers refuse what the APIs do.
func TestTools(t *testing.T) {
	for _, a := range apis {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/stream=%v", a.name, stream), func(t *testing.T) {
				agent := agentOf(t, a, stream)
				p := conversation.Player{Agent: agent.Generate, Asks: agent.AsksForTools()}
				path := filepath.Join(t.TempDir(), "turns.jsonl")
				book, err := conversation.OpenBook(path)
				if err != nil {
					t.Fatal(err)
				}
				r := talkOf("cancel order 7", "thanks", "cancel order 7 again")
				got, err := p.Play(t.Context(), r, book.Log(0))
				if err != nil {
					t.Fatal(err)
				}
				want := `user: cancel order 7
tool: get_order {"id":"7"} = "open"
tool: get_order {"id":"<9>"} = {"error":"no such order"}
tool: cancel_order {"id":"7"} = {"ok":true}
assistant: done: `
				if s := plain.Replace(got.Talk.Transcript()); !strings.HasPrefix(s, want) || !strings.Contains(s, "no such order") || got.Talk.Calls != 7 {
					t.Errorf("%d calls, transcript:\n%s", got.Talk.Calls, s)
				}
				if err := book.Close(); err != nil {
					t.Fatal(err)
				}
				// Another process finds every call again, those with echoes too.
				if book, err = conversation.OpenBook(path); err != nil {
					t.Fatal(err)
				}
				defer book.Close()
				again := conversation.Player{Asks: true, Agent: func(context.Context, pipeline.Request) (pipeline.Asset, error) {
					t.Error("a call was made again")
					return pipeline.Asset{}, nil
				}}
				if more, err := again.Play(t.Context(), r, book.Log(0)); err != nil || more.Talk.Transcript() != got.Talk.Transcript() {
					t.Errorf("from the log: %v\n%s", err, more.Talk.Transcript())
				}
				if _, err := p.Play(t.Context(), talkOf("loop"), book.Log(1)); err == nil || !strings.Contains(err.Error(), "after 3 rounds") {
					t.Errorf("an endless loop: %v", err)
				}
			})
		}
	}
}

// TestUsers: a model of each provider plays users, with a seed where its API has
// one.
func TestUsers(t *testing.T) {
	prompt, err := conversation.Prompt(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	said := func(n int) string {
		if n > 1 {
			return `{"goal_reached": true}`
		}
		return `{"goal_reached": false, "message": "cancel it"}`
	}
	seeds := 0
	anthropic, err := anthropicserver.New(anthropicserver.Options{Reply: func(r anthropicserver.Request) anthropicserver.Reply {
		return anthropicserver.Text(said(strings.Count(r.LastText(), "cancel it") + 1 + strings.Count(r.LastText(), "re: ")))
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer anthropic.Close()
	google, err := googleserver.New(googleserver.Options{Reply: func(r googleserver.Request) googleserver.Reply {
		if r.GenerationConfig.Seed != nil {
			seeds++
		}
		return googleserver.Text(said(strings.Count(r.LastText(), "re: ") + 1))
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer google.Close()
	for ref, url := range map[string]string{"anthropic:claude-x": anthropic.URL(), "google:gemini-3-pro": google.URL()} {
		m, err := generators.NewPrompted(generators.PromptedConfig{Prompt: prompt,
			Model: generators.ModelConfig{Ref: ref, BaseURL: url, Getenv: func(string) string { return "" }}})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		book, err := conversation.OpenBook(filepath.Join(t.TempDir(), "turns.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close()
		p := conversation.Player{
			Agent: func(_ context.Context, q pipeline.Request) (pipeline.Asset, error) {
				return pipeline.Asset{Text: "re: " + q.Input, Sends: 1}, nil
			},
			User: &conversation.Simulator{Name: ref, Model: m.Generate, Prompt: prompt, Seedless: !generators.TakesSeed(ref)}}
		r := pipeline.Request{ID: "c#1", Draw: 1, Dialogue: &pipeline.Dialogue{User: &pipeline.User{Persona: testsets.Persona{Goal: "it is cancelled", MaxTurns: 4}, Seed: 7}}}
		a, err := p.Play(t.Context(), r, book.Log(0))
		if err != nil || a.Talk.Unjudged != "" || a.Talk.Ended != pipeline.EndGoal || a.Text != "re: cancel it" {
			t.Errorf("%s: %v, %+v", ref, err, a.Talk)
		}
	}
	if seeds != 2 {
		t.Errorf("%d seeds were sent to Google, want 2", seeds)
	}
}
