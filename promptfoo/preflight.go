package promptfoo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/GaboBase/arch-genops/internal/script"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// use is a piece of the user's code and what it is for.
type use struct {
	code project.Code
	what string // "prompt", "assertion", …
}

// Preflight says, before anything is called, which programs of the user's a run
// starts beside those that the project lists, and what it needs that is not
// there. An assertion that can't run is no fatal problem: its rows could not be
// judged.
func (l *Languages) Preflight(ctx context.Context, p *project.Project) (starts []project.Program, problems []project.Problem) {
	for _, prog := range p.Programs {
		if err := l.missing(prog); err != nil {
			problems = append(problems, project.Problem{Place: prog.Place, Message: fmt.Sprintf("%s %s: %v", prog.For, prog.What, err), Fatal: prog.For != "assertion"})
		}
	}
	problems = append(problems, untraced(p)...)
	seen := map[string]bool{}
	for _, u := range uses(p) {
		key := u.code.Path + "\x00" + u.code.Source
		if listed := u.code.Kind == "package" || u.code.Foreign != nil && u.code.Foreign.Node; listed { // by the project itself
			continue
		}
		if seen[key] || u.code.Language != "javascript" || !script.MayNeedNode(script.Code{Kind: u.code.Kind, Source: u.code.Source}) {
			continue
		}
		seen[key] = true
		start, problem := l.preflight(ctx, u, len(p.Fetched) > 0)
		if start != nil {
			starts = append(starts, *start)
		}
		if problem != nil {
			problems = append(problems, *problem)
		}
	}
	return starts, problems
}

// missing is why a program can't be started; nil when it can.
func (l *Languages) missing(p project.Program) error {
	var engine Engine
	switch p.Kind {
	case "node":
		engine = l.Node
	case "python":
		engine = l.Python
	case "exec":
		words, err := splitCommand(p.What)
		if err != nil || len(words) == 0 {
			return err
		}
		if strings.ContainsAny(words[0], `/\`) {
			return nil // it starts in the configuration's folder
		}
		_, err = exec.LookPath(words[0])
		return err
	case "ruby":
		engine = l.Ruby
	default:
		return nil
	}
	switch e := engine.(type) {
	case nil:
		return fmt.Errorf("%s is not there", p.Kind)
	case Absent:
		return e.Err
	}
	return nil
}

func (l *Languages) preflight(ctx context.Context, u use, confined bool) (*project.Program, *project.Problem) {
	if l.Needs == nil {
		return nil, nil
	}
	runtime, needs, err := l.Needs(ctx, codeOf(u.code, nil))
	var thrown *script.Thrown
	switch {
	case errors.As(err, &thrown), errors.Is(err, fs.ErrNotExist), err == nil && runtime != script.Node:
		return nil, nil // the rows say so, or the loader did
	case err != nil:
		return nil, &project.Problem{Place: u.code.Place, Message: fmt.Sprintf("%s: %v", u.what, err)}
	}
	what := u.code.Path
	if what == "" {
		what = "JavaScript in the configuration"
	}
	if len(needs) > 0 {
		what += " (" + needs[0].String() + ")"
	}
	for _, n := range needs {
		if n.Missing {
			at := u.code.Place
			if n.File != "" {
				at = project.Place{File: filepath.Join(filepath.Dir(u.code.Path), n.File), Line: n.Line}
			}
			return nil, &project.Problem{Place: at, Fatal: u.what != "assertion",
				Message: fmt.Sprintf("%s: %s, which is not installed: install the packages of this project first, e.g. with npm install", u.what, n.Reason)}
		}
	}
	if u.what == "provider" {
		return nil, nil // listed already
	}
	if confined && u.code.Kind != script.KindFile {
		return nil, &project.Problem{Place: u.code.Place, Fatal: u.what != "assertion",
			Message: fmt.Sprintf("%s: %s: node is not asked, since some tests come from an address: put the code into a file", u.what, what)}
	}
	start := &project.Program{Place: u.code.Place, Kind: "node", What: what, For: u.what}
	if err := l.missing(*start); err != nil {
		return nil, &project.Problem{Place: u.code.Place, Message: fmt.Sprintf("%s: %s: %v", u.what, what, err), Fatal: u.what != "assertion"}
	}
	return start, nil
}

// uses lists all code of a project that a run calls.
func uses(p *project.Project) (all []use) {
	add := func(c project.Code, what string) {
		if !c.IsZero() {
			all = append(all, use{c, what})
		}
	}
	for i := range p.Prompts {
		add(p.Prompts[i].Code, "prompt")
	}
	for i := range p.Providers {
		add(p.Providers[i].Call.Code, "provider")
		add(p.Providers[i].Transform, "transform")
		h := &p.Providers[i].Call.HTTP
		for _, c := range []project.Code{h.TransformRequest, h.TransformResponse, h.ValidateStatus, h.SessionParser} {
			add(c, "transform")
		}
		if h.Session != nil {
			add(h.Session.Parser, "transform")
		}
	}
	for _, c := range p.Filters {
		add(c, "filter")
	}
	for i := range p.Tests {
		t := &p.Tests[i]
		add(t.Options.Transform, "transform")
		add(t.Score, "score")
		for _, c := range t.VarCode {
			add(c, "vars")
		}
		for _, c := range assertionCode(t.Assert) {
			add(c, "assertion")
		}
	}
	return all
}

func assertionCode(all []project.Assertion) (codes []project.Code) {
	for i := range all {
		a := &all[i]
		codes = append(codes, assertionCode(a.Set)...)
		codes = append(codes, a.Code, a.Transform, a.ContextTransform)
		text, isText := a.Value.(string)
		if kind := strings.TrimPrefix(a.Type, "not-"); kind == "javascript" && isText && a.Code.IsZero() {
			c := script.Assertion(text)
			codes = append(codes, project.Code{Place: a.Place, Language: "javascript", Kind: c.Kind, Source: c.Source})
		}
	}
	return codes
}
