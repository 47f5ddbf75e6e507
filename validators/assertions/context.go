package assertions

import (
	"context"
	"fmt"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/internal/script"
)

// transform runs a transform on an output. Whatever goes wrong there could not
// be judged.
func (s *spec) transform(ctx context.Context, given, output any, of *Case) (any, error) {
	text, _ := given.(string)
	code, port, lang := script.Transform(text), s.deps.JavaScript, "JavaScript"
	if f, isFunction := given.(*jsvalue.Foreign); isFunction {
		code, text = script.Foreign(f), "function"
	}
	if p, ok := script.Package(text, s.deps.Dir); ok {
		code = p
	}
	if rest, ok := cutFile(text); ok {
		name, function := cutFunction(rest)
		code = script.Code{Kind: script.KindFile, File: name, Function: function, Dir: s.deps.Dir}
		switch script.LanguageOf(name) {
		case "python":
			port, lang = s.deps.Python, "Python"
			if function == "" {
				code.Function = "get_transform"
			}
		case "javascript":
		default:
			return nil, fmt.Errorf("transform %s: known are JavaScript and Python files", quote(text))
		}
	}
	if port == nil {
		return nil, fmt.Errorf("transform: %w: %s can't be run here", ErrUnavailable, lang)
	}
	about := map[string]any{"vars": of.Vars, "prompt": map[string]any{"label": of.Prompt}}
	if of.Response.Metadata != nil {
		about["metadata"] = of.Response.Metadata
	}
	code.Params = []string{"output", "context"}
	v, err := port.Call(ctx, code, map[string]any{"output": output, "context": about})
	if err != nil {
		return nil, fmt.Errorf("transform: %w", err)
	}
	if v == nil || jsvalue.IsUndefined(v) {
		return nil, fmt.Errorf("transform %s returned no value", quote(text))
	}
	return v, nil
}

func cutFile(s string) (rest string, ok bool) {
	const prefix = "file://"
	if len(s) < len(prefix) || s[:len(prefix)] != prefix {
		return "", false
	}
	return s[len(prefix):], true
}

// cutFunction splits "path.js:name" at its last colon.
func cutFunction(s string) (file, function string) {
	for i := len(s) - 1; i > 1; i-- {
		switch s[i] {
		case ':':
			return s[:i], s[i+1:]
		case '/', '\\', '.':
			return s, ""
		}
	}
	return s, ""
}

// run calls a script with promptfoo's (output, context).
func (c *call) run(ctx context.Context, port Script, lang string, code script.Code) (any, error) {
	if port == nil {
		return nil, fmt.Errorf("%w: %s can't be run here", ErrUnavailable, lang)
	}
	if code.Params == nil {
		code.Params = []string{"output", "context"}
	}
	code.Live = []string{"context.provider"}
	output := c.output
	if code.Member != nil {
		output = c.text // promptfoo's functions get a text, its files get what there is
	}
	return port.Call(ctx, code, map[string]any{"output": output, "context": c.about()})
}

// about is the context object that scripts get.
func (c *call) about() map[string]any {
	of := c.of
	vars := of.Vars
	if vars == nil {
		vars = map[string]any{}
	}
	test := of.Test
	if test == nil {
		test = map[string]any{"vars": vars}
	}
	out := map[string]any{
		"prompt":           of.Prompt,
		"vars":             vars,
		"test":             test,
		"provider":         of.Provider.about(),
		"providerResponse": of.Response.about(of.Output),
	}
	if of.Response.LogProbs != nil {
		out["logProbs"] = of.Response.LogProbs
	}
	if c.Config != nil && !jsvalue.IsUndefined(c.Config) {
		out["config"] = c.Config
	}
	if of.Response.Metadata != nil {
		out["metadata"] = of.Response.Metadata
	}
	if of.Trace != nil {
		out["trace"] = of.Trace.about()
	}
	return out
}

func (p Provider) about() map[string]any {
	config := map[string]any{}
	for _, k := range p.Config.Keys() {
		config[k], _ = p.Config.Get(k)
	}
	if p.Functions != nil {
		config["functions"] = p.Functions
	}
	if p.Tools != nil {
		config["tools"] = p.Tools
	}
	out := map[string]any{"id": p.ID, "config": config}
	if !p.Unlabeled {
		out["label"] = p.Label
	}
	return out
}

func (r Response) about(output any) map[string]any {
	out := map[string]any{}
	keys, _ := jsvalue.KeysOf(r.Whole)
	for _, k := range keys {
		out[k], _ = jsvalue.Field(r.Whole, k)
	}
	out["output"] = output
	if r.Raw != nil {
		out["providerTransformedOutput"] = r.Raw
	}
	if r.Cost != nil {
		out["cost"] = *r.Cost
	}
	if r.FinishReason != "" {
		out["finishReason"] = r.FinishReason
	}
	if r.LogProbs != nil {
		out["logProbs"] = r.LogProbs
	}
	if r.Guardrails != nil {
		out["guardrails"] = r.Guardrails
	}
	if r.Metadata != nil {
		out["metadata"] = r.Metadata
	}
	return out
}

func (t *Trace) about() map[string]any {
	spans := make([]any, len(t.Spans))
	for i, s := range t.Spans {
		x := map[string]any{"spanId": s.ID, "name": s.Name, "startTime": s.Start}
		if s.End != nil {
			x["endTime"] = *s.End
		}
		if s.Attributes != nil {
			x["attributes"] = s.Attributes
		}
		if s.StatusCode != nil {
			x["statusCode"] = *s.StatusCode
		}
		if s.StatusMessage != "" {
			x["statusMessage"] = s.StatusMessage
		}
		spans[i] = x
	}
	out := map[string]any{"traceId": t.ID, "spans": spans}
	if t.Metadata != nil {
		out["metadata"] = t.Metadata
	}
	return out
}

// Transform makes something else of an output before it is judged.
type Transform struct {
	Code string // JavaScript, an expression or statements that return, or file:// and a script
	Deps Deps
}

// Of is what the transform makes of an answer; nothing is an error.
func (t Transform) Of(ctx context.Context, c *Case) (any, error) {
	s := &spec{deps: t.Deps}
	return s.transform(ctx, t.Code, c.Output, c)
}
