package semdiff

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/internal/config"
)

// Compare says what changed between two versions of one object. The kind is
// that of the side that has one; a side without files is one that does not
// exist: everything is added, or removed. An error is a file that can't be read
// as what it is (one or more *config.Error), or the Entailer's.
func Compare(ctx context.Context, before, after Side, o Options) (*Report, error) {
	kind, name := after.Kind, after.Name
	if kind == "" || len(after.Files) == 0 {
		kind, name = before.Kind, before.Name
	}
	if len(before.Files) > 0 && len(after.Files) > 0 && before.Kind != after.Kind {
		return nil, fmt.Errorf("comparing a %s with a %s: both sides must be of one kind", before.Kind, after.Kind)
	}
	b := newBuilder(kind, name, before.Ref, after.Ref)
	c := newComparer(nil)
	c.entail = entailment{ctx: ctx, by: o.Entailer}
	var err error
	switch kind {
	case "prompt":
		err = b.prompt(c, before, after)
	case "agent", "model":
		err = b.settings(c, before, after)
	case "testset":
		err = b.testset(before, after)
	case "text", "":
		for _, p := range pairFiles(before, after) {
			b.texts(c, p.a.Path, string(p.a.Text), p.b.Path, string(p.b.Text), true)
		}
	default:
		return nil, fmt.Errorf("comparing a %q: known kinds: prompt, agent, model, testset, text", kind)
	}
	if err == nil {
		err = c.entail.err
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("comparing %s %q: %w", kind, name, err)
	}
	return b.done(), nil
}

// filePair is one file on both sides; one that is missing is empty.
type filePair struct {
	name string
	a, b File
	hasA bool
	hasB bool
}

func pairFiles(before, after Side) []filePair {
	var out []filePair
	at := map[string]int{}
	for _, f := range after.Files {
		at[f.Name] = len(out)
		out = append(out, filePair{name: f.Name, b: f, hasB: true})
	}
	for _, f := range before.Files {
		if i, ok := at[f.Name]; ok {
			out[i].a, out[i].hasA = f, true
			continue
		}
		out = append(out, filePair{name: f.Name, a: f, hasA: true})
	}
	return out
}

// prompt compares a Dotprompt file with its partials and tools.
func (b *builder) prompt(c *comparer, before, after Side) error {
	varsA, err := promptVariables(before)
	if err != nil {
		return err
	}
	varsB, err := promptVariables(after)
	if err != nil {
		return err
	}
	for _, p := range pairFiles(before, after) {
		if bytes.Equal(p.a.Text, p.b.Text) && p.name != "" {
			continue
		}
		if err := b.file(c, p, false); err != nil {
			return err
		}
	}
	if len(before.Files) > 0 && len(after.Files) > 0 {
		b.callers(varsA, varsB)
	}
	return nil
}

// promptVariables parses the prompt of a side and lists its variables.
func promptVariables(s Side) ([]dotprompt.Variable, error) {
	for _, f := range s.Files {
		if f.Name == "" {
			p, err := dotprompt.Parse(f.Path, f.Text, s.partial)
			if err != nil {
				return nil, err
			}
			return p.Variables(), nil
		}
	}
	return nil, nil
}

func (s Side) partial(name string) (string, []byte, error) {
	for _, f := range s.Files {
		if f.Name == "partial "+name {
			return f.Path, f.Text, nil
		}
	}
	return "", nil, fmt.Errorf("partial %q: %w", name, fs.ErrNotExist)
}

// callers adds what breaks those who fill the variables in.
func (b *builder) callers(before, after []dotprompt.Variable) {
	find := func(list []dotprompt.Variable, name string) (dotprompt.Variable, bool) {
		for _, v := range list {
			if v.Name == name {
				return v, true
			}
		}
		return dotprompt.Variable{}, false
	}
	add := func(v dotprompt.Variable, verdict Verdict, say, was, is string) {
		u := Unit{What: "variable", Section: v.Name, Before: was, After: is}
		if was != "" {
			u.BeforeSpan = Span{File: v.File, Line: v.Line, End: v.Line}
		} else {
			u.AfterSpan = Span{File: v.File, Line: v.Line, End: v.Line}
		}
		b.unit(u, []finding{{KindVariable, verdict, .98, say, was, is}})
	}
	for _, v := range before {
		if _, ok := find(after, v.Name); !ok {
			add(v, Breaking, "variable "+v.Name+" removed", v.Name, "")
		}
	}
	for _, v := range after {
		old, ok := find(before, v.Name)
		switch {
		case !ok && v.Required:
			add(v, Breaking, "variable "+v.Name+" added, and required", "", v.Name)
		case !ok:
			add(v, Changed, "variable "+v.Name+" added", "", v.Name)
		case v.Required && !old.Required:
			add(v, Breaking, "variable "+v.Name+" became required", "", v.Name)
		case old.Required && !v.Required:
			add(v, Changed, "variable "+v.Name+" became optional", "", v.Name)
		}
	}
}

// file compares one file by what its name says it is.
func (b *builder) file(c *comparer, p filePair, rename bool) error {
	what, _, _ := strings.Cut(p.name, " ")
	switch {
	case what == "" || what == "prompt" || what == "partial":
		for side, f := range []File{p.a, p.b} {
			front, _, line := cutFrontMatter(string(f.Text))
			if front == "" {
				continue
			}
			if _, err := c.yaml(side, f.Path, []byte(front), line-strings.Count(front, "\n")-2); err != nil {
				return err
			}
		}
		b.texts(c, p.a.Path, string(p.a.Text), p.b.Path, string(p.b.Text), rename)
	case what == "tool" || isYAML(p.a.Path) || isYAML(p.b.Path):
		kind := frontKind
		if what == "tool" {
			kind = func(path string) Kind { return KindTool }
		}
		return b.yamlFiles(c, p, kind)
	default:
		b.texts(c, p.a.Path, string(p.a.Text), p.b.Path, string(p.b.Text), rename)
	}
	return nil
}

func isYAML(name string) bool {
	switch path.Ext(name) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// yamlFiles compares two YAML or JSON files key by key.
func (b *builder) yamlFiles(c *comparer, p filePair, kind kindOf) error {
	x, err := c.yaml(0, p.a.Path, p.a.Text, 0)
	if err != nil {
		return err
	}
	y, err := c.yaml(1, p.b.Path, p.b.Text, 0)
	if err != nil {
		return err
	}
	if tool, ok := strings.CutPrefix(p.name, "tool "); ok && p.hasA != p.hasB {
		verb := map[bool]string{true: "added", false: "removed"}[p.hasB]
		b.unit(Unit{What: "tool", Section: tool, Before: string(p.a.Text), After: string(p.b.Text)}, []finding{{KindTool, Changed, .96, "tool " + tool + " " + verb, "", ""}})
		return nil
	}
	b.trees(c, p.a.Path, x, p.b.Path, y, kind)
	return nil
}

// yaml parses a file, remembers the lines of its keys, and gives its tree.
// skip is the number of lines before it in the file.
func (c *comparer) yaml(side int, file string, text []byte, skip int) (any, error) {
	root, err := config.Parse(file, text)
	if err != nil {
		moveLines(err, skip)
		return nil, err
	}
	if root == nil {
		return map[string]any{}, nil
	}
	c.noteLines(side, file, "", root, skip)
	var v any
	if err := root.Decode(&v); err != nil {
		return nil, &config.Error{File: file, Msg: err.Error()}
	}
	if _, ok := v.(map[string]any); !ok {
		v = map[string]any{"": v}
	}
	return v, nil
}

// moveLines adds lines to the errors of a part of a file.
func moveLines(err error, by int) {
	var one *config.Error
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			moveLines(e, by)
		}
	} else if errors.As(err, &one) && one.Line > 0 {
		one.Line += by
	}
}

// settings compares an agent or a model: its file key by key, then the files
// that belong to it.
func (b *builder) settings(c *comparer, before, after Side) error {
	for _, p := range pairFiles(before, after) {
		if p.name == "" {
			if err := b.yamlFiles(c, p, frontKind); err != nil {
				return err
			}
		} else if !bytes.Equal(p.a.Text, p.b.Text) || p.hasA != p.hasB {
			if err := b.file(c, p, false); err != nil {
				return err
			}
		}
	}
	return nil
}
