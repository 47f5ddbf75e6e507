package project

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/internal/nunjucks"
	"github.com/GaboBase/arch-genops/internal/script"
)

// Ports are what Render calls for prompts, variables and filters that are code.
type Ports struct {
	Script, Python Script
	Exec           func(ctx context.Context, command string, dir string, args []string) (string, error)
}

// Rendered is the prompt of one row.
type Rendered struct {
	Text   string
	Vars   *jsvalue.Object // as results show them: files and references filled in
	Config *jsvalue.Object // of the prompt, with what a prompt function adds; may be nil
}

// Render makes the prompt of a row. vars are the test's, with what the run adds
// (stored outputs, _conversation); they are not changed. The text is what promptfoo
// sends: a JSON prompt is filled text by text and written with two blanks of
// indentation; any other is one template, whose variables are templates themselves.
func (p *Project) Render(ctx context.Context, row *Row, vars *jsvalue.Object, ports Ports) (Rendered, error) {
	r := Rendered{Vars: vars.Clone(), Config: row.Prompt.Config}
	for k, text := range row.Test.Loaded {
		r.Vars.Set(k, text)
	}
	base := row.Test.Options.Prefix + row.Prompt.Raw + row.Test.Options.Suffix
	if err := p.scriptVars(ctx, row, base, &r, ports); err != nil {
		return r, err
	}
	base, err := p.promptText(ctx, row, base, &r, ports)
	if err != nil {
		return r, err
	}
	ResolveVars(r.Vars)
	r.Text, err = p.fill(ctx, base, r.Vars, ports)
	return r, err
}

func field(o *jsvalue.Object, k string) any {
	v, _ := o.Get(k)
	return v
}

// scriptVars runs the scripts of variables.
func (p *Project) scriptVars(ctx context.Context, row *Row, base string, r *Rendered, ports Ports) error {
	for _, k := range r.Vars.Keys() {
		c, ok := row.Test.VarCode[k]
		if !ok {
			continue
		}
		args := []Arg{{"varName", k}, {"prompt", base}, {"otherVars", r.Vars}}
		port := ports.Python
		if c.Language == "javascript" {
			port, args = ports.Script, append(args, Arg{"provider", providerView(row.Provider)})
		}
		v, err := callPort(ctx, port, c, args)
		if err != nil {
			return fmt.Errorf("making the variable %q: %w", k, err)
		}
		if x, _ := jsvalue.Field(v, "error"); jsvalue.Truthy(x) && x != nil {
			return fmt.Errorf("making the variable %q: %s says: %s", k, c.Path, jsvalue.ToString(x))
		}
		out, _ := jsvalue.Field(v, "output")
		if !jsvalue.Truthy(out) {
			return fmt.Errorf("making the variable %q: %s gave no {output}", k, c.Path)
		}
		if s, ok := out.(string); ok && c.Language == "python" {
			out = jsvalue.Trim(s)
		}
		r.Vars.Set(k, out)
	}
	return nil
}

func callPort(ctx context.Context, port Script, c Code, args []Arg) (any, error) {
	if port == nil {
		return nil, fmt.Errorf("it needs %s, which is not available here", c.Language)
	}
	return port.Call(ctx, c, args)
}

func providerView(p *Provider) *jsvalue.Object {
	return jsvalue.NewObject("id", p.Reported(), "label", p.Label)
}

// promptText runs a prompt's function or program; a template is its own text.
func (p *Project) promptText(ctx context.Context, row *Row, base string, r *Rendered, ports Ports) (string, error) {
	prompt := row.Prompt
	if prompt.Code.IsZero() && prompt.Exec == "" {
		return base, nil
	}
	config := prompt.Config
	if config == nil {
		config = &jsvalue.Object{}
	}
	context := jsvalue.NewObject("vars", r.Vars, "provider", providerView(row.Provider), "config", config)
	var v any
	var err error
	switch {
	case prompt.Exec != "":
		v, err = p.exec(ctx, prompt.Exec, context, ports)
	case prompt.Code.Language == "python" && prompt.Code.Function == "": // a program that prints the prompt
		var python string
		if python, err = script.Find(script.Python, func(name string) string { return p.Env[name] }); err == nil {
			v, err = p.exec(ctx, "'"+python+"'", context, ports, prompt.Code.Path)
		}
	default:
		port := ports.Script
		if prompt.Code.Language == "python" {
			port = ports.Python
		}
		v, err = callPort(ctx, port, prompt.Code, []Arg{{"context", context}})
	}
	if err != nil {
		return "", fmt.Errorf("making the prompt %q: %w", prompt.Label, err)
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	if inner, ok := jsvalue.Field(v, "prompt"); ok {
		if c, ok := jsvalue.Field(v, "config"); ok && jsvalue.Truthy(c) {
			r.Config = prompt.Config.Clone()
			keys, _ := jsvalue.KeysOf(c)
			for _, k := range keys {
				x, _ := jsvalue.Field(c, k)
				r.Config.Set(k, x)
			}
		}
		v = inner
		if s, ok := v.(string); ok {
			return s, nil
		}
	}
	if jsvalue.TypeOf(v) != "object" || v == nil {
		return "", fmt.Errorf("making the prompt %q: the function gave %s, not a text, messages or {prompt, config}", prompt.Label, jsvalue.TypeOf(v))
	}
	text, _ := jsvalue.Stringify(v, "")
	return text, nil
}

func (p *Project) exec(ctx context.Context, command string, context *jsvalue.Object, ports Ports, args ...string) (any, error) {
	if ports.Exec == nil {
		return nil, fmt.Errorf("programs are not started here")
	}
	arg, _ := jsvalue.Stringify(context, "")
	out, err := ports.Exec(ctx, command, p.Dir, append(args, arg))
	return jsvalue.Trim(out), err
}

// templates keeps compiled templates, since all rows of a prompt share one.
type templates struct {
	mu   sync.Mutex
	env  map[string]string // as templates see it
	all  map[string]*compiled
	size int
}

type compiled struct {
	template *nunjucks.Template
	err      error
}

// maxCached bounds the bytes of cached templates.
const maxCached = 8 << 20

// newTemplates is empty. Tests from an address could send on what they read: where
// there are some, templates see no variable of the environment that looks like a key.
func newTemplates(p *Project) *templates {
	t := &templates{env: p.Env, all: map[string]*compiled{}}
	if len(p.Fetched) > 0 {
		t.env = maps.Clone(p.Env)
		maps.DeleteFunc(t.env, func(name, _ string) bool { return secretKey(name) })
	}
	return t
}

// template compiles a text once. The user's filters reach their script through the
// context of each rendering.
func (p *Project) template(text string, own bool) (*nunjucks.Template, error) {
	key := text
	if !own {
		key = "\x00" + text
	}
	p.cache.mu.Lock()
	defer p.cache.mu.Unlock()
	if c, ok := p.cache.all[key]; ok {
		return c.template, c.err
	}
	options := p.nunjucks()
	if !own {
		options.Filters = nil
	}
	c := &compiled{}
	c.template, c.err = nunjucks.Compile(text, options)
	if p.cache.size += len(text) + 256; p.cache.size < maxCached {
		p.cache.all[key] = c
	}
	return c.template, c.err
}

type portsKey struct{}

// nunjucks are the options of this project's templates.
func (p *Project) nunjucks() nunjucks.Options {
	o := nunjucks.Options{Globals: map[string]any{"env": p.cache.env}}
	for name, c := range p.Filters {
		if o.Filters == nil {
			o.Filters = map[string]nunjucks.Filter{}
		}
		o.Filters[name] = func(ctx context.Context, args []any) (any, error) {
			ports, _ := ctx.Value(portsKey{}).(Ports)
			list := make([]Arg, len(args))
			for i, a := range args {
				list[i] = Arg{fmt.Sprintf("a%d", i), a}
			}
			return callPort(ctx, ports.Script, c, list)
		}
	}
	return o
}

// Fill renders one template with a row's variables: values of assertions, metric
// names and the like.
func (p *Project) Fill(ctx context.Context, text string, vars *jsvalue.Object, ports Ports) (string, error) {
	if !strings.Contains(text, "{") && !strings.Contains(text, "#}") || TruthyEnv(p.Env["PROMPTFOO_DISABLE_TEMPLATING"]) {
		return text, nil
	}
	t, err := p.template(text, true)
	if err != nil {
		return "", err
	}
	return t.RenderContext(context.WithValue(ctx, portsKey{}, ports), vars.Map())
}
