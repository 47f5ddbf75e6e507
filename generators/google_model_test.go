package generators

import (
	"encoding/json"
	"testing"

	"github.com/GaboBase/arch-genops/generators/googleserver"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/pipeline/pipelinetest"
)

func TestGoogleModel(t *testing.T) {
	pipelinetest.Model(t, pipelinetest.Abilities{
		Usage:    pipeline.Usage{InputTokens: 60, OutputTokens: 9, CachedTokens: 20, ReasoningTokens: 4},
		Logprobs: true,
		Config:   []string{"temperature", "topP", "topK", "maxOutputTokens", "stopSequences", "seed"},
		Without:  []pipelinetest.Fault{pipelinetest.Refused}, // in words only
	}, googleBackend)
}

func googleBackend(t testing.TB, b pipelinetest.Behaviour) pipelinetest.Backend {
	opts := googleserver.Options{Key: b.Key, Models: []string{pipelinetest.TestModel}, Leak: true, RetryAfter: b.Wait}
	name := pipelinetest.TestModel
	if b.Fault == pipelinetest.UnknownModel {
		name, b.Fault = pipelinetest.NoModel, pipelinetest.None
	}
	opts.Fault = func(int64) googleserver.Fault { return googleserver.Fault(b.Fault) }
	if b.Reply != nil {
		opts.Reply = func(r googleserver.Request) googleserver.Reply { return googleSays(b.Reply(googleHeard(r))) }
	}
	s, err := googleserver.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	const keyEnv = "GOOGLE_TEST_KEY"
	m, err := NewModel(ModelConfig{
		Ref: "google:" + name, BaseURL: s.URL(), APIKeyEnv: keyEnv, Stream: b.Stream,
		Getenv: func(string) string { return b.Key },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return pipelinetest.Backend{Model: m, KeyEnv: keyEnv, Heard: func() (all []pipelinetest.Heard) {
		for _, r := range s.Heard() {
			all = append(all, googleHeard(r))
		}
		return all
	}}
}

// googleHeard puts a request back into the pipeline's words.
func googleHeard(r googleserver.Request) pipelinetest.Heard {
	h := pipelinetest.Heard{Model: r.Model, Key: r.Key, Stream: r.Stream}
	c, g := &h.Chat, r.GenerationConfig
	c.Config = pipeline.Config{
		Temperature: g.Temperature, TopP: g.TopP, TopK: g.TopK, MaxOutputTokens: g.MaxOutputTokens, StopSequences: g.StopSequences,
	}
	if g.Seed != nil {
		seed := int64(*g.Seed)
		c.Config.Seed = &seed
	}
	if g.Logprobs != nil {
		c.Config.TopLogprobs = *g.Logprobs
	}
	c.Schema, c.JSON = g.ResponseJSONSchema, g.ResponseMimeType == "application/json"
	if s := r.SystemInstruction; s != nil {
		c.Messages = append(c.Messages, pipeline.Message{Role: "system", Content: *s.Parts[0].Text})
	}
	for _, content := range r.Contents {
		out := pipeline.Message{Role: content.Role}
		for _, p := range content.Parts {
			switch {
			case p.Text != nil:
				out.Parts = append(out.Parts, pipeline.Part{Text: *p.Text})
			case p.InlineData != nil:
				out.Parts = append(out.Parts, pipeline.Part{Media: &pipeline.Media{URL: "data:" + p.InlineData.MimeType + ";base64," + p.InlineData.Data}})
			case p.FunctionCall != nil:
				out.Parts = append(out.Parts, pipeline.Part{ToolCall: &pipeline.ToolCall{ID: p.FunctionCall.ID, Name: p.FunctionCall.Name, Args: p.FunctionCall.Args}})
			case p.FunctionResponse != nil:
				f := p.FunctionResponse
				var wrapped struct{ Output json.RawMessage }
				json.Unmarshal(f.Response, &wrapped)
				if wrapped.Output == nil {
					wrapped.Output = f.Response
				}
				out.Parts = append(out.Parts, pipeline.Part{ToolResult: &pipeline.ToolResult{ID: f.ID, Name: f.Name, Output: wrapped.Output}})
			}
		}
		c.Messages = append(c.Messages, out)
	}
	for _, t := range r.Tools {
		for _, f := range t.FunctionDeclarations {
			c.Tools = append(c.Tools, pipeline.Tool{Name: f.Name, Description: f.Description, Schema: f.ParametersJSONSchema})
		}
	}
	return h
}

// googleSays puts an answer into the provider's words. A thought comes first,
// as it does from models that think aloud.
func googleSays(a pipeline.Asset) googleserver.Reply {
	thought := "let me see"
	r := googleserver.Reply{Model: a.Model, Parts: []googleserver.Part{{Text: &thought, Thought: true}}}
	if a.Text != "" {
		r.Parts = append(r.Parts, googleserver.Text(a.Text).Parts...)
	}
	for _, c := range a.ToolCalls { // without IDs, as from older models
		r.Parts = append(r.Parts, googleserver.Part{FunctionCall: &googleserver.FunctionCall{Name: c.Name, Args: c.Args}})
	}
	if a.FinishReason == "length" {
		r.FinishReason = "MAX_TOKENS"
	}
	if u := a.Usage; u != (pipeline.Usage{}) {
		r.Usage = googleserver.Usage{Prompt: u.InputTokens, Cached: u.CachedTokens, Candidates: u.OutputTokens - u.ReasoningTokens, Thoughts: u.ReasoningTokens}
	}
	if a.Logprobs != nil {
		r.Logprobs = &googleserver.Logprobs{}
		for _, p := range a.Logprobs {
			r.Logprobs.Chosen = append(r.Logprobs.Chosen, googleserver.Token{Token: p.Token, Logprob: p.Logprob})
			var top googleserver.Top
			for _, alternative := range p.Top {
				top.Candidates = append(top.Candidates, googleserver.Token{Token: alternative.Token, Logprob: alternative.Logprob})
			}
			r.Logprobs.Top = append(r.Logprobs.Top, top)
		}
	}
	return r
}
