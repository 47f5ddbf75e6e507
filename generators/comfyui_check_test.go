package generators

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/generators/comfyserver"
	ground "github.com/GaboBase/arch-genops/generators/loopback"
	"github.com/GaboBase/arch-genops/pipeline"
)

func TestComfyUICheck(t *testing.T) {
	c, s := newComfy(t, comfyserver.Options{Missing: []string{"HypernetworkLoader"}}, ComfyUIConfig{})
	for name, test := range map[string]struct {
		change func(*pipeline.MediaJob)
		want   []string
	}{
		"good":       {func(*pipeline.MediaJob) {}, nil},
		"checkpoint": {func(j *pipeline.MediaJob) { j.Model = "dreamshaper_7" }, []string{`node 4 "Model" (CheckpointLoaderSimple)`, `"dreamshaper_7.safetensors" is not there`, `did you mean "dreamshaper_8.safetensors"`}},
		"sampler":    {func(j *pipeline.MediaJob) { j.Params = map[string]any{"sampler": "eular"} }, []string{"node 3", `did you mean "euler"`}},
		"scheduler":  {func(j *pipeline.MediaJob) { j.Params = map[string]any{"scheduler": "nope"} }, []string{"karras"}},
		"lora":       {func(j *pipeline.MediaJob) { j.Prompt.LoRAs = []pipeline.LoRA{{Name: "add_details", Unet: 1}} }, []string{`"LoRA add_details"`, `did you mean "add_detail.safetensors"`}},
		"class":      {func(j *pipeline.MediaJob) { j.Prompt.Hypernets = []pipeline.Hypernet{{Name: "watercolor", Weight: 1}} }, []string{`no node class "HypernetworkLoader"`, "custom nodes"}},
		"embedding": {func(j *pipeline.MediaJob) {
			j.Prompt.Embeddings = []pipeline.Inversion{{Name: "badhand", Weight: 1}, {Name: "EasyNegative.safetensors", Weight: 1}}
		}, []string{`embedding "badhand" is not there`, `did you mean "badhands"`}},
		"range": {func(j *pipeline.MediaJob) { j.Params = map[string]any{"steps": 0} }, []string{"steps 0 is below 1"}},
		"several": {func(j *pipeline.MediaJob) {
			j.Model, j.Params = "x", map[string]any{"sampler": "y"}
		}, []string{"x.safetensors", `"y"`}},
	} {
		t.Run(name, func(t *testing.T) {
			job := comfyJob(1)
			job.Prompt.Embeddings = nil
			test.change(&job)
			errs := []error{c.Check(t.Context(), job)}
			r := comfyRequest(1)
			r.Media = &job
			a, err := c.Generate(t.Context(), r)
			errs = append(errs, err)
			for _, err := range errs {
				if test.want == nil && err != nil {
					t.Error(err)
				}
				for _, want := range test.want {
					if err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("the error %v does not say %q", err, want)
					}
				}
			}
			if test.want != nil && a.Sends != 0 {
				t.Errorf("it was sent %d times", a.Sends)
			}
		})
	}
	if n := s.Tally.Stats().Submitted; n != 1 {
		t.Errorf("%d jobs were submitted, want the good one alone", n)
	}
}

func TestComfyUICheckOfItself(t *testing.T) {
	c, _ := newComfy(t, comfyserver.Options{}, ComfyUIConfig{})
	if err := c.Check(t.Context()); err != nil {
		t.Error(err)
	}
	c, _ = newComfy(t, comfyserver.Options{Missing: []string{"SetLatentNoiseMask"}}, ComfyUIConfig{})
	if err := c.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "SetLatentNoiseMask") {
		t.Error(err)
	}
	c, err := NewComfyUI(ComfyUIConfig{BaseURL: "http://127.0.0.1:1", Model: "m"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Check(t.Context()); err == nil || kindOfError(err) != "transient" {
		t.Errorf("nobody answered: %v", err)
	}
}

func TestComfyUIInventory(t *testing.T) {
	c, _ := newComfy(t, comfyserver.Options{}, ComfyUIConfig{})
	got, err := c.Inventory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := comfyserver.DefaultModels()
	want := Inventory{
		Server: "ComfyUI 0.3.64, cuda:0 Local Stand-in", Models: m.Checkpoints, LoRAs: m.LoRAs, Hypernetworks: m.Hypernetworks,
		Embeddings: m.Embeddings, Samplers: m.Samplers, Schedulers: m.Schedulers, Formats: []string{"png"}, Params: append(comfyParams[:6:6], "NODE.input"),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want\n%+v", got, want)
	}
}

// TestComfyUIReferences sends an image and a mask along, and one that changed
// since its digest was taken.
func TestComfyUIReferences(t *testing.T) {
	c, _ := newComfy(t, comfyserver.Options{}, ComfyUIConfig{})
	dir := t.TempDir()
	file := func(name string, data []byte) pipeline.Reference {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		return pipeline.Reference{Path: path, Digest: "sha256:" + hex.EncodeToString(sum[:])}
	}
	r := comfyRequest(1)
	mask := file("mask.png", ground.Black(64, 64))
	mask.Role = "mask"
	r.Media.Prompt.References = []pipeline.Reference{file("photo.png", ground.Picture("photo", 64, 64)), mask}
	a, err := c.Generate(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if cfg, err := png.DecodeConfig(bytes.NewReader(a.Blob.Data)); err != nil || cfg.Width != 128 || cfg.Height != 96 {
		t.Errorf("%+v, %v", cfg, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "photo.png"), []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Generate(t.Context(), r); err == nil || !strings.Contains(err.Error(), "is not what it was") {
		t.Errorf("%v", err)
	}
}

// TestComfyUISweep runs many jobs through the sweep while prompts are turned
// away, cut and lost: each is made once.
func TestComfyUISweep(t *testing.T) {
	t.Parallel()
	faults := []comfyserver.Fault{comfyserver.Busy, comfyserver.CutAfter, comfyserver.None, comfyserver.Cut, comfyserver.BrokenAfter, comfyserver.None, comfyserver.Silent}
	c, s := newComfy(t, comfyserver.Options{Fault: func(n int64) comfyserver.Fault { return faults[n%int64(len(faults))] }}, ComfyUIConfig{})
	var requests []pipeline.Request
	for n := range 28 {
		requests = append(requests, comfyRequest(n))
	}
	failed := 0
	sweep := pipeline.Sweep{Generator: c, Width: 8, Timeout: 30 * time.Second, Retries: 5, Sent: func([]pipeline.Request) error { return nil }}
	err := sweep.Run(context.Background(), requests, func(r pipeline.Request, a pipeline.Asset) bool {
		if a.Err != "" {
			failed++
			t.Errorf("%s: %s", r.ID, a.Err)
		}
		return false
	})
	stats := s.Tally.Stats()
	if err != nil || failed != 0 || stats.Made != 28 || stats.Repeated != 0 || stats.Submitted != 28 {
		t.Errorf("%v, %d failed, made %d, repeated %d, submitted %d", err, failed, stats.Made, stats.Repeated, stats.Submitted)
	}
}

func TestComfyVersions(t *testing.T) {
	for version, want := range map[string]bool{"0.3.60": true, "v0.3.61": true, "0.4": true, "1.0.0": true, "0.3.59": false, "0.3": false, "": false, "nightly": false, "0.3.x": false} {
		if k := (comfyCatalog{version: version}); k.since(0, 3, 60) != want {
			t.Errorf("%q: %v", version, !want)
		}
	}
}
