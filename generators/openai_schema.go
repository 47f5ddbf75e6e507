package generators

import "encoding/json"

// strictSchema reports whether a JSON Schema has the form that OpenAI's strict
// mode wants: at the top an object, and of every object all properties are
// required and no others allowed.
func strictSchema(schema json.RawMessage) bool {
	var top map[string]any
	if json.Unmarshal(schema, &top) != nil {
		return false
	}
	return top["type"] == "object" && strict(top, 0)
}

// deepest bounds how far schemas are looked into.
const deepest = 64

// strict looks at every value of a schema, known keyword or not: what looks
// like an object's schema and is not only costs strictness.
func strict(value any, depth int) bool {
	if depth > deepest {
		return false
	}
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			if !strict(item, depth+1) {
				return false
			}
		}
	case map[string]any:
		if hasType(v["type"], "object") && !exactObject(v) {
			return false
		}
		for _, unsupported := range []string{"allOf", "not", "oneOf", "if", "dependentRequired", "dependentSchemas", "patternProperties"} {
			if _, ok := v[unsupported]; ok {
				return false
			}
		}
		for _, item := range v {
			if !strict(item, depth+1) {
				return false
			}
		}
	}
	return true
}

func hasType(given any, want string) bool {
	if list, ok := given.([]any); ok {
		for _, one := range list {
			if one == want {
				return true
			}
		}
		return false
	}
	return given == want
}

// exactObject reports an object of which all properties are required and no others
// allowed.
func exactObject(object map[string]any) bool {
	properties, _ := object["properties"].(map[string]any)
	required, _ := object["required"].([]any)
	if object["additionalProperties"] != false || len(required) != len(properties) {
		return false
	}
	for _, name := range required {
		key, _ := name.(string)
		if _, ok := properties[key]; !ok {
			return false
		}
	}
	return true
}
