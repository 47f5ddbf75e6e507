package importer

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/registry"
)

// readProviders plans the models.
func (f *promptfoo) readProviders() (all []found) {
	n := child(f.root, "providers")
	if n == nil {
		n = child(f.root, "targets")
	}
	for _, item := range items(n) {
		id, options := item.Value, (*yaml.Node)(nil)
		if item.Kind == yaml.MappingNode {
			if id = word(item, "id"); id == "" && len(item.Content) == 2 { // openai:gpt: {config: …}
				id, options = item.Content[0].Value, item.Content[1]
			} else {
				options = item
			}
		}
		if m, ok := f.provider(id, options, item); ok {
			all = append(all, m)
		}
	}
	return all
}

func (f *promptfoo) provider(id string, options, at *yaml.Node) (found, bool) {
	kind, model, why := providerOf(id)
	if why != "" {
		f.left(f.file, at.Line, "provider "+config.Shorten(id), "%s", why)
		return found{}, false
	}
	label := word(options, "label")
	if label == "" {
		label = model
	}
	m := &modelDraft{parameters: map[string]any{}, headers: map[string]any{}}
	for _, p := range pairs(options) {
		switch p[0].Value {
		case "id", "label", "config", "prompts":
		default:
			f.left(f.file, p[0].Line, "provider's "+p[0].Value, "has no counterpart in a model file")
		}
	}
	for _, p := range pairs(child(options, "config")) {
		f.setting(m, kind, p[0], p[1])
	}
	if kind == "azure" && m.baseURL == "" {
		f.left(f.file, at.Line, "provider "+config.Shorten(id), "names no address of the Azure resource (config.apiHost); write models/ by hand")
		return found{}, false
	}
	members := []member{{"provider", kind}, {"model", model}, {"base_url", m.baseURL}, {"api_key_env", m.keyEnv}}
	if len(m.headers) > 0 {
		members = append(members, member{"headers", m.headers})
	}
	if len(m.parameters) > 0 {
		members = append(members, member{"parameters", m.parameters})
	}
	text, err := asYAML(members)
	if err == nil {
		_, err = registry.ParseModel("model", []byte(text))
	}
	if err != nil {
		f.left(f.file, at.Line, "provider "+config.Shorten(id), "%v", err)
		return found{}, false
	}
	name := f.models.take(registry.KindModel, strings.ReplaceAll(label, "/", "-"), "model")
	f.add("models/"+name+".yaml", []byte(text), f.from(at))
	out := found{name: name, line: at.Line}
	for _, p := range items(child(options, "prompts")) {
		out.only = append(out.only, p.Value)
	}
	return out, true
}

// modelDraft is what a provider's config gives to a model file.
type modelDraft struct {
	baseURL, keyEnv     string
	parameters, headers map[string]any
}

// parameterNames turns promptfoo's names of parameters into those of prompts.
var parameterNames = map[string]string{
	"temperature": "temperature", "max_tokens": "maxOutputTokens", "max_completion_tokens": "maxOutputTokens", "max_output_tokens": "maxOutputTokens",
	"maxOutputTokens": "maxOutputTokens", "top_p": "topP", "topP": "topP", "top_k": "topK", "topK": "topK", "stop": "stopSequences",
	"stopSequences": "stopSequences", "stop_sequences": "stopSequences", "seed": "seed", "reasoning_effort": "reasoning_effort",
	"frequency_penalty": "frequency_penalty", "presence_penalty": "presence_penalty",
}

func (f *promptfoo) setting(m *modelDraft, kind string, key, node *yaml.Node) {
	v, err := value(node)
	if err != nil {
		f.left(f.file, key.Line, "config."+key.Value, "%v", err)
		return
	}
	text, _ := v.(string)
	name, isParameter := parameterNames[key.Value]
	switch {
	case isParameter && name == "stopSequences" && text != "":
		m.parameters[name] = []string{text}
	case isParameter:
		m.parameters[name] = v
	case key.Value == "apiKeyEnvar" && text != "":
		m.keyEnv = text
	case key.Value == "apiBaseUrl" && text != "":
		m.baseURL = text
	case key.Value == "apiHost" && text != "" && kind == "azure":
		m.baseURL = "https://" + strings.TrimPrefix(text, "https://")
	case key.Value == "headers":
		headers, _ := v.(map[string]any)
		for _, h := range slices.Sorted(maps.Keys(headers)) {
			if _, isText := headers[h].(string); isText && !registry.Credential(h) {
				m.headers[h] = headers[h]
			} else {
				f.left(f.file, key.Line, "config.headers."+h, "may hold a secret, which no file of a project does; name its environment variable in api_key_env")
			}
		}
	case key.Value == "apiKey":
		f.left(f.file, key.Line, "config.apiKey", "a key is never written to a file; set the provider's environment variable, or name another in api_key_env")
	default:
		f.left(f.file, key.Line, "config."+key.Value, "has no counterpart among a model's parameters")
	}
}

// providerOf takes promptfoo's name of a provider apart. why says why there is no
// such model here.
func providerOf(id string) (kind, model, why string) {
	words := strings.Split(id, ":")
	kind, rest := words[0], words[1:]
	switch {
	case id == "" || len(rest) == 0 && !strings.Contains(id, "/"):
		return "", "", "names no model (known providers: " + strings.Join(generators.ModelProviders(), ", ") + ")"
	case strings.HasPrefix(id, "file://"), kind == "python", kind == "exec", kind == "package", kind == "golang", kind == "ruby":
		return "", "", "is a program; make it an agent with runtime: {process: {command: […]}}"
	case kind == "http", kind == "https", kind == "websocket":
		return "", "", "is an endpoint; make it an agent with runtime: {http: {url: …}}"
	}
	switch kind {
	case "azureopenai":
		kind = "azure"
	case "palm":
		kind = "google"
	}
	if len(rest) > 1 && slices.Contains([]string{"chat", "completion", "responses", "messages", "converse"}, rest[0]) {
		if rest[0] == "completion" {
			return "", "", "asks the old completion interface; chat models are asked here"
		}
		rest = rest[1:]
	} else if len(rest) > 1 && slices.Contains([]string{"embedding", "embeddings", "image", "moderation", "assistant", "realtime"}, rest[0]) {
		return "", "", "is no chat model"
	}
	kind, model, err := generators.SplitModel(kind + ":" + strings.Join(rest, ":"))
	if err != nil {
		return "", "", err.Error()
	}
	return kind, model, ""
}
