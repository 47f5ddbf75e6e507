package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/registry"
)

// rendering is what a prompt is rendered with, as flags give it.
type rendering struct {
	*State
	vars    []string // k=v
	files   []string
	object  string
	input   string
	history string
	json    bool
}

func newObjectRender(s *State, kind registry.Kind) *cobra.Command {
	r := &rendering{State: s}
	what := "a prompt"
	if kind == registry.KindAgent {
		what = "an agent's prompt"
	}
	c := &cobra.Command{Use: "render NAME[@REF]", Short: "Show the messages that " + what + " gives with variables",
		Long: `Render fills a prompt in and shows the messages that a model would be asked with;
nothing is called. What a later flag of the list --var-file, --vars, --var says goes
before an earlier one. A value of --var is text, unless the prompt's input schema
asks for another type: then it is read as JSON.`,
		Example: fmt.Sprintf(`  genops %s render %s --var name=Ann --input "Where is my parcel?"
  genops %[1]s render %[2]s@production --var-file case.json --json`, kind, sampleName(kind)),
		Args:              exactly(1, "one NAME[@REF]"),
		ValidArgsFunction: completeObject(s, kind),
		RunE: func(c *cobra.Command, args []string) error {
			return r.run(c, kind, args[0])
		}}
	f := c.Flags()
	f.StringArrayVar(&r.vars, "var", nil, "a variable as `NAME=VALUE`; repeatable")
	f.StringArrayVar(&r.files, "var-file", nil, "a JSON or YAML `FILE` with an object of variables; repeatable")
	f.StringVar(&r.object, "vars", "", "a `JSON` object of variables")
	f.StringVar(&r.input, "input", "", "`TEXT` of the variable input")
	f.StringVar(&r.history, "history", "", "a JSON `FILE` with the chat so far: [{\"role\": \"user\", \"content\": \"…\"}, …]")
	f.BoolVar(&r.json, "json", false, "print one JSON object with the messages")
	return c
}

func (r *rendering) run(c *cobra.Command, kind registry.Kind, ref string) error {
	g, err := r.objects(c.Context())
	if err != nil {
		return err
	}
	o, err := r.State.object(c.Context(), g, kind, ref)
	if err != nil {
		return err
	}
	if o.Prompt == nil {
		return usage(fmt.Errorf("agent %s has no prompt: its runtime is no model", o.Name))
	}
	vars, err := r.variables(c, o.Prompt)
	if err != nil {
		return usage(err)
	}
	history, err := r.chat()
	if err != nil {
		return usage(err)
	}
	if err := o.Prompt.Check(vars); err != nil {
		return usage(fmt.Errorf("%w\n%s", err, takes(o.Prompt)))
	}
	out, err := o.Prompt.Render(dotprompt.Input{Vars: vars, History: history})
	if err != nil {
		return err
	}
	if r.json {
		return writeJSON(r.Stdout, rendered(o, out))
	}
	r.showMessages(out.Messages)
	return nil
}

// rendered is what --json prints.
func rendered(o *registry.Object, out *dotprompt.Rendered) map[string]any {
	messages := out.Messages
	if messages == nil {
		messages = []dotprompt.Message{}
	}
	config, _ := o.Prompt.Raw["config"].(map[string]any)
	model := out.Model
	if o.Agent != nil {
		m := o.Agent.Runtime.Model
		if m.Model != "" {
			model = m.Model
		}
		merged := map[string]any{}
		maps.Copy(merged, config)
		maps.Copy(merged, m.Config)
		config = merged
	}
	if o.Model != nil {
		model = o.Model.Ref()
		merged := map[string]any{}
		maps.Copy(merged, o.Model.Parameters)
		maps.Copy(merged, config)
		config = merged
	}
	return map[string]any{"kind": o.Kind, "name": o.Name, "version": o.Version, "digest": o.Digest, "model": model, "config": config,
		"messages": messages, "output_schema": out.Schema}
}

// takes says which variables a prompt knows.
func takes(p *dotprompt.Prompt) string {
	var words []string
	for _, v := range p.Variables() {
		word := v.Name
		if !v.Required {
			word += " (optional)"
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		return "the prompt takes no variables"
	}
	return "the prompt takes: " + strings.Join(words, ", ")
}

// variables joins what the flags give.
func (r *rendering) variables(c *cobra.Command, p *dotprompt.Prompt) (map[string]any, error) {
	all := map[string]any{}
	for _, file := range r.files {
		data, err := os.ReadFile(r.path(file))
		if err != nil {
			return nil, fmt.Errorf("--var-file: %w", err)
		}
		var vars map[string]any
		if err := config.Decode(file, data, &vars); err != nil {
			return nil, err
		}
		maps.Copy(all, vars)
	}
	if r.object != "" {
		var vars map[string]any
		if err := json.Unmarshal([]byte(r.object), &vars); err != nil {
			return nil, fmt.Errorf("--vars: must be a JSON object: %w", err)
		}
		maps.Copy(all, vars)
	}
	for _, pair := range r.vars {
		name, text, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--var %s: must be NAME=VALUE", config.Shorten(pair))
		}
		all[name] = typed(p, name, text)
	}
	if c.Flags().Changed("input") {
		all["input"] = r.input
	}
	r.unused(p, all)
	return all, nil
}

// unused notes variables that the prompt does not take.
func (r *rendering) unused(p *dotprompt.Prompt, vars map[string]any) {
	known := map[string]bool{}
	for _, v := range p.Variables() {
		known[v.Name] = true
	}
	for name := range vars {
		if !known[name] {
			fmt.Fprintf(r.Stderr, "note: the prompt does not take a variable %q\n", plain(name))
		}
	}
}

// typed reads the text of a variable as its schema wants it.
func typed(p *dotprompt.Prompt, name, text string) any {
	var schema struct {
		Properties map[string]struct {
			Type any `json:"type"`
		} `json:"properties"`
	}
	if json.Unmarshal(p.Schema, &schema) != nil {
		return text
	}
	property, declared := schema.Properties[name]
	kinds := fmt.Sprint(property.Type)
	if !declared || property.Type == nil || strings.Contains(kinds, "string") {
		return text
	}
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text // the check says what is wanted
	}
	return v
}

// chat reads the file of --history.
func (r *rendering) chat() ([]dotprompt.Message, error) {
	if r.history == "" {
		return nil, nil
	}
	data, err := os.ReadFile(r.path(r.history))
	if err != nil {
		return nil, fmt.Errorf("--history: %w", err)
	}
	var turns []struct {
		Role    string           `json:"role"`
		Content *string          `json:"content"`
		Parts   []dotprompt.Part `json:"parts"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&turns); err != nil {
		return nil, fmt.Errorf("--history %s: must be a list of {\"role\", \"content\"}: %w", r.history, err)
	}
	var all []dotprompt.Message
	for i, t := range turns {
		role := t.Role
		if role == "assistant" {
			role = "model"
		}
		m := dotprompt.Message{Role: role, Parts: t.Parts}
		switch {
		case role != "user" && role != "model" && role != "system" && role != "tool":
			return nil, fmt.Errorf("--history %s: message %d has the role %q; known: user, model (or assistant), system, tool", r.history, i+1, t.Role)
		case t.Content != nil:
			m.Parts = append([]dotprompt.Part{{Text: *t.Content}}, m.Parts...)
		case len(t.Parts) == 0:
			return nil, errors.New("--history " + r.history + fmt.Sprintf(": message %d has no content", i+1))
		}
		all = append(all, m)
	}
	return all, nil
}

// showMessages prints messages for people, the role above each.
func (r *rendering) showMessages(messages []dotprompt.Message) {
	paint := r.painter()
	for i, m := range messages {
		if i > 0 {
			fmt.Fprintln(r.Stdout)
		}
		fmt.Fprintln(r.Stdout, paint(bold, "── "+m.Role+" ──"))
		for _, part := range m.Parts {
			fmt.Fprintln(r.Stdout, plain(strings.TrimRight(partText(part), "\n")))
		}
	}
	if len(messages) == 0 {
		fmt.Fprintln(r.Stderr, "the prompt gives no message")
	}
}

func partText(p dotprompt.Part) string {
	switch {
	case p.Media != nil:
		return "[media " + oneLine(p.Media.URL, 100) + "]"
	case p.ToolCall != nil:
		return "[call of " + p.ToolCall.Name + " with " + string(p.ToolCall.Args) + "]"
	case p.ToolResult != nil:
		return "[result of " + p.ToolResult.Name + ": " + string(p.ToolResult.Output) + "]"
	case p.Section != "":
		return "[section " + p.Section + "]"
	}
	return p.Text
}
