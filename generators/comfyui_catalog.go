package generators

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// comfyClass is a kind of node that a server has.
type comfyClass struct {
	required, optional map[string]comfyInput
}

// comfyInput is what an input of a node takes.
type comfyInput struct {
	choices  []string // nil = no list of choices
	listed   bool     // there is a list, be it empty
	upload   bool     // the choices are files of the input folder
	min, max *float64
	socket   bool // takes a link only
}

// comfyCatalog is what a server has, as last seen.
type comfyCatalog struct {
	at         time.Time
	classes    map[string]comfyClass
	embeddings []string
	version    string // "" = not said
	device     string
	jobs       bool // has /api/jobs
}

// How long the catalog is believed: what is there stays for a while, what was
// missing may have been installed meanwhile.
const (
	catalogLife    = 5 * time.Minute
	catalogMissing = 3 * time.Second
)

// see returns the catalog, not older than life.
func (c *ComfyUI) see(ctx context.Context, life time.Duration) (comfyCatalog, error) {
	select {
	case c.catalogLock <- struct{}{}:
		defer func() { <-c.catalogLock }()
	case <-ctx.Done():
		return comfyCatalog{}, context.Cause(ctx)
	}
	if c.catalog.classes != nil && time.Since(c.catalog.at) < life {
		return c.catalog, nil
	}
	body, err := c.ask(ctx, http.MethodGet, "/object_info", nil, nil)
	if err != nil {
		return comfyCatalog{}, err
	}
	next := comfyCatalog{at: time.Now()}
	if next.classes, err = parseObjectInfo(body); err != nil {
		return comfyCatalog{}, fmt.Errorf("%s: %w", c.name, err)
	}
	if body, err := c.ask(ctx, http.MethodGet, "/embeddings", nil, nil); err == nil {
		_ = json.Unmarshal(body, &next.embeddings) // a server without them has none
	}
	if body, err := c.ask(ctx, http.MethodGet, "/system_stats", nil, nil); err == nil {
		next.version, next.device = parseSystemStats(body)
	}
	if status, err := c.jobStatus(ctx, "00000000-0000-0000-0000-000000000000"); err == nil {
		next.jobs = status == ""
	}
	if ctx.Err() != nil {
		return comfyCatalog{}, context.Cause(ctx)
	}
	c.catalog = next
	return next, nil
}

// jobStatus asks /api/jobs/{id}. A server that has the route and not the job
// gives "" and no error; one without the route is an error.
func (c *ComfyUI) jobStatus(ctx context.Context, id string) (string, error) {
	var status string
	_, err := c.sendAs(ctx, c.route(http.MethodGet, "/api/jobs/"+url.PathEscape(id), nil), nil, func(resp *http.Response, buf *bytes.Buffer) (pipeline.Asset, error) {
		if err := readBody(buf, resp); err != nil {
			return pipeline.Asset{}, err
		}
		var said struct {
			Status string          `json:"status"`
			Error  json.RawMessage `json:"error"`
		}
		bad := json.Unmarshal(buf.Bytes(), &said)
		switch {
		case bad == nil && resp.StatusCode == http.StatusNotFound && said.Error != nil:
			return pipeline.Asset{}, nil
		case bad == nil && resp.StatusCode == http.StatusOK && said.Status != "":
			status = said.Status
			return pipeline.Asset{}, nil
		}
		return pipeline.Asset{}, c.refusal(resp, buf.Bytes())
	})
	return status, err
}

func parseSystemStats(body []byte) (version, device string) {
	var in struct {
		System struct {
			Version string `json:"comfyui_version"`
		} `json:"system"`
		Devices []struct {
			Name string `json:"name"`
		} `json:"devices"`
	}
	if json.Unmarshal(body, &in) != nil {
		return "", ""
	}
	if len(in.Devices) > 0 {
		device = in.Devices[0].Name
	}
	return in.System.Version, device
}

// since reports whether the server is of a version or newer; false when it does
// not say.
func (k *comfyCatalog) since(version ...int) bool {
	parts := strings.Split(strings.TrimPrefix(k.version, "v"), ".")
	for i, want := range version {
		have := 0
		if i < len(parts) {
			var err error
			if have, err = strconv.Atoi(parts[i]); err != nil {
				return false
			}
		}
		if have != want {
			return have > want
		}
	}
	return k.version != ""
}

// interruptsOne reports whether the server can interrupt one job by its ID. An
// old one takes any call to interrupt as one for whatever is running.
func (c *ComfyUI) interruptsOne(ctx context.Context) bool {
	k, err := c.see(ctx, catalogLife)
	return err == nil && (k.jobs || k.since(0, 3, 60))
}

// keepsIDs reports whether the server queues a job under the ID that it is
// given. Of one that does not, absence proves nothing.
func (c *ComfyUI) keepsIDs(ctx context.Context) bool {
	k, err := c.see(ctx, catalogLife)
	return err == nil && (k.jobs || k.since(0, 3, 50))
}

// parseObjectInfo reads /object_info. What it says of an input in a form that is
// not known is taken as "anything".
func parseObjectInfo(body []byte) (map[string]comfyClass, error) {
	var all map[string]struct {
		Input struct {
			Required map[string]json.RawMessage `json:"required"`
			Optional map[string]json.RawMessage `json:"optional"`
		} `json:"input"`
	}
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, fmt.Errorf("the list of node classes (/object_info) can't be read: %w; it begins: %s", err, excerpt(body, 120))
	}
	classes := make(map[string]comfyClass, len(all))
	for name, in := range all {
		classes[name] = comfyClass{required: comfyInputs(in.Input.Required), optional: comfyInputs(in.Input.Optional)}
	}
	return classes, nil
}

func comfyInputs(raw map[string]json.RawMessage) map[string]comfyInput {
	inputs := make(map[string]comfyInput, len(raw))
	for name, spec := range raw {
		inputs[name] = parseInputSpec(spec)
	}
	return inputs
}

// linkedKinds are types of ComfyUI itself that no literal can have. Those of
// custom nodes may have a widget.
var linkedKinds = []string{"MODEL", "CLIP", "VAE", "CONDITIONING", "LATENT", "IMAGE", "MASK", "CONTROL_NET", "UPSCALE_MODEL"}

// parseInputSpec reads [["a","b"], {…}], ["COMBO", {"options": […]}] or ["INT",
// {"min": 0, …}].
func parseInputSpec(raw json.RawMessage) comfyInput {
	var pair []json.RawMessage
	var in comfyInput
	if json.Unmarshal(raw, &pair) != nil || len(pair) == 0 {
		return in
	}
	var options struct {
		Options []any    `json:"options"`
		Min     *float64 `json:"min"`
		Max     *float64 `json:"max"`
		Upload  bool     `json:"image_upload"`
		Force   bool     `json:"forceInput"`
	}
	if len(pair) > 1 && json.Unmarshal(pair[1], &options) != nil {
		options.Options, options.Min, options.Max = nil, nil, nil
	}
	in.min, in.max, in.upload = options.Min, options.Max, options.Upload
	var kind string
	var choices []any
	switch {
	case json.Unmarshal(pair[0], &choices) == nil && choices != nil:
		in.listed = true
	case json.Unmarshal(pair[0], &kind) == nil && kind == "COMBO":
		choices, in.listed = options.Options, options.Options != nil
	default:
		in.socket = slices.Contains(linkedKinds, kind)
	}
	for _, c := range choices {
		in.choices = append(in.choices, fmt.Sprint(c))
	}
	return in
}

// choices are those of a class's input.
func (k *comfyCatalog) choices(class, input string) []string {
	if in, ok := k.classes[class].required[input]; ok {
		return in.choices
	}
	return k.classes[class].optional[input].choices
}
