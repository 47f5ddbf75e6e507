package promptfoo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/prices"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// chat is a provider behind a chat model of package generators.
type chat struct {
	asked   asked
	steer   func(over *jsvalue.Object) (project.ChatModel, error)
	steered sync.Map // config laid over the provider's own, as JSON → *asked
	id      string
	model   *generators.Model
	price   prices.Price
	priced  bool
}

// asked is what every call of a config asks for.
type asked struct {
	spec   project.ChatModel
	base   pipeline.Chat // tools, format and parameters
	schema bool          // the answer is JSON after a schema, and becomes a value
}

func newChat(r *Runner, p *project.Provider) (caller, error) {
	m := p.Call.Model
	c := &chat{id: p.ID, asked: asked{spec: m}, steer: func(over *jsvalue.Object) (project.ChatModel, error) { return r.Project.Steered(p, over) }}
	if err := c.asked.parameters(); err != nil {
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
// reached at an address of one's own costs what its name says. What the configuration
// says of a token's price goes first: cost, inputCost and outputCost, in USD.
func priceOf(p *project.Provider, table *prices.Table) (prices.Price, bool) {
	price, known := listedPrice(p, table)
	written := 0
	for _, key := range []string{"cost", "inputCost", "outputCost"} {
		v, _ := p.Config.Get(key)
		f, ok := v.(float64)
		if !ok {
			continue
		}
		f *= 1e6
		if key != "outputCost" {
			price.Input, price.CachedInput, price.CacheWrite, price.Long = f, f, f, nil
			written |= 1
		}
		if key != "inputCost" {
			price.Output = f
			written |= 2
		}
	}
	return price, known || written == 3
}

// bedrockVersion is what Bedrock adds to a model's name.
var bedrockVersion = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`-v\d+(:\d+)?$`) })

func listedPrice(p *project.Provider, table *prices.Table) (prices.Price, bool) {
	kind, name, err := generators.SplitModel(p.Call.Model.Ref)
	if err != nil || table == nil {
		return prices.Price{}, false
	}
	if kind == "bedrock" { // where Claude costs what it costs elsewhere
		if _, claude, ok := strings.Cut(name, "anthropic."); ok {
			return table.Lookup("anthropic", bedrockVersion().ReplaceAllString(claude, ""))
		}
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
			if v, ok := m.Signing[name]; ok {
				return string(v)
			}
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
func (c *asked) parameters() error {
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
	switch {
	case m.Reasoning == "":
	case isResponses(m.Ref):
		extra["reasoning"] = map[string]any{"effort": m.Reasoning}
	default:
		extra["reasoning_effort"] = m.Reasoning
	}
	if m.ToolChoice != nil {
		if key, choice := toolChoice(m.Ref, jsvalue.Plain(m.ToolChoice)); key != "" {
			extra[key] = choice
		}
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

// with is what is asked for with a config over the provider's own.
func (c *chat) with(over *jsvalue.Object) (*asked, error) {
	if over.Len() == 0 {
		return &c.asked, nil
	}
	key, _ := jsvalue.Stringify(over, "")
	if known, ok := c.steered.Load(key); ok {
		return known.(*asked), nil
	}
	spec, err := c.steer(over)
	if err != nil {
		return nil, fmt.Errorf("provider %q, with the config of the prompt and the options of the test: %w", c.id, err)
	}
	with := &asked{spec: spec}
	if err := with.parameters(); err != nil {
		return nil, fmt.Errorf("provider %q, with the config of the prompt and the options of the test: %w", c.id, err)
	}
	c.steered.Store(key, with)
	return with, nil
}

func (c *chat) call(ctx context.Context, q *ask) (*Response, error) {
	with, err := c.with(q.config)
	if err != nil {
		return nil, err
	}
	body, spec := with.base, &with.spec
	if body.Messages, err = messagesOf(q.prompt); err != nil {
		return &Response{Error: err.Error()}, nil
	}
	if m := body.Messages; len(m) == 1 && m[0].Content == q.prompt && strings.HasPrefix(spec.Ref, "anthropic:") {
		body.Messages = spoken(q.prompt)
	}
	if spec.System != "" && (len(body.Messages) == 0 || body.Messages[0].Role != "system") {
		body.Messages = append([]pipeline.Message{{Role: "system", Content: spec.System}}, body.Messages...)
	}
	a, err := c.model.Generate(ctx, pipeline.Request{Chat: &body})
	var refusal *pipeline.Refusal
	if errors.As(err, &refusal) {
		return c.refused(a, with, refusal), nil
	}
	if err != nil {
		var transient *pipeline.Transient
		var unusable *pipeline.Unusable
		if errors.As(err, &transient) || errors.As(err, &unusable) || ctx.Err() != nil {
			return nil, err
		}
		return &Response{Error: "API error: " + err.Error(), unsaid: true}, nil
	}
	return c.answer(a, with), nil
}

// answer is an answer in promptfoo's terms: calls of tools are the output where
// there is no text.
func (c *chat) answer(a pipeline.Asset, with *asked) *Response {
	if isResponses(with.spec.Ref) {
		a.Text = itemsText(a)
	}
	r := &Response{Output: a.Text, HasOutput: true, FinishReason: strings.ToLower(a.FinishReason), HasTokens: true,
		LatencyMS: float64(a.Latency.Milliseconds())}
	u := a.Usage
	r.Tokens = Tokens{Total: u.InputTokens + u.OutputTokens, Prompt: u.InputTokens, Completion: u.OutputTokens, Requests: 1, Reasoning: u.ReasoningTokens,
		CacheRead: u.CachedTokens, CacheWrite: u.CacheWriteTokens}
	r.Cost, r.HasCost = a.CostUSD, a.CostUSD > 0
	if !r.HasCost && c.priced {
		r.Cost, r.HasCost = c.price.Cost(u.InputTokens, u.CachedTokens, u.CacheWriteTokens, u.OutputTokens), true
	}
	for _, t := range a.Logprobs {
		r.LogProbs = append(r.LogProbs, t.Logprob)
	}
	if slices.Contains(filtering[:], apiOf(with.spec.Ref)) {
		r.Guardrails = jsvalue.NewObject("flagged", false)
	}
	switch {
	case isResponses(with.spec.Ref) && len(a.ToolCalls) > 0: // the text holds them
	case len(a.ToolCalls) > 0 && a.Text == "" && with.functions():
		t := a.ToolCalls[0]
		r.Output = jsvalue.NewObject("name", t.Name, "arguments", string(t.Args))
	case len(a.ToolCalls) > 0:
		r.Output = with.calls(a)
	case with.schema:
		if v, err := jsvalue.Parse(a.Text); err == nil {
			r.Output = v
		}
	}
	return r
}

// filtering are the APIs whose answers say that no filter withheld them.
var filtering = [...]string{"openai", "openai_compatible", "openrouter", "vllm", "lmstudio", "huggingface"}

// refused is what a model gave instead of an answer: an output like any other,
// which the guardrails have flagged.
func (c *chat) refused(a pipeline.Asset, with *asked, no *pipeline.Refusal) *Response {
	plain := *with
	plain.schema = false
	r := c.answer(a, &plain)
	r.Output, r.Refusal = cmp.Or(no.Text, no.Why), true
	if r.FinishReason == "refusal" {
		r.FinishReason = "content_filter"
	}
	if r.Guardrails = nil; !isResponses(with.spec.Ref) {
		r.Guardrails = jsvalue.NewObject("flagged", true, "reason", no.Why)
	}
	return r
}

// functions says whether it is asked with functions rather than tools.
func (c *asked) functions() bool {
	_, ok := c.spec.Extra.Get("functions")
	return ok && len(c.spec.Tools) == 0
}

// calls is what promptfoo gives as output for calls of tools, which differs by
// provider: the API's own objects.
func (c *asked) calls(a pipeline.Asset) any {
	kind := apiOf(c.spec.Ref)
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

// apiOf is the kind of API that a model is asked by: Vertex AI's is Google's.
func apiOf(ref string) string {
	kind, _, _ := generators.SplitModel(ref)
	if kind == "vertex" {
		return "google"
	}
	return kind
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
