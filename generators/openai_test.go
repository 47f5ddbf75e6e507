package generators

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"github.com/GaboBase/arch-genops/generators/stubserver"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/pipeline/pipelinetest"
)

func TestOpenAIConforms(t *testing.T) {
	can := pipelinetest.Abilities{
		Usage:    pipeline.Usage{InputTokens: 30, OutputTokens: 12, CachedTokens: 8, ReasoningTokens: 5},
		Logprobs: true,
		Config:   []string{"temperature", "topP", "maxOutputTokens", "stopSequences", "seed"},
	}
	openAI := can // those that run in parallel have one each
	for _, kind := range []string{"openai", "azure"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			pipelinetest.Model(t, openAI, openAIBackend(kind, "OF_"+kind))
		})
	}
	t.Run("openai_responses", func(t *testing.T) {
		t.Parallel()
		responses := can
		responses.Config = []string{"temperature", "topP", "maxOutputTokens"}
		pipelinetest.Model(t, responses, openAIBackend("openai_responses", "OF_openai_responses"))
	})
	can.Config = append(slices.Clone(can.Config), "topK")
	for _, kind := range []string{"openai_compatible", "openrouter"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			pipelinetest.Model(t, can, openAIBackend(kind, "OF_"+kind))
		})
	}
}

// stubFaults are the suite's faults as the stub names them.
var stubFaults = map[pipelinetest.Fault]stubserver.Fault{
	pipelinetest.None: stubserver.None, pipelinetest.RateLimited: stubserver.TooMany, pipelinetest.Busy: stubserver.TooMany,
	pipelinetest.Overloaded: stubserver.Unavailable, pipelinetest.Broken: stubserver.Internal, pipelinetest.NoQuota: stubserver.NoQuota,
	pipelinetest.BadKey: stubserver.Denied, pipelinetest.UnknownModel: stubserver.NoModel, pipelinetest.TooLong: stubserver.TooLong,
	pipelinetest.Moderated: stubserver.Moderated, pipelinetest.Withheld: stubserver.Filtered, pipelinetest.Refused: stubserver.Refused,
	pipelinetest.BadRequest: stubserver.BadRequest, pipelinetest.Cut: stubserver.Cut, pipelinetest.CutReply: stubserver.CutBody,
	pipelinetest.EndEarly: stubserver.EndEarly, pipelinetest.Malformed: stubserver.WrongType, pipelinetest.ErrorEvent: stubserver.ErrorEvent,
	pipelinetest.Drip: stubserver.Drip, pipelinetest.Hang: stubserver.Hang,
}

func openAIBackend(kind, keyEnv string) func(testing.TB, pipelinetest.Behaviour) pipelinetest.Backend {
	return func(t testing.TB, b pipelinetest.Behaviour) pipelinetest.Backend {
		fault, ok := stubFaults[b.Fault]
		if !ok {
			t.Fatalf("the stub has no fault %q", b.Fault)
		}
		if b.Stream && b.Fault == pipelinetest.Malformed {
			fault = stubserver.BadEvent
		}
		var heard heardCalls
		opts := stubserver.Options{Fault: stubserver.Every(1, fault), ShowKey: true, Chat: heard.answering(b)}
		if b.Fault == pipelinetest.RateLimited {
			opts.RetryAfter = b.Wait
		}
		name := pipelinetest.TestModel
		if b.Fault == pipelinetest.UnknownModel {
			name = pipelinetest.NoModel
		}
		m := newModel(t, ModelConfig{Ref: kind + ":" + name, BaseURL: stub(t, opts).URL() + "/v1", Stream: b.Stream,
			APIKeyEnv: keyEnv, Getenv: environment(keyEnv, b.Key)})
		return pipelinetest.Backend{Model: m, KeyEnv: keyEnv, Heard: heard.list}
	}
}

func newModel(t testing.TB, cfg ModelConfig) *Model {
	t.Helper()
	m, err := NewModel(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// environment holds pairs of names and values.
func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// heardCalls collects what a server understood.
type heardCalls struct {
	mu    sync.Mutex
	calls []pipelinetest.Heard
}

func (h *heardCalls) add(c pipelinetest.Heard) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, c)
}

func (h *heardCalls) list() []pipelinetest.Heard {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls[:len(h.calls):len(h.calls)]
}

// answering is the stub's side of a behaviour.
func (h *heardCalls) answering(b pipelinetest.Behaviour) stubserver.ChatFunc {
	return func(_ context.Context, c stubserver.ChatCall) (stubserver.ChatReply, error) {
		heard, err := hearOpenAI(c)
		if err != nil {
			return stubserver.ChatReply{}, err
		}
		h.add(heard)
		asset := pipeline.Asset{Text: heard.LastText()}
		if b.Reply != nil {
			asset = b.Reply(heard)
		}
		return openAIReply(asset), nil
	}
}

// openAIReply is an asset as the stub says it.
func openAIReply(a pipeline.Asset) stubserver.ChatReply {
	r := stubserver.ChatReply{Text: a.Text, Finish: a.FinishReason, Model: a.Model, Logprobs: openAITokens(a.Logprobs)}
	for _, c := range a.ToolCalls {
		call := stubserver.ToolCall{ID: c.ID, Type: "function"}
		call.Function.Name, call.Function.Arguments = c.Name, string(c.Args)
		r.ToolCalls = append(r.ToolCalls, call)
	}
	r.Usage.Prompt, r.Usage.Completion = a.Usage.InputTokens, a.Usage.OutputTokens
	r.Usage.PromptIn.Cached, r.Usage.CompletionIn.Reasoning = a.Usage.CachedTokens, a.Usage.ReasoningTokens
	return r
}

func openAITokens(probs []pipeline.TokenProb) (all []stubserver.Token) {
	for _, p := range probs {
		all = append(all, stubserver.Token{Token: p.Token, Logprob: p.Logprob, Top: openAITokens(p.Top)})
	}
	return all
}

// hearOpenAI puts a request back into the pipeline's words. It shares nothing
// with the encoder.
func hearOpenAI(c stubserver.ChatCall) (pipelinetest.Heard, error) {
	h := pipelinetest.Heard{Model: c.Model, Key: c.Key, Stream: c.Stream}
	var cfg struct {
		Temperature *float64        `json:"temperature"`
		TopP        *float64        `json:"top_p"`
		TopK        *int            `json:"top_k"`
		Stop        []string        `json:"stop"`
		Seed        *int64          `json:"seed"`
		Format      json.RawMessage `json:"response_format"`
	}
	if err := json.Unmarshal(c.Body, &cfg); err != nil {
		return h, err
	}
	h.Chat.Config = pipeline.Config{Temperature: cfg.Temperature, TopP: cfg.TopP, TopK: cfg.TopK, StopSequences: cfg.Stop, Seed: cfg.Seed}
	for _, most := range []*int{c.MaxTokens, c.MaxCompletion} {
		if most != nil {
			h.Chat.Config.MaxOutputTokens = *most
		}
	}
	if c.TopLogprobs != nil {
		h.Chat.Config.TopLogprobs = *c.TopLogprobs
	}
	if c.Format != nil && c.Format.Schema != nil {
		h.Chat.Schema = append(json.RawMessage(nil), c.Format.Schema.Schema...)
	}
	for _, t := range c.Tools {
		schema := append(json.RawMessage(nil), t.Function.Parameters...)
		h.Chat.Tools = append(h.Chat.Tools, pipeline.Tool{Name: t.Function.Name, Description: t.Function.Description, Schema: schema})
	}
	names := map[string]string{}
	for _, m := range c.Messages {
		h.Chat.Messages = append(h.Chat.Messages, hearOpenAIMessage(m, names))
	}
	return h, nil
}

func hearOpenAIMessage(m stubserver.Message, names map[string]string) pipeline.Message {
	out := pipeline.Message{Role: cmp.Or(map[string]string{"assistant": "model"}[m.Role], m.Role)}
	var text string
	if json.Unmarshal(m.Content, &text) != nil {
		var parts []struct {
			Text  string `json:"text"`
			Image *struct {
				URL string `json:"url"`
			} `json:"image_url"`
		}
		json.Unmarshal(m.Content, &parts)
		for _, p := range parts {
			if p.Image != nil {
				out.Parts = append(out.Parts, pipeline.Part{Media: &pipeline.Media{URL: p.Image.URL}})
			} else {
				out.Parts = append(out.Parts, pipeline.Part{Text: p.Text})
			}
		}
	}
	if m.Role == "tool" {
		output := json.RawMessage(text)
		if !json.Valid(output) {
			output, _ = json.Marshal(text)
		}
		out.Parts = []pipeline.Part{{ToolResult: &pipeline.ToolResult{ID: m.ToolCallID, Name: names[m.ToolCallID], Output: output}}}
		return out
	}
	for _, c := range m.ToolCalls {
		names[c.ID] = c.Function.Name
		call := &pipeline.ToolCall{ID: c.ID, Name: c.Function.Name, Args: json.RawMessage(c.Function.Arguments)}
		out.Parts = append(out.Parts, pipeline.Part{ToolCall: call})
	}
	if len(out.Parts) == 0 {
		out.Content = text
	}
	return out
}
