package generators

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// source is an output of a node.
type source struct {
	node string
	out  string // number
}

func (s source) link() any { return []any{s.node, json.Number(s.out)} }

// adapters puts LoRAs and hypernetworks into the graph, each a node behind the
// one before, between the loader and all that use its model and its text
// encoder.
func (l *comfyLowering) adapters() error {
	p := &l.job.Prompt
	if len(p.LoRAs)+len(p.Hypernets) == 0 {
		return nil
	}
	model, ok := l.origin("model")
	if !ok {
		for i := range p.LoRAs {
			l.lose(fmt.Sprintf("loras[%d]", i), false, "no model loader was found in the workflow")
		}
		for i := range p.Hypernets {
			l.lose(fmt.Sprintf("hypernets[%d]", i), false, "no model loader was found in the workflow")
		}
		return nil
	}
	clip, hasClip := l.origin("clip")
	c := &chain{w: l.w, next: l.firstFreeID(), model: model, clip: clip, users: l.users(model, clip, hasClip)}
	for i, a := range p.LoRAs {
		switch {
		case a.Name == "":
			return fmt.Errorf("loras[%d]: it has no name", i)
		case !(a.Unet >= -100 && a.Unet <= 100 && a.Text >= -100 && a.Text <= 100):
			return fmt.Errorf("loras[%d] %s: strengths %v and %v must be in -100..100", i, a.Name, a.Text, a.Unet)
		}
		name := withExtension(a.Name, ".safetensors")
		if hasClip {
			c.add("LoraLoader", "LoRA "+a.Name, true, map[string]any{"lora_name": name, "strength_model": number(a.Unet), "strength_clip": number(a.Text)})
		} else {
			c.add("LoraLoaderModelOnly", "LoRA "+a.Name, false, map[string]any{"lora_name": name, "strength_model": number(a.Unet)})
			l.lose(fmt.Sprintf("loras[%d]", i), false, "no text encoder was found in the workflow: it acts on the model alone")
		}
	}
	for i, h := range p.Hypernets {
		switch {
		case h.Name == "":
			return fmt.Errorf("hypernets[%d]: it has no name", i)
		case !(h.Weight >= -10 && h.Weight <= 10):
			return fmt.Errorf("hypernets[%d] %s: weight %v must be in -10..10", i, h.Name, h.Weight)
		}
		c.add("HypernetworkLoader", "Hypernetwork "+h.Name, false, map[string]any{"hypernetwork_name": withExtension(h.Name, ".pt"), "strength": number(h.Weight)})
	}
	c.connect()
	return nil
}

func number(x float64) json.Number { return json.Number(strconv.FormatFloat(x, 'f', -1, 64)) }

// origin follows the links of an input, from the output backwards, to the node
// that has no such input itself: the loader.
func (l *comfyLowering) origin(input string) (source, bool) {
	id, ok := l.w.upstream(l.graph.output, func(_ string, n *comfyNode) bool {
		_, linked := asLink(n.Inputs[input])
		return linked
	})
	if !ok {
		return source{}, false
	}
	var at source
	for range l.w { // a circle ends too
		value := l.w[id].Inputs[input]
		from, linked := asLink(value)
		if !linked {
			break
		}
		at = source{from, value.([]any)[1].(json.Number).String()}
		id = from
	}
	return at, at.node != ""
}

// user is an input that takes the model (or the text encoder) from its loader.
type user struct {
	ref
	clip bool
}

func (l *comfyLowering) users(model, clip source, hasClip bool) (all []user) {
	for _, id := range l.w.ids() {
		for in, value := range l.w[id].Inputs {
			from, linked := asLink(value)
			if !linked {
				continue
			}
			switch (source{from, value.([]any)[1].(json.Number).String()}) {
			case model:
				all = append(all, user{ref{id, in}, false})
			case clip:
				if hasClip {
					all = append(all, user{ref{id, in}, true})
				}
			}
		}
	}
	return all
}

func (l *comfyLowering) firstFreeID() int {
	most := 0
	for id := range l.w {
		if n, err := strconv.Atoi(id); err == nil && n < 1<<30 {
			most = max(most, n)
		}
	}
	return most + 1
}

// chain is a row of adapters behind a loader.
type chain struct {
	w           workflow
	next        int // ID of the next node
	model, clip source
	users       []user
}

func (c *chain) add(class, title string, clip bool, inputs map[string]any) {
	id := strconv.Itoa(c.next)
	c.next++
	inputs["model"] = c.model.link()
	c.model = source{id, "0"}
	if clip {
		inputs["clip"] = c.clip.link()
		c.clip = source{id, "1"}
	}
	c.w[id] = &comfyNode{Class: class, Inputs: inputs, Meta: &comfyMeta{title}}
}

// connect gives the end of the chain to those who took from the loader.
func (c *chain) connect() {
	for _, u := range c.users {
		if u.clip {
			c.w[u.node].Inputs[u.input] = c.clip.link()
		} else {
			c.w[u.node].Inputs[u.input] = c.model.link()
		}
	}
}
