package project

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// promptSource is one entry of prompts.
type promptSource struct {
	at       Place
	key      string
	raw      string // text, path or exec:
	id       string
	label    string
	hasLabel bool
	config   *jsvalue.Object
	function *tree // of a script; nil = none
}

// readPrompts reads the key prompts, or those of the command line.
func (l *loader) readPrompts() {
	sources := l.promptSources(l.root.get("prompts"))
	base := l.dir
	if len(l.opt.Prompts) > 0 {
		sources, base = nil, workingDir()
		for _, p := range l.opt.Prompts {
			sources = append(sources, promptSource{at: Place{"--prompts", 0}, key: "prompts", raw: p})
		}
	}
	for _, s := range sources {
		found := l.prompts(s, base, 1)
		if len(found) == 0 && !l.failedAt(s.key) {
			l.fail(s.at, s.key, "there is no prompt in %q", s.raw)
		}
		l.project.Prompts = append(l.project.Prompts, found...)
	}
	if len(l.project.Prompts) == 0 && !l.failedAt("prompts") {
		l.fail(l.root.Place, "prompts", "there is no prompt")
	}
}

// failedAt reports whether a key, or one below it, has a fatal problem.
func (l *loader) failedAt(key string) bool {
	return slices.ContainsFunc(l.problems, func(p Problem) bool {
		return p.Fatal && strings.HasPrefix(p.Key, key)
	})
}

func (l *loader) promptSources(t *tree) (all []promptSource) {
	switch {
	case t == nil: // promptfoo's default
		return []promptSource{{at: l.root.Place, key: "prompts", raw: "{{prompt}}"}}
	case t.isObject() && t.get("raw") == nil && t.get("id") == nil: // path → label
		for _, k := range t.keys {
			label, ok := t.fields[k].text()
			all = append(all, promptSource{at: t.fields[k].Place, key: "prompts." + k, raw: k, label: label, hasLabel: ok})
		}
		return all
	}
	for i, x := range l.oneOrMany(t) {
		key := fmt.Sprintf("prompts[%d]", i)
		if s, ok := x.text(); ok {
			all = append(all, promptSource{at: x.Place, key: key, raw: s})
			continue
		}
		if f, ok := x.function(); ok {
			all = append(all, promptSource{at: x.Place, key: key, raw: f.Source, label: cmp.Or(f.Name, f.Source), hasLabel: true, function: x})
			continue
		}
		if !x.isObject() {
			l.fail(x.Place, key, "expected a text, a path or an object with id, label and raw, found %s", x.describe())
			continue
		}
		l.checkKeys(x, key, known("id", "label", "raw", "config", "function", "template", "display", "description"))
		s := promptSource{at: x.Place, key: key, id: x.word("id"), raw: x.word("raw")}
		s.label, s.hasLabel = x.get("label").text()
		if c := x.get("config"); c != nil {
			s.config = c.object()
		}
		if f := x.get("function"); f != nil {
			if _, ok := f.function(); !ok {
				l.fail(f.Place, key+".function", "expected a function, found %s", f.describe())
				continue
			}
			if s.function = f; s.raw == "" {
				s.raw = s.label
			}
		}
		if s.raw == "" {
			s.raw = s.id
		}
		if s.raw == "" {
			l.fail(x.Place, key, "a prompt needs raw (its text or path) or id (its path)")
			continue
		}
		all = append(all, s)
	}
	return all
}

// promptEndings are what makes a text a path.
var promptEndings = []string{".cjs", ".csv", ".cts", ".j2", ".js", ".json", ".jsonl", ".md", ".mjs", ".mts", ".py", ".ts", ".txt", ".yml", ".yaml"}

// isPath reports whether promptfoo takes a text for a path: it has no line break,
// and an ending, a slash or a star.
func isPath(s string) bool {
	if strings.Contains(s, "\n") || strings.Contains(s, "portkey://") || strings.Contains(s, "langfuse://") || strings.Contains(s, "helicone://") {
		return false
	}
	if strings.HasPrefix(s, "file://") || strings.ContainsAny(s, `*/\`) {
		return true
	}
	parts := strings.Split(s, ":")
	for _, e := range promptEndings {
		if strings.HasSuffix(parts[len(parts)-1], e) || len(parts) > 1 && strings.HasSuffix(parts[len(parts)-2], e) {
			return true
		}
	}
	n := len(s)
	return n >= 3 && s[n-3] == '.' || n >= 4 && s[n-4] == '.'
}

// isPattern reports whether a path stands for several.
func isPattern(path string) bool {
	if info, err := os.Stat(path); err == nil {
		return info.IsDir()
	}
	return strings.ContainsAny(path, "*?[{")
}

// prompts reads what a source stands for.
func (l *loader) prompts(s promptSource, base string, depth int) []Prompt {
	if s.function != nil {
		f, _ := s.function.function()
		p := l.inlinePrompt(s)
		p.Code = l.foreign(s.function, f)
		p.Code.Live = []string{"context.provider"}
		l.starts(p.Code, "prompt")
		return []Prompt{p}
	}
	if c, ok := l.packageCode(s.at, s.key, s.raw, "prompt"); ok {
		p := l.inlinePrompt(s)
		p.Code = c
		return []Prompt{p}
	}
	for _, scheme := range []string{"portkey://", "langfuse://", "helicone://"} {
		if strings.HasPrefix(s.raw, scheme) {
			l.fail(s.at, s.key, "prompts of %s are not fetched; write the prompt into a file", strings.TrimSuffix(scheme, "://"))
			return nil
		}
	}
	if command, ok := strings.CutPrefix(s.raw, "exec:"); ok {
		return l.execPrompt(s, base, command)
	}
	if !isPath(s.raw) {
		return []Prompt{l.inlinePrompt(s)}
	}
	name, function := splitFunction(strings.TrimPrefix(s.raw, "file://"))
	path := l.path(base, name)
	if isPattern(path) {
		return l.promptPattern(s, path, function, depth)
	}
	if !fileExists(path) {
		if strings.HasPrefix(s.raw, "file://") || language(name) != "" || slices.Contains(promptEndings, strings.ToLower(filepath.Ext(name))) && !strings.ContainsAny(name, " {") {
			l.fail(s.at, s.key, "there is no file %s", l.show(path))
			return nil
		}
		if ext := filepath.Ext(name); strings.ContainsAny(s.raw, " {") || ext == "" || strings.Contains(ext, " ") {
			// A sentence with a slash or a full stop in it. promptfoo takes it for a
			// path and stops; a text is what was meant.
			return []Prompt{l.inlinePrompt(s)}
		}
		l.fail(s.at, s.key, "there is no file %s (a prompt with a slash, a star or an ending is taken for a path)", l.show(path))
		return nil
	}
	return l.promptFile(s, path, function)
}

func (l *loader) inlinePrompt(s promptSource) Prompt {
	p := Prompt{Place: s.at, ID: s.id, Raw: s.raw, Label: s.label, Config: s.config}
	if !s.hasLabel {
		p.Label = s.raw
	}
	return p
}

// promptPattern reads all files that match; each has a label of its own.
func (l *loader) promptPattern(s promptSource, path, function string, depth int) (all []Prompt) {
	paths := Glob(path)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		paths = Glob(filepath.Join(path, "*"))
	}
	if depth > 0 {
		for _, p := range paths {
			if fileExists(p) {
				all = append(all, l.promptFile(promptSource{at: s.at, key: s.key}, p, function)...)
			}
		}
	}
	if len(all) == 0 {
		if strings.HasPrefix(s.raw, "file://") || !strings.ContainsAny(s.raw, " \n{") {
			l.fail(s.at, s.key, "no file matches %s", l.show(path))
			return nil
		}
		return []Prompt{l.inlinePrompt(s)}
	}
	return all
}

func (l *loader) execPrompt(s promptSource, base, command string) []Prompt {
	command = strings.TrimSpace(command)
	if first, _, _ := strings.Cut(command, " "); fileExists(l.path(base, first)) {
		command = l.path(base, first) + command[len(first):]
	}
	l.start(s.at, "exec", command, "prompt")
	p := Prompt{Place: s.at, ID: s.id, Raw: command, Label: s.label, Config: s.config, Exec: command}
	if !s.hasLabel {
		p.Label = command
	}
	return []Prompt{p}
}
