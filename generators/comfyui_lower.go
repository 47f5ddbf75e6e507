package generators

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
)

// graph is a workflow that jobs are lowered into, with what was found in it.
type graph struct {
	name   string // for messages
	nodes  workflow
	output string
	others []string // nodes that save further images
	slots  slots
}

func newGraph(name string, data []byte, output string, mapped map[string]string) (*graph, error) {
	nodes, err := parseWorkflow(name, data)
	if err != nil {
		return nil, err
	}
	g := &graph{name: name, nodes: nodes}
	if g.output, g.others, err = nodes.pickOutput(output); err != nil {
		return nil, fmt.Errorf("workflow %s: %w", name, err)
	}
	if g.slots, err = nodes.findSlots(g.output, mapped); err != nil {
		return nil, fmt.Errorf("workflow %s: %w", name, err)
	}
	return g, nil
}

// comfyPrompt is a lowered job: what is posted to /prompt, without the IDs.
type comfyPrompt struct {
	Prompt  workflow `json:"prompt"`
	Targets []string `json:"partial_execution_targets,omitempty"` // the one output that is asked for
}

// comfyParams are the parameters that have names of their own.
var comfyParams = []string{"steps", "cfg", "sampler", "scheduler", "denoise", "filename_prefix"}

// Lower writes a job into the workflow: texts, seed, size and parameters into
// its slots, LoRAs and hypernetworks as nodes between the loader and what uses
// it. Params are those of the configuration and, before them, those of the job;
// any other than steps, cfg, sampler, scheduler, denoise and filename_prefix is
// a NODE.input or TITLE.input of the workflow.
func (c *ComfyUI) Lower(job pipeline.MediaJob) (json.RawMessage, []pipeline.Loss, error) {
	g := c.graphFor(&job)
	l := &comfyLowering{graph: g, w: g.nodes.clone(), job: &job}
	for _, step := range []func() error{
		func() error { return l.model(c.cfg.Model) }, l.texts, l.seed, l.size, l.references,
		func() error { return l.params(c.cfg.Params) }, l.adapters, l.batch,
	} {
		if err := step(); err != nil {
			return nil, nil, fmt.Errorf("workflow %s: %w", g.name, err)
		}
	}
	for _, id := range g.others {
		l.lose("output", false, "%s saves an image too, which is not made: one job is one image", l.w.name(id))
	}
	if f := job.Format; f != "" && f != "png" {
		l.lose("format", false, "ComfyUI saves png, not %s", f)
	}
	lowered, err := plainJSON(comfyPrompt{l.w, []string{g.output}})
	return lowered, l.losses, err
}

// comfyLowering is one job on its way into a copy of the workflow.
type comfyLowering struct {
	graph  *graph
	w      workflow
	job    *pipeline.MediaJob
	losses []pipeline.Loss
}

func (l *comfyLowering) lose(field string, fatal bool, format string, args ...any) {
	l.losses = append(l.losses, pipeline.Loss{Field: field, Say: fmt.Sprintf(format, args...), Fatal: fatal})
}

// fill writes a value into a slot; false when the workflow has none.
func (l *comfyLowering) fill(slot string, value any) (bool, error) {
	for _, r := range l.graph.slots[slot] {
		if err := l.w.set(r, value); err != nil {
			return true, fmt.Errorf("%s: %w", slot, err)
		}
	}
	return len(l.graph.slots[slot]) > 0, nil
}

func (l *comfyLowering) model(fallback string) error {
	name := l.job.Model
	if name == "" {
		name = fallback
	}
	refs := l.graph.slots["model"]
	switch {
	case name != "":
		there, err := l.fill("model", withExtension(name, ".safetensors"))
		if !there {
			l.lose("model", false, "no node of the workflow takes a model's name; its own is used, not %q", name)
		}
		return err
	case len(refs) > 0 && l.w[refs[0].node].Inputs[refs[0].input] == "":
		return fmt.Errorf("no model is named: give a checkpoint with --model, or as model in the generator's configuration")
	}
	return nil
}

// withExtension completes a model file's name that was written without one.
func withExtension(name, ext string) string {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".sft", ".gguf":
		return name
	}
	return name + ext
}

func (l *comfyLowering) texts() error {
	p := &l.job.Prompt
	if err := checkWeights(p.Weights); err != nil {
		return err
	}
	w := newWeigher(p.Weights)
	var positive, negative []string
	for _, text := range keywords(p) {
		positive = append(positive, w.write(text))
	}
	for i, text := range p.Text {
		positive = append(positive, `the text "`+escapeWeights(text)+`"`)
		l.lose(fmt.Sprintf("text[%d]", i), false, "diffusion models are only asked for the letters and often get them wrong")
	}
	for _, text := range p.Negative {
		negative = append(negative, w.write(text))
	}
	for i, e := range p.Embeddings {
		term, err := embeddingTerm(e)
		if err != nil {
			return fmt.Errorf("embeddings[%d]: %w", i, err)
		}
		if e.Negative {
			negative = append(negative, term)
		} else {
			positive = append(positive, term)
		}
	}
	for _, term := range w.unused() {
		l.lose("weights["+term+"]", false, "the word stands nowhere in the prompt")
	}
	if _, err := l.fill("prompt", strings.Join(positive, ", ")); err != nil {
		return err
	}
	if len(negative) == 0 {
		return nil // the workflow's own stays
	}
	there, err := l.fill("negative", strings.Join(negative, ", "))
	if !there {
		l.lose("negative", false, "no node of the workflow takes a negative prompt")
	}
	return err
}

// embeddingTerm is a textual inversion as it stands in a text.
func embeddingTerm(e pipeline.Inversion) (string, error) {
	if e.Name == "" || strings.ContainsAny(e.Name, " ,():<>[]|\\\n\t") {
		return "", fmt.Errorf("%q is no embedding's name: it has no spaces, commas, brackets or colons", e.Name)
	}
	switch {
	case e.Weight == 1 || e.Weight == 0:
		return "embedding:" + e.Name, nil
	case !(e.Weight > 0 && e.Weight <= 10):
		return "", fmt.Errorf("weight %v of %s must be above 0 and at most 10, 1 = neutral", e.Weight, e.Name)
	}
	return "(embedding:" + e.Name + ":" + strconv.FormatFloat(e.Weight, 'g', 4, 64) + ")", nil
}

func (l *comfyLowering) seed() error {
	there, err := l.fill("seed", strconv.FormatUint(l.job.Seed, 10))
	if !there {
		l.lose("seed", false, "no node of the workflow takes a seed: equal jobs give the same image from the cache")
	}
	return err
}

const maxSide = 16384

func (l *comfyLowering) size() error {
	for _, side := range []struct {
		name  string
		value int
	}{{"width", l.job.Width}, {"height", l.job.Height}} {
		switch v := side.value; {
		case v == 0:
			continue
		case v < 16 || v > maxSide || v%8 != 0:
			return fmt.Errorf("%s %d: must be a multiple of 8 from 16 to %d", side.name, v, maxSide)
		}
		there, err := l.fill(side.name, side.value)
		if err != nil {
			return err
		}
		if !there {
			l.lose(side.name, false, "no node of the workflow takes a %s", side.name)
		}
	}
	return nil
}

// references names the files that Generate uploads.
func (l *comfyLowering) references() error {
	given := map[string]bool{}
	for i, r := range l.job.Prompt.References {
		slot := role(r)
		if slotInputs[slot] == nil || slot != "init" && slot != "mask" && slot != "style" {
			return fmt.Errorf("references[%d]: unknown role %q; known: init, mask, style", i, r.Role)
		}
		if given[slot] {
			l.lose(fmt.Sprintf("references[%d]", i), slot != "style", "the workflow takes one image with the role %s", slot)
			continue
		}
		given[slot] = true
		name, err := uploadName(r)
		if err != nil {
			return fmt.Errorf("references[%d]: %w", i, err)
		}
		there, err := l.fill(slot, name)
		if err != nil {
			return err
		}
		if !there {
			l.lose(fmt.Sprintf("references[%d]", i), slot != "style", "no node of the workflow takes an image with the role %s: name a LoadImage node in slots.%s", slot, slot)
		}
	}
	return nil
}

// uploadName is the name under which a reference lies on the server: that of its
// bytes, so that equal jobs are equal.
func uploadName(r pipeline.Reference) (string, error) {
	hash, ok := strings.CutPrefix(r.Digest, "sha256:")
	if !ok || len(hash) < 16 {
		return "", fmt.Errorf("the image %s has no digest", r.Path)
	}
	ext := strings.ToLower(filepath.Ext(r.Path))
	if !slices.Contains([]string{".png", ".jpg", ".jpeg", ".webp"}, ext) {
		ext = ".png"
	}
	return "genops-" + hash[:16] + ext, nil
}

func (l *comfyLowering) params(defaults map[string]any) error {
	all := maps.Clone(defaults)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, l.job.Params)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		value := all[name]
		if slices.Contains(comfyParams, name) {
			if there, err := l.fill(name, value); err != nil {
				return err
			} else if !there {
				return fmt.Errorf("parameter %s: no node of the workflow takes it", name)
			}
			continue
		}
		if !strings.Contains(name, ".") {
			hint := ""
			if near := config.Nearest(name, comfyParams); near != "" {
				hint = fmt.Sprintf("did you mean %q? ", near)
			}
			return fmt.Errorf("unknown parameter %q; %sknown: %s, and any NODE.input of the workflow", name, hint, strings.Join(comfyParams, ", "))
		}
		r, err := l.w.ref(name)
		if err == nil {
			err = l.w.set(r, value)
		}
		if err != nil {
			return fmt.Errorf("parameter %s: %w", name, err)
		}
	}
	return nil
}

// batch makes one image of one job: a batch would change the picture on many
// samplers, and only its first has the job's seed.
func (l *comfyLowering) batch() error {
	for _, id := range l.w.ids() {
		n := l.w[id]
		for _, in := range []string{"batch_size", "amount"} {
			if in == "amount" && n.Class != "RepeatLatentBatch" && n.Class != "RepeatImageBatch" {
				continue
			}
			if v, ok := n.Inputs[in].(json.Number); ok && v != "1" {
				n.Inputs[in] = json.Number("1")
				l.lose("batch", false, "%s of %s is %s, and becomes 1: one job is one image", in, l.w.name(id), v)
			}
		}
	}
	return nil
}
