package project

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// fill renders a prompt's text.
func (p *Project) fill(ctx context.Context, base string, vars *jsvalue.Object, ports Ports) (string, error) {
	if TruthyEnv(p.Env["PROMPTFOO_DISABLE_TEMPLATING"]) {
		return base, nil
	}
	ctx = context.WithValue(ctx, portsKey{}, ports)
	if TruthyEnv(p.Env["PROMPTFOO_DISABLE_JSON_AUTOESCAPE"]) {
		return p.fillText(ctx, wrapPartial(base), vars.Map())
	}
	if v, err := jsvalue.Parse(base); err == nil {
		if filled, err := p.fillValue(ctx, v, vars.Map()); err == nil {
			text, _ := jsvalue.Stringify(filled, "  ")
			return text, nil
		}
	}
	known := vars.Map()
	filled := make(map[string]any, len(known))
	for k, v := range known {
		s, ok := v.(string)
		if !ok || !strings.Contains(s, "{") && !strings.Contains(s, "#}") || readsUndefined(s, known) {
			filled[k] = v
			continue
		}
		out, err := p.fillText(ctx, wrapPartial(s), known)
		if err != nil {
			return "", err
		}
		filled[k] = out
	}
	return p.fillText(ctx, wrapPartial(base), filled)
}

func (p *Project) fillText(ctx context.Context, text string, vars map[string]any) (string, error) {
	t, err := p.template(text, true)
	if err != nil {
		return "", err
	}
	return t.RenderContext(ctx, vars)
}

// fillValue fills every text of a JSON value, not its keys.
func (p *Project) fillValue(ctx context.Context, v any, vars map[string]any) (any, error) {
	switch v := v.(type) {
	case string:
		t, err := p.template(v, false)
		if err != nil {
			return nil, err
		}
		return t.RenderContext(ctx, vars)
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			var err error
			if out[i], err = p.fillValue(ctx, x, vars); err != nil {
				return nil, err
			}
		}
		return out, nil
	case *jsvalue.Object:
		out := &jsvalue.Object{}
		for _, k := range v.Keys() {
			x, err := p.fillValue(ctx, field(v, k), vars)
			if err != nil {
				return nil, err
			}
			out.Set(k, x)
		}
		return out, nil
	}
	return v, nil
}

var (
	partial   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)(\{%[^%]*$|\{\{[^}]*$|\{#[^#]*$)`) })
	rawBegin  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{%\s*raw\s*%\}`) })
	rawEnd    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{%\s*endraw\s*%\}`) })
	reference = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`) })
	comments  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?s)\{#.*?#\}`) })
	variable  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\{\{\s*([^{}\s|]+)\s*(?:\|[^}]+)?\}\}|\{%\s*(?:if|for)\s+([^{}\s]+)\s*.*?%\}`)
	})
	forLoop = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{%\s*for\s+(\w+)\s+in\s+(\w+)\s*%\}`) })
	root    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_]\w*`) })
)

// wrapPartial keeps promptfoo's rule that a text with a tag that has no end on its
// line is no template at all.
func wrapPartial(s string) string {
	if !strings.Contains(s, "{%") && !strings.Contains(s, "{{") && !strings.Contains(s, "{#") {
		return s
	}
	if !partial().MatchString(s) || rawBegin().MatchString(s) && rawEnd().MatchString(s) {
		return s
	}
	return "{% raw %}" + s + "{% endraw %}"
}

// readsUndefined reports whether a template reads a variable that is not there;
// such a text is left as it is.
func readsUndefined(s string, vars map[string]any) bool {
	s = comments().ReplaceAllString(s, "")
	var names []string
	add := func(n string) {
		if n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	for _, m := range variable().FindAllStringSubmatch(s, -1) {
		add(m[1] + m[2])
	}
	for _, m := range forLoop().FindAllStringSubmatch(s, -1) {
		names = slices.DeleteFunc(names, func(n string) bool { return n == m[1] })
		add(m[2])
	}
	return slices.ContainsFunc(names, func(n string) bool {
		n = root().FindString(n)
		v, ok := vars[n]
		return n != "" && n != "env" && (!ok || jsvalue.IsUndefined(v))
	})
}

// maxResolve is how often promptfoo goes through the variables.
const maxResolve = 5

// ResolveVars changes variables as promptfoo does before it fills a prompt: texts
// lose the end of their last line, and plain references of variables to variables
// are replaced, the first of each text in each round.
func ResolveVars(vars *jsvalue.Object) {
	for _, k := range vars.Keys() {
		if s, ok := field(vars, k).(string); ok {
			vars.Set(k, strings.TrimSuffix(s, "\n"))
		}
	}
	for range maxResolve {
		changed := false
		for _, k := range vars.Keys() {
			s, ok := field(vars, k).(string)
			if !ok || !strings.Contains(s, "{{") {
				continue
			}
			m := reference().FindStringSubmatchIndex(s)
			if m == nil {
				continue
			}
			v, ok := vars.Get(s[m[2]:m[3]])
			if !ok || jsvalue.IsUndefined(v) {
				continue
			}
			vars.Set(k, s[:m[0]]+dollars(jsvalue.ToString(v), s, m[0], m[1])+s[m[1]:])
			changed = true
		}
		if !changed {
			return
		}
	}
}

// dollars carries out the patterns that JavaScript's replace knows in the text
// that is put in.
func dollars(with, s string, from, to int) string {
	if !strings.Contains(with, "$") {
		return with
	}
	var b strings.Builder
	for i := 0; i < len(with); i++ {
		if with[i] != '$' || i+1 == len(with) {
			b.WriteByte(with[i])
			continue
		}
		i++
		switch with[i] {
		case '$':
			b.WriteByte('$')
		case '&':
			b.WriteString(s[from:to])
		case '`':
			b.WriteString(s[:from])
		case '\'':
			b.WriteString(s[to:])
		default:
			b.WriteByte('$')
			b.WriteByte(with[i])
		}
	}
	return b.String()
}
