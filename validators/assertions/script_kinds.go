package assertions

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/internal/script"
)

func buildJavaScript(s *spec, _ any) (judgeFunc, error) {
	return func(ctx context.Context, c *call) (grade, error) {
		result, fail, err := c.scriptResult(ctx, s.deps.JavaScript, "JavaScript", func(text string) script.Code { return script.Assertion(text) })
		if err != nil || fail != "" {
			return grade{reason: fail}, err
		}
		return s.javaScriptGrade(result), nil
	}, nil
}

// javaScriptGrade reads what JavaScript returned.
func (s *spec) javaScriptGrade(result any) grade {
	if b, ok := result.(bool); ok {
		return verdict(b, s.inverse, func() string { return fmt.Sprintf("the code returned %v", b) })
	}
	if f, ok := jsvalue.Number(result); ok {
		return s.numberGrade(f)
	}
	g, err := readGrade(result)
	if err != nil {
		return grade{reason: err.Error()}
	}
	return s.invertPass(g)
}

// numberGrade is the grade of a number: positive, or not below the threshold.
// Under not- the verdict is inverted and the score kept.
func (s *spec) numberGrade(f float64) grade {
	holds := f > 0
	if s.Threshold != nil {
		holds = f >= *s.Threshold
	}
	g := grade{pass: holds != s.inverse, score: f}
	switch {
	case !g.pass:
		g.reason = "the code returned " + number(f)
	case !s.inverse && s.Threshold != nil && *s.Threshold <= 0:
		g.doubt = ThresholdZero
	}
	return g
}

func (s *spec) invertPass(g grade) grade {
	if !s.inverse {
		return g
	}
	g.pass = !g.pass
	g.mute = false
	if g.pass {
		g.reason, g.note = "", ""
	} else {
		g.reason = "the code returned true"
	}
	return g
}

// scriptResult is what the assertion's script returned: that of a value file,
// or of the inline code. fail is the reason of a script that threw.
func (c *call) scriptResult(ctx context.Context, port Script, lang string, code func(string) script.Code) (result any, fail string, err error) {
	if got, ok := c.value.(fromScript); ok {
		return got.value, "", nil
	}
	text, ok := c.value.(string)
	if !ok {
		return nil, fmt.Sprintf("value %s: allowed is code", shown(c.value)), nil
	}
	result, err = c.run(ctx, port, lang, code(text))
	var thrown *script.Thrown
	if errors.As(err, &thrown) {
		return nil, "the code failed: " + thrown.Error(), nil
	}
	return result, "", err
}

// readGrade reads {pass, score, reason, …} as JavaScript returns it.
func readGrade(v any) (grade, error) {
	pass, isBool := field(v, "pass").(bool)
	score, isNumber := jsvalue.Number(field(v, "score"))
	reason, isText := field(v, "reason").(string)
	if !isBool || !isNumber || !isText {
		return grade{}, fmt.Errorf("the code returned %s; expected true or false, a number, or an object with pass, score and reason", shown(v))
	}
	g := grade{pass: pass, score: score, note: reason, said: v}
	if !pass {
		if g.reason, g.mute = reason, reason == ""; g.mute {
			g.reason = "the code returned false, without a reason"
		}
	}
	for _, of := range []struct {
		key string
		ok  func(any) bool
	}{{"namedScores", isObject}, {"namedScoreWeights", isObject}, {"tokensUsed", isObject}, {"componentResults", isList}, {"assertion", isObject}, {"comment", isString}} {
		if x := field(v, of.key); !jsvalue.IsUndefined(x) && !of.ok(x) {
			return grade{}, fmt.Errorf("the code returned a result whose %s is %s", of.key, shown(x))
		}
	}
	g.named, g.weights = numbersOf(field(v, "namedScores")), numbersOf(field(v, "namedScoreWeights"))
	if list, ok := field(v, "componentResults").([]any); ok {
		for _, x := range list {
			g.components = append(g.components, componentOf(x))
		}
	}
	return g, nil
}

func isList(v any) bool   { _, ok := v.([]any); return ok }
func isString(v any) bool { _, ok := v.(string); return ok }

func numbersOf(v any) map[string]float64 {
	keys, _ := jsvalue.KeysOf(v)
	if len(keys) == 0 {
		return nil
	}
	out := make(map[string]float64, len(keys))
	for _, k := range keys {
		if f, ok := jsvalue.Number(field(v, k)); ok {
			out[k] = f
		}
	}
	return out
}

func componentOf(v any) Result {
	score, _ := jsvalue.Number(field(v, "score"))
	r := Result{Said: v, Part: true, Score: score, Weight: 1, Type: textField(field(v, "assertion"), "type")}
	r.Pass = jsvalue.Truthy(field(v, "pass"))
	if r.Note = textField(v, "reason"); !r.Pass {
		r.Reason, r.Note = r.Note, ""
	}
	return r
}

func buildPython(s *spec, value any) (judgeFunc, error) {
	return s.other(value, "Python", s.deps.Python)
}

func buildRuby(s *spec, value any) (judgeFunc, error) {
	return s.other(value, "Ruby", s.deps.Ruby)
}

// other judges by a language whose results arrive as JSON.
func (s *spec) other(value any, lang string, port Script) (judgeFunc, error) {
	if _, ok := value.(fromScript); !ok && !isString(value) {
		return nil, fmt.Errorf("value %s: allowed is code", shown(value))
	}
	return func(ctx context.Context, c *call) (grade, error) {
		result, fail, err := c.scriptResult(ctx, port, lang, func(text string) script.Code {
			if strings.Contains(text, "\n") {
				return script.Code{Kind: script.KindFunctionBody, Source: text}
			}
			return script.Code{Kind: script.KindExpression, Source: text}
		})
		if err != nil || fail != "" {
			return grade{reason: fail}, err
		}
		return s.looseGrade(result), nil
	}, nil
}

// looseGrade reads what Python or Ruby returned.
func (s *spec) looseGrade(v any) grade {
	text, isText := v.(string)
	switch {
	case v == true || isText && strings.EqualFold(text, "true"):
		return verdict(true, s.inverse, func() string { return "the code returned true" })
	case v == false || isText && strings.EqualFold(text, "false"):
		return verdict(false, s.inverse, func() string { return "the code returned false" })
	case isText && strings.HasPrefix(text, "{"):
		parsed, err := jsvalue.Parse(text)
		if err != nil {
			return grade{reason: "the code returned a text that is no JSON: " + quote(text)}
		}
		v = parsed
	}
	if v != nil && isObject(v) {
		return s.looseObject(v)
	}
	f := jsvalue.ParseFloat(jsvalue.ToString(v))
	if f != f || !isText && math.IsInf(f, 0) {
		return grade{reason: fmt.Sprintf("the code returned %s; expected true or false, a number, or an object with pass, score and reason", shown(v))}
	}
	return s.numberGrade(f)
}

// withoutUnderscores adds the keys of a verdict and of its components by the names
// that JavaScript has for them.
func withoutUnderscores(v any) any {
	if !isObject(v) {
		return v
	}
	o := jsvalue.NewObject()
	keys, _ := jsvalue.KeysOf(v)
	for _, k := range keys {
		o.Set(k, field(v, k))
	}
	for _, alias := range [][2]string{{"pass_", "pass"}, {"named_scores", "namedScores"}, {"component_results", "componentResults"}, {"tokens_used", "tokensUsed"}} {
		if x := field(v, alias[0]); !jsvalue.IsUndefined(x) && jsvalue.IsUndefined(field(v, alias[1])) {
			o.Set(alias[1], x)
		}
	}
	if list, ok := field(o, "componentResults").([]any); ok {
		parts := make([]any, len(list))
		for i := range list {
			parts[i] = withoutUnderscores(list[i])
		}
		o.Set("componentResults", parts)
	}
	return o
}

// looseObject reads a verdict whose keys may be written with underscores.
func (s *spec) looseObject(v any) grade {
	g, err := readGrade(withoutUnderscores(v))
	if err != nil {
		return grade{reason: err.Error()}
	}
	if s.Threshold != nil && g.score < *s.Threshold {
		g.pass, g.mute, g.reason = false, false, strings.TrimSuffix(fmt.Sprintf("the score %s is below the threshold %s: %s", number(g.score), number(*s.Threshold), g.reason), ": ")
	}
	return s.invertPass(g)
}
