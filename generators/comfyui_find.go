package generators

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// Find asks what became of a job: the queue, the history, and the jobs' own
// route where the server has one. A job that is in none of them is lost.
func (c *ComfyUI) Find(ctx context.Context, given string) (pipeline.Asset, pipeline.Fate, error) {
	id, err := jobID(given)
	if err != nil || given == "" {
		return pipeline.Asset{}, pipeline.FateUnknown, fmt.Errorf("looking for job %q: it has no UUID", given)
	}
	where, entry, err := c.locate(ctx, comfyTicket{id: id}, time.Now())
	switch {
	case err != nil:
		return pipeline.Asset{}, pipeline.FateUnknown, c.veiled(err)
	case where == inQueue:
		return pipeline.Asset{}, pipeline.FateRunning, nil
	case where == nowhere:
		return c.findElsewhere(ctx, id)
	}
	if failed, interrupted := entry.failure(); failed != nil {
		if interrupted {
			return pipeline.Asset{Err: failed.Error()}, pipeline.FateLost, nil
		}
		return pipeline.Asset{Err: failed.Error()}, pipeline.FateFailed, nil
	}
	nodes, target, err := entry.graph()
	if err != nil {
		return pipeline.Asset{}, pipeline.FateUnknown, err
	}
	a, err := c.collect(ctx, id, entry, nodes, target)
	if err != nil {
		return pipeline.Asset{}, pipeline.FateUnknown, c.veiled(err)
	}
	return a, pipeline.FateDone, nil
}

// findElsewhere asks /api/jobs, which only newer servers have. An old server that
// gives IDs of its own can't be asked at all.
func (c *ComfyUI) findElsewhere(ctx context.Context, id string) (pipeline.Asset, pipeline.Fate, error) {
	status, err := c.jobStatus(ctx, id)
	switch status {
	case "":
		if err != nil && !c.keepsIDs(ctx) {
			return pipeline.Asset{}, pipeline.FateUnknown, nil
		}
		return pipeline.Asset{}, pipeline.FateLost, nil
	case "pending", "in_progress":
		return pipeline.Asset{}, pipeline.FateRunning, nil
	case "failed":
		return pipeline.Asset{Err: "the server reports the job as failed"}, pipeline.FateFailed, nil
	case "cancelled":
		return pipeline.Asset{}, pipeline.FateLost, nil
	}
	return pipeline.Asset{}, pipeline.FateUnknown, nil
}

// graph is the workflow of a finished job, and the one output it was made for.
func (e *comfyEntry) graph() (workflow, string, error) {
	if len(e.Prompt) < 5 {
		return nil, "", fmt.Errorf("the history does not hold the job's workflow")
	}
	nodes, err := parseWorkflow("(history)", e.Prompt[2])
	if err != nil {
		return nil, "", err
	}
	var outputs []string
	if err := json.Unmarshal(e.Prompt[4], &outputs); err == nil && len(outputs) == 1 && nodes[outputs[0]] != nil {
		return nodes, outputs[0], nil
	}
	target, _, err := nodes.pickOutput("")
	return nodes, target, err
}

// collect fetches the image of a finished job.
func (c *ComfyUI) collect(ctx context.Context, id string, e *comfyEntry, nodes workflow, target string) (pipeline.Asset, error) {
	a := pipeline.Asset{Recipe: nodes.recipe(target)}
	a.Recipe["prompt_id"], a.Recipe["output"] = id, target
	a.Model = a.Recipe["model"]
	if seed, err := strconv.ParseUint(a.Recipe["seed"], 10, 64); err == nil {
		a.Seed = &seed
	}
	if failed, interrupted := e.failure(); interrupted {
		return a, &pipeline.Transient{Err: fmt.Errorf("calling %s: %w", c.name, failed)}
	} else if failed != nil {
		return a, fmt.Errorf("calling %s: %w", c.name, failed)
	}
	out := e.Outputs[target]
	files := slices.Concat(out.Images, out.Gifs)
	if len(files) == 0 {
		others := slices.Sorted(maps.Keys(e.Outputs))
		return a, fmt.Errorf("%s finished the job without an image of %s (outputs: %s); an old server gives none when everything came from its cache: another seed makes one",
			c.name, nodes.name(target), fewOf(others, 10))
	}
	file := files[0]
	if i := slices.IndexFunc(files, func(f comfyFile) bool { return f.Type == "output" }); i >= 0 {
		file = files[i]
	}
	if len(files) > 1 {
		a.Recipe["batch"] = fmt.Sprintf("1 of %d", len(files))
	}
	a.Recipe["file"] = strings.TrimPrefix(file.Subfolder+"/"+file.Name, "/")
	blob, err := c.fetch(ctx, file)
	if err != nil {
		return a, fmt.Errorf("fetching %s: %w", a.Recipe["file"], err)
	}
	a.Blob = blob
	return a, nil
}

// recipe is what the nodes before an output say about how its image is made.
func (w workflow) recipe(target string) map[string]string {
	r := map[string]string{}
	var loras, hypernets []string
	w.upstream(target, func(_ string, n *comfyNode) bool {
		for slot, inputs := range slotInputs {
			switch slot {
			case "prompt", "negative", "init", "mask", "style", "filename_prefix":
				continue
			}
			for _, in := range inputs {
				value, ok := n.Inputs[in]
				if _, linked := asLink(value); ok && !linked && r[slot] == "" {
					r[slot] = fmt.Sprint(value)
				}
			}
		}
		if name, ok := n.Inputs["lora_name"]; ok {
			loras = append(loras, fmt.Sprintf("%v:%v", name, n.Inputs["strength_model"]))
		}
		if name, ok := n.Inputs["hypernetwork_name"]; ok {
			hypernets = append(hypernets, fmt.Sprintf("%v:%v", name, n.Inputs["strength"]))
		}
		return false
	})
	slices.Reverse(loras)
	slices.Reverse(hypernets)
	if len(loras) > 0 {
		r["loras"] = strings.Join(loras, " ")
	}
	if len(hypernets) > 0 {
		r["hypernetworks"] = strings.Join(hypernets, " ")
	}
	return r
}
