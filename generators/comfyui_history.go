package generators

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// place is where a server has a job.
type place int

const (
	nowhere place = iota
	inQueue
	inHistory
)

// comfyEntry is a finished job as the history tells it.
type comfyEntry struct {
	Prompt  []json.RawMessage `json:"prompt"` // number, ID, workflow, extra data, outputs
	Outputs map[string]struct {
		Images []comfyFile `json:"images"`
		Gifs   []comfyFile `json:"gifs"` // videos of a common pack of nodes
	} `json:"outputs"`
	Status struct {
		Text      string              `json:"status_str"`
		Completed bool                `json:"completed"`
		Messages  [][]json.RawMessage `json:"messages"` // name and data of each event
	} `json:"status"`
}

// comfyFile is an image on the server.
type comfyFile struct {
	Name      string `json:"filename"`
	Subfolder string `json:"subfolder"`
	Type      string `json:"type"` // output, temp or input
}

// parseHistory finds a job in the reply of /history/{id}; nil when it is not
// there.
func parseHistory(body []byte, id string) (*comfyEntry, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, fmt.Errorf("the history is no JSON object: %w; it begins: %s", err, excerpt(body, 120))
	}
	raw, ok := all[id]
	if !ok {
		return nil, nil
	}
	var e comfyEntry
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, fmt.Errorf("the history of job %s can't be read: %w", id, err)
	}
	return &e, nil
}

// failure says why a job did not succeed; nil when it did. interrupted says that
// somebody ended it.
func (e *comfyEntry) failure() (err error, interrupted bool) {
	for _, m := range e.Status.Messages {
		if len(m) != 2 {
			continue
		}
		var event string
		if json.Unmarshal(m[0], &event) != nil {
			continue
		}
		switch event {
		case "execution_interrupted":
			return fmt.Errorf("the job was interrupted on the server"), true
		case "execution_error":
			var in struct {
				Node  any    `json:"node_id"`
				Class string `json:"node_type"`
				Kind  string `json:"exception_type"`
				Text  string `json:"exception_message"`
			}
			if json.Unmarshal(m[1], &in) == nil {
				return fmt.Errorf("node %v (%s) failed: %s: %s", in.Node, in.Class, in.Kind, excerpt([]byte(in.Text), 300)), false
			}
		}
	}
	if e.Status.Text == "error" || e.Status.Text != "" && e.Status.Text != "success" {
		return fmt.Errorf("the server reports the job as %q and gives no reason", e.Status.Text), false
	}
	return nil, false
}

// parseQueue lists the IDs of the jobs that run and that wait.
func parseQueue(body []byte) (running, pending []string, err error) {
	var q struct {
		Running [][]json.RawMessage `json:"queue_running"`
		Pending [][]json.RawMessage `json:"queue_pending"`
	}
	if err := json.Unmarshal(body, &q); err != nil {
		return nil, nil, fmt.Errorf("the queue can't be read: %w; it begins: %s", err, excerpt(body, 120))
	}
	if q.Running == nil || q.Pending == nil {
		return nil, nil, fmt.Errorf("the queue can't be read: it begins: %s", excerpt(body, 120))
	}
	ids := func(items [][]json.RawMessage) (list []string) {
		for _, item := range items {
			var id string
			if len(item) > 1 && json.Unmarshal(item[1], &id) == nil {
				list = append(list, id)
			}
		}
		return list
	}
	return ids(q.Running), ids(q.Pending), nil
}

func (c *ComfyUI) history(ctx context.Context, id string) (*comfyEntry, error) {
	body, err := c.ask(ctx, http.MethodGet, "/history/"+url.PathEscape(id), nil, nil)
	if err != nil {
		return nil, err
	}
	return parseHistory(body, id)
}

// comfyQueue is the server's queue as last seen, shared by all who wait: with
// many jobs in it, it is a long reply.
type comfyQueue struct {
	lock chan struct{} // cap 1: who holds it may read and renew the rest
	at   time.Time     // when it was asked for
	ids  map[string]bool
}

// inQueue reports whether a job runs or waits, as of notBefore or later.
func (c *ComfyUI) inQueue(ctx context.Context, id string, notBefore time.Time) (bool, error) {
	select {
	case c.queue.lock <- struct{}{}:
		defer func() { <-c.queue.lock }()
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
	if !c.queue.at.Before(notBefore) {
		return c.queue.ids[id], nil
	}
	at := time.Now()
	body, err := c.ask(ctx, http.MethodGet, "/queue", nil, nil)
	if err != nil {
		return false, err
	}
	running, pending, err := parseQueue(body)
	if err != nil {
		return false, err
	}
	c.queue.at, c.queue.ids = at, map[string]bool{}
	for _, id := range slices.Concat(running, pending) {
		c.queue.ids[id] = true
	}
	return c.queue.ids[id], nil
}

// locate finds a job: in the queue as of notBefore, else in the history. The
// queue is asked first: a job may only move from there to the history.
func (c *ComfyUI) locate(ctx context.Context, id string, notBefore time.Time) (place, *comfyEntry, error) {
	queued, err := c.inQueue(ctx, id, notBefore)
	if err != nil || queued {
		return inQueue, nil, err
	}
	e, err := c.history(ctx, id)
	if err != nil || e == nil {
		return nowhere, nil, err
	}
	return inHistory, e, nil
}

// Find asks what became of a job: the queue, the history, and the jobs' own
// route where the server has one. A job that is in none of them is lost.
func (c *ComfyUI) Find(ctx context.Context, given string) (pipeline.Asset, pipeline.Fate, error) {
	id, err := jobID(given)
	if err != nil || given == "" {
		return pipeline.Asset{}, pipeline.FateUnknown, fmt.Errorf("looking for job %q: it has no UUID", given)
	}
	where, entry, err := c.locate(ctx, id, time.Now())
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
