package judged

import "strings"

// jsonCorrectness is 1 when the output is a JSON object with the declared
// fields, else 0.
func jsonCorrectness(s *session, c *Case) (outcome, error) {
	problem := s.checkFields(*c.Output)
	out := outcome{items: 1, score: 1.0}
	if problem == "" {
		return out, nil
	}
	out.score, out.complaint = 0.0, []string{problem}
	if s.mode.own() {
		return out, nil // what is wrong is known without a judge
	}
	reason, err := s.reason(map[string]any{"actual_output": *c.Output, "fields": s.p.Fields, "problem": problem})
	out.reason = reason
	return out, err
}

func checkJSON(p *Params, _ Mode) error {
	if len(p.Fields) == 0 {
		return failf(Other, "expected_fields is missing: name the fields and their types, for example {age: int}")
	}
	for name, kind := range p.Fields {
		if _, ok := fieldKinds[strings.TrimSuffix(strings.TrimPrefix(kind, "list["), "]")]; !ok {
			return failf(Other, "expected_fields: %s: unknown type %s; known: str, int, float, bool, list, dict, any, list[…]", shown(name), shown(kind))
		}
	}
	return nil
}

// checkFields says what is wrong with an output, "" when nothing is.
func (s *session) checkFields(output string) string {
	g := grammar{constants: true, duplicates: true, depth: 200}
	if s.mode.own() {
		g = grammar{depth: 200}
	}
	v, err := g.parse(output)
	if err != nil {
		return "the output is no JSON"
	}
	obj, ok := v.(map[string]any)
	if !ok {
		return "the output is JSON, but no object"
	}
	for name, kind := range s.p.Fields {
		v, ok := obj[name]
		if !ok {
			return "field " + shown(name) + " is missing"
		}
		if !s.fits(kind, v) {
			return "field " + shown(name) + " is no " + kind
		}
	}
	return ""
}

func (s *session) fits(kind string, v any) bool {
	if of, ok := strings.CutPrefix(kind, "list["); ok {
		list, ok := v.([]any)
		for _, x := range list {
			ok = ok && s.fits(strings.TrimSuffix(of, "]"), x)
		}
		return ok
	}
	k := fieldKinds[kind]
	if s.mode.own() {
		return k.exact(v)
	}
	return k.lax(v)
}

// fieldKind is a type of a field: as JSON has it, and as pydantic takes it.
type fieldKind struct{ exact, lax func(any) bool }

var fieldKinds = map[string]fieldKind{
	"str":   {isText, isText},
	"int":   {isWholeNumber, isWhole},
	"float": {isNumber, isFloat},
	"bool":  {isBool, isTruth},
	"list":  {isList, isList},
	"dict":  {isObject, isObject},
	"any":   {always2, always2},
}

func always2(any) bool    { return true }
func isText(v any) bool   { _, ok := v.(string); return ok }
func isNumber(v any) bool { _, ok := v.(number); return ok }
func isBool(v any) bool   { _, ok := v.(bool); return ok }
func isList(v any) bool   { _, ok := v.([]any); return ok }
func isObject(v any) bool { _, ok := v.(map[string]any); return ok }
func isWholeNumber(v any) bool {
	_, ok := v.(number)
	return ok && isWhole(v)
}

func isFloat(v any) bool {
	_, err := floatField(map[string]any{"v": v}, "v")
	return err == nil
}

// isTruth says whether pydantic takes a value for true or false.
func isTruth(v any) bool {
	switch v := v.(type) {
	case bool:
		return true
	case number:
		return v.float == 0 || v.float == 1
	case string:
		switch strings.ToLower(v) {
		case "0", "off", "f", "false", "n", "no", "1", "on", "t", "true", "y", "yes":
			return true
		}
	}
	return false
}
