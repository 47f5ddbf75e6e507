package generators

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
)

// Check compares jobs with what the server has, before anything is queued: node
// classes, checkpoints, LoRAs, hypernetworks, samplers, schedulers, embeddings,
// ranges. Every problem is named once, with the node and the nearest names that
// are there. Without jobs it checks the workflow's classes alone. An error may
// also mean that the server can't be asked.
func (c *ComfyUI) Check(ctx context.Context, jobs ...pipeline.MediaJob) error {
	k, err := c.see(ctx, catalogMissing)
	if err != nil {
		return c.veiled(nothingSent(err))
	}
	var problems []string
	add := func(more []string) {
		for _, p := range more {
			if !slices.Contains(problems, p) {
				problems = append(problems, p)
			}
		}
	}
	if len(jobs) == 0 {
		for _, name := range slices.Sorted(maps.Keys(c.graphs)) {
			add(k.missingClasses(c.graphs[name].nodes))
		}
	}
	for _, job := range jobs {
		lowered := job.Lowered
		if len(lowered) == 0 {
			if lowered, _, err = c.Lower(job); err != nil {
				return err
			}
		}
		p, err := parseLowered(lowered)
		if err != nil {
			return err
		}
		add(k.problems(p.Prompt, job.Prompt.Embeddings))
	}
	return c.complaint(problems)
}

func (c *ComfyUI) complaint(problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%s can't make this: %s", c.name, strings.Join(problems, "; "))
}

// checkPrompt is Check for one job, by a catalog that may be older as long as
// nothing is missing in it.
func (c *ComfyUI) checkPrompt(ctx context.Context, w workflow, embeddings []pipeline.Inversion) error {
	var problems []string
	for _, life := range []time.Duration{catalogLife, catalogMissing} {
		k, err := c.see(ctx, life)
		if err != nil {
			return nothingSent(err)
		}
		if problems = k.problems(w, embeddings); len(problems) == 0 {
			return nil
		}
	}
	return c.complaint(problems)
}

// nothingSent is the error of a question: nothing was carried out.
func nothingSent(err error) error {
	var tr *pipeline.Transient
	if !errors.As(err, &tr) || !tr.Ambiguous {
		return err
	}
	return &pipeline.Transient{Err: err, RetryAfter: tr.RetryAfter, Overload: tr.Overload, Limited: tr.Limited}
}

// missingClasses names the nodes whose class the server does not have.
func (k *comfyCatalog) missingClasses(w workflow) (problems []string) {
	known := slices.Sorted(maps.Keys(k.classes))
	for _, id := range w.ids() {
		class := w[id].Class
		if _, ok := k.classes[class]; ok {
			continue
		}
		text := fmt.Sprintf("%s: the server has no node class %q", w.name(id), class)
		if near := config.Nearest(class, known); near != "" {
			text += fmt.Sprintf("; the nearest is %q", near)
		}
		problems = append(problems, text+"; install the custom nodes that bring it")
	}
	return problems
}

// problems compares a workflow with the catalog.
func (k *comfyCatalog) problems(w workflow, embeddings []pipeline.Inversion) []string {
	problems := k.missingClasses(w)
	for _, id := range w.ids() {
		n := w[id]
		class, ok := k.classes[n.Class]
		if !ok {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(class.required)) {
			if _, there := n.Inputs[name]; !there {
				problems = append(problems, fmt.Sprintf("%s lacks the input %q", w.name(id), name))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(n.Inputs)) {
			in, ok := class.required[name]
			if !ok {
				in = class.optional[name]
			}
			if text := in.problem(n.Inputs[name]); text != "" {
				problems = append(problems, fmt.Sprintf("%s: %s %s", w.name(id), name, text))
			}
		}
	}
	for _, name := range embeddingsIn(w, embeddings) {
		if !slices.ContainsFunc(k.embeddings, func(have string) bool { return embeddingName(have) == embeddingName(name) }) {
			problems = append(problems, fmt.Sprintf("embedding %q is not there%s", name, nearest(name, k.embeddings)))
		}
	}
	return problems
}

// problem says what is wrong with a value; "" = nothing.
func (in *comfyInput) problem(value any) string {
	if _, linked := asLink(value); linked {
		return ""
	}
	text := fmt.Sprint(value)
	switch {
	case in.socket:
		return "must be linked to another node"
	case in.listed && !in.upload && !slices.Contains(in.choices, text):
		return fmt.Sprintf("%q is not there%s", text, nearest(text, in.choices))
	}
	number, isNumber := value.(json.Number)
	if x, err := strconv.ParseFloat(number.String(), 64); isNumber && err == nil {
		switch {
		case in.min != nil && x < *in.min:
			return fmt.Sprintf("%s is below %v", number, *in.min)
		case in.max != nil && x > *in.max:
			return fmt.Sprintf("%s is above %v", number, *in.max)
		}
	}
	return ""
}

func nearest(name string, have []string) string {
	if len(have) == 0 {
		return "; the server has none"
	}
	if near := config.Nearest(name, have); near != "" {
		return fmt.Sprintf("; did you mean %q? There are %s", near, fewOf(have, 8))
	}
	return "; there are " + fewOf(have, 8)
}

// embeddingName is a name without the ending of its file.
func embeddingName(name string) string {
	for _, ext := range []string{".safetensors", ".pt", ".bin"} {
		name = strings.TrimSuffix(name, ext)
	}
	return name
}

var embeddingWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:^|[\s(,])embedding:([^\s,():]+)`) })

// embeddingsIn lists the embeddings of a job and those that the workflow's own
// texts name.
func embeddingsIn(w workflow, given []pipeline.Inversion) (names []string) {
	for _, e := range given {
		names = append(names, e.Name)
	}
	for _, id := range w.ids() {
		for _, in := range w[id].literals() {
			text, _ := w[id].Inputs[in].(string)
			for _, m := range embeddingWord().FindAllStringSubmatch(text, -1) {
				names = append(names, m[1])
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Inventory asks the server what it has.
func (c *ComfyUI) Inventory(ctx context.Context) (Inventory, error) {
	k, err := c.see(ctx, catalogMissing)
	if err != nil {
		return Inventory{}, c.veiled(nothingSent(err))
	}
	server := "ComfyUI"
	if k.version != "" {
		server += " " + k.version
	}
	if k.device != "" {
		server += ", " + k.device
	}
	return Inventory{
		Server:        server,
		Models:        slices.Concat(k.choices("CheckpointLoaderSimple", "ckpt_name"), k.choices("UNETLoader", "unet_name")),
		LoRAs:         k.choices("LoraLoader", "lora_name"),
		Hypernetworks: k.choices("HypernetworkLoader", "hypernetwork_name"),
		Embeddings:    k.embeddings,
		Samplers:      k.choices("KSampler", "sampler_name"),
		Schedulers:    k.choices("KSampler", "scheduler"),
		Formats:       []string{"png"},
		Params:        append(slices.Clone(comfyParams), "NODE.input"),
	}, nil
}
