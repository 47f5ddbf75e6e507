package pipeline

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Inventory is what a generator has. A nil list is not known, so nothing is
// said about it; an empty one is known to be empty.
type Inventory struct {
	Models, LoRAs, Hypernetworks, Embeddings, Samplers []string
}

// CheckInventory names what items ask of a generator that it does not have,
// each thing once, with the nearest that is there and where the brief asks for
// it. Items that others make are left out. b may be nil; then lines are not
// named. Errors are one or more *config.Error.
func CheckInventory(b *Brief, items []Item, generator string, have Inventory) error {
	c := inventoryCheck{generator: generator, have: have, missing: map[string]*shortage{}}
	for i := range items {
		item := &items[i]
		if len(item.Generators) > 0 && !slices.Contains(item.Generators, generator) {
			continue
		}
		c.item(item)
	}
	var errs []*config.Error
	var entries map[string]int
	if b != nil && len(c.order) > 0 {
		entries = b.entryOf()
	}
	for _, s := range c.order {
		e := &config.Error{File: "items", Msg: s.say(generator)}
		if b != nil {
			e.File = b.file()
			if at, ok := entryNamed(entries, s.item); ok {
				msg := e.Msg
				*e = b.place(b.line(at, s.key), b.path(at, s.key))
				e.Msg = msg
			}
		}
		errs = append(errs, e)
	}
	return config.Join(errs)
}

// shortage is one thing that is not there.
type shortage struct {
	what, name, key string // key: of the brief
	item            string // the first that asks for it
	more            int    // further ones
	known           []string
}

func (s *shortage) say(generator string) string {
	msg := fmt.Sprintf("%s has no %s %s%s (asked for by %s", generator, s.what, config.Shorten(s.name), s.near(), s.item)
	if s.more > 0 {
		msg += fmt.Sprintf(" and %d more", s.more)
	}
	return msg + ")"
}

// near names what is there; the ending of a file does not make names alike.
func (s *shortage) near() string {
	bare := make([]string, len(s.known))
	for i, k := range s.known {
		bare[i] = weightsName(k)
	}
	name := weightsName(s.name)
	if i := slices.Index(bare, config.Nearest(name, bare)); i >= 0 {
		return fmt.Sprintf("; did you mean %q?", s.known[i]) + strings.TrimPrefix(didYouMean("", s.known, s.what+"s"), ";")
	}
	return didYouMean("", s.known, s.what+"s")
}

type inventoryCheck struct {
	generator string
	have      Inventory
	missing   map[string]*shortage
	order     []*shortage
}

func (c *inventoryCheck) item(i *Item) {
	c.need(i, "model", "model", i.Model, c.have.Models)
	for _, l := range i.Prompt.LoRAs {
		c.need(i, "LoRA", "loras", l.Name, c.have.LoRAs)
	}
	for _, h := range i.Prompt.Hypernets {
		c.need(i, "hypernetwork", "hypernetworks", h.Name, c.have.Hypernetworks)
	}
	for _, e := range i.Prompt.Embeddings {
		c.need(i, "embedding", "embeddings", e.Name, c.have.Embeddings)
	}
	for _, name := range []string{"sampler", "sampler_name"} {
		if s, ok := i.Params[name].(string); ok {
			c.need(i, "sampler", "params", s, c.have.Samplers)
		}
	}
}

func (c *inventoryCheck) need(i *Item, what, key, name string, have []string) {
	if name == "" || have == nil {
		return
	}
	id := what + " " + name
	if s, known := c.missing[id]; known {
		if s != nil {
			s.more++
		}
		return
	}
	c.missing[id] = nil
	if slices.ContainsFunc(have, func(h string) bool { return weightsName(h) == weightsName(name) }) {
		return
	}
	s := &shortage{what: what, name: name, key: key, item: i.ID, known: have}
	c.missing[id] = s
	c.order = append(c.order, s)
}

// weightsName is a name without the ending of a file of weights: one is written
// with it here and without it there.
func weightsName(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".sft", ".gguf":
		return name[:len(name)-len(ext)]
	}
	return name
}

// entryOf finds the entries of a brief by their IDs.
func (b *Brief) entryOf() map[string]int {
	entries := make(map[string]int, b.size())
	for i := range b.size() {
		a := b.ask(i)
		entries[b.itemID(i, &a)] = i
	}
	return entries
}

// entryNamed finds the entry that an item's ID comes from: hero-03#2 is of hero.
func entryNamed(entries map[string]int, id string) (entry int, ok bool) {
	id, _, _ = strings.Cut(id, "#")
	if entry, ok = entries[id]; ok {
		return entry, true
	}
	if i := strings.LastIndexByte(id, '-'); i > 0 {
		entry, ok = entries[id[:i]]
	}
	return entry, ok
}
