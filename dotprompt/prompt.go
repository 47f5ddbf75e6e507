package dotprompt

import (
	"encoding/json"
	"maps"
	"path"
	"strings"
)

// Prompt is one compiled prompt file. It is read-only, and safe for use by
// several goroutines at once.
type Prompt struct {
	File        string // as given to Parse; begins every error
	Name        string // from the front matter, else from the file's name
	Variant     string // likewise: "formal" in support.formal.prompt; may be empty
	Version     string // as the front matter has it; may be empty
	Description string
	Model       string // e.g. googleai/gemini-2.5-flash; "" = the caller's choice
	Config      Config
	Schema      json.RawMessage           // JSON Schema of the variables; nil = none
	Default     map[string]any            // variables that the front matter gives a value; may be nil
	Output      Output                    // what the model is to give
	ToolNames   []string                  // tools that the caller has to know, in order
	Tools       []Tool                    // tools that the file itself defines, in order
	Metadata    map[string]any            // the front matter's metadata; may be nil
	Ext         map[string]map[string]any // "a.b.c: 1" is Ext["a.b"]["c"]; may be nil
	Raw         map[string]any            // the whole front matter as written; may be nil

	body    *template
	sources []Source
	digest  string
	uses    []use
	input   *inputSchema
	about   map[string]any
}

// Output is the form that a model's answer should have.
type Output struct {
	Format string          // text, json, jsonl, array, enum or media; "" = json with a schema, else text
	Schema json.RawMessage // JSON Schema; nil = none
}

// JSON reports whether the answer has to be one JSON value.
func (o Output) JSON() bool {
	return o.Format == "json" || o.Format == "array" || o.Format == "" && o.Schema != nil
}

// Tool is a function that a model may ask to be called.
type Tool struct {
	Name         string
	Description  string
	InputSchema  json.RawMessage // JSON Schema of the arguments; nil = none
	OutputSchema json.RawMessage // JSON Schema of the result; nil = none
}

// Source is one of the texts that a prompt is made of.
type Source struct {
	Name string // of the partial; "" for the prompt's own file
	File string // as given to Parse, or by Partials
	Text []byte // the whole file
}

// Partials finds the text of {{> name}}, and the name of its file for error
// messages. A partial that does not exist is an error that is fs.ErrNotExist.
type Partials func(name string) (file string, text []byte, err error)

// Parse compiles a prompt file: front matter between two lines "---", then the
// template; the front matter may be missing. file is the name for error
// messages, and the prompt's own where the front matter has none. partials may
// be nil. Everything that can be known without variables is checked; errors
// are one or more *config.Error with file and line.
func Parse(file string, data []byte, partials Partials) (*Prompt, error) {
	doc, err := split(file, data)
	if err != nil {
		return nil, err
	}
	p := &Prompt{File: file}
	p.Name, p.Variant = nameOf(file)
	if err := p.frontMatter(doc.yaml); err != nil {
		return nil, err
	}
	if partials == nil {
		partials = noPartials
	}
	l := loader{find: partials, known: map[string]*template{}}
	if p.body, err = compile(file, doc.body, doc.line, l.load); err != nil {
		return nil, err
	}
	p.sources = append([]Source{{File: file, Text: data}}, l.sources...)
	p.digest = digest(p.sources)
	p.uses, err = findUses(p.body)
	return p, err
}

// nameOf takes "support" and "formal" from prompts/support.formal.prompt.
func nameOf(file string) (name, variant string) {
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	base = strings.TrimSuffix(base, extension)
	if i := strings.LastIndexByte(base, '.'); i > 0 {
		return base[:i], base[i+1:]
	}
	return base, ""
}

// Sources lists the texts that the prompt is made of: its own file first, then
// the partials, sorted by name. The texts must not be changed.
func (p *Prompt) Sources() []Source { return p.sources }

// Digest is "sha256:…" over the sources: their texts and the names of partials.
// The names of files and folders do not count, so equal content has an equal
// digest wherever it lies.
func (p *Prompt) Digest() string { return p.digest }

// Input is what one rendering is given. It is only read.
type Input struct {
	Vars    map[string]any // values as JSON or YAML has them; also other maps, slices and structs, as JSON would have them
	History []Message      // the chat so far
	Docs    any            // @metadata.docs
	Context map[string]any // @name for every key, e.g. @state, @auth
}

// Rendered is all that a model is asked.
type Rendered struct {
	Messages  []Message // their contents may be shared with Input.History
	Model     string
	Config    Config
	ToolNames []string
	Tools     []Tool
	Schema    json.RawMessage // JSON Schema that the output must fulfil; nil = none
	JSON      bool            // the output must be one JSON value
}

// Render fills the prompt in. Defaults of the front matter stand in for
// variables that are not given; what is missing beyond that is nothing, as in
// Handlebars: Check is what refuses it. No value can open a message, give a
// media part or place the history: such marks never pass through text. Errors
// are *config.Error: a role that does not exist, media without a URL, an
// object where a text belongs, too much of anything.
func (p *Prompt) Render(in Input) (*Rendered, error) {
	vars := p.withDefaults(in.Vars)
	r := runs.Get().(*run)
	defer r.release()
	r.prompt, r.in, r.root = p, &in, vars
	if err := r.program(p.body.root, &scope{this: vars}); err != nil {
		return nil, err
	}
	return &Rendered{
		Messages: r.messages(), Model: p.Model, Config: p.Config,
		ToolNames: p.ToolNames, Tools: p.Tools,
		Schema: p.Output.Schema, JSON: p.Output.JSON(),
	}, nil
}

// withDefaults adds the defaults of variables that are not given.
func (p *Prompt) withDefaults(vars map[string]any) map[string]any {
	if len(p.Default) == 0 {
		return vars
	}
	all := maps.Clone(p.Default)
	maps.Copy(all, vars)
	return all
}

// metadata is what @metadata stands for.
func (r *run) metadata() any {
	return map[string]any{"prompt": r.prompt.about, "docs": r.in.Docs, "messages": chatOf(r.in.History)}
}

// chatOf gives the history the form that the specification names.
func chatOf(history []Message) []any {
	list := make([]any, len(history))
	for i, m := range history {
		content := make([]any, len(m.Parts))
		for j, part := range m.Parts {
			content[j] = part.value()
		}
		list[i] = map[string]any{"role": m.Role, "content": content}
	}
	return list
}

func (part Part) value() map[string]any {
	switch {
	case part.Media != nil:
		media := map[string]any{"url": part.Media.URL}
		if part.Media.Type != "" {
			media["contentType"] = part.Media.Type
		}
		return map[string]any{"media": media}
	case part.ToolCall != nil:
		return map[string]any{"toolRequest": map[string]any{"name": part.ToolCall.Name, "ref": part.ToolCall.ID, "input": part.ToolCall.Args}}
	case part.ToolResult != nil:
		return map[string]any{"toolResponse": map[string]any{"name": part.ToolResult.Name, "ref": part.ToolResult.ID, "output": part.ToolResult.Output}}
	}
	return map[string]any{"text": part.Text}
}
