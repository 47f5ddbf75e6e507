package judged

import (
	"strings"
	"unicode"
)

// Limits of a reply in Default mode.
const (
	MaxReply  = 1 << 20 // bytes
	maxDepth  = 32      // levels
	maxValues = 50_000
	mostAsked = 100 // items of a list each of which is a question of its own
)

// pythonDepth is about where Python gives up; deeper is an error there, too.
const pythonDepth = 950

// object reads a reply's object as the mode does.
func (m Mode) object(text string) (map[string]any, error) {
	switch {
	case m.own():
		return ownObject(text)
	case m.schema():
		v, err := grammar{constants: true, duplicates: true, depth: 200}.parse(text)
		obj, ok := v.(map[string]any)
		if err != nil || !ok {
			return nil, failf(SchemaInvalid, "the reply is no JSON object")
		}
		return obj, nil
	}
	return textObject(text)
}

// textObject searches a text for an object: from the first "{" to the last "}",
// and once more without commas before a closing bracket.
func textObject(text string) (map[string]any, error) {
	start, end := strings.IndexByte(text, '{'), strings.LastIndexByte(text, '}')+1
	if end == 0 && start >= 0 {
		text += "}"
		end = len(text)
	}
	if start < 0 || end <= start {
		return nil, failf(InvalidJSON, "the reply holds no JSON object")
	}
	g := grammar{constants: true, duplicates: true, surrogates: true, depth: pythonDepth}
	v, err := g.parse(text[start:end])
	if err != nil {
		v, err = g.parse(withoutTrailing(text[start:end]))
	}
	if err != nil {
		return nil, failf(InvalidJSON, "the reply holds no valid JSON object")
	}
	obj, _ := v.(map[string]any)
	return obj, nil
}

// withoutTrailing drops commas before a closing bracket, within texts too.
func withoutTrailing(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, ',')
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		rest := strings.TrimLeftFunc(s[i+1:], blankRune)
		b.WriteString(s[:i])
		if rest != "" && (rest[0] == ']' || rest[0] == '}') {
			s = rest
			continue
		}
		b.WriteByte(',')
		s = s[i+1:]
	}
}

// ownObject reads one JSON object, which may stand in a fence of its own and after
// a model's thoughts, and nothing else. Whatever could be read in two ways is refused.
func ownObject(text string) (map[string]any, error) {
	if len(text) > MaxReply {
		return nil, failf(TooLarge, "the reply is longer than %d bytes", MaxReply)
	}
	text = unfenced(thought(trim(text)))
	if text == "" {
		return nil, failf(InvalidJSON, "the reply is empty")
	}
	v, err := grammar{depth: maxDepth, sizes: maxValues}.parse(text)
	if err != nil {
		return nil, err
	}
	obj, ok := v.(map[string]any)
	if !ok {
		return nil, failf(SchemaInvalid, "the reply is JSON, but no object")
	}
	return obj, nil
}

// thought drops what a model that reasons puts before its reply, where the server
// leaves it there; some servers leave out its opening tag.
func thought(s string) string {
	if strings.HasPrefix(s, "{") {
		return s
	}
	if _, reply, ok := strings.Cut(s, "</think>"); ok {
		return trim(reply)
	}
	return s
}

// unfenced takes a text out of the fence that models like to put around JSON.
func unfenced(s string) string {
	inner, ok := strings.CutPrefix(s, "```")
	if !ok {
		return s
	}
	inner, ok = strings.CutSuffix(inner, "```")
	if !ok {
		return s
	}
	inner = strings.TrimPrefix(inner, "json")
	return trim(inner)
}

// The fields of an object as a declared type, the way pydantic takes them.

func textField(obj map[string]any, key string, required bool) (string, error) {
	v, ok := obj[key]
	if !ok || v == nil {
		if required {
			return "", failf(SchemaInvalid, "%s is missing", key)
		}
		return "", nil
	}
	s, ok := v.(string)
	if !ok {
		return "", failf(SchemaInvalid, "%s is no text", key)
	}
	return s, nil
}

// floatField takes numbers, booleans and texts that hold a number.
func floatField(obj map[string]any, key string) (float64, error) {
	v, ok := obj[key]
	if !ok {
		return 0, failf(SchemaInvalid, "%s is missing", key)
	}
	f, ok := toFloat(v)
	switch v := v.(type) {
	case number:
		f, ok = v.float, true
	case string:
		ok = ok && strings.IndexFunc(v, func(r rune) bool { return r > unicode.MaxASCII && unicode.IsDigit(r) }) < 0
	}
	if !ok {
		return 0, failf(SchemaInvalid, "%s is no number", key)
	}
	return f, nil
}

// wholeField takes whole numbers, booleans and texts that hold a whole number.
func wholeField(obj map[string]any, key string) error {
	v, ok := obj[key]
	if !ok || !isWhole(v) {
		return failf(SchemaInvalid, "%s is no whole number", key)
	}
	return nil
}

func listField(obj map[string]any, key string) ([]any, error) {
	list, ok := obj[key].([]any)
	if !ok {
		return nil, failf(SchemaInvalid, "%s is no list", key)
	}
	return list, nil
}

func textsField(obj map[string]any, key string) ([]any, error) {
	list, err := listField(obj, key)
	if err != nil {
		return nil, err
	}
	for _, v := range list {
		if _, ok := v.(string); !ok {
			return nil, failf(SchemaInvalid, "%s holds something that is no text", key)
		}
	}
	return list, nil
}

// wholeText says whether pydantic reads a text as a whole number: digits, with
// single underscores between them, and no fraction but zeros.
func wholeText(s string) bool {
	s = trim(s)
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	head, fraction, point := strings.Cut(s, ".")
	if point && (fraction == "" || strings.Trim(fraction, "0") != "") {
		return false
	}
	plain, ok := plainDigits(head)
	return ok && plain != "" && strings.Trim(head, "0123456789_") == ""
}
