package project

import (
	"cmp"
	"slices"
	"strings"
)

// Reported is the id in results. promptfoo leaves the kind of API, or the name of a
// provider, out of an id that is written without options; of some providers always.
func (p *Provider) Reported() string {
	if p.Shown != "" {
		return p.Shown
	}
	if p.ID == "http" || p.ID == "https" {
		return cmp.Or(p.Call.HTTP.URL, p.ID)
	}
	prefix, name, ok := strings.Cut(p.ID, ":")
	if !ok {
		return p.ID
	}
	kind, model, split := strings.Cut(name, ":")
	chat := split && slices.Contains([]string{"chat", "responses", "completion", "messages", "embedding", "embeddings"}, kind)
	if !chat {
		model = name
	}
	switch prefix {
	case "togetherai", "nscale":
		return model
	case "cerebras", "perplexity":
		return name
	case "litellm", "llamaapi":
		return prefix + ":" + model
	}
	if p.isObject {
		return p.ID
	}
	switch prefix {
	case "ollama":
		if !chat { // what follows a colon is a tag of the model
			return "ollama:completion:" + name
		}
	case "openai", "anthropic", "localai":
		return prefix + ":" + model
	case "azure", "azureopenai":
		return "azure:" + model
	case "docker", "aimlapi", "cometapi", "alibaba", "alicloud", "aliyun", "dashscope":
		return model
	case "github", "portkey", "databricks":
		return name
	case "helicone":
		return "helicone-gateway:" + name
	}
	return p.ID
}
