package promptfoo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/internal/script"
	"github.com/GaboBase/arch-genops/promptfoo/project"
	"github.com/GaboBase/arch-genops/validators/assertions"
)

// Engine runs code of one language. Its methods are safe for concurrent use.
type Engine interface {
	Call(ctx context.Context, code script.Code, args map[string]any) (any, error)
}

// Languages runs the user's code. A nil engine is not there.
type Languages struct {
	JS      Engine // JavaScript: the sandbox, and node where it needs more
	Node    Engine // providers
	Python  Engine
	Ruby    Engine
	Regexps assertions.Regexps // JavaScript's regular expressions
	// Needs says what a piece of JavaScript runs in; nil = it is not known before.
	Needs func(context.Context, script.Code) (script.Runtime, []script.Need, error)
}

// Absent stands for a program that is not installed.
type Absent struct{ Err error }

// Call says so.
func (a Absent) Call(context.Context, script.Code, map[string]any) (any, error) { return nil, a.Err }

// ParseResult reads what a script returned, with the order of its keys: the
// Decode of script.Config.
func ParseResult(raw []byte) (any, error) { return jsvalue.Parse(string(raw)) }

// codeOf is a piece of code in the terms of package script.
func codeOf(c project.Code, args []project.Arg) script.Code {
	out := script.Code{Kind: c.Kind, Source: c.Source, Function: c.Function, Value: c.Value, Tree: c.Value && c.Foreign == nil}
	switch {
	case c.Foreign != nil:
		out = script.Foreign(c.Foreign)
	case c.Kind == "package":
		out.Kind, out.Source, out.Package, out.Dir = script.KindFile, "", c.Source, c.Path
	case c.Kind == script.KindFile:
		out.Dir, out.File = filepath.Dir(c.Path), filepath.Base(c.Path)
	}
	out.Live = c.Live
	out.Params = make([]string, len(args))
	for i, a := range args {
		out.Params[i] = a.Name
	}
	return out
}

// Call runs code with its arguments.
func (l *Languages) Call(ctx context.Context, c project.Code, args []project.Arg) (any, error) {
	values := make(map[string]any, len(args))
	for _, a := range args {
		values[a.Name] = a.Value
	}
	e := l.JS
	if c.Language == "python" {
		e = l.Python
	}
	if e == nil {
		return nil, fmt.Errorf("%w: no program runs %s here", script.ErrUnavailable, c.Language)
	}
	return e.Call(ctx, codeOf(c, args), values)
}

// Provider calls a provider that is a script of the user's: an instance that is
// made once in node, or a function of Python or Ruby.
func (l *Languages) Provider(ctx context.Context, p *project.Provider, prompt string, options, context *jsvalue.Object) (any, error) {
	args := []project.Arg{{Name: "prompt", Value: prompt}, {Name: "options", Value: options}, {Name: "context", Value: context}}
	code := codeOf(p.Call.Code, args)
	e := l.Python
	if p.Call.Kind == project.CallRuby {
		e = l.Ruby
	}
	if p.Call.Kind == project.CallScript {
		e = l.Node
		made, _ := jsvalue.Stringify(options, "")
		code.Kind, code.Options, code.Params = script.KindProvider, []byte(made), []string{"prompt", "context"}
	} else if code.Function == "" {
		code.Function = "call_api"
	}
	if e == nil {
		return nil, fmt.Errorf("%w: no program runs the provider %s here", script.ErrUnavailable, p.ID)
	}
	return e.Call(ctx, code, map[string]any{"prompt": prompt, "options": options, "context": context})
}

// Identify asks the providers that are scripts for the ids and labels that they
// give themselves, which results show. One that can't be made is a problem: nothing
// it is asked could be answered.
func (l *Languages) Identify(ctx context.Context, p *project.Project) (problems []project.Problem) {
	seen := map[*project.Provider]bool{}
	for _, one := range askedProviders(p) {
		if seen[one] || one.Call.Kind != project.CallScript || one.Call.Code.Foreign != nil || l.Node == nil {
			continue
		}
		seen[one] = true
		if err := l.identify(ctx, p, one); err != nil {
			problems = append(problems, project.Problem{Place: one.Place, Message: fmt.Sprintf("making the provider %s: %v", one.ID, err), Fatal: true})
		}
	}
	return problems
}

// askedProviders lists the providers of a project and those that its tests name.
func askedProviders(p *project.Project) (all []*project.Provider) {
	add := func(one *project.Provider) {
		if one != nil {
			all = append(all, one)
		}
	}
	for i := range p.Providers {
		add(&p.Providers[i])
	}
	for i := range p.Tests {
		t := &p.Tests[i]
		add(t.Provider)
		add(t.Options.Provider)
		for _, one := range t.Options.JudgeByType {
			add(one)
		}
		for _, a := range judgedAssertions(t.Assert) {
			add(a.Provider)
		}
	}
	return all
}

func (l *Languages) identify(ctx context.Context, p *project.Project, one *project.Provider) error {
	code := codeOf(one.Call.Code, nil)
	made, _ := jsvalue.Stringify(providerOptions(one, one.Config, p.Shown), "")
	code.Kind, code.Options = script.KindIdentity, []byte(made)
	v, err := l.Node.Call(ctx, code, nil)
	if err != nil {
		return err
	}
	one.Shown = textAt(v, "id")
	if label := textAt(v, "label"); label != "" {
		one.Label = label
	}
	return nil
}

// Router runs JavaScript where it can run: in the sandbox, or in the user's node
// where it needs more than that. It is safe for concurrent use.
type Router struct {
	Sandbox *script.Engine
	Node    Engine            // Absent where it is not installed
	Starts  func(what string) // told before node runs what only turned out to need it; nil = nobody

	told     sync.Map // what Starts was told
	confined atomic.Bool
}

// Confine keeps inline code in the sandbox from now on, whatever it asks for: some of
// it is no longer the user's own. Scripts in files of the user's still reach node.
func (r *Router) Confine() { r.confined.Store(true) }

// Call runs a piece of code. Inline code is tried in the sandbox first: most of
// it runs there.
func (r *Router) Call(ctx context.Context, code script.Code, args map[string]any) (any, error) {
	var tried error
	if code.Kind != script.KindFile {
		v, err := r.Sandbox.Call(ctx, code, args)
		if !errors.Is(err, script.ErrUnavailable) {
			return v, err
		}
		if r.confined.Load() {
			return nil, fmt.Errorf("%w; node is not asked, since some tests come from an address: put the code into a file", err)
		}
		tried = err
	}
	where, needs, err := r.Sandbox.Needs(ctx, code)
	switch {
	case err != nil:
		return nil, err
	case where == script.Embedded:
		var v any
		if v, err = nil, tried; err == nil {
			v, err = r.Sandbox.Call(ctx, code, args)
		}
		if !r.harmless(err) {
			return v, err
		}
		r.tell(code, err)
	case r.Node == nil:
		return nil, fmt.Errorf("%w: it needs node (%s)", script.ErrUnavailable, needs[0])
	}
	return r.Node.Call(ctx, code, args)
}

// Warm starts the sandbox's child ahead of the first call, where the project's code
// looks as if it needs one.
func (r *Router) Warm(p *project.Project) {
	const enough = 20 // pieces of code are looked at: others may still start it
	seen := map[string]bool{}
	for _, u := range uses(p) {
		if u.code.Language != "javascript" || u.what == "provider" || u.code.Kind == "package" || seen[u.code.Source] {
			continue
		}
		if !r.Sandbox.MayRunHere(codeOf(u.code, nil)) {
			r.Sandbox.Warm()
			return
		}
		if seen[u.code.Source] = true; len(seen) == enough {
			return
		}
	}
}

// harmless says that the sandbox lacks a part of the language, such as the forms of
// dates in other languages, and node is there for it. What reaches for files,
// networks or processes under made-up names is not tried again.
func (r *Router) harmless(err error) bool {
	if _, absent := r.Node.(Absent); absent || r.Node == nil {
		return false
	}
	return errors.Is(err, script.ErrUnavailable) && (strings.Contains(err.Error(), ".prototype.") || strings.Contains(err.Error(), "toLocaleString"))
}

func (r *Router) tell(code script.Code, why error) {
	what := code.File
	if what == "" {
		what = "JavaScript in the configuration"
	}
	if _, known := r.told.LoadOrStore(what, true); !known && r.Starts != nil {
		r.Starts(what + " (" + why.Error() + ")")
	}
}
