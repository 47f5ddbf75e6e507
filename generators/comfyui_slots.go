package generators

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
)

// slotInputs says which inputs of nodes fill a slot.
var slotInputs = map[string][]string{
	"prompt":          {"text", "text_g", "text_l", "clip_l", "clip_g", "t5xxl", "value", "string"},
	"negative":        {"text", "text_g", "text_l", "clip_l", "clip_g", "t5xxl", "value", "string"},
	"seed":            {"seed", "noise_seed"},
	"width":           {"width"},
	"height":          {"height"},
	"model":           {"ckpt_name", "unet_name", "model_name"},
	"steps":           {"steps"},
	"cfg":             {"cfg", "guidance"},
	"sampler":         {"sampler_name"},
	"scheduler":       {"scheduler"},
	"denoise":         {"denoise"},
	"filename_prefix": {"filename_prefix"},
	"init":            {"image"},
	"mask":            {"image", "mask"},
	"style":           {"image"},
}

// slotTitles are titles that name a slot, in small letters.
var slotTitles = map[string][]string{
	"prompt":   {"prompt", "positive", "positive prompt"},
	"negative": {"negative", "negative prompt"},
	"init":     {"init", "init image", "input image"},
	"mask":     {"mask"},
	"style":    {"style", "style image"},
	"width":    {"width", "size"},
	"height":   {"height", "size"},
	"seed":     {"seed"}, "model": {"model", "checkpoint"}, "steps": {"steps"}, "cfg": {"cfg"},
	"sampler": {"sampler"}, "scheduler": {"scheduler"}, "denoise": {"denoise"}, "filename_prefix": {"save"},
}

// SlotNames are the slots of a ComfyUI workflow that a job fills.
func SlotNames() []string { return slices.Sorted(maps.Keys(slotInputs)) }

// slots are the inputs that each slot fills; a slot that is not there has none.
type slots map[string][]ref

// findSlots finds the inputs of every slot: where the configuration says, else
// by the nodes' titles, else by the way the graph takes to its output.
func (w workflow) findSlots(output string, mapped map[string]string) (slots, error) {
	found := slots{}
	var errs []error
	for _, slot := range slices.Sorted(maps.Keys(mapped)) {
		if slotInputs[slot] == nil {
			hint := ""
			if near := config.Nearest(slot, SlotNames()); near != "" {
				hint = fmt.Sprintf("did you mean %q? ", near)
			}
			errs = append(errs, fmt.Errorf("slots.%s: unknown slot; %sknown: %s", slot, hint, strings.Join(SlotNames(), ", ")))
			continue
		}
		for _, name := range strings.Split(mapped[slot], ",") {
			refs, err := w.mapped(slot, strings.TrimSpace(name))
			if err != nil {
				errs = append(errs, fmt.Errorf("slots.%s: %w", slot, err))
			}
			found[slot] = append(found[slot], refs...)
		}
	}
	for _, slot := range SlotNames() {
		if mapped[slot] == "" {
			found[slot] = w.guess(slot, output)
		}
	}
	if p := found["prompt"]; len(p) > 0 && slices.Equal(p, found["negative"]) && mapped["negative"] == "" {
		found["negative"] = nil // a graph that has but one text
	}
	if len(found["prompt"]) == 0 && len(errs) == 0 {
		errs = append(errs, errors.New(`no node takes the prompt: give one the title "prompt", or name it in slots.prompt as NODE.input`))
	}
	return found, errors.Join(errs...)
}

// mapped reads NODE, TITLE, NODE.input or TITLE.input.
func (w workflow) mapped(slot, name string) ([]ref, error) {
	id, whole := w.find(name)
	if whole == nil {
		if refs := w.fills(id, slot); len(refs) > 0 {
			return refs, nil
		}
		return nil, fmt.Errorf("%s has none of the inputs %s: write %s.INPUT, one of %s",
			w.name(id), strings.Join(slotInputs[slot], ", "), name, fewOf(w[id].literals(), 20))
	}
	r, err := w.ref(name)
	if err != nil {
		return nil, err
	}
	return []ref{r}, nil
}

// ref reads NODE.input or TITLE.input, an input that is there.
func (w workflow) ref(name string) (ref, error) {
	i := strings.LastIndex(name, ".")
	if i < 0 {
		_, err := w.find(name)
		if err == nil {
			err = fmt.Errorf("%q names no input: write %s.INPUT", name, name)
		}
		return ref{}, err
	}
	id, err := w.find(name[:i])
	if err != nil {
		return ref{}, err
	}
	r := ref{id, name[i+1:]}
	if _, ok := w[id].Inputs[r.input]; !ok {
		return ref{}, fmt.Errorf("%s has no input %q; it has %s", w.name(id), r.input, fewOf(w[id].literals(), 20))
	}
	return r, nil
}

// fills are the literal inputs of a node that fill a slot.
func (w workflow) fills(id, slot string) (refs []ref) {
	n := w[id]
	for _, in := range slotInputs[slot] {
		value, ok := n.Inputs[in]
		if _, linked := asLink(value); !ok || linked {
			continue
		}
		if _, isText := value.(string); (slot == "prompt" || slot == "negative") && !isText {
			continue
		}
		if refs = append(refs, ref{id, in}); slot != "prompt" && slot != "negative" {
			return refs
		}
	}
	return refs
}

// guess finds a slot without a word in the configuration.
func (w workflow) guess(slot, output string) []ref {
	for _, title := range slotTitles[slot] {
		if id, err := w.find(title); err == nil && w[id] != nil {
			if refs := w.fills(id, slot); len(refs) > 0 {
				return refs
			}
		}
	}
	start, through := w.baseSampler(output), ""
	switch slot {
	case "init", "mask", "style":
		return w.guessImage(slot, output)
	case "seed":
		return w.everySeed(output)
	case "filename_prefix":
		start = output
	case "prompt":
		through = "positive"
	case "negative":
		through = "negative"
	case "width", "height":
		through = "latent_image"
	case "model":
		through = "model"
	}
	if through != "" {
		id, ok := w.upstream(start, func(_ string, n *comfyNode) bool {
			_, linked := asLink(n.Inputs[through])
			return linked
		})
		switch {
		case ok:
			start, _ = asLink(w[id].Inputs[through])
		case slot == "negative":
			return nil
		}
	}
	id, ok := w.upstream(start, func(id string, _ *comfyNode) bool { return len(w.fills(id, slot)) > 0 })
	if !ok {
		return nil
	}
	return w.fills(id, slot)
}

// baseSampler is the node that makes the image first: of samplers in a row, such
// as base and refiner, the farthest from the output. Without one it is the
// output.
func (w workflow) baseSampler(output string) string {
	base := output
	for range w {
		from := base
		if link, ok := asLink(w[base].Inputs["latent_image"]); ok {
			from = link
		}
		id, ok := w.upstream(from, func(_ string, n *comfyNode) bool {
			_, linked := asLink(n.Inputs["latent_image"])
			return linked
		})
		if !ok || id == base {
			break
		}
		base = id
	}
	return base
}

// everySeed lists the seeds of all nodes before the output: one that was left
// out would make all images alike.
func (w workflow) everySeed(output string) (refs []ref) {
	w.upstream(output, func(id string, _ *comfyNode) bool {
		refs = append(refs, w.fills(id, "seed")...)
		return false
	})
	return refs
}

// guessImage finds the loader of a reference image.
func (w workflow) guessImage(slot, output string) []ref {
	class := map[string]string{"init": "LoadImage", "mask": "LoadImageMask"}[slot]
	id, ok := w.upstream(output, func(_ string, n *comfyNode) bool { return class != "" && n.Class == class })
	if !ok {
		return nil
	}
	return w.fills(id, slot)
}

// pickOutput chooses the node whose image is the result: the one that is named,
// else the only SaveImage, else the only other node that saves, else the only
// preview. others are further nodes that save images.
func (w workflow) pickOutput(named string) (id string, others []string, err error) {
	ranks := [4][]string{}
	used := map[string]bool{}
	for _, n := range w {
		for _, v := range n.Inputs {
			if from, ok := asLink(v); ok {
				used[from] = true
			}
		}
	}
	for _, id := range w.ids() {
		n := w[id]
		_, many := asLink(n.Inputs["images"])
		_, one := asLink(n.Inputs["image"])
		switch {
		case n.Class == "SaveImage":
			ranks[0] = append(ranks[0], id)
		case n.Class == "PreviewImage":
			ranks[2] = append(ranks[2], id)
		case used[id] || !many && !one:
		case strings.Contains(strings.ToLower(n.Class), "save"):
			ranks[1] = append(ranks[1], id)
		default:
			ranks[3] = append(ranks[3], id)
		}
	}
	saving := slices.Concat(ranks[0], ranks[1])
	if named != "" {
		if id, err = w.find(named); err != nil {
			return "", nil, fmt.Errorf("output: %w", err)
		}
		return id, slices.DeleteFunc(saving, func(x string) bool { return x == id }), nil
	}
	for _, rank := range ranks {
		switch len(rank) {
		case 0:
			continue
		case 1:
			return rank[0], slices.DeleteFunc(saving, func(x string) bool { return x == rank[0] }), nil
		}
		var names []string
		for _, id := range rank {
			names = append(names, w.name(id))
		}
		return "", nil, fmt.Errorf("several nodes make an image, %s: name the one that counts as output", strings.Join(names, ", "))
	}
	return "", nil, errors.New("no node saves an image: add a SaveImage node")
}
