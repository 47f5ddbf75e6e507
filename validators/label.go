package validators

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// shownLabel bounds a label in tables: an output may be a whole page.
const shownLabel = 80

// Label returns the label that an output gives, for confusion matrices: on one
// line, at most 80 characters, "" for an empty output. raw is the output as
// JSON when it is not a plain text (pipeline.Asset.JSON), else nil.
//
// The label is the text itself; of a JSON object, also one written as text or
// in a code fence, it is the value of "label", "intent" or "output", the first
// that is there; of an object below these, its "name"; of a list with one item,
// that item. An object without these keys counts as text.
func Label(output string, raw json.RawMessage) string {
	label := strings.Join(strings.Fields(labelIn(output, raw)), " ")
	label, more := cut(undress(label), shownLabel)
	label = clean(label)
	if more {
		label += "…"
	}
	return label
}

// LabelKey is what two labels have in common when they are the same: Normalize,
// with every run of blanks, hyphens and underscores as one "_" ("Track Order",
// "track-order" and "track_order" are the same label).
func LabelKey(label string) string {
	if isKey(label) {
		return label
	}
	parts := strings.FieldsFunc(Normalize(label), func(r rune) bool { return r == ' ' || r == '-' || r == '_' })
	if len(parts) == 0 {
		return strings.TrimSpace(label)
	}
	return strings.Join(parts, "_")
}

// isKey recognises without allocation a label that is its own key.
func isKey(s string) bool {
	gap := true
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			gap = false
		case c == '_' && !gap:
			gap = true
		default:
			return false
		}
	}
	return !gap
}

// labelIn is Label at full length and as written.
func labelIn(output string, raw json.RawMessage) string {
	if raw == nil {
		text := unfence(strings.TrimSpace(output))
		if !strings.HasPrefix(text, "{") {
			return text
		}
		raw = json.RawMessage(text)
	}
	if label, ok := labelOf(raw, 0); ok {
		return label
	}
	return output
}

// maxLabelDepth bounds how deep a label may lie: each level is read anew.
const maxLabelDepth = 8

// labelOf finds the label in JSON, depth levels below the output.
func labelOf(raw json.RawMessage, depth int) (string, bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || depth > maxLabelDepth {
		return "", false
	}
	switch raw[0] {
	case '{':
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			return "", false
		}
		keys := []string{"label", "intent", "output"}
		if depth > 0 {
			keys = []string{"name", "label"}
		}
		for _, key := range keys {
			if value, ok := object[key]; ok {
				return labelOf(value, depth+1)
			}
		}
		return "", false
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil || len(list) != 1 {
			return "", false
		}
		return labelOf(list[0], depth+1)
	}
	v, err := decodeJSON(raw)
	if err != nil {
		return "", false
	}
	return asText(v)
}

// unfence takes a Markdown code fence off a text that is nothing else.
func unfence(s string) string {
	body, ok := strings.CutPrefix(s, "```")
	if !ok {
		return s
	}
	body, ok = strings.CutSuffix(body, "```")
	if !ok {
		return s
	}
	if _, rest, found := strings.Cut(body, "\n"); found {
		body = rest
	}
	return strings.TrimSpace(body)
}

func buildIntent(sp spec) (judge, error) {
	fixed := ""
	if sp.value != nil {
		var err error
		if fixed, err = sp.text(); err != nil {
			return nil, err
		}
	}
	return func(s pipeline.Subject) (verdict, error) {
		want := fixed
		if want == "" {
			var ok bool
			if s.Expected == nil {
				return verdict{}, errNoExpected
			}
			if want, ok = asText(s.Expected); !ok || want == "" {
				return verdict{}, errors.New("the case's expected value is not a label")
			}
		}
		got := labelIn(s.Asset.Text, s.Asset.JSON)
		if got == want || LabelKey(got) == LabelKey(want) {
			return verdict{score: 1, pass: true}, nil
		}
		return verdict{reason: fmt.Sprintf("expected %s, got %s", quote(want), quote(got))}, nil
	}, nil
}
