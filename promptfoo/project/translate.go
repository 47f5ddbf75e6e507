package project

import (
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// classification is the kind of models that classify texts.
const classification = "text-classification"

// knownIDs is what an error about an unknown id lists.
func knownIDs() []string {
	ids := []string{"echo", "exec:", "http", "https", "file://*.js", "file://*.py", "file://*.rb", "python:", "ruby:", "package:"}
	for _, f := range families() {
		if f.refused == "" {
			ids = append(ids, f.prefix+":")
		}
	}
	return ids
}

// translate says what a provider id stands for. Its Kind is "" after a problem.
func (l *loader) translate(id string, cfg *tree, at Place, key, base string) Call {
	switch {
	case id == "echo":
		return Call{Kind: CallEcho}
	case id == "http", id == "https", strings.HasPrefix(id, "http://"), strings.HasPrefix(id, "https://"):
		return l.httpCall(id, cfg, at, key)
	case strings.HasPrefix(id, "exec:"):
		command := strings.TrimSpace(strings.TrimPrefix(id, "exec:"))
		if command == "" {
			l.fail(at, key, "exec: needs a command")
			return Call{}
		}
		l.start(at, "exec", command, "provider")
		return Call{Kind: CallExec, Exec: command}
	case strings.HasPrefix(id, "python:"), strings.HasPrefix(id, "ruby:"), strings.HasPrefix(id, "file://"), isScript(id):
		return l.scriptCall(id, at, key, base)
	case strings.HasPrefix(id, "package:"):
		c, _ := l.packageCode(at, key, id, "provider")
		return Call{Kind: CallScript, Code: c}
	case id == "promptfoo:simulated-user":
		l.fail(at, key, "the provider %q is not supported: a service of promptfoo plays its users; in a test set of GenOps a model of yours does: simulate: {persona, goal, max_turns}, and run-eval --simulate MODEL", id)
		return Call{}
	case strings.HasPrefix(id, "promptfoo:"):
		l.fail(at, key, "the provider %q is not supported: it asks a service of promptfoo or the terminal", id)
		return Call{}
	}
	prefix, rest, _ := strings.Cut(id, ":")
	for _, f := range families() {
		if f.prefix != prefix {
			continue
		}
		if f.refused != "" {
			l.fail(at, key, "the provider %q is not supported: %s", id, f.refused)
			return Call{}
		}
		return l.modelCall(f, id, rest, cfg, at, key)
	}
	known := knownIDs()
	word := id
	if near := config.Nearest(prefix+":", known); near != "" {
		word = prefix + ":"
	}
	l.fail(at, key, "%s", strings.Replace(unknown("provider", word, known), word, id, 1))
	return Call{}
}

func (l *loader) scriptCall(id string, at Place, key, base string) Call {
	name := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(id, "python:"), "ruby:"), "file://")
	function := ""
	kind := CallScript
	file, _ := splitFunction(name)
	switch {
	case strings.HasPrefix(id, "python:") || language(file) == "python":
		kind, function = CallPython, "call_api"
	case strings.HasPrefix(id, "ruby:") || language(file) == "ruby":
		kind, function = CallRuby, "call_api"
	}
	code, ok := l.fileCode(at, key, base, name, function, "provider")
	if !ok {
		if code.Kind == "" {
			l.fail(at, key, "%q is no provider file; known endings: %s, .py, .rb, .yaml, .json", id, strings.Join(scriptEndings, ", "))
		}
		return Call{}
	}
	return Call{Kind: kind, Code: code}
}

// modelCall describes a model behind an API.
func (l *loader) modelCall(f family, id, rest string, cfg *tree, at Place, key string) Call {
	kind, model, split := strings.Cut(rest, ":")
	if !split || !slices.Contains(f.types, kind) {
		if unsupported(kind) && (split || strings.HasSuffix(kind, "-sdk") || kind == "claude-code" || kind == "codex" || kind == "agents") {
			l.fail(at, key, "the provider %q is not supported: %q is neither chat nor embedding; what may follow %s: %s", id, kind, f.prefix, strings.Join(f.types, ", "))
			return Call{}
		}
		if why := refusedKind(f, kind); why != "" {
			l.fail(at, key, "the provider %q is not supported: %s", id, why)
			return Call{}
		}
		kind, model = f.types[0], rest
		if slices.Contains(f.types, rest) { // openai:chat with config.model
			kind, model = rest, ""
		}
		if f.prefix == "ollama" {
			kind = "completion"
		}
	}
	if s := cfg.word("model"); model == "" && s != "" {
		model = s
	}
	if model == "" {
		model = cfg.word("modelName")
	}
	if model == "" && kind == "moderation" {
		model = "omni-moderation-latest"
	}
	if model == "" {
		l.fail(at, key, "the provider %q names no model", id)
		return Call{}
	}
	if f.kind == "huggingface" && kind == "chat" { // its router speaks OpenAI's API
		f.kind, f.base, f.keyEnv = "openai_compatible", "https://router.huggingface.co/v1", "HF_TOKEN"
	}
	if kind == "responses" && f.kind != "azure" {
		f.kind = "openai_responses"
	}
	if f.kind == "vertex" && !strings.HasPrefix(model, "gemini") {
		l.fail(at, key, "the provider %q is not supported: of Vertex AI's models those of Google that chat are asked (vertex:gemini-…); reach others through their own provider or openrouter:", id)
		return Call{}
	}
	m := l.model(f, model, kind, cfg, key)
	if f.kind == "bedrock" && rest == model {
		l.settleBedrock(model, &m)
	}
	switch kind {
	case "embedding", "embeddings":
		return Call{Kind: CallEmbed, Model: m}
	case "moderation":
		return Call{Kind: CallModerate, Model: m}
	case classification:
		return Call{Kind: CallClassify, Model: m}
	}
	return Call{Kind: CallChat, Model: m}
}

// refusedKind is why a provider's models of a kind are not asked; "" = they are.
func refusedKind(f family, kind string) string {
	switch {
	case f.kind == "huggingface":
		return "of Hugging Face's models those are asked that chat (huggingface:chat:MODEL) or classify texts (huggingface:" + classification + ":MODEL); for others use an OpenAI-compatible address: openai:chat:MODEL with config.apiBaseUrl"
	case f.kind == "bedrock" && notChatting(kind):
		return "of Bedrock's models those are asked that chat (bedrock:MODEL or bedrock:converse:MODEL)"
	case kind == "moderation":
		return "moderation is known of openai:moderation, and of servers that are compatible with it (config.apiBaseUrl)"
	}
	return ""
}

// notChatting says of the kind or the model behind bedrock: that it does not chat.
func notChatting(kind string) bool {
	for _, word := range []string{"embed", "kb", "knowledge-base", "agents", "video", "image", "nova-sonic", "nova-2-sonic", "nova-canvas", "nova-reel", "stability.", "luma."} {
		if kind == word || len(word) > 2 && strings.Contains(kind, word) {
			return true
		}
	}
	return false
}

// unsupported are kinds of models that no chat can stand for.
func unsupported(kind string) bool {
	return slices.Contains([]string{"assistant", "image", "video", "tts", "speech", "realtime", "transcription", "agents", "chatkit", "codex-sdk", "codex", "live", "foundry-agent", "voice", "audio", "claude-agent-sdk", "claude-code"}, kind)
}
