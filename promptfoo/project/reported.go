package project

import (
	"slices"
	"strings"
)

// Reported is the id in results. promptfoo leaves the kind of API, or the name of a
// provider, out of an id that is written without options.
func (p *Provider) Reported() string {
	if p.Shown != "" {
		return p.Shown
	}
	if p.ID == "http" || p.ID == "https" {
		return first(p.Call.HTTP.URL, p.ID)
	}
	prefix, name, ok := strings.Cut(p.ID, ":")
	if p.isObject || !ok {
		return p.ID
	}
	kind, model, split := strings.Cut(name, ":")
	chat := split && slices.Contains([]string{"chat", "responses", "completion", "messages", "embedding", "embeddings"}, kind)
	switch prefix {
	case "ollama":
		if !split {
			return "ollama:completion:" + name
		}
	case "openai", "anthropic", "litellm", "localai", "llamaapi":
		if chat {
			return prefix + ":" + model
		}
	case "azure", "azureopenai":
		if chat {
			return "azure:" + model
		}
	case "togetherai", "docker", "aimlapi", "cometapi", "alibaba", "alicloud", "aliyun", "dashscope", "nscale":
		if chat {
			return model
		}
		return name
	case "cerebras", "perplexity", "github", "portkey", "databricks":
		return name
	case "helicone":
		return "helicone-gateway:" + name
	}
	return p.ID
}
