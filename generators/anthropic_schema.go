package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// anthropicSchema lowers a JSON Schema to what Anthropic's API can enforce:
// objects are closed, oneOf becomes anyOf, and bounds that it
// refuses go into the description, as its own clients do. The order of
// properties stays, because the model writes them in that order.
func anthropicSchema(schema json.RawMessage) (json.RawMessage, error) {
	members, err := membersOf(schema)
	if err != nil {
		return nil, err
	}
	var kept, hints []member
	for _, m := range members {
		switch {
		case m.key == "$schema", m.key == "$id", m.key == "$comment":
		case m.key == "oneOf" && indexOf(members, "anyOf") < 0:
			m.key = "anyOf"
			fallthrough
		case anthropicTakes(m):
			if m.value, err = anthropicBelow(m); err != nil {
				return nil, fmt.Errorf("%s: %w", m.key, err)
			}
			kept = append(kept, m)
		default:
			hints = append(hints, m)
		}
	}
	if kept, err = closedObject(kept); err != nil {
		return nil, err
	}
	return objectFrom(describe(kept, hints)), nil
}

// anthropicTakes says whether the API knows a keyword with this value.
func anthropicTakes(m member) bool {
	switch m.key {
	case "minItems":
		return string(m.value) == "0" || string(m.value) == "1"
	case "format":
		return slices.Contains([]string{`"date-time"`, `"time"`, `"date"`, `"duration"`, `"email"`, `"hostname"`, `"uri"`, `"ipv4"`, `"ipv6"`, `"uuid"`}, string(m.value))
	}
	return slices.Contains([]string{
		"$ref", "$defs", "definitions", "type", "anyOf", "allOf", "title", "description", "default",
		"enum", "const", "properties", "required", "additionalProperties", "items", "pattern",
	}, m.key)
}

// anthropicBelow lowers the schemas within a keyword's value.
func anthropicBelow(m member) (json.RawMessage, error) {
	switch m.key {
	case "properties", "$defs", "definitions":
		members, err := membersOf(m.value)
		if err != nil {
			return nil, err
		}
		for i, p := range members {
			if members[i].value, err = anthropicInner(p.value); err != nil {
				return nil, fmt.Errorf("%s: %w", p.key, err)
			}
		}
		return objectFrom(members), nil
	case "anyOf", "allOf":
		var list []json.RawMessage
		err := json.Unmarshal(m.value, &list)
		for i := 0; i < len(list) && err == nil; i++ {
			list[i], err = anthropicInner(list[i])
		}
		if err != nil {
			return nil, err
		}
		return json.Marshal(list)
	case "items", "additionalProperties":
		return anthropicInner(m.value)
	}
	return m.value, nil
}

// anthropicInner lowers a schema; true and false stay.
func anthropicInner(value json.RawMessage) (json.RawMessage, error) {
	if len(value) > 0 && value[0] == '{' {
		return anthropicSchema(value)
	}
	return value, nil
}

// closedObject adds additionalProperties false to an object. An open object would
// become an empty one, so it is an error.
func closedObject(members []member) ([]member, error) {
	at, kind := indexOf(members, "additionalProperties"), indexOf(members, "type")
	switch open := at < 0 || string(members[at].value) == "true"; {
	case indexOf(members, "properties") >= 0 && open:
		if at < 0 {
			at = len(members)
			members = append(members, member{key: "additionalProperties"})
		}
		members[at].value = json.RawMessage("false")
	case indexOf(members, "properties") >= 0 && string(members[at].value) != "false":
		return nil, errors.New("additionalProperties: Anthropic's API can't give an object further properties beside those that are named")
	case open && kind >= 0 && strings.Contains(string(members[kind].value), `"object"`):
		return nil, errors.New("properties: Anthropic's API wants them named for each object")
	}
	return members, nil
}

// describe adds keywords to the description.
func describe(members, hints []member) []member {
	if len(hints) == 0 {
		return members
	}
	at := indexOf(members, "description")
	if at < 0 {
		at = len(members)
		members = append(members, member{key: "description"})
	}
	text, _ := textOf(members[at].value)
	if text != "" {
		text += " "
	}
	members[at].value = appendString(nil, text+"Must fulfil the JSON Schema "+string(objectFrom(hints)))
	return members
}

func indexOf(members []member, key string) int {
	return slices.IndexFunc(members, func(m member) bool { return m.key == key })
}
