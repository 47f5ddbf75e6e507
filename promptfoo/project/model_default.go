package project

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// saysDefaults are the families whose requests promptfoo gives a temperature of 0
// and a limit of 1,024 tokens where the configuration says nothing. An answer to a
// provider's own temperature would be another one.
func saysDefaults(prefix string) bool {
	switch prefix {
	case "openai", "azure", "azureopenai", "anthropic", "openrouter":
		return true
	case "mistral", "localai":
		return false
	}
	for _, f := range families() {
		if f.prefix == prefix {
			return f.kind == "openai_compatible"
		}
	}
	return false
}

// settle fills in what promptfoo sends where nothing is said, and leaves out what it
// keeps from models that think before they answer: they refuse a temperature, and a
// limit that is not meant for them would cut off their thoughts.
func (l *loader) settle(prefix, name string, m *ChatModel, cfg *tree) {
	switch {
	case !saysDefaults(prefix):
	case prefix == "anthropic":
		l.settleAnthropic(name, m, cfg)
	default:
		l.settleOpenAI(prefix, name, m, cfg)
	}
}

func (l *loader) settleAnthropic(name string, m *ChatModel, cfg *tree) {
	thinks := false
	if t := cfg.get("thinking"); t != nil {
		thinks = t.word("type") == "enabled" || t.word("type") == "adaptive"
	}
	if m.MaxTokens == 0 {
		limit := 1024.0
		if thinks {
			limit = 2048
		}
		m.MaxTokens = int(number(l.env["ANTHROPIC_MAX_TOKENS"], limit))
	}
	switch {
	case reasons("anthropic", name):
		m.Temperature, m.TopP, m.TopK = nil, nil, 0
	case thinks:
		m.Temperature, m.TopK = nil, 0
	case m.TopP != nil:
		m.Temperature = nil
	case m.Temperature == nil:
		zero := number(l.env["ANTHROPIC_TEMPERATURE"], 0)
		m.Temperature = &zero
	}
}

func (l *loader) settleOpenAI(prefix, name string, m *ChatModel, cfg *tree) {
	given := func(key string) int {
		x := cfg.get(key)
		if x == nil {
			return 0
		}
		f, _ := x.scalar.(float64)
		return int(f)
	}
	if m.speaksResponses() { // which has no others, and one name for the limit
		m.MaxTokens, m.Seed, m.Stop, m.FrequencyPenalty, m.PresencePenalty = given("max_output_tokens"), nil, nil, nil, nil
	}
	if reasons(prefix, name) {
		m.Temperature = nil
		m.MaxTokens = cmp.Or(given("max_completion_tokens"), given("max_output_tokens"), int(number(l.env["OPENAI_MAX_COMPLETION_TOKENS"], 0)))
		if own := !strings.HasPrefix(m.Ref, "openai:") && !m.speaksResponses() && !strings.HasPrefix(m.Ref, "azure:"); own && m.MaxTokens > 0 {
			m.Extra.Set("max_completion_tokens", m.MaxTokens) // servers of the same API are sent the older key otherwise
			m.MaxTokens = 0
		}
		return
	}
	if slices.Contains([]string{"openai", "azure", "azureopenai", "openrouter"}, prefix) && !strings.Contains(name, "gpt-oss") {
		m.Reasoning = ""
	}
	if given("max_completion_tokens") > 0 && given("max_tokens") == 0 {
		m.MaxTokens = 0
	}
	if x := cfg.get("omitDefaults"); x != nil && jsvalue.Truthy(x.value()) {
		return
	}
	if m.Temperature == nil {
		zero := number(l.env["OPENAI_TEMPERATURE"], 0)
		m.Temperature = &zero
	}
	if m.MaxTokens == 0 {
		m.MaxTokens = int(number(l.env["OPENAI_MAX_TOKENS"], 1024))
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
