package project

import (
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// saysDefaults are the families whose requests promptfoo gives a temperature of 0
// and a limit of 1,024 tokens where the configuration says nothing. An answer to a
// provider's own temperature would be another one.
var saysDefaults = []string{"openai", "azure", "azureopenai", "openrouter", "groq", "deepseek", "togetherai", "fireworks", "cerebras", "xai", "perplexity", "litellm", "llamafile", "anthropic"}

// settle fills in what promptfoo sends where nothing is said.
func (l *loader) settle(prefix, name string, m *ChatModel, cfg *tree) {
	if !slices.Contains(saysDefaults, prefix) || reasons(prefix, name) {
		return
	}
	if x := cfg.get("omitDefaults"); x != nil && jsvalue.Truthy(x.value()) {
		return
	}
	variable := "OPENAI"
	if prefix == "anthropic" {
		variable = "ANTHROPIC"
		if m.TopP != nil || cfg.get("thinking") != nil {
			return
		}
	}
	if m.Temperature == nil {
		zero := number(l.env[variable+"_TEMPERATURE"], 0)
		m.Temperature = &zero
	}
	if m.MaxTokens == 0 {
		m.MaxTokens = int(number(l.env[variable+"_MAX_TOKENS"], 1024))
	}
}

func number(text string, otherwise float64) float64 {
	if f, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
		return f
	}
	return otherwise
}

// reasons says that a model takes neither a temperature nor max_tokens.
func reasons(prefix, name string) bool {
	if prefix == "anthropic" {
		for _, part := range []string{"opus-4-7", "opus-4-8", "opus-5", "sonnet-5", "fable", "mythos"} {
			if strings.Contains(name, part) {
				return true
			}
		}
		return false
	}
	name = strings.Replace(name, "ft:", "", 1)
	for _, part := range []string{"o1", "o3", "o4", "gpt-5"} {
		if strings.HasPrefix(name, part) || strings.Contains(name, "/"+part) {
			return true
		}
	}
	return false
}

// Reasons says that the model of a provider's id takes no temperature.
func Reasons(id string) bool {
	prefix, name, _ := strings.Cut(id, ":")
	for _, kind := range []string{"chat:", "responses:", "messages:"} {
		name = strings.TrimPrefix(name, kind)
	}
	return reasons(prefix, name)
}

// usual finds the models that promptfoo asks where nothing names a judge, by the
// keys that the environment has.
func (l *loader) usual() {
	judge := ""
	switch {
	case l.env["OPENAI_API_KEY"] != "":
		judge = "openai:chat:gpt-5.5-2026-04-23"
	case l.env["ANTHROPIC_API_KEY"] != "":
		judge = "anthropic:messages:claude-sonnet-4-6"
	case l.env["GEMINI_API_KEY"] != "" || l.env["GOOGLE_API_KEY"] != "":
		judge = "google:gemini-2.5-pro"
	}
	if judge != "" {
		l.project.Judge = l.usualModel(judge)
	}
	if l.env["OPENAI_API_KEY"] != "" {
		l.project.Embedder = l.usualModel("openai:embedding:text-embedding-3-large")
		l.project.Moderator = l.usualModel("openai:moderation:omni-moderation-latest")
	}
}

func (l *loader) usualModel(id string) *Provider {
	none := &tree{fields: map[string]*tree{}}
	return &Provider{ID: id, Config: &jsvalue.Object{}, Call: l.translate(id, none, Place{}, "", "")}
}
