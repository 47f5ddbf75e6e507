package promptfoo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/prices"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// chat is a provider behind a chat model of package generators.
type chat struct {
	id     string
	spec   project.ChatModel
	model  *generators.Model
	base   pipeline.Chat // tools, format and parameters of every call
	schema bool          // the answer is JSON after a schema, and becomes a value
	price  prices.Price
	priced bool
}

func newChat(r *Runner, p *project.Provider) (caller, error) {
	m := p.Call.Model
	c := &chat{id: p.ID, spec: m}
	if err := c.parameters(); err != nil {
		return nil, fmt.Errorf("provider %q: %w", p.ID, err)
	}
	var err error
	if c.model, err = generators.NewModel(r.modelConfig(p)); err != nil {
		return nil, fmt.Errorf("provider %q: %w", p.ID, err)
	}
	c.price, c.priced = priceOf(p, r.Prices)
	return c, nil
}

// priceOf is what a provider's model costs; false = nobody knows. One that is
// reached at an address of one's own costs what its name says.
func priceOf(p *project.Provider, table *prices.Table) (prices.Price, bool) {
	kind, name, err := generators.SplitModel(p.Call.Model.Ref)
	if err != nil || table == nil {
		return prices.Price{}, false
	}
	own, _, _ := strings.Cut(p.ID, ":")
	if price, ok := table.Lookup(own, name); ok {
		return price, true
	}
	return table.Lookup(kind, name)
}

// modelConfig is how a provider's model is reached.
func (r *Runner) modelConfig(p *project.Provider) generators.ModelConfig {
	m := p.Call.Model
	cfg := generators.ModelConfig{Ref: m.Ref, BaseURL: m.BaseURL, APIKeyEnv: m.APIKeyEnv, Headers: m.Headers, Concurrency: r.Width, Timeout: r.timeout(),
		Getenv: func(name string) string {
			if v := p.Env[name]; v != "" {
				return v
			}
			return r.getenv(name)
		}}
	if m.APIKey != "" { // written in the file: known by a name that no environment has
		const written = "the key in the configuration"
		getenv := cfg.Getenv
		cfg.APIKeyEnv, cfg.Getenv = written, func(name string) string {
			if name == written {
				return string(m.APIKey)
			}
			return getenv(name)
		}
	}
	return cfg
}

// parameters puts the configuration into the terms of the pipeline.
func (c *chat) parameters() error {
	m, k := &c.spec, &c.base.Config
	k.Temperature, k.TopP, k.MaxOutputTokens, k.Seed, k.StopSequences = m.Temperature, m.TopP, m.MaxTokens, m.Seed, m.Stop
	if m.TopK > 0 {
		k.TopK = &m.TopK
	}
	extra := map[string]any{}
	for _, key := range m.Extra.Keys() {
		x, _ := m.Extra.Get(key)
		extra[key] = jsvalue.Plain(x)
	}
	if m.FrequencyPenalty != nil {
		extra["frequency_penalty"] = *m.FrequencyPenalty
	}
	if m.PresencePenalty != nil {
		extra["presence_penalty"] = *m.PresencePenalty
	}
	if m.Reasoning != "" {
		extra["reasoning_effort"] = m.Reasoning
	}
	if m.ToolChoice != nil {
		extra["tool_choice"] = jsvalue.Plain(m.ToolChoice)
	}
	own, typed, err := toolsFor(m.Ref, m.Tools)
	if err != nil {
		return err
	}
	if c.base.Tools = typed; own != nil {
		extra["tools"] = own
	}
	if len(extra) > 0 {
		k.Extra = extra
	}
	c.schema, err = setFormat(&c.base, m.Ref, jsvalue.Plain(m.Format))
	c.schema = c.schema && !m.FormatFile
	return err
}

func (c *chat) remote() bool { return true }
func (c *chat) close() error { return c.model.Close() }

func (c *chat) call(ctx context.Context, q *ask) (*Response, error) {
	body := c.base
	var err error
	if body.Messages, err = messagesOf(q.prompt); err != nil {
		return &Response{Error: err.Error()}, nil
	}
	if m := body.Messages; len(m) == 1 && m[0].Content == q.prompt && strings.HasPrefix(c.spec.Ref, "anthropic:") {
		body.Messages = spoken(q.prompt)
	}
	if c.spec.System != "" && (len(body.Messages) == 0 || body.Messages[0].Role != "system") {
		body.Messages = append([]pipeline.Message{{Role: "system", Content: c.spec.System}}, body.Messages...)
	}
	own := promptConfig(q.config)
	own.apply(&body.Config)
	if f, ok := q.config.Get("response_format"); ok {
		if own.schema, err = setFormat(&body, c.spec.Ref, jsvalue.Plain(f)); err != nil {
			return nil, err
		}
	}
	a, err := c.model.Generate(ctx, pipeline.Request{Chat: &body})
	if err != nil {
		var transient *pipeline.Transient
		var unusable *pipeline.Unusable
		if errors.As(err, &transient) || errors.As(err, &unusable) || ctx.Err() != nil {
			return nil, err
		}
		return &Response{Error: "API error: " + err.Error()}, nil
	}
	return c.answer(a, c.schema || own.schema), nil
}

// answer is an answer in promptfoo's terms: calls of tools are the output where
// there is no text.
func (c *chat) answer(a pipeline.Asset, schema bool) *Response {
	r := &Response{Output: a.Text, HasOutput: true, FinishReason: strings.ToLower(a.FinishReason), HasTokens: true,
		LatencyMS: float64(a.Latency.Microseconds()) / 1e3}
	u := a.Usage
	r.Tokens = Tokens{Total: u.InputTokens + u.OutputTokens, Prompt: u.InputTokens, Completion: u.OutputTokens, Requests: 1, Reasoning: u.ReasoningTokens}
	r.Cost, r.HasCost = a.CostUSD, a.CostUSD > 0
	if !r.HasCost && c.priced {
		r.Cost, r.HasCost = c.price.Cost(u.InputTokens, u.CachedTokens, u.CacheWriteTokens, u.OutputTokens), true
	}
	for _, t := range a.Logprobs {
		r.LogProbs = append(r.LogProbs, t.Logprob)
	}
	switch {
	case len(a.ToolCalls) > 0:
		r.Output = c.calls(a)
	case schema:
		if v, err := jsvalue.Parse(a.Text); err == nil {
			r.Output = v
		}
	}
	return r
}

// calls is what promptfoo gives as output for calls of tools, which differs by
// provider: the API's own objects.
func (c *chat) calls(a pipeline.Asset) any {
	kind, _, _ := generators.SplitModel(c.spec.Ref)
	list := []any{}
	for _, t := range a.ToolCalls {
		list = append(list, toolCall(kind, t))
	}
	switch {
	case kind == "anthropic": // blocks of text, one after the other
		var parts []string
		if a.Text != "" {
			parts = append(parts, a.Text)
		}
		for _, x := range list {
			text, _ := jsvalue.Stringify(x, "")
			parts = append(parts, text)
		}
		return strings.Join(parts, "\n\n")
	case kind == "google":
		if a.Text != "" {
			list = append([]any{jsvalue.NewObject("text", a.Text)}, list...)
		}
	case a.Text != "":
		return jsvalue.NewObject("role", "assistant", "content", a.Text, "tool_calls", list)
	}
	return list
}

func toolCall(kind string, t pipeline.ToolCall) *jsvalue.Object {
	args, _ := jsvalue.Parse(string(t.Args))
	switch kind {
	case "anthropic":
		return jsvalue.NewObject("type", "tool_use", "id", t.ID, "name", t.Name, "input", args)
	case "google":
		return jsvalue.NewObject("functionCall", jsvalue.NewObject("name", t.Name, "args", args))
	}
	return jsvalue.NewObject("id", t.ID, "type", "function", "function", jsvalue.NewObject("name", t.Name, "arguments", string(t.Args)))
}

// ownConfig is what a prompt's config may change of a call.
type ownConfig struct {
	temperature, topP *float64
	maxTokens         int
	schema            bool
}

func promptConfig(o *jsvalue.Object) (c ownConfig) {
	number := func(key string) *float64 {
		v, ok := o.Get(key)
		if f, isNumber := jsvalue.Number(v); ok && isNumber && !math.IsNaN(f) {
			return &f
		}
		return nil
	}
	c.temperature, c.topP = number("temperature"), number("top_p")
	if n := number("max_tokens"); n != nil {
		c.maxTokens = int(*n)
	}
	return c
}

func (c ownConfig) apply(k *pipeline.Config) {
	if c.temperature != nil {
		k.Temperature = c.temperature
	}
	if c.topP != nil {
		k.TopP = c.topP
	}
	if c.maxTokens > 0 {
		k.MaxOutputTokens = c.maxTokens
	}
}
