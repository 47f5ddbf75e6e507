package comfyserver

import (
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// Models are the files that a server has.
type Models struct {
	Checkpoints, VAEs, LoRAs, Hypernetworks, Embeddings, Upscalers []string
	Samplers, Schedulers                                           []string
}

// DefaultModels is a small installation.
func DefaultModels() *Models {
	return &Models{
		Checkpoints:   []string{"dreamshaper_8.safetensors", "sd_xl_base_1.0.safetensors", "v1-5-pruned-emaonly.safetensors"},
		VAEs:          []string{"vae-ft-mse-840000.safetensors"},
		LoRAs:         []string{"add_detail.safetensors", "pixel-art-xl.safetensors", "styles/ink.safetensors"},
		Hypernetworks: []string{"watercolor.pt"},
		Embeddings:    []string{"badhands", "EasyNegative"},
		Upscalers:     []string{"4x-UltraSharp.pth"},
		Samplers:      []string{"euler", "euler_ancestral", "heun", "dpmpp_2m", "dpmpp_2m_sde", "ddim", "uni_pc"},
		Schedulers:    []string{"simple", "sgm_uniform", "karras", "exponential", "ddim_uniform", "normal"},
	}
}

// class is a kind of node.
type class struct {
	required, optional []input
	outputs            []string
	output             bool // its images are results
}

// input is one input of a node. kind is a type of links, INT, FLOAT, STRING, or
// COMBO with the choices.
type input struct {
	name, kind string
	min, max   float64
	choices    []string
	upload     bool // the choices are the input folder's files
}

func link(name, kind string) input          { return input{name: name, kind: kind} }
func text(name string) input                { return input{name: name, kind: "STRING"} }
func pick(name string, from []string) input { return input{name: name, kind: "COMBO", choices: from} }
func whole(name string, lo, hi float64) input {
	return input{name: name, kind: "INT", min: lo, max: hi}
}
func real(name string, lo, hi float64) input {
	return input{name: name, kind: "FLOAT", min: lo, max: hi}
}

const maxSide = 16384

// classes is the table of node classes.
func classes(m *Models, missing []string) map[string]class {
	sampling := []input{
		link("model", "MODEL"), whole("seed", 0, 18446744073709551615), whole("steps", 1, 10000), real("cfg", 0, 100),
		pick("sampler_name", m.Samplers), pick("scheduler", m.Schedulers),
		link("positive", "CONDITIONING"), link("negative", "CONDITIONING"), link("latent_image", "LATENT"), real("denoise", 0, 1),
	}
	file := input{name: "image", kind: "COMBO", upload: true}
	all := map[string]class{
		"CheckpointLoaderSimple": {required: []input{pick("ckpt_name", m.Checkpoints)}, outputs: []string{"MODEL", "CLIP", "VAE"}},
		"VAELoader":              {required: []input{pick("vae_name", m.VAEs)}, outputs: []string{"VAE"}},
		"LoraLoader": {required: []input{link("model", "MODEL"), link("clip", "CLIP"), pick("lora_name", m.LoRAs),
			real("strength_model", -100, 100), real("strength_clip", -100, 100)}, outputs: []string{"MODEL", "CLIP"}},
		"LoraLoaderModelOnly": {required: []input{link("model", "MODEL"), pick("lora_name", m.LoRAs), real("strength_model", -100, 100)}, outputs: []string{"MODEL"}},
		"HypernetworkLoader":  {required: []input{link("model", "MODEL"), pick("hypernetwork_name", m.Hypernetworks), real("strength", -10, 10)}, outputs: []string{"MODEL"}},
		"CLIPTextEncode":      {required: []input{text("text"), link("clip", "CLIP")}, outputs: []string{"CONDITIONING"}},
		"CLIPTextEncodeSDXL":  {required: []input{whole("width", 0, maxSide), whole("height", 0, maxSide), text("text_g"), text("text_l"), link("clip", "CLIP")}, outputs: []string{"CONDITIONING"}},
		"CLIPSetLastLayer":    {required: []input{link("clip", "CLIP"), whole("stop_at_clip_layer", -24, -1)}, outputs: []string{"CLIP"}},
		"EmptyLatentImage":    {required: []input{whole("width", 16, maxSide), whole("height", 16, maxSide), whole("batch_size", 1, 4096)}, outputs: []string{"LATENT"}},
		"RepeatLatentBatch":   {required: []input{link("samples", "LATENT"), whole("amount", 1, 64)}, outputs: []string{"LATENT"}},
		"KSampler":            {required: sampling, outputs: []string{"LATENT"}},
		"VAEDecode":           {required: []input{link("samples", "LATENT"), link("vae", "VAE")}, outputs: []string{"IMAGE"}},
		"VAEEncode":           {required: []input{link("pixels", "IMAGE"), link("vae", "VAE")}, outputs: []string{"LATENT"}},
		"SetLatentNoiseMask":  {required: []input{link("samples", "LATENT"), link("mask", "MASK")}, outputs: []string{"LATENT"}},
		"LoadImage":           {required: []input{file}, outputs: []string{"IMAGE", "MASK"}},
		"LoadImageMask":       {required: []input{file, pick("channel", []string{"alpha", "red", "green", "blue"})}, outputs: []string{"MASK"}},
		"ImageScale": {required: []input{link("image", "IMAGE"), pick("upscale_method", []string{"nearest-exact", "bilinear", "area", "bicubic", "lanczos"}),
			whole("width", 0, maxSide), whole("height", 0, maxSide), pick("crop", []string{"disabled", "center"})}, outputs: []string{"IMAGE"}},
		"UpscaleModelLoader": {required: []input{pick("model_name", m.Upscalers)}, outputs: []string{"UPSCALE_MODEL"}},
		"PrimitiveString":    {required: []input{text("value")}, outputs: []string{"STRING"}},
		"SaveImage":          {required: []input{link("images", "IMAGE"), text("filename_prefix")}, output: true},
		"PreviewImage":       {required: []input{link("images", "IMAGE")}, output: true},
	}
	for _, name := range missing {
		delete(all, name)
	}
	return all
}

// info is a class as /object_info shows it. The forms of a choice differ with
// the age of a node: both occur on one server.
func (s *Server) info(name string, c class) map[string]any {
	section := func(inputs []input) map[string]any {
		out := map[string]any{}
		for _, in := range inputs {
			out[in.name] = s.spec(name, in)
		}
		return out
	}
	return map[string]any{
		"input": map[string]any{"required": section(c.required), "optional": section(c.optional)},
		"name":  name, "display_name": name, "description": "", "category": "test",
		"output": c.outputs, "output_name": c.outputs, "output_node": c.output,
	}
}

func (s *Server) spec(class string, in input) any {
	switch {
	case in.upload:
		s.mu.Lock()
		defer s.mu.Unlock()
		files := []string{}
		for name := range s.inputs {
			files = append(files, name)
		}
		slices.Sort(files)
		return []any{files, map[string]any{"image_upload": true}}
	case in.kind == "COMBO" && strings.HasPrefix(class, "Lora"):
		return []any{"COMBO", map[string]any{"options": in.choices}}
	case in.kind == "COMBO":
		return []any{in.choices, map[string]any{}}
	case in.kind == "INT" || in.kind == "FLOAT":
		return []any{in.kind, map[string]any{"default": in.min, "min": in.min, "max": in.max}}
	}
	return []any{in.kind, map[string]any{}}
}

// discovery answers what tells about the server.
func (s *Server) discovery(c *loopback.Call, route, tail string) {
	m := s.opts.Models
	folders := map[string][]string{"checkpoints": m.Checkpoints, "loras": m.LoRAs, "vae": m.VAEs, "hypernetworks": m.Hypernetworks, "upscale_models": m.Upscalers}
	switch route {
	case "GET /object_info":
		all := map[string]any{}
		for name, class := range s.kinds {
			if tail == "" || tail == name {
				all[name] = s.info(name, class)
			}
		}
		reply(c, 200, all)
	case "GET /embeddings":
		reply(c, 200, m.Embeddings)
	case "GET /models":
		if tail == "" {
			names := []string{"checkpoints", "hypernetworks", "loras", "upscale_models", "vae"}
			reply(c, 200, names)
		} else if files, ok := folders[tail]; ok {
			reply(c, 200, files)
		} else {
			c.WriteHeader(404)
		}
	case "GET /system_stats":
		version := map[Release]string{Current: "0.3.64", Old: "0.3.40", Newest: "0.3.68"}[s.opts.Release]
		reply(c, 200, map[string]any{
			"system":  map[string]any{"os": "posix", "comfyui_version": version, "python_version": "3.12.3", "pytorch_version": "2.8.0"},
			"devices": []any{map[string]any{"name": "cuda:0 Local Stand-in", "type": "cuda", "index": 0, "vram_total": 25757220864, "vram_free": 24000000000}},
		})
	case "GET /features":
		reply(c, 200, features)
	case "POST /free":
		c.WriteHeader(200)
	default:
		notFound(c)
	}
}

var features = map[string]any{"supports_preview_metadata": true, "max_upload_size": 104857600}
