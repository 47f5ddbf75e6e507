// Package importer turns files of other programs into the prompts, models,
// agents and test sets of a project. It reads and plans; nothing is written
// before all that is to be written is known. What has no counterpart here is
// never dropped in silence: it is listed with its file and line, and why.
package importer

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/registry"
)

// Plan is what an import would write.
type Plan struct {
	Source string // what was read, as the caller named it
	Format string // promptfoo, langfuse-export or dotprompt
	Files  []File // sorted by path; of an import with history, the newest state
	Left   []Left // what is not imported, by file and line
	Notes  []string
	Steps  []Step // versions in the order in which they were made; may be empty
}

// File is one new file of the project.
type File struct {
	Path string // with slashes
	Text []byte
	From string // where it came from: FILE:LINE, or the name there
}

// Left is one thing that is not imported.
type Left struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"` // 0 = unknown
	What string `json:"what"`
	Why  string `json:"why"`
}

// Step is one version of a prompt, for an import with history.
type Step struct {
	Name    string    // of the prompt
	Version string    // "3.0.0"
	Files   []File    // as the version has them
	Labels  []string  // that point at it
	Message string    // "" = none was given
	When    time.Time // zero = unknown
}

func (p *Plan) left(file string, line int, what, format string, args ...any) {
	p.Left = append(p.Left, Left{file, line, what, fmt.Sprintf(format, args...)})
}

func (p *Plan) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}

// add adds a file; the caller has made its name unique.
func (p *Plan) add(file string, text []byte, from string) {
	p.Files = append(p.Files, File{file, text, from})
}

// finish sorts the files and refuses a plan without any.
func (p *Plan) finish() (*Plan, error) {
	slices.SortFunc(p.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	slices.SortStableFunc(p.Left, func(a, b Left) int { return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
	for i := 1; i < len(p.Files); i++ {
		if p.Files[i].Path == p.Files[i-1].Path {
			return nil, fmt.Errorf("%s: both %s and %s would become %s", p.Source, p.Files[i-1].From, p.Files[i].From, p.Files[i].Path)
		}
	}
	if len(p.Files) == 0 {
		reasons := ""
		for i, l := range p.Left {
			if i == 5 {
				reasons += fmt.Sprintf("\n  and %d more", len(p.Left)-i)
				break
			}
			reasons += fmt.Sprintf("\n  %s: %s: %s", place(l.File, l.Line), l.What, l.Why)
		}
		return nil, fmt.Errorf("%s holds nothing that can be imported as %s%s", p.Source, p.Format, reasons)
	}
	return p, nil
}

func place(file string, line int) string {
	if line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// names gives out names, each once.
type names map[string]bool

// take makes a name of the kind from what a file calls it; fallback is for one
// that has no letter.
func (n names) take(kind registry.Kind, called, fallback string) string {
	name := slug(kind, called)
	if name == "" {
		name = fallback
	}
	for i := 2; n[name]; i++ {
		name = strings.TrimSuffix(name, fmt.Sprintf("-%d", i-1))
		name = fmt.Sprintf("%s-%d", name, i)
	}
	n[name] = true
	return name
}

const maxSlug = 60 // bytes; a label can be a whole prompt

// slug is a text as the name of an object. Letters stay as they are; in an
// agent's ID only those of ASCII can.
func slug(kind registry.Kind, called string) string {
	var parts []string
	for part := range strings.SplitSeq(called, "/") {
		var b strings.Builder
		gap := false
		for _, r := range part {
			plain := r == '.' || r == '_' || r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
			if !plain && (kind == registry.KindAgent || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)) {
				gap = true
				continue
			}
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			if b.Len() > maxSlug {
				break
			}
			b.WriteRune(r)
		}
		clean := strings.Trim(b.String(), "._-")
		for strings.Contains(clean, "..") {
			clean = strings.ReplaceAll(clean, "..", ".")
		}
		if clean = strings.TrimSuffix(clean, ".lock"); clean != "" {
			parts = append(parts, clean)
		}
	}
	separator := "/"
	if kind == registry.KindAgent {
		separator = "-"
	}
	name := registry.Normal(strings.Join(parts, separator))
	if kind.CheckName(name) != nil {
		return ""
	}
	return name
}

// promptFile writes a prompt: front matter where there is any, and a template.
func promptFile(front []member, body string) ([]byte, error) {
	var b strings.Builder
	if len(front) > 0 || strings.HasPrefix(strings.TrimSpace(body), "---") {
		head, err := asYAML(front)
		if err != nil {
			return nil, err
		}
		b.WriteString("---\n" + head + "---\n")
	}
	b.WriteString(strings.TrimSuffix(body, "\n") + "\n")
	return []byte(b.String()), nil
}

// member is a key of a YAML file with its value, in the order of the file.
type member struct {
	key   string
	value any
}

// asYAML writes members in order; those without a value are left out.
func asYAML(members []member) (string, error) {
	n := yaml.Node{Kind: yaml.MappingNode}
	for _, m := range members {
		if m.value == nil || m.value == "" {
			continue
		}
		var value yaml.Node
		if err := value.Encode(m.value); err != nil {
			return "", err
		}
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: m.key}, &value)
	}
	if len(n.Content) == 0 {
		return "", nil
	}
	var b strings.Builder
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	err := errors.Join(e.Encode(&n), e.Close())
	return b.String(), err
}

// base is a file's name without folder and ending.
func base(file string) string {
	b := path.Base(strings.ReplaceAll(file, `\`, "/"))
	return strings.TrimSuffix(b, path.Ext(b))
}
