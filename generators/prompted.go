package generators

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/prices"
)

// PromptedConfig describes a prompt and the chat model that answers it.
type PromptedConfig struct {
	Prompt *dotprompt.Prompt
	Tools  []dotprompt.Tool // those that the prompt names without defining them
	Model  ModelConfig      // Ref "" = the prompt's own model
	Config map[string]any   // named as in a prompt's front matter, and goes before it; may be nil
	// Parameters are the model's own, named likewise: what neither Config nor the
	// prompt says; may be nil.
	Parameters map[string]any
	Prices     *prices.Table // nil = nothing is priced
}

// Prompted renders each request with a prompt, unless it is rendered already,
// and asks a chat model. Like Model
// it makes one attempt a call, and is safe for concurrent use.
type Prompted struct {
	*Model
	prompt *dotprompt.Prompt
	tools  []pipeline.Tool
	config pipeline.Config
	ref    string
	price  prices.Price
	priced bool
}

// NewPrompted checks the configuration; like NewModel it calls nobody.
func NewPrompted(cfg PromptedConfig) (*Prompted, error) {
	if cfg.Model.Ref == "" {
		cfg.Model.Ref = cfg.Prompt.Model
	}
	p := &Prompted{prompt: cfg.Prompt, ref: cfg.Model.Ref}
	for _, t := range slices.Concat(cfg.Prompt.Tools, cfg.Tools) {
		p.tools = append(p.tools, pipeline.Tool{Name: t.Name, Description: t.Description, Schema: t.InputSchema})
	}
	own, err := ParseModelConfig(cfg.Config)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	parameters, err := ParseModelConfig(cfg.Parameters)
	if err != nil {
		return nil, fmt.Errorf("parameters: %w", err)
	}
	p.config = withDefaults(withDefaults(own, pipeline.Config(cfg.Prompt.Config)), parameters)
	provider, name, err := SplitModel(cfg.Model.Ref)
	if err != nil {
		return nil, err
	}
	if cfg.Prices != nil {
		p.price, p.priced = cfg.Prices.Lookup(PricedAs(provider), name)
	}
	if p.Model, err = NewModel(cfg.Model); err != nil {
		return nil, err
	}
	if !p.priced && provider == "openai_compatible" && prices.LocalURL(p.template.URL.String()) {
		p.priced = true // a server of one's own
	}
	return p, nil
}

// ParseModelConfig reads parameters named as a prompt's front matter names them.
func ParseModelConfig(values map[string]any) (pipeline.Config, error) {
	var c dotprompt.Config
	if len(values) == 0 {
		return pipeline.Config{}, nil
	}
	var n yaml.Node
	if err := n.Encode(values); err != nil {
		return pipeline.Config{}, err
	}
	err := c.UnmarshalYAML(&n)
	return pipeline.Config(c), err
}

// PromptVars are the values that a prompt is rendered with: those of the case,
// and its input by the name "input"; where the case has none, by the prompt's
// [dotprompt.Prompt.InputName].
func PromptVars(prompt *dotprompt.Prompt, input string, vars map[string]any) map[string]any {
	name := "input"
	if len(vars) == 0 {
		if only := prompt.InputName(); only != "" {
			name = only
		}
	}
	if _, ok := vars["input"]; ok {
		return vars
	}
	all := make(map[string]any, len(vars)+1)
	maps.Copy(all, vars)
	all[name] = input
	return all
}

// Generate makes one attempt. What it cost is in the Asset when the provider
// says it or a price is known; else Unpriced is set.
func (p *Prompted) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	chat, err := p.chat(r)
	if err != nil {
		return pipeline.Asset{}, err
	}
	r.Chat = chat
	a, err := p.Model.Generate(ctx, r)
	if err == nil && a.Trace == nil && len(chat.Tools) > 0 {
		a.Trace = &pipeline.Trace{} // a model says what it wants to be called, and nothing else is
	}
	switch {
	case a.CostUSD > 0:
	case p.priced:
		a.CostUSD = p.price.Cost(a.Usage.InputTokens, a.Usage.CachedTokens, a.Usage.CacheWriteTokens, a.Usage.OutputTokens)
		a.Unpriced = err == nil && a.Usage == (pipeline.Usage{}) && p.price.Output > 0
	default:
		a.Unpriced = err == nil
	}
	return a, err
}

// Price is the model's price; known is false when there is none.
func (p *Prompted) Price() (price prices.Price, known bool) { return p.price, p.priced }

// Ref is the model's reference, PROVIDER:MODEL.
func (p *Prompted) Ref() string { return p.ref }

// Worst bounds what one attempt costs before it is made, in USD; +Inf when there
// is no bound.
func (p *Prompted) Worst(r pipeline.Request) float64 {
	chat, err := p.chat(r)
	if err != nil {
		return 0 // it is never sent
	}
	if p.format == nil {
		return 0
	}
	r.Chat = chat
	body, err := p.format.encode(p.name, p.Model.chat(&r), p.stream)
	if err != nil {
		return 0
	}
	return p.price.Worst(len(body), chat.Config.MaxOutputTokens)
}

// Longest is how many tokens an answer may have, reasoning included; 0 = no limit
// is known.
func (p *Prompted) Longest() int {
	if limit := p.config.MaxOutputTokens; limit > 0 {
		return limit
	}
	return p.price.MaxOutputTokens
}

// Usual guesses of a call whose size is not known yet.
const (
	bytesPerToken = 4
	usualOutput   = 256 // tokens
)

// Expected guesses what one attempt costs, in USD: four bytes a token, and an
// answer of 256 tokens or the limit, if that is lower.
func (p *Prompted) Expected(r pipeline.Request) float64 {
	chat, err := p.chat(r)
	if err != nil {
		return 0
	}
	input, output := 0, usualOutput
	for _, m := range chat.Messages {
		for _, part := range m.Parts {
			input += len(part.Text)
		}
		input += len(m.Content)
	}
	if limit := chat.Config.MaxOutputTokens; limit > 0 {
		output = min(output, limit)
	}
	return p.price.Cost(input/bytesPerToken, 0, 0, output)
}

// Bounded says whether the highest price of a call is known before it is made.
func (p *Prompted) Bounded() bool {
	return p.priced && !math.IsInf(p.price.Worst(0, p.config.MaxOutputTokens), 1)
}

// chat renders a request. One that is rendered already stays as it is, but for
// parameters that it leaves open.
func (p *Prompted) chat(r pipeline.Request) (*pipeline.Chat, error) {
	if r.Chat != nil {
		chat := *r.Chat
		chat.Config = withDefaults(chat.Config, p.config)
		return &chat, nil
	}
	in := dotprompt.Input{Vars: PromptVars(p.prompt, r.Input, r.Vars)}
	for _, m := range r.Messages {
		in.History = append(in.History, toPrompt(m))
	}
	out, err := p.prompt.Render(in)
	if err != nil {
		return nil, err
	}
	chat := &pipeline.Chat{Messages: make([]pipeline.Message, 0, len(out.Messages)+len(r.After)), Tools: p.tools, Schema: out.Schema, JSON: out.JSON, Config: p.config}
	for _, m := range out.Messages {
		chat.Messages = append(chat.Messages, fromPrompt(m))
	}
	chat.Messages = append(chat.Messages, r.After...)
	return chat, nil
}

// AsksForTools says that the calls of tools in an answer are wishes: they are
// carried out by the one who asked, and what they gave back goes into
// Request.After.
func (p *Prompted) AsksForTools() bool { return true }

// ToolNames are the tools that the model is offered.
func (p *Prompted) ToolNames() (names []string) {
	for _, t := range p.tools {
		names = append(names, t.Name)
	}
	return names
}

// toPrompt gives a turn of the history the prompt's form.
func toPrompt(m pipeline.Message) dotprompt.Message {
	role := m.Role
	if role == "assistant" {
		role = "model"
	}
	out := dotprompt.Message{Role: role, Keep: m.Echo}
	if len(m.Parts) == 0 {
		out.Parts = []dotprompt.Part{{Text: m.Content}}
	}
	for _, part := range m.Parts {
		out.Parts = append(out.Parts, dotprompt.Part{Text: part.Text, Media: (*dotprompt.Media)(part.Media),
			ToolCall: (*dotprompt.ToolCall)(part.ToolCall), ToolResult: (*dotprompt.ToolResult)(part.ToolResult)})
	}
	return out
}

// fromPrompt is the inverse; several texts become one.
func fromPrompt(m dotprompt.Message) pipeline.Message {
	out := pipeline.Message{Role: m.Role}
	out.Echo, _ = m.Keep.(*pipeline.Echo)
	plain := true
	for _, part := range m.Parts {
		plain = plain && part.Media == nil && part.ToolCall == nil && part.ToolResult == nil
	}
	switch {
	case plain && len(m.Parts) == 1:
		out.Content = m.Parts[0].Text
		return out
	case plain:
		var b strings.Builder
		for _, part := range m.Parts {
			b.WriteString(part.Text)
		}
		out.Content = b.String()
		return out
	}
	for _, part := range m.Parts {
		if part.Section == "" {
			out.Parts = append(out.Parts, pipeline.Part{Text: part.Text, Media: (*pipeline.Media)(part.Media),
				ToolCall: (*pipeline.ToolCall)(part.ToolCall), ToolResult: (*pipeline.ToolResult)(part.ToolResult)})
		}
	}
	return out
}

// KeyVariables names the environment variables that a model's key is taken from
// unless another is named; none for an unknown provider.
func KeyVariables(ref string) []string {
	kind, _, err := SplitModel(ref)
	if err != nil {
		return nil
	}
	return findProvider(kind).keyEnvs
}
