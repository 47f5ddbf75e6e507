package pipeline

import (
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Brief is what a user wants made: the input of layer 1. A full example:
//
//	name: summer-campaign
//	about: what it is for; not used
//	defaults:                      # holds for all items
//	  style: product
//	  size: 1024x1024
//	  slots: {colour: teal}
//	items:
//	  - id: hero
//	    prompt: 'a {{colour}} ceramic mug on {{surface}}, "SUMMER SALE"'
//	    title: Mug on {{surface}}
//	    slots: {surface: [oak table, beach towel]}
//	    style: [product, editorial]
//	    mood: [calm, {all: [bold, playful]}, none]
//	    palette: {all: [teal, coral]}
//	    negative: [watermark, hands]
//	    text: ["{{colour}} days"]
//	    weights: {mug: 1.3}
//	    loras: [{name: ceramics, weight: 0.8}]
//	    embeddings: [{name: bad-hands, negative: true}]
//	    references: [{path: refs/mug.png, role: init}]
//	    size: [1024x1024, 1536x1024]
//	    seed: 7
//	    count: 2
//	    format: png
//	    params: {steps: 30}
//	    generators: [comfyui]
//	    exclude: [{style: editorial, mood: bold + playful}]
//	    sample: 20
//	  - prompt: {file: prompts/lifestyle.prompt}
//
// A brief with a prompt at its top and no items is one item. Beside items, what
// stands at the top holds for all of them, as under defaults. An item's own keys
// win: slots, weights and params are merged name by name, all else is replaced.
//
// A list under slots, style, mood, lighting, camera, palette, size or model
// holds alternatives: the item is made in every combination of them, but for
// those that exclude lists. {all: [a, b]} is one alternative of several words
// at once, and none is the alternative without any.
type Brief struct {
	File     string // as given to ParseBrief; "" = from flags
	Name     string
	About    string
	Top      Ask // what stands at the top
	Defaults Ask
	Entries  []BriefItem // under items; none = Top is the one item

	lines map[string]int    // path → line
	flags map[string]string // key → the flag that has the last word on it
}

// BriefItem is one entry under items.
type BriefItem struct {
	ID  string `yaml:"id"` // unique; "" = made from title or prompt
	Ask `yaml:",inline"`
}

// Ask holds the keys that an item may have. The zero value of each leaves it to
// the defaults.
type Ask struct {
	Prompt        PromptText         `yaml:"prompt"` // a Dotprompt template, or {file: prompts/NAME.prompt}
	Title         string             `yaml:"title"`  // for metadata; may name slots
	Slots         Slots              `yaml:"slots"`
	Style         Choice             `yaml:"style"` // names of packs, or free words
	Mood          Choice             `yaml:"mood"`  // likewise
	Lighting      Choice             `yaml:"lighting"`
	Camera        Choice             `yaml:"camera"`
	Palette       Choice             `yaml:"palette"`
	Size          Choice             `yaml:"size"`  // WIDTHxHEIGHT in pixels
	Model         Choice             `yaml:"model"` // as the generator names it
	Negative      Words              `yaml:"negative"`
	Text          Words              `yaml:"text"`     // to stand in the picture, besides what the prompt quotes; may name slots
	Stimulus      *int               `yaml:"stimulus"` // how many keywords packs or a chat model add, 0..12; nil = the run's
	Weights       map[string]float64 `yaml:"weights"`  // word → emphasis, 1 = neutral
	LoRAs         []Network          `yaml:"loras"`
	Hypernetworks []Network          `yaml:"hypernetworks"`
	Embeddings    []Network          `yaml:"embeddings"`
	References    []BriefReference   `yaml:"references"`
	Seed          *Seed              `yaml:"seed"`  // of the first picture
	Count         *int               `yaml:"count"` // pictures of each combination, from 1
	Format        string             `yaml:"format"`
	Params        map[string]any     `yaml:"params"`
	Generators    Words              `yaml:"generators"` // each of them makes it; none = the run's
	Exclude       []Exclusion        `yaml:"exclude"`
	Sample        *int               `yaml:"sample"` // so many combinations of all, balanced
	Line          int                `yaml:"-"`
}

// Bounds of a brief.
const (
	MaxProduct = 1_000_000 // combinations of one item that are looked at one by one
	MaxSampled = 1_000_000_000
	MaxItems   = 100_000 // pictures that one brief asks for
)

// ParseBrief reads a brief strictly. Prompts in files are not read yet: Items
// does that. Errors are one or more *config.Error with file, line, key and the
// known values.
func ParseBrief(file string, data []byte) (*Brief, error) {
	var document struct {
		Name     string `yaml:"name"`
		About    string `yaml:"about"`
		Ask      `yaml:",inline"`
		Defaults Ask         `yaml:"defaults"`
		Items    []BriefItem `yaml:"items"`
	}
	lines, err := config.DecodeLines(file, data, &document)
	if err != nil {
		return nil, err
	}
	b := &Brief{File: file, Name: document.Name, About: document.About, Top: document.Ask,
		Defaults: document.Defaults, Entries: document.Items, lines: lines}
	x := newExpander(b, ItemOptions{})
	x.early = true
	x.survey()
	return b, config.Join(x.errs)
}

// line is where the item's key stands, or what holds for it; 0 = nowhere.
func (b *Brief) line(item int, key string) int {
	if b.flags[key] != "" {
		return 0
	}
	for _, path := range b.paths(item, key) {
		if n := b.lines[path]; n > 0 {
			return n
		}
	}
	if item >= 0 && item < len(b.Entries) {
		return b.Entries[item].Line
	}
	return b.lines[""]
}

// path is the dotted path of the item's key as it is written.
func (b *Brief) path(item int, key string) string {
	all := b.paths(item, key)
	for _, path := range all {
		if b.lines[path] > 0 {
			return path
		}
	}
	return all[0]
}

// place turns a line and a key into what an error names: a key on which a flag
// has the last word is that flag.
func (b *Brief) place(line int, key string) config.Error {
	bare := strings.TrimPrefix(key, "defaults.")
	if strings.HasPrefix(bare, "items[") {
		_, bare, _ = strings.Cut(bare, "].")
	}
	if i := strings.IndexAny(bare, ".["); i >= 0 {
		bare = bare[:i]
	}
	if flag := b.flags[bare]; flag != "" {
		return config.Error{File: flag}
	}
	return config.Error{File: b.file(), Line: line, Key: key}
}
