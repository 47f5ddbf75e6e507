package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/internal/config"
)

// text is a template of a brief: a prompt, a title, a text to be written.
type text struct {
	plain    string // what it is without slots
	template *dotprompt.Prompt
}

// needs are the slots of a template, with those that must be there.
func (t text) needs() []dotprompt.Variable {
	if t.template == nil {
		return nil
	}
	return t.template.Variables()
}

// render fills the slots in. Their values are text: nothing in them is a tag of
// the template.
func (t text) render(slots map[string]any) (string, error) {
	if t.template == nil {
		return t.plain, nil
	}
	if t.template.Schema != nil {
		if err := t.template.Check(slots); err != nil {
			return "", err
		}
	}
	r, err := t.template.Render(dotprompt.Input{Vars: slots})
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for i, m := range r.Messages {
		if i > 0 || m.Role != "user" {
			return "", &config.Error{File: t.template.File, Msg: "a media prompt is one text: {{role}} and {{history}} have no place in it"}
		}
		for _, p := range m.Parts {
			if p.Media != nil || p.Section != "" {
				return "", &config.Error{File: t.template.File, Msg: "a media prompt is one text: {{media}} and {{section}} have no place in it; images are named under references"}
			}
			out.WriteString(p.Text)
		}
	}
	return PlainText(out.String()), nil
}

// parseText compiles a template that stands in the brief itself. Errors name no
// file; their lines count from the text's first.
func parseText(source string) (text, error) {
	if !strings.Contains(source, "{{") {
		return text{plain: PlainText(source)}, nil
	}
	// A blank line in front, so that nothing is taken for front matter.
	p, err := dotprompt.Parse("", []byte("\n"+source), nil)
	return text{template: p}, err
}

const promptsDir = "prompts"

// loadText reads a prompt of the project.
func loadText(files fs.FS, name string) (text, error) {
	if files == nil {
		return text{}, errors.New("there is no project whose files could be read")
	}
	stem, ok := strings.CutSuffix(name, ".prompt")
	if !ok || !fs.ValidPath(name) {
		return text{}, fmt.Errorf("%s is not the path of a prompt below the project's folder, such as prompts/hero.prompt", config.Shorten(name))
	}
	dir := path.Dir(name)
	if strings.HasPrefix(name, promptsDir+"/") {
		dir = promptsDir
	}
	sub, err := fs.Sub(files, dir)
	if err != nil {
		return text{}, err
	}
	p, err := dotprompt.LoadFS(sub, dir, strings.TrimPrefix(stem, dir+"/"))
	return text{template: p}, err
}

// adopt takes over the errors of a template in the brief: line is where its
// key stands, shift how many lines below it begins.
func (x *expander) adopt(err error, item int, key string, shift int) {
	line := x.b.line(item, key)
	for _, e := range eachConfigError(err) {
		at := line
		if e.Line > 2 {
			at += e.Line - 2 // one for the blank line, one because lines count from 1
		}
		if line > 0 {
			at += shift
		}
		x.report(at, x.b.path(item, key), e.Msg)
	}
}

// eachConfigError takes joined errors apart.
func eachConfigError(err error) (all []*config.Error) {
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		for _, e := range many.Unwrap() {
			all = append(all, eachConfigError(e)...)
		}
		return all
	}
	var one *config.Error
	if errors.As(err, &one) {
		return []*config.Error{one}
	}
	return []*config.Error{{Msg: err.Error()}}
}

// texts are all templates of an item.
type texts struct {
	prompt, title text
	written       []text
	ownFile       bool // the prompt has its own file: its errors name it
}

// compileTexts parses the item's templates; false = there were errors.
func (x *expander) compileTexts(s *spec) bool {
	a, before := &s.ask, len(x.errs)
	var err error
	switch p := a.Prompt; {
	case p.File != "":
		s.texts.ownFile = true
		if s.texts.prompt, err = loadText(x.o.Project, p.File); err != nil {
			var here *config.Error
			if errors.As(err, &here) {
				x.errs = append(x.errs, eachConfigError(err)...)
			} else {
				x.fail(s.item, "prompt", "%v", err)
			}
		}
	case PlainText(p.Text) == "":
		x.fail(s.item, "prompt", "prompt is missing: what the picture shows")
	case p.Plain:
		s.texts.prompt = text{plain: PlainText(p.Text)}
	default:
		if s.texts.prompt, err = parseText(p.Text); err != nil {
			x.adopt(err, s.item, "prompt", p.shift)
		}
	}
	parse := parseText
	if a.Prompt.Plain { // none of them is a template then
		parse = func(source string) (text, error) { return text{plain: PlainText(source)}, nil }
	}
	if s.texts.title, err = parse(a.Title); err != nil {
		x.adopt(err, s.item, "title", 0)
	}
	for i, t := range a.Text {
		parsed, err := parse(t)
		if err != nil {
			x.adopt(fmt.Errorf("text[%d]: %w", i, err), s.item, "text", 0)
		}
		s.texts.written = append(s.texts.written, parsed)
	}
	return len(x.errs) == before
}

// checkSlots compares what the templates need with the slots there are, and
// returns those that are used.
func (x *expander) checkSlots(s *spec) Slots {
	used := map[string]bool{}
	missing := func(key string, t text) {
		for _, v := range t.needs() {
			used[v.Name] = true
			if !v.Required || s.ask.Slots.index(v.Name) >= 0 {
				continue
			}
			var given []string
			for _, slot := range s.ask.Slots {
				given = append(given, slot.Name)
			}
			msg := fmt.Sprintf("the slot %s has no value%s", config.Shorten(v.Name), didYouMean(v.Name, given, "slots"))
			if key == "prompt" && s.texts.ownFile {
				x.errs = append(x.errs, &config.Error{File: v.File, Line: v.Line, Msg: msg})
				continue
			}
			shift := 0
			if key == "prompt" {
				shift = s.ask.Prompt.shift
			}
			x.adopt(&config.Error{Line: v.Line, Msg: msg}, s.item, key, shift)
		}
	}
	missing("prompt", s.texts.prompt)
	missing("title", s.texts.title)
	for _, t := range s.texts.written {
		missing("text", t)
	}
	return slices.DeleteFunc(slices.Clone(s.ask.Slots), func(slot Slot) bool {
		if !used[slot.Name] {
			x.unused(s, slot)
		}
		return !used[slot.Name]
	})
}

// unused says that a slot of the item itself is not used. Those of defaults are
// for whichever item needs them.
func (x *expander) unused(s *spec, slot Slot) {
	own := x.b.Top.Slots
	if len(x.b.Entries) > 0 {
		own = x.b.Entries[s.item].Slots
	}
	if own.index(slot.Name) < 0 {
		return
	}
	var needed []string
	for _, v := range s.texts.prompt.needs() {
		needed = append(needed, v.Name)
	}
	msg := fmt.Sprintf("the slot %s stands in no template%s", config.Shorten(slot.Name), didYouMean(slot.Name, needed, "slots of the prompt"))
	if len(slot.Values) > 1 {
		x.report(slot.Line, x.b.path(s.item, "slots"), msg+"; its alternatives would make equal pictures")
		return
	}
	x.note(slot.Line, s.id, msg)
}

// didYouMean ends a message about an unknown word.
func didYouMean(word string, known []string, what string) string {
	if len(known) == 0 {
		return "; there are no " + what
	}
	msg := "; "
	if near := config.Nearest(word, known); near != "" {
		msg += fmt.Sprintf("did you mean %q? ", near)
	}
	const most = 30
	if len(known) > most {
		known = append(known[:most:most], fmt.Sprintf("and %d more", len(known)-most))
	}
	return msg + what + ": " + strings.Join(known, ", ")
}
