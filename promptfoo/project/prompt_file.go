package project

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// programEndings are prompts that a program makes.
var programEndings = []string{".sh", ".bash", ".exe", ".bat", ".cmd", ".ps1", ".rb", ".pl"}

// promptFile reads the prompts of one file. Labels name the file as it was found
// from the configuration's folder.
func (l *loader) promptFile(s promptSource, path, function string) []Prompt {
	ext := strings.ToLower(filepath.Ext(path))
	text, err := l.read(path)
	if err != nil {
		l.failErr(s.at, s.key, err)
		return nil
	}
	name := l.show(path)
	one := Prompt{Place: Place{name, 1}, Raw: text, Label: s.label, Config: s.config}
	labelled := func(label string) []Prompt {
		if s.label == "" {
			one.Label = label
		}
		return []Prompt{one}
	}
	switch {
	case ext == ".txt":
		return l.textPrompts(s, name, text)
	case ext == ".md", ext == ".j2":
		return labelled(name + ": " + jsvalue.Substring(text, 0, 50) + "...")
	case ext == ".json":
		one.Raw = l.jsonPrompt(s, path, text)
		return labelled(name + ": " + one.Raw)
	case ext == ".yaml", ext == ".yml":
		one.Raw = l.yamlPrompt(s, path, text)
		return labelled(name + ": " + jsvalue.Substring(one.Raw, 0, 80))
	case ext == ".jsonl":
		return jsonlPrompts(s, name, text)
	case ext == ".csv":
		return l.csvPrompts(s, name, text)
	case language(path) == "javascript", ext == ".py":
		return l.scriptPrompt(s, path, function, one)
	case slices.Contains(programEndings, ext), executable(path):
		return l.execPrompt(s, l.dir, path)
	}
	l.fail(s.at, s.key, "%s is no prompt file; known: %s, and programs", name, strings.Join(promptEndings, ", "))
	return nil
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&0o111 != 0
}

// textPrompts cuts a file at its lines "---", or at those that the environment names.
func (l *loader) textPrompts(s promptSource, name, text string) (all []Prompt) {
	var part []string
	start, between := 1, cmp.Or(l.env["PROMPTFOO_PROMPT_SEPARATOR"], "---")
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := 0; i <= len(lines); i++ {
		if i < len(lines) && jsvalue.Trim(lines[i]) != between {
			part = append(part, lines[i])
			continue
		}
		if raw := jsvalue.Trim(strings.Join(part, "\n")); raw != "" {
			label := name + ": " + raw
			if s.label != "" {
				label = s.label + ": " + label
			}
			all = append(all, Prompt{Place: Place{name, start}, Raw: raw, Label: label})
		}
		part, start = nil, i+2
	}
	return all
}

// jsonPrompt reads the files that a JSON prompt names, if it is valid.
func (l *loader) jsonPrompt(s promptSource, path, text string) string {
	v, err := jsvalue.Parse(text)
	if err != nil {
		return text // a template that is no JSON before it is filled
	}
	return l.filled(s, fromValue(v, Place{l.show(path), 1}), text)
}

func (l *loader) yamlPrompt(s promptSource, path, text string) string {
	t, err := l.parse(path)
	if err != nil {
		return text // likewise
	}
	return l.filled(s, t.copy(), text)
}

// filled is a prompt with the files that it names. Where one can't be read the
// prompt stays as it is written, as in promptfoo: the name may be meant as a text.
func (l *loader) filled(s promptSource, t *tree, text string) string {
	known := slices.Clone(l.problems)
	l.filesIn(t, s.key, false)
	if found := l.problems[len(known):]; len(found) > 0 {
		first := found[0]
		l.problems = known
		l.note(first.Place, first.Key, "%s; the prompt is sent as it is written", first.Message)
		return text
	}
	out, _ := jsvalue.Stringify(t.value(), "")
	return out
}

func jsonlPrompts(s promptSource, name, text string) (all []Prompt) {
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if line != "" {
			lines = append(lines, line)
		}
	}
	for i, line := range lines {
		p := Prompt{Place: Place{name, i + 1}, Raw: line, Label: s.label, Config: s.config}
		switch {
		case len(lines) > 1 && s.label != "":
			p.Label = s.label + ": " + line
		case len(lines) > 1:
			p.Label = name + ": " + line
		case s.label == "":
			p.Label = name
		}
		all = append(all, p)
	}
	return all
}

// csvPrompts reads the columns prompt and label, or one prompt a line.
func (l *loader) csvPrompts(s promptSource, name, text string) (all []Prompt) {
	add := func(raw, label string, line int) {
		p := Prompt{Place: Place{name, line}, ID: s.id, Raw: raw, Label: label, Config: s.config}
		if p.Label == "" {
			p.Label = s.label
		}
		if p.Label == "" {
			p.Label = "Prompt " + strconv.Itoa(len(all)+1) + " - " + raw
		}
		all = append(all, p)
	}
	if strings.Contains(text, ",") {
		if rows, lines, err := csvRecords(text, ',', true, true); err == nil && len(rows) > 0 {
			prompt, label := slices.Index(rows[0], "prompt"), slices.Index(rows[0], "label")
			for i, row := range rows[1:] {
				if prompt >= 0 && prompt < len(row) && row[prompt] != "" {
					name := ""
					if label >= 0 && label < len(row) {
						name = row[label]
					}
					add(row[prompt], name, lines[i+1])
				}
			}
			return all
		}
	}
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if strings.TrimSpace(line) == "" || len(all) == 0 && i == 0 && strings.EqualFold(strings.TrimSpace(line), "prompt") {
			continue
		}
		add(line, "", i+1)
	}
	return all
}

// scriptPrompt is a function that makes the prompt of each row.
func (l *loader) scriptPrompt(s promptSource, path, function string, one Prompt) []Prompt {
	one.Code = Code{Place: s.at, Language: language(path), Kind: "file", Path: path, Function: function}
	one.ID = s.id
	l.starts(one.Code, "prompt")
	if !s.hasLabel || s.label == "" {
		one.Label = one.File
		if function != "" {
			one.Label += ":" + function
		} else if one.Code.Language == "python" {
			one.Label += ": " + one.Raw
		}
	}
	return []Prompt{one}
}
