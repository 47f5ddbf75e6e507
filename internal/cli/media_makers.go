package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
)

// mediaGenerator is what every media generator can do.
type mediaGenerator interface {
	pipeline.Generator
	pipeline.Lowerer
}

// maker is a generator of media that is ready for a run.
type maker struct {
	name      string
	config    config.Generator
	generator mediaGenerator
	price     func(pipeline.Request) (usd float64, known bool) // nil = free
	width     int
	seconds   float64 // that one asset takes, for forecasts; 0 = not known
}

// mediaKind is a kind of generator: how one is made, and what its entry is when
// config/generators.json has none under its name.
type mediaKind struct {
	kind, about string
	builtIn     string // name under which it is there without configuration; "" = it needs an entry
	key         string // environment variable of its key; "" = none
	width       int
	seconds     float64
	make        func(s *State, root string, g config.Generator) (mediaGenerator, error)
}

// mediaKinds is the table of all generators of media.
var mediaKinds = []mediaKind{
	{"procedural", "built in: drawn scenes, no key, no service, no model", "procedural", "", 2, 0.1, newProcedural},
	{"comfyui", "a ComfyUI server, with your workflows or ours", "comfyui", "", 2, 20, newComfyUI},
	{"openai_images", "OpenAI's image models", "openai", "OPENAI_API_KEY", 8, 30, newOpenAIImages},
	{"process", "any command: JSON in, a file out", "", "", 2, 0, newMediaProcess},
}

func newProcedural(*State, string, config.Generator) (mediaGenerator, error) {
	return generators.Procedural{}, nil
}

func newComfyUI(s *State, root string, g config.Generator) (mediaGenerator, error) {
	c := generators.ComfyUIConfig{BaseURL: g.URL, APIKeyEnv: g.APIKeyEnv, Workflow: g.Workflow, Output: g.Output,
		Model: g.Model, Params: g.Params, Concurrency: g.Width, Getenv: s.Getenv, Slots: g.Slots}
	from := ""
	if c.BaseURL == "" && s.Getenv("STABLE_DIFFUSION_API") != "" {
		from = "environment variable STABLE_DIFFUSION_API: "
		c.BaseURL = s.Getenv("STABLE_DIFFUSION_API")
		if c.APIKeyEnv == "" && s.Getenv("STABLE_DIFFUSION_KEY") != "" {
			c.APIKeyEnv = "STABLE_DIFFUSION_KEY"
		}
	}
	if c.Workflow != "" && filepath.Ext(c.Workflow) == ".json" && !filepath.IsAbs(c.Workflow) {
		c.Workflow = filepath.Join(root, filepath.FromSlash(c.Workflow))
	}
	made, err := generators.NewComfyUI(c)
	if err != nil {
		return nil, fmt.Errorf("%s%w", from, err)
	}
	return made, nil
}

func newOpenAIImages(s *State, root string, g config.Generator) (mediaGenerator, error) {
	c := generators.OpenAIImagesConfig{BaseURL: g.URL, APIKeyEnv: g.APIKeyEnv, Model: g.Model, Params: g.Params, Concurrency: g.Width, Getenv: s.Getenv,
		AnyModel: g.URL != ""}
	if g.PriceUSD != nil {
		c.PriceUSD = *g.PriceUSD
	}
	return generators.NewOpenAIImages(c)
}

func newMediaProcess(s *State, root string, g config.Generator) (mediaGenerator, error) {
	return generators.NewProcessMedia(generators.ProcessMediaConfig{Command: g.Command, Dir: root, Env: g.Env, Self: s.Exe, Lines: g.Lines, Params: g.Params})
}

func kindNamed(kind string) mediaKind {
	i := slices.IndexFunc(mediaKinds, func(k mediaKind) bool { return k.kind == kind })
	return mediaKinds[i]
}

// mediaConfigs are all generators that can be named: those of the project, and
// the built-in ones.
func mediaConfigs(own map[string]config.Generator) map[string]config.Generator {
	all := map[string]config.Generator{}
	for _, k := range mediaKinds {
		if k.builtIn != "" {
			all[k.builtIn] = config.Generator{Kind: k.kind}
		}
	}
	maps.Copy(all, own)
	return all
}

// makers makes the generators that a run names.
func (x *media) makers(names []string) ([]*maker, error) {
	all := mediaConfigs(x.generators)
	var out []*maker
	for _, name := range names {
		g, ok := all[name]
		if !ok {
			known := slices.Sorted(maps.Keys(all))
			hint := ""
			if near := config.Nearest(name, known); near != "" {
				hint = fmt.Sprintf("did you mean %q? ", near)
			}
			return nil, usage(fmt.Errorf("unknown generator %q (%sknown: %s; %s configures more)", name, hint, strings.Join(known, ", "), config.GeneratorsFile))
		}
		if slices.ContainsFunc(out, func(m *maker) bool { return m.name == name }) {
			continue
		}
		m, err := x.maker(name, g)
		if err != nil {
			x.closeMakers(out)
			return nil, fmt.Errorf("generator %s: %w", name, err)
		}
		out = append(out, m)
	}
	return out, nil
}

func (x *media) maker(name string, g config.Generator) (*maker, error) {
	k := kindNamed(g.Kind)
	made, err := k.make(x.State, x.root, g)
	if err != nil {
		return nil, err
	}
	m := &maker{name: name, config: g, generator: made, width: g.Width, seconds: k.seconds}
	if m.width == 0 {
		m.width = k.width
	}
	switch p, priced := made.(interface {
		Price(pipeline.MediaJob) (float64, bool)
	}); {
	case g.PriceUSD != nil:
		m.price = func(pipeline.Request) (float64, bool) { return *g.PriceUSD, true }
	case priced:
		m.price = func(r pipeline.Request) (float64, bool) { return p.Price(*r.Media) }
	}
	return m, nil
}

func (x *media) closeMakers(all []*maker) {
	for _, m := range all {
		if c, ok := m.generator.(interface{ Close() error }); ok {
			c.Close()
		}
	}
}

// release is the digest of a generator's configuration: what answers, as far as
// it is known here. Keys are named in it, never held.
func (m *maker) release() string {
	g := m.config
	g.Line, g.Width, g.PerMinute, g.Timeout, g.Free, g.PriceUSD = 0, 0, 0, 0, nil, nil
	data, _ := json.Marshal(g) // plain values always can
	return assets.Digest(data)
}

// planMakers is how layer 1 sees the makers.
func planMakers(all []*maker) []pipeline.Maker {
	var out []pipeline.Maker
	for _, m := range all {
		out = append(out, pipeline.Maker{Name: m.name, Release: m.release(), Lowerer: m.generator, Price: m.price, Seconds: m.seconds, Width: m.width})
	}
	return out
}

// providers is how layer 2 sees them.
func (x *media) providers(all []*maker) map[string]pipeline.Provider {
	out := map[string]pipeline.Provider{}
	for _, m := range all {
		p := pipeline.Provider{Name: m.name, Generator: m.generator, Width: m.width, PerMinute: m.config.PerMinute,
			Timeout: m.config.Timeout, Retries: x.config.Synthesize.Retries, Price: m.price, Free: m.price == nil && m.config.Kind != "process",
			Breaker: pipeline.Breaker{Failures: max(8, 2*m.width), Pause: breakerPause, Opens: breakerOpens}}
		if p.Timeout == 0 {
			p.Timeout = x.config.Synthesize.Timeout
		}
		if m.config.PriceUSD != nil {
			p.FlatUSD = *m.config.PriceUSD
		}
		if m.config.Free != nil {
			p.Free = *m.config.Free
		}
		out[m.name] = p
	}
	return out
}

// check asks the makers whether they have what the requests need, before
// anything is spent.
func (x *media) check(ctx context.Context, all []*maker, requests pipeline.PlannedSource) error {
	var errs []error
	for _, m := range all {
		c, ok := m.generator.(interface {
			Check(context.Context, ...pipeline.MediaJob) error
		})
		if !ok {
			continue
		}
		var jobs []pipeline.MediaJob
		seen := map[string]bool{}
		err := requests(func(p *pipeline.Planned) error {
			job := *p.Request.Media
			if job.Provider == m.name {
				job.Seed = 0 // asks for nothing of its own
				if key := fmt.Sprint(job.Model, job.Params, job.Prompt.LoRAs, job.Prompt.Hypernets, job.Prompt.Embeddings, job.Width, job.Height); !seen[key] {
					seen[key] = true
					jobs = append(jobs, *p.Request.Media)
				}
			}
			return nil
		})
		if err == nil && len(jobs) > 0 {
			err = c.Check(ctx, jobs...)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("generator %s: %w", m.name, err))
		}
	}
	return errors.Join(errs...)
}
