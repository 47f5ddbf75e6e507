package dotprompt

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/config"
)

// document is a prompt file in two parts.
type document struct {
	yaml []byte // as many lines as stand before it are empty, so that its lines count as in the file
	body string
	line int // of the body's first line, from 1
}

// split finds the front matter: after nothing but empty lines and "#" comments
// a line "---", up to the next line "---". With front matter the body loses the
// white space around it, as in the reference implementation.
func split(file string, data []byte) (document, error) {
	if len(data) > config.MaxSize {
		return document{}, pos{file, 0}.errorf("the file has %d bytes; at most %d are read", len(data), config.MaxSize)
	}
	data, err := config.UTF8(file, data)
	if err != nil {
		return document{}, err
	}
	lines := strings.SplitAfter(string(data), "\n")
	open := slices.IndexFunc(lines, func(s string) bool {
		return trim(s) != "" && !strings.HasPrefix(s, "#")
	})
	if open < 0 || !isFence(lines[open]) {
		return document{body: string(data), line: 1}, nil
	}
	n := slices.IndexFunc(lines[open+1:], isFence)
	if n < 0 {
		return document{}, pos{file, open + 1}.errorf("the front matter that begins here is never closed: a line --- is missing")
	}
	end := open + 1 + n
	body := strings.Join(lines[end+1:], "")
	start := trimLeft(body)
	return document{
		yaml: []byte(strings.Repeat("\n", open+1) + strings.Join(lines[open+1:end], "")),
		body: trimRight(start),
		line: end + 2 + strings.Count(body[:len(body)-len(start)], "\n"),
	}, nil
}

func isFence(line string) bool { return strings.HasPrefix(line, "---") && trim(line) == "---" }

// header is the front matter as decoded. The keys of Genkit that say how an
// application runs a prompt are accepted and stay in Raw.
type header struct {
	Name        string         `yaml:"name"`
	Variant     string         `yaml:"variant"`
	Version     string         `yaml:"version"`
	Description string         `yaml:"description"`
	Model       string         `yaml:"model"`
	Config      Config         `yaml:"config"`
	Input       inputHeader    `yaml:"input"`
	Output      outputHeader   `yaml:"output"`
	Tools       []tool         `yaml:"tools"`
	ToolDefs    []toolDef      `yaml:"toolDefs"`
	Metadata    map[string]any `yaml:"metadata"`
	Ext         map[string]any `yaml:"ext"`

	Candidates any `yaml:"candidates"`
	Docs       any `yaml:"docs"`
	MaxTurns   any `yaml:"maxTurns"`
	Resources  any `yaml:"resources"`
	Return     any `yaml:"returnToolRequests"`
	ToolChoice any `yaml:"toolChoice"`
	Use        any `yaml:"use"`
}

type inputHeader struct {
	Schema     schema         `yaml:"schema"`
	JSONSchema schema         `yaml:"jsonSchema"`
	Default    map[string]any `yaml:"default"`
}

type outputHeader struct {
	Format       string `yaml:"format"`
	Schema       schema `yaml:"schema"`
	JSONSchema   schema `yaml:"jsonSchema"`
	Constrained  any    `yaml:"constrained"`
	ContentType  any    `yaml:"contentType"`
	Instructions any    `yaml:"instructions"`
	Line         int    `yaml:"-"`
}

type toolDef struct {
	Name         string `yaml:"name"`
	Description  string `yaml:"description"`
	InputSchema  schema `yaml:"inputSchema"`
	OutputSchema schema `yaml:"outputSchema"`
	Line         int    `yaml:"-"`
}

// tool is the name of a tool, or its definition in place.
type tool struct {
	name string
	def  toolDef
}

func (t *tool) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		t.name = n.Value
		return nil
	}
	return config.DecodeNode(n, &t.def)
}

// extended is a header whose keys with dots went elsewhere.
type extended struct {
	header
	ext map[string]map[string]any
	raw map[string]any
}

func (e *extended) UnmarshalYAML(n *yaml.Node) error {
	if err := config.DecodeNode(n, &e.raw); err != nil || n.Kind != yaml.MappingNode {
		return err
	}
	known := *n
	known.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		dot := strings.LastIndexByte(key, '.')
		if dot < 0 {
			known.Content = append(known.Content, n.Content[i], n.Content[i+1])
			continue
		}
		if e.ext == nil {
			e.ext = map[string]map[string]any{}
		}
		if e.ext[key[:dot]] == nil {
			e.ext[key[:dot]] = map[string]any{}
		}
		e.ext[key[:dot]][key[dot+1:]] = e.raw[key]
	}
	return config.DecodeNode(&known, &e.header)
}

// optionalInFlow is an optional field of Picoschema within braces: {a?: string}.
var optionalInFlow = regexp.MustCompile(`([{,]\s*)([^\s{}\[\],:?"']+\?(?:\([^,(){}]*\))?)(\s*:)`)

// readable puts such fields into quotes where the YAML can't be read without:
// YAML allows them, its parser here does not.
func readable(file string, data []byte) []byte {
	if !optionalInFlow.Match(data) {
		return data
	}
	if _, err := config.Parse(file, data); err == nil {
		return data
	}
	return optionalInFlow.ReplaceAll(data, []byte(`$1"$2"$3`))
}

// frontMatter fills in what the YAML says.
func (p *Prompt) frontMatter(data []byte) error {
	var h extended
	err := config.Decode(p.File, readable(p.File, data), &h)
	if err != nil {
		return err
	}
	override(&p.Name, h.Name)
	override(&p.Variant, h.Variant)
	p.Version, p.Description, p.Model = h.Version, h.Description, h.Model
	p.Config, p.Default, p.Metadata = h.Config, h.Input.Default, h.Metadata
	p.Raw, p.Ext = h.raw, h.ext
	if p.Schema = h.Input.Schema.json; p.Schema == nil {
		p.Schema, h.Input.Schema = h.Input.JSONSchema.json, h.Input.JSONSchema
	}
	if p.Output = (Output{h.Output.Format, h.Output.Schema.json}); p.Output.Schema == nil {
		p.Output.Schema = h.Output.JSONSchema.json
	}
	if err := p.checkFormat(h.Output.Line); err != nil {
		return err
	}
	if err := p.tools(&h.header); err != nil {
		return err
	}
	p.about = p.frontMatterAsData()
	p.input, err = compileInput(p.File, h.Input.Schema)
	return err
}

func override(dst *string, s string) {
	if s != "" {
		*dst = s
	}
}

var formats = []string{"text", "json", "jsonl", "array", "enum", "media"}

func (p *Prompt) checkFormat(line int) error {
	f := p.Output.Format
	if f == "" || slices.Contains(formats, f) {
		return nil
	}
	return &config.Error{File: p.File, Line: line, Key: "output.format", Msg: "unknown format " + config.Shorten(f) + nearest(f, formats)}
}

func (p *Prompt) tools(h *header) error {
	defs := h.ToolDefs
	for _, t := range h.Tools {
		if t.name != "" {
			p.ToolNames = append(p.ToolNames, t.name)
		} else {
			defs = append(defs, t.def)
		}
	}
	for _, d := range defs {
		if d.Name == "" {
			return &config.Error{File: p.File, Line: d.Line, Key: "toolDefs", Msg: "a tool needs a name"}
		}
		if slices.ContainsFunc(p.Tools, func(t Tool) bool { return t.Name == d.Name }) {
			return &config.Error{File: p.File, Line: d.Line, Key: "toolDefs", Msg: "two tools have the name " + config.Shorten(d.Name)}
		}
		p.Tools = append(p.Tools, Tool{d.Name, d.Description, d.InputSchema.json, d.OutputSchema.json})
	}
	return nil
}

// frontMatterAsData is @metadata.prompt: the front matter without its input.
func (p *Prompt) frontMatterAsData() map[string]any {
	m := map[string]any{}
	for k, v := range p.Raw {
		if k != "input" && !strings.Contains(k, ".") {
			m[k] = v
		}
	}
	for k, v := range map[string]string{"name": p.Name, "variant": p.Variant} {
		if v != "" {
			m[k] = v
		}
	}
	if p.Output.Schema != nil {
		var s any
		if json.Unmarshal(p.Output.Schema, &s) == nil {
			m["output"] = map[string]any{"format": p.Output.Format, "schema": s}
		}
	}
	return m
}
