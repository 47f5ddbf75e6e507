package promptfoo

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/pipeline"
)

// toolsFor are the tools of a model. Those that are all written as its own API
// wants them, such as searches that run at the provider, go out as they are; any
// others become functions.
func toolsFor(ref string, list []any) (own []any, typed []pipeline.Tool, err error) {
	kind := apiOf(ref)
	for _, x := range list {
		t, ok := jsvalue.Plain(x).(map[string]any)
		if !ok {
			return nil, nil, errors.New("tools: a tool must be an object")
		}
		if isNative(kind, t) {
			own = append(own, t)
			continue
		}
		tool, err := toolOf(kind, t)
		if err != nil {
			return nil, nil, err
		}
		typed = append(typed, tool)
	}
	if len(own) == 0 || len(typed) == 0 {
		return own, typed, nil
	}
	return nil, nil, errors.New("tools: some are written for this model's API and some for another one; write all in one form")
}

// isNative says whether a tool has the form of a kind of API.
func isNative(kind string, t map[string]any) bool {
	word, _ := t["type"].(string)
	_, wrapped := t["function"].(map[string]any)
	_, named := t["name"].(string)
	switch kind {
	case "google":
		return !wrapped && !named
	case "anthropic":
		_, schema := t["input_schema"]
		return named && (schema || word != "" && word != "function")
	case "openai", "azure":
		return wrapped
	case responsesKind:
		return !wrapped
	}
	return wrapped || word != "" && word != "function"
}

// toolOf reads a tool as OpenAI, Anthropic and Google write it.
func toolOf(kind string, o map[string]any) (t pipeline.Tool, err error) {
	if word, _ := o["type"].(string); word != "" && word != "function" && word != "custom" && kind != "google" {
		return t, fmt.Errorf("tools: %q runs inside of an API that is not asked here (OpenAI's Responses API, or that of another provider)", word)
	}
	if f, ok := o["function"].(map[string]any); ok {
		o = f
	}
	t.Name, _ = o["name"].(string)
	t.Description, _ = o["description"].(string)
	for _, key := range []string{"parameters", "input_schema", "inputSchema"} {
		if s, ok := o[key]; ok {
			if t.Schema, err = json.Marshal(s); err != nil {
				return t, err
			}
		}
	}
	if t.Name == "" {
		return t, errors.New("tools: a tool has no name")
	}
	return t, nil
}

// toolChoice is a tool_choice of OpenAI's form as another API has it, and the key
// that it stands under there, "" for none. What has another form goes out as it is.
func toolChoice(ref string, v any) (key string, choice any) {
	word, _ := v.(string)
	o, _ := v.(map[string]any)
	f, _ := o["function"].(map[string]any)
	name, _ := f["name"].(string)
	if word == "" && name == "" {
		return "tool_choice", v
	}
	switch apiOf(ref) {
	case "anthropic":
		if name != "" {
			return "tool_choice", map[string]any{"type": "tool", "name": name}
		}
		return "tool_choice", map[string]any{"type": cmp.Or(map[string]string{"required": "any"}[word], word)}
	case "google":
		mode := map[string]any{"mode": "ANY"}
		if name != "" {
			mode["allowedFunctionNames"] = []any{name}
		} else if word != "required" {
			mode["mode"] = strings.ToUpper(word)
		}
		return "toolConfig", map[string]any{"functionCallingConfig": mode}
	case "bedrock":
		if word == "auto" { // its default
			return "", nil
		}
	}
	return "tool_choice", v
}
