package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/prices"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/testsets"
)

// detail is something that only one kind of object has.
type detail struct {
	key   string
	value any      // as JSON
	lines []string // for people; none = not shown
}

// details are what is known of an object beyond its file.
func (s *State) details(o *registry.Object, root string) ([]detail, error) {
	switch o.Kind {
	case registry.KindPrompt:
		return promptDetails(o.Prompt), nil
	case registry.KindAgent:
		return agentDetails(o), nil
	case registry.KindModel:
		return modelDetails(o.Model, root)
	}
	return testSetDetails(o)
}

// variable is a variable of a prompt, as --json prints it.
type variable struct {
	Name     string `json:"name"`
	Required bool   `json:"required"`
	Default  any    `json:"default,omitempty"`
	File     string `json:"file"`
	Line     int    `json:"line"`
}

func promptDetails(p *dotprompt.Prompt) []detail {
	variables := []variable{}
	var words []string
	for _, v := range p.Variables() {
		variables = append(variables, variable{v.Name, v.Required, p.Default[v.Name], v.File, v.Line})
		word := v.Name
		if v.Required {
			word += "*"
		}
		words = append(words, word)
	}
	var tools []string
	for _, t := range p.Tools {
		tools = append(tools, t.Name)
	}
	tools = append(tools, p.ToolNames...)
	config, _ := p.Raw["config"].(map[string]any)
	all := []detail{
		{"model", p.Model, line(p.Model)},
		{"config", config, keyValues(config)},
		{"variables", variables, line(strings.Join(words, " "))},
		{"tools", list(tools), line(strings.Join(tools, " "))},
		{"input_schema", p.Schema, nil},
		{"output_schema", p.Output.Schema, nil},
		{"variant", p.Variant, line(p.Variant)},
	}
	if p.Output.Format != "" || p.Output.Schema != nil {
		format := p.Output.Format
		if format == "" {
			format = "json"
		}
		shape := format
		if p.Output.Schema != nil {
			shape += " " + oneLine(string(p.Output.Schema), 160)
		}
		all = append(all, detail{"output", format, line(shape)})
	}
	return all
}

// line is a text as the lines of a detail: none when it is empty.
func line(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// keyValues writes settings on one line.
func keyValues(m map[string]any) []string {
	var words []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		value, err := json.Marshal(m[key])
		if err != nil {
			value = []byte(fmt.Sprint(m[key]))
		}
		words = append(words, key+"="+string(value))
	}
	return line(strings.Join(words, " "))
}

func agentDetails(o *registry.Object) []detail {
	a, runtime := o.Agent, "process"
	var extra []detail
	switch r := a.Runtime; {
	case r.HTTP != nil:
		runtime = "http"
		extra = []detail{{"model", r.HTTP.Model, line(r.HTTP.Model)}}
	case r.Model != nil:
		runtime = "model"
		model := r.Model.Model
		if model == "" {
			model = o.Prompt.Model
		}
		shown := model
		if o.Model != nil {
			shown += " (" + o.Model.Ref() + ")"
		}
		extra = []detail{{"prompt", r.Model.Prompt, line(r.Model.Prompt)}, {"model", model, line(shown)}, {"config", r.Model.Config, keyValues(r.Model.Config)}}
	default:
		extra = []detail{{"command", r.Process.Command, line(strings.Join(r.Process.Command, " "))}}
	}
	sets, tests := []string{}, []string{}
	for _, t := range a.Tests {
		tests = append(tests, t.Run)
	}
	for _, e := range a.Evals {
		sets = append(sets, e.TestSet)
	}
	return append([]detail{{"runtime", runtime, line(runtime)}}, append(extra,
		detail{"test_sets", sets, line(strings.Join(sets, " "))},
		detail{"tests", list(tests), tests})...)
}

// modelDetails also tells the price: the model file's own, else that of the
// tables.
func modelDetails(m *registry.Model, root string) ([]detail, error) {
	if m.File != "" {
		state := "as recorded"
		switch err := m.CheckFile(root); {
		case isMissing(err):
			state = "absent"
		case err != nil:
			state = "another file"
		}
		return []detail{{"weights", map[string]any{"file": m.File, "sha256": m.SHA256, "state": state}, []string{m.File, "sha256:" + m.SHA256, state}}}, nil
	}
	all := []detail{
		{"provider", m.Provider, line(m.Provider)}, {"model", m.Model, line(m.Model)},
		{"base_url", m.BaseURL, line(m.BaseURL)}, {"api_key_env", m.APIKeyEnv, line(m.APIKeyEnv)},
		{"parameters", m.Parameters, keyValues(m.Parameters)},
	}
	if _, _, err := generators.SplitModel(m.Ref()); err != nil {
		all = append(all, detail{"problem", "no chat model: " + err.Error(), line("no chat model: " + err.Error())})
	}
	price, from, err := priceOf(m, root)
	if err != nil {
		return nil, err
	}
	if price == nil {
		return append(all, detail{"prices", nil, line("not known; give prices: {input: …, output: …} in USD per million tokens")}), nil
	}
	shown := []string{fmt.Sprintf("input %v, cached %v, cache write %v, output %v USD per million tokens (%s)", price.Input, price.CachedInput, price.CacheWrite, price.Output, from)}
	if l := price.Long; l != nil {
		shown = append(shown, fmt.Sprintf("above %d tokens of input: input %v, cached %v, cache write %v, output %v", l.Above, l.Input, l.CachedInput, l.CacheWrite, l.Output))
	}
	return append(all, detail{"prices", map[string]any{"unit": "USD per million tokens", "price": price, "from": from}, shown}), nil
}

// priceOf is what a model costs, and who says so; nil = nobody.
func priceOf(m *registry.Model, root string) (*prices.Price, string, error) {
	if m.Prices != nil {
		return m.Prices, "its own file", nil
	}
	provider, name, err := generators.SplitModel(m.Ref())
	if err != nil {
		return nil, "", nil // a provider of another kind than chat
	}
	t, err := prices.Load(root)
	if err != nil {
		return nil, "", err
	}
	e, ok := t.Find(generators.PricedAs(provider), name)
	switch {
	case !ok:
		return nil, "", nil
	case e.Project:
		return &e.Price, prices.File, nil
	case e.AsOf == "":
		return &e.Price, e.Source, nil
	}
	return &e.Price, "list price of " + e.AsOf, nil
}

// testSetDetails reads the set. One that can't be read is shown with why.
func testSetDetails(o *registry.Object) ([]detail, error) {
	if o.Files[0].Text == nil {
		return []detail{{"problem", "larger than 16 MiB: not read", line("larger than 16 MiB: not read")}}, nil
	}
	set, err := testsets.Read(o.Path, o.Files[0].Text, testsets.Options{})
	if err != nil {
		return nil, err
	}
	shown := []string{}
	for _, key := range set.SliceKeys() {
		values := map[string]bool{}
		for i := range set.Cases {
			if v, ok := set.Cases[i].Slice[key]; ok {
				values[v] = true
			}
		}
		shown = append(shown, fmt.Sprintf("%s (%d)", key, len(values)))
	}
	clusters := map[string]bool{}
	for i := range set.Cases {
		if c := set.Cases[i].Cluster; c != "" {
			clusters[c] = true
		}
	}
	return []detail{
		{"format", set.Format, line(set.Format)},
		{"cases", len(set.Cases), line(fmt.Sprint(len(set.Cases)))},
		{"labels_expected", list(set.Labels), line(oneLine(strings.Join(set.Labels, " "), 160))},
		{"slices", list(set.SliceKeys()), line(strings.Join(shown, ", "))},
		{"clusters", len(clusters), nil},
		{"reader_notes", list(set.Notes), set.Notes},
	}, nil
}
