package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/registry"
)

// draft is one prompt as the configuration gives it.
type draft struct {
	text  string
	label string
	file  string // where the text stands
	line  int
	at    int // line of the configuration
}

// readPrompts plans the prompts.
func (f *promptfoo) readPrompts() (all []found) {
	n := child(f.root, "prompts")
	if n != nil && n.Kind == yaml.MappingNode && child(n, "id") == nil && child(n, "raw") == nil { // file → label
		for _, p := range pairs(n) {
			all = f.addPrompts(all, f.drafts(p[0].Value, p[1].Value, p[0]))
		}
		return all
	}
	for _, item := range items(n) {
		switch {
		case item.Kind == yaml.ScalarNode:
			all = f.addPrompts(all, f.drafts(item.Value, "", item))
		case item.Kind == yaml.MappingNode:
			all = f.addPrompts(all, f.objectDrafts(item))
		default:
			f.left(f.file, item.Line, "a prompt", "is neither a text nor an object")
		}
	}
	return all
}

func (f *promptfoo) objectDrafts(n *yaml.Node) []draft {
	for _, p := range pairs(n) {
		if !slices.Contains([]string{"id", "raw", "label", "description"}, p[0].Value) {
			f.left(f.file, p[0].Line, "prompt's "+p[0].Value, "has no counterpart; parameters go into the prompt's config")
		}
	}
	label := word(n, "label")
	if raw := child(n, "raw"); raw != nil {
		if label == "" {
			label = word(n, "id")
		}
		return f.drafts(raw.Value, label, raw)
	}
	if id := word(n, "id"); id != "" {
		return f.drafts(id, label, n)
	}
	f.left(f.file, n.Line, "a prompt", "names neither a file (id) nor a text (raw)")
	return nil
}

// maxPath bounds what is taken for a path.
const maxPath = 300

// aFile recognises the path of a prompt in a text.
var aFile = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^[^\n{}]+\.(txt|json|jsonl|ya?ml|md|j2|csv|m?js|cjs|ts|py|rb|go|sh|bash|exe|bat|ps1)(:[A-Za-z_]\w*)?$`)
})

// drafts reads what a text of the configuration means: a file, several, or the
// prompt itself.
func (f *promptfoo) drafts(text, label string, n *yaml.Node) []draft {
	name, isFile := strings.CutPrefix(text, "file://")
	if strings.HasPrefix(text, "exec:") {
		f.left(f.file, n.Line, "prompt "+config.Shorten(text), "is made by a program; write it as a template")
		return nil
	}
	if !isFile && (len(text) > maxPath || !aFile().MatchString(text)) {
		return []draft{{text, label, f.file, n.Line, n.Line}}
	}
	if strings.ContainsAny(name, "*?[") {
		return f.globbed(name, label, n)
	}
	return f.fileDrafts(name, label, n)
}

func (f *promptfoo) globbed(pattern, label string, n *yaml.Node) (all []draft) {
	matches, err := filepath.Glob(filepath.Join(f.dir, filepath.FromSlash(pattern)))
	if err != nil || len(matches) == 0 {
		f.left(f.file, n.Line, "prompts "+pattern, "no file matches")
		return nil
	}
	sort.Strings(matches)
	for _, m := range matches {
		if rel, err := filepath.Rel(f.dir, m); err == nil {
			all = append(all, f.fileDrafts(filepath.ToSlash(rel), label, n)...)
		}
	}
	return all
}

// fileDrafts reads the prompts of one file.
func (f *promptfoo) fileDrafts(name, label string, n *yaml.Node) []draft {
	ending := strings.ToLower(filepath.Ext(name))
	what := "prompt " + name
	if !slices.Contains([]string{".txt", ".json", ".jsonl", ".yaml", ".yml", ".md", ".j2", ".csv"}, ending) {
		f.left(f.file, n.Line, what, "is made by a program; write it as a template")
		return nil
	}
	data, err := f.read(name)
	if err == nil {
		data, err = config.UTF8(f.shown(name), data)
	}
	if err != nil {
		f.left(f.file, n.Line, what, "%v", err)
		return nil
	}
	if label == "" {
		label = base(name)
	}
	whole := draft{string(data), label, f.shown(name), 1, n.Line}
	switch ending {
	case ".txt":
		return parts(whole)
	case ".jsonl":
		return linesOf(whole)
	case ".csv":
		return f.csvDrafts(whole)
	case ".yaml", ".yml":
		return f.yamlDrafts(whole)
	}
	return []draft{whole}
}

// parts cuts a text file at its lines "---".
func parts(d draft) (all []draft) {
	var text strings.Builder
	line, start := 0, 1
	flush := func() {
		if strings.TrimSpace(text.String()) != "" {
			all = append(all, draft{strings.Trim(text.String(), "\n"), d.label, d.file, start, d.at})
		}
		text.Reset()
		start = line + 1
	}
	for l := range strings.Lines(d.text) {
		line++
		if strings.TrimSpace(l) == "---" {
			flush()
			continue
		}
		text.WriteString(l)
	}
	flush()
	return all
}

func linesOf(d draft) (all []draft) {
	line := 0
	for l := range strings.Lines(d.text) {
		line++
		if strings.TrimSpace(l) != "" {
			all = append(all, draft{l, d.label, d.file, line, d.at})
		}
	}
	return all
}

func (f *promptfoo) csvDrafts(d draft) (all []draft) {
	rows, err := csv.NewReader(strings.NewReader(d.text)).ReadAll()
	column := -1
	if err == nil && len(rows) > 0 {
		column = slices.Index(rows[0], "prompt")
	}
	if column < 0 {
		f.left(d.file, 1, "prompts", "the file has no column prompt")
		return nil
	}
	label := slices.Index(rows[0], "label")
	for i, row := range rows[1:] {
		one := draft{row[column], d.label, d.file, i + 2, d.at}
		if label >= 0 && row[label] != "" {
			one.label = row[label]
		}
		all = append(all, one)
	}
	return all
}

// yamlDrafts reads a chat in YAML, as if it were JSON.
func (f *promptfoo) yamlDrafts(d draft) []draft {
	n, err := config.Parse(d.file, []byte(d.text))
	if err == nil && n != nil {
		if v, bad := value(n); bad == nil {
			if text, isText := v.(string); isText {
				d.text = text
			} else {
				d.text = toJSON(v)
			}
			return []draft{d}
		} else {
			err = bad
		}
	}
	f.left(d.file, 1, "prompt", "%v", err)
	return nil
}

func (f *promptfoo) addPrompts(all []found, drafts []draft) []found {
	for _, d := range drafts {
		body, line, err := d.body()
		if err == nil {
			var text []byte
			if text, err = promptFile(nil, body); err == nil {
				_, err = dotprompt.Parse("prompt", text, nil)
			}
			if err == nil {
				called := d.label
				if called == "" {
					called = firstWords(d.text)
				}
				name := f.prompts.take(registry.KindPrompt, called, "prompt")
				f.add("prompts/"+name+".prompt", text, place(d.file, d.line))
				all = append(all, found{name: name, line: d.at, call: d.label})
				continue
			}
			err = errors.New(strings.TrimPrefix(err.Error(), "prompt:"))
		}
		called := d.label
		if called == "" {
			called = config.Shorten(d.text)
		}
		f.left(d.file, d.line+line, "prompt "+called, "%v", err)
	}
	return all
}

// body is the draft as a template.
func (d draft) body() (body string, line int, err error) {
	if turns, ok := chatOf(d.text); ok {
		body, err = chatBody(turns, func(text string) (string, error) {
			out, _, err := nunjucks(text)
			return out, err
		})
		return body, 0, err
	}
	if trimmed := strings.TrimSpace(d.text); strings.HasPrefix(trimmed, "[{") && strings.Contains(trimmed, `"role"`) {
		return "", 0, fmt.Errorf("it looks like a chat, but is no JSON before it is rendered; write the messages without logic between them")
	}
	return nunjucks(d.text)
}

// firstWords is the beginning of a text, to call it by.
func firstWords(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n{}%#\"'[]:,", r) })
	return strings.ToLower(strings.Join(words[:min(len(words), 4)], "-"))
}
