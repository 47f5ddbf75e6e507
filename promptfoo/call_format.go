package promptfoo

import (
	"encoding/json"
	"errors"
	"maps"

	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/pipeline"
)

// setFormat puts a response_format into a request, over any that is in it; schema
// says that the answer is JSON after a schema. What is written for OpenAI's API goes
// to it as it is, its name and strictness too.
func setFormat(body *pipeline.Chat, ref string, v any) (schema bool, err error) {
	f, ok := v.(map[string]any)
	if !ok {
		return false, nil
	}
	const key = "response_format"
	if _, ok := body.Config.Extra[key]; ok {
		body.Config.Extra = maps.Clone(body.Config.Extra)
		delete(body.Config.Extra, key)
	}
	body.JSON, body.Schema = false, nil
	put := func(key string, v any) {
		body.Config.Extra = maps.Clone(body.Config.Extra)
		if body.Config.Extra == nil {
			body.Config.Extra = map[string]any{}
		}
		body.Config.Extra[key] = v
	}
	switch f["type"] {
	case "json_object":
		switch {
		case isResponses(ref):
			put("text", map[string]any{"format": f})
		case speaksOpenAI(ref): // and without a word about it beside the messages
			put(key, f)
		default:
			body.JSON = true
		}
	case "json_schema":
		wanted := f["schema"]
		inner, wrapped := f["json_schema"].(map[string]any)
		if wrapped {
			wanted = inner["schema"]
		}
		data, err := json.Marshal(wanted)
		if err != nil || wanted == nil {
			return false, errors.New("response_format: a json_schema without a schema")
		}
		if isResponses(ref) {
			put("text", map[string]any{"format": responsesFormat(f, inner, wanted)})
			return true, nil
		}
		if _, named := inner["name"].(string); named && speaksOpenAI(ref) {
			put(key, f)
			return true, nil
		}
		body.Schema = data
		return true, nil
	}
	return false, nil
}

func speaksOpenAI(ref string) bool {
	switch kind, _, _ := generators.SplitModel(ref); kind {
	case "openai", "azure", "openrouter", "openai_compatible":
		return true
	}
	return false
}
