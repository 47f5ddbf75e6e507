package generators

import (
	"encoding/json"
	"testing"

	"github.com/GaboBase/arch-genops/generators/anthropicserver"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/pipeline/pipelinetest"
)

func TestAnthropicModel(t *testing.T) {
	pipelinetest.Model(t, pipelinetest.Abilities{
		Usage: pipeline.Usage{InputTokens: 60, OutputTokens: 9, CachedTokens: 20, CacheWriteTokens: 10, ReasoningTokens: 4},
		// The API refuses a stop sequence of blanks, which the suite asks for.
		Config: []string{"temperature", "topP", "topK", "maxOutputTokens"},
		// It blocks outputs, and leaves it to the model to refuse an input.
		Without: []pipelinetest.Fault{pipelinetest.Moderated},
	}, anthropicBackend)
}

func anthropicBackend(t testing.TB, b pipelinetest.Behaviour) pipelinetest.Backend {
	opts := anthropicserver.Options{Key: b.Key, Models: []string{pipelinetest.TestModel}, Leak: true, RetryAfter: b.Wait}
	name := pipelinetest.TestModel
	if b.Fault == pipelinetest.UnknownModel {
		name, b.Fault = pipelinetest.NoModel, pipelinetest.None
	}
	opts.Fault = func(int64) anthropicserver.Fault { return anthropicserver.Fault(b.Fault) }
	if b.Reply != nil {
		opts.Reply = func(r anthropicserver.Request) anthropicserver.Reply {
			return anthropicSays(b.Reply(anthropicHeard(r)))
		}
	}
	s, err := anthropicserver.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	const keyEnv = "ANTHROPIC_TEST_KEY"
	m, err := NewModel(ModelConfig{
		Ref: "anthropic:" + name, BaseURL: s.URL(), APIKeyEnv: keyEnv, Stream: b.Stream,
		Getenv: func(string) string { return b.Key },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return pipelinetest.Backend{Model: m, KeyEnv: keyEnv, Heard: func() (all []pipelinetest.Heard) {
		for _, r := range s.Heard() {
			all = append(all, anthropicHeard(r))
		}
		return all
	}}
}

// anthropicHeard puts a request back into the pipeline's words.
func anthropicHeard(r anthropicserver.Request) pipelinetest.Heard {
	h := pipelinetest.Heard{Model: r.Model, Key: r.Key, Stream: r.Stream}
	c := &h.Chat
	c.Config = pipeline.Config{Temperature: r.Temperature, TopP: r.TopP, TopK: r.TopK, StopSequences: r.StopSequences}
	if *r.MaxTokens != anthropicMaxTokens {
		c.Config.MaxOutputTokens = *r.MaxTokens
	}
	for _, b := range r.System {
		c.Messages = append(c.Messages, pipeline.Message{Role: "system", Content: b.Text})
	}
	names := map[string]string{}
	for _, m := range r.Messages {
		out := pipeline.Message{Role: m.Role}
		for _, b := range m.Content {
			switch b.Type {
			case "text":
				out.Parts = append(out.Parts, pipeline.Part{Text: b.Text})
			case "image":
				out.Parts = append(out.Parts, pipeline.Part{Media: &pipeline.Media{URL: "data:" + b.Source.MediaType + ";base64," + b.Source.Data}})
			case "tool_use":
				names[b.ID] = b.Name
				out.Parts = append(out.Parts, pipeline.Part{ToolCall: &pipeline.ToolCall{ID: b.ID, Name: b.Name, Args: b.Input}})
			case "tool_result":
				output := json.RawMessage(b.Content[0].Text)
				if !json.Valid(output) {
					output, _ = json.Marshal(b.Content[0].Text)
				}
				out.Parts = append(out.Parts, pipeline.Part{ToolResult: &pipeline.ToolResult{ID: b.ToolUseID, Name: names[b.ToolUseID], Output: output}})
			}
		}
		c.Messages = append(c.Messages, out)
	}
	for _, t := range r.Tools {
		c.Tools = append(c.Tools, pipeline.Tool{Name: t.Name, Description: t.Description, Schema: t.InputSchema})
	}
	if r.OutputConfig != nil {
		c.Schema = r.OutputConfig.Format.Schema
	}
	return h
}

// anthropicSays puts an answer into the provider's words. Thinking comes first,
// as it does from models that think.
func anthropicSays(a pipeline.Asset) anthropicserver.Reply {
	r := anthropicserver.Reply{Model: a.Model, Content: []anthropicserver.Block{{Type: "thinking", Thinking: "let me see", Signature: "c2ln"}}}
	if a.Text != "" {
		r.Content = append(r.Content, anthropicserver.Text(a.Text).Content...)
	}
	for _, c := range a.ToolCalls {
		r.Content = append(r.Content, anthropicserver.Block{Type: "tool_use", ID: c.ID, Name: c.Name, Input: c.Args})
	}
	if a.FinishReason == "length" {
		r.StopReason = "max_tokens"
	}
	if u := a.Usage; u != (pipeline.Usage{}) {
		r.Usage = anthropicserver.Usage{
			Input:     u.InputTokens - u.CachedTokens - u.CacheWriteTokens,
			CacheRead: u.CachedTokens, CacheWrite: u.CacheWriteTokens, Output: u.OutputTokens,
			Details: &anthropicserver.UsageDetails{Thinking: u.ReasoningTokens},
		}
	}
	return r
}
