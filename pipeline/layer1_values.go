package pipeline

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/internal/config"
)

// PromptText is an item's prompt: a template in the brief itself, or the name
// of a file of the project.
type PromptText struct {
	Text  string
	File  string // below the project's folder
	Plain bool   // Text is no template: braces in it are text
	shift int    // lines from the key to the text's first line
}

// UnmarshalYAML reads text or {file: PATH}.
func (p *PromptText) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		p.Text = n.Value
		if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			p.shift = 1
		}
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return errors.New("expected text, or {file: prompts/NAME.prompt}")
	}
	var file struct {
		File string `yaml:"file"`
	}
	if err := config.DecodeNode(n, &file); err != nil {
		return err
	}
	if file.File == "" {
		return errors.New("file is missing: {file: prompts/NAME.prompt}")
	}
	p.File = file.File
	return nil
}

// Choice is a value with alternatives, each of which makes its own pictures.
type Choice struct {
	Options [][]string // alternatives; one may have several words at once, or none
	set     bool
}

// Choose returns a Choice between alternatives of one text each; the text
// "none" is the alternative without any.
func Choose(alternatives ...string) Choice {
	c := Choice{set: true}
	for _, a := range alternatives {
		c.Options = append(c.Options, alternative(a))
	}
	return c
}

// alternative is one alternative as a single text.
func alternative(text string) []string {
	if strings.TrimSpace(text) == "none" {
		return []string{}
	}
	return []string{text}
}

// UnmarshalYAML reads one alternative or a list of them: text or {all: [a, b]}.
func (c *Choice) UnmarshalYAML(n *yaml.Node) error {
	nodes := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		nodes = n.Content
	}
	c.set = true
	var errs []*config.Error
	for i, one := range nodes {
		option, err := readOption(one)
		switch {
		case err != nil && n.Kind != yaml.SequenceNode:
			return err
		case err != nil:
			errs = append(errs, &config.Error{Line: one.Line, Key: "[" + strconv.Itoa(i) + "]", Msg: err.Error()})
		}
		c.Options = append(c.Options, option)
	}
	return config.Join(errs)
}

func readOption(n *yaml.Node) ([]string, error) {
	switch n.Kind {
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return nil, errors.New("the alternative is empty; write none for the one without any")
		}
		return alternative(n.Value), nil
	case yaml.MappingNode:
		if len(n.Content) == 2 && n.Content[0].Value == "all" && n.Content[1].Kind == yaml.SequenceNode {
			option := []string{}
			for _, word := range n.Content[1].Content {
				if word.Kind != yaml.ScalarNode || word.Tag == "!!null" {
					return nil, errors.New("all holds a list of texts: {all: [a, b]}")
				}
				option = append(option, word.Value)
			}
			return option, nil
		}
	}
	return nil, errors.New("an alternative is a text, or {all: [a, b]} for several at once")
}

// Words is a list of texts; one text stands for a list of one.
type Words []string

// UnmarshalYAML reads a text or a list of texts.
func (w *Words) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = Words{n.Value}
		return nil
	}
	list := []string{}
	err := config.DecodeNode(n, &list)
	*w = list
	return err
}

// Slot is a name in templates and what may stand for it.
type Slot struct {
	Name   string
	Values []string // alternatives
	Line   int
}

// Slots are the slots of an item, in the order in which they are written.
type Slots []Slot

// UnmarshalYAML reads a mapping from names to a text or a list of alternatives.
func (s *Slots) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return errors.New("expected a mapping from names to a text or a list of texts")
	}
	*s = Slots{}
	var errs []*config.Error
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		slot := Slot{Name: name.Value, Line: name.Line, Values: []string{}}
		nodes := []*yaml.Node{value}
		if value.Kind == yaml.SequenceNode {
			nodes = value.Content
		}
		for _, v := range nodes {
			if v.Kind != yaml.ScalarNode || v.Tag == "!!null" {
				errs = append(errs, &config.Error{Line: v.Line, Key: name.Value, Msg: "expected a text or a list of texts"})
				continue
			}
			slot.Values = append(slot.Values, v.Value)
		}
		*s = append(*s, slot)
	}
	return config.Join(errs)
}

// Seed is a seed as a brief has it.
type Seed uint64

// UnmarshalYAML reads a whole number.
func (s *Seed) UnmarshalYAML(n *yaml.Node) error {
	x, err := ParseSeed(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil {
		return errors.New("expected a whole number from 0, found " + config.Shorten(n.Value) + "; without a seed the brief's own digest is taken")
	}
	*s = Seed(x)
	return nil
}

// ParseSeed reads a seed as it is written in a brief or behind --seed.
func ParseSeed(text string) (uint64, error) {
	x, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	if err != nil || x > maxSeed {
		return 0, fmt.Errorf("seed %s: must be a whole number in 0..%d", config.Shorten(text), uint64(maxSeed))
	}
	return x, nil
}

// maxSeed leaves room for the pictures that are counted on from it.
const maxSeed = 1<<64 - 1 - seedSpan

// Network is a LoRA, a hypernetwork or a textual-inversion embedding.
type Network struct {
	Name     string   `yaml:"name"`
	Weight   *float64 `yaml:"weight"`   // nil = 1
	Text     *float64 `yaml:"text"`     // of a LoRA, on the text encoder alone
	Unet     *float64 `yaml:"unet"`     // of a LoRA, on the denoiser alone
	Negative bool     `yaml:"negative"` // of an embedding: it stands in the negative prompt
	Line     int      `yaml:"-"`
}

// BriefReference is an image of the project that a provider is given.
type BriefReference struct {
	Path string `yaml:"path"` // below the project's folder
	Role string `yaml:"role"` // init, style, mask; "" = init
	Line int    `yaml:"-"`
}

// Exclusion leaves out every combination that has all of its pairs.
type Exclusion struct {
	Pairs []Slot // name of a slot or field, and the values that are meant
	Line  int
}

// UnmarshalYAML reads a mapping from names to a value or a list of values.
func (e *Exclusion) UnmarshalYAML(n *yaml.Node) error {
	e.Line = n.Line
	var pairs Slots
	if err := pairs.UnmarshalYAML(n); err != nil {
		return err
	}
	if e.Pairs = pairs; len(pairs) == 0 {
		return errors.New("an exclusion names at least one value: {style: editorial, mood: bold}")
	}
	return nil
}
