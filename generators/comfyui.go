package generators

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// ComfyUIConfig describes a ComfyUI server and the workflow it runs.
type ComfyUIConfig struct {
	BaseURL   string            // "" = http://127.0.0.1:8188
	APIKeyEnv string            // environment variable with a key, sent as a bearer token; "" = no key
	Headers   map[string]string // sent with every request
	Workflow  string            // file in the API format, or txt2img, img2img, inpaint: ours; "" = ours, as the job's references want it
	Slots     map[string]string // slot → NODE.input or TITLE.input, several with commas between; see SlotNames. What is left out is found by title and by the graph
	Output    string            // node, by ID or title, whose image is the result; "" = the only one that saves
	Model     string            // checkpoint of jobs that name none
	Params    map[string]any    // of jobs that don't set them: steps, cfg, sampler, scheduler, denoise, filename_prefix, NODE.input

	Poll        time.Duration // floor of the interval between questions; 0 = 1 s
	Silence     time.Duration // of the event socket while jobs wait, after which it is opened anew; 0 = 30 s
	Patience    time.Duration // how long the server may be out of reach while a job is there; 0 = 1 min
	Concurrency int           // idle connections that are kept; 0 = 64
	Getenv      func(string) string
	Reference   ReadReference // nil = from the reference's path
}

// ComfyUI makes images on a ComfyUI server. A job is queued under the request's
// JobID, events tell early that it is done, and the server's history decides.
// It is safe for concurrent use and must be closed.
//
// Generate checks a job against what the server has before it queues it.
// Failures: *pipeline.Transient when the server is out of reach, busy, or has
// lost the job in a restart (then it is certain that a repeat is needed);
// Ambiguous only when the server can't be asked whether it has the job. A
// refused or failed job is a plain error that names the node. When ctx ends, the
// own job is taken out of the queue, or interrupted where the server can do that
// to one job; nobody else's is touched.
type ComfyUI struct {
	*endpoint
	cfg      ComfyUIConfig
	clientID string
	graphs   map[string]*graph // one, or ours by name
	events   *comfyEvents
	queue    comfyQueue
	catalog  comfyCatalog
	// catalogLock has room for one: who holds it may read and renew the catalog.
	catalogLock chan struct{}
}

// comfyBuiltin are the workflows of ours.
var comfyBuiltin = []string{"txt2img", "img2img", "inpaint"}

// NewComfyUI checks the configuration and reads the workflow; it calls nobody.
func NewComfyUI(cfg ComfyUIConfig) (*ComfyUI, error) {
	if cfg.Getenv == nil {
		cfg.Getenv = os.Getenv
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = "http://127.0.0.1:8188"
	}
	if cfg.Reference == nil {
		cfg.Reference = referenceFile
	}
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{{&cfg.Poll, time.Second}, {&cfg.Silence, 30 * time.Second}, {&cfg.Patience, time.Minute}} {
		if *d.value <= 0 {
			*d.value = d.standard
		}
	}
	c := &ComfyUI{cfg: cfg, graphs: map[string]*graph{}}
	u, err := url.Parse(cfg.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("url %q is not an address like http://127.0.0.1:8188", redactURL(cfg.BaseURL))
	}
	if c.endpoint, err = newEndpoint(http.MethodPost, u, cfg.Concurrency); err != nil {
		return nil, err
	}
	if c.clientID, err = jobID(""); err != nil {
		return nil, err
	}
	if err := c.readGraphs(); err != nil {
		return nil, err
	}
	if err := c.setHeaders(cfg.Headers); err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	c.remedies = mediaRemedies("", cfg.APIKeyEnv)
	c.remedies[notFound] = remedy{"is there a ComfyUI server at its url?", false}
	c.events = newComfyEvents(c)
	c.queue.lock = make(chan struct{}, 1)
	c.catalogLock = make(chan struct{}, 1)
	if cfg.APIKeyEnv == "" {
		return c, nil
	}
	key, err := readKey(cfg.Getenv, u.Host, cfg.APIKeyEnv)
	c.template.Header.Set("Authorization", "Bearer "+key)
	c.hide(key)
	return c, err
}

// readKey reads a key that has to be there from the first environment variable
// that holds one.
func readKey(getenv func(string) string, host string, names ...string) (string, error) {
	for _, name := range names {
		key := strings.TrimSpace(getenv(name))
		switch {
		case key == "":
			continue
		case strings.ContainsFunc(key, notKey):
			return "", &pipeline.Unusable{Reason: fmt.Sprintf("environment variable %s holds characters that no key has", name)}
		}
		return key, nil
	}
	return "", &pipeline.Unusable{Reason: fmt.Sprintf("environment variable %s is not set: export the key of %s in it, or name another in api_key_env", strings.Join(names, " or "), host)}
}

// mediaRemedies are those of a media provider.
func mediaRemedies(model, keyEnv string) map[trouble]remedy {
	key := "it wants a key: name its environment variable in api_key_env"
	if keyEnv != "" {
		key = "check the key in environment variable " + keyEnv
	}
	return map[trouble]remedy{
		denied:    {key, true},
		forbidden: {key, true},
		noCredit:  {"the account has no credit left, and trying again does not help: add some, or use another key", true},
		noModel:   {fmt.Sprintf("the provider has no model %q for this key: correct the name", model), true},
		notFound:  {"check its url", false},
		moved:     {"write that address into url", false},
	}
}

// readGraphs reads the workflow, or all of ours when none is named.
func (c *ComfyUI) readGraphs() error {
	own := comfyBuiltin
	for _, name := range comfyBuiltin {
		if c.cfg.Workflow == name {
			own = []string{name}
		}
	}
	if c.cfg.Workflow != "" && own[0] != c.cfg.Workflow {
		data, err := os.ReadFile(c.cfg.Workflow)
		if err != nil {
			return fmt.Errorf("reading the workflow: %w (ours are called %s)", err, strings.Join(comfyBuiltin, ", "))
		}
		c.graphs[""], err = newGraph(c.cfg.Workflow, data, c.cfg.Output, c.cfg.Slots)
		return err
	}
	for _, name := range own {
		data, err := builtinWorkflows.ReadFile("workflows/" + name + ".json")
		if err != nil {
			return err
		}
		g, err := newGraph(name, data, c.cfg.Output, c.cfg.Slots)
		if err != nil {
			return err
		}
		c.graphs[name] = g
		if len(own) == 1 {
			c.graphs[""] = g
		}
	}
	return nil
}

// graphFor is the workflow of a job.
func (c *ComfyUI) graphFor(job *pipeline.MediaJob) *graph {
	if g := c.graphs[""]; g != nil {
		return g
	}
	given := map[string]bool{}
	for _, r := range job.Prompt.References {
		given[role(r)] = true
	}
	switch {
	case given["init"] && given["mask"]:
		return c.graphs["inpaint"]
	case given["init"]:
		return c.graphs["img2img"]
	}
	return c.graphs["txt2img"]
}

// Reached reports whether the server has ever answered anything.
func (c *ComfyUI) Reached() bool { return c.reached.Load() }

// Close drops the event socket and idle connections.
func (c *ComfyUI) Close() error {
	c.events.close()
	c.close()
	return nil
}

// Generate makes one image.
func (c *ComfyUI) Generate(ctx context.Context, r pipeline.Request) (pipeline.Asset, error) {
	if ctx.Err() != nil {
		return pipeline.Asset{}, context.Cause(ctx)
	}
	if r.Media == nil {
		return pipeline.Asset{}, errNoMedia
	}
	at := time.Now()
	id, err := jobID(r.JobID)
	if err != nil {
		return pipeline.Asset{}, err
	}
	lowered := r.Media.Lowered
	if len(lowered) == 0 {
		if lowered, _, err = c.Lower(*r.Media); err != nil {
			return pipeline.Asset{}, err
		}
	}
	var p comfyPrompt
	if p, err = parseLowered(lowered); err != nil {
		return pipeline.Asset{}, err
	}
	if err := c.checkPrompt(ctx, p.Prompt, r.Media.Prompt.Embeddings); err != nil {
		return pipeline.Asset{}, c.veiled(err)
	}
	if err := c.upload(ctx, r.Media.Prompt.References); err != nil {
		return pipeline.Asset{}, c.veiled(err)
	}
	a, err := c.run(ctx, id, p, lowered)
	a.Latency = max(time.Since(at), 1)
	return a, c.veiled(err)
}

// parseLowered reads what Lower wrote.
func parseLowered(lowered json.RawMessage) (comfyPrompt, error) {
	nodes, err := parseWorkflow("(lowered)", lowered)
	if err != nil {
		return comfyPrompt{}, err
	}
	p := comfyPrompt{Prompt: nodes}
	var targets struct {
		Targets []string `json:"partial_execution_targets"`
	}
	if err := json.Unmarshal(lowered, &targets); err != nil {
		return p, fmt.Errorf("reading the lowered job: %w", err)
	}
	p.Targets = targets.Targets
	if len(p.Targets) != 1 || nodes[p.Targets[0]] == nil {
		return p, errors.New("the lowered job names no output: partial_execution_targets must hold one node")
	}
	return p, nil
}
