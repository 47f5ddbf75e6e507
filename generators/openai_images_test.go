package generators

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	ground "github.com/GaboBase/arch-genops/generators/loopback"
	"github.com/GaboBase/arch-genops/generators/openaiimageserver"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/pipeline/pipelinetest"
)

func imageJob(n int) pipeline.MediaJob {
	return pipeline.MediaJob{
		Provider: "openai", Seed: uint64(n), Width: 1024, Height: 640, Params: map[string]any{"quality": "low"},
		Prompt: pipeline.MediaPrompt{Subject: fmt.Sprintf("a lighthouse, number %d", n), Style: []string{"ink"}, Negative: []string{"people"}},
	}
}

func imageRequest(n int) pipeline.Request {
	job := imageJob(n)
	return pipeline.Request{ID: fmt.Sprintf("i%d#1", n), Media: &job, JobID: fmt.Sprintf("6f1c0de0-0000-5000-8000-%012d", n)}
}

func newImages(t testing.TB, opts openaiimageserver.Options, cfg OpenAIImagesConfig) (*OpenAIImages, *openaiimageserver.Server) {
	t.Helper()
	s, err := openaiimageserver.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	cfg.BaseURL = s.URL() + "/v1"
	if cfg.Getenv == nil {
		cfg.Getenv = func(string) string { return "" }
	}
	o, err := NewOpenAIImages(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return o, s
}

var imageFaults = map[pipelinetest.MediaFault]openaiimageserver.Fault{
	pipelinetest.MediaRateLimited: openaiimageserver.RateLimited,
	pipelinetest.MediaBusy:        openaiimageserver.Busy,
	pipelinetest.MediaOverloaded:  openaiimageserver.Overloaded,
	pipelinetest.MediaBroken:      openaiimageserver.Broken,
	pipelinetest.MediaNoQuota:     openaiimageserver.NoQuota,
	pipelinetest.MediaBadKey:      openaiimageserver.BadKey,
	pipelinetest.MediaRejected:    openaiimageserver.Rejected,
	pipelinetest.MediaInput:       openaiimageserver.ModeratedInput,
	pipelinetest.MediaOutput:      openaiimageserver.ModeratedOutput,
	pipelinetest.MediaCut:         openaiimageserver.Cut,
	pipelinetest.MediaCutAfter:    openaiimageserver.CutAfter,
	pipelinetest.MediaCutImage:    openaiimageserver.CutReply,
	pipelinetest.MediaTruncated:   openaiimageserver.Truncated,
	pipelinetest.MediaWrongType:   openaiimageserver.WrongType,
	pipelinetest.MediaEmpty:       openaiimageserver.Empty,
	pipelinetest.MediaBomb:        openaiimageserver.Bomb,
	pipelinetest.MediaDrip:        openaiimageserver.Drip,
	pipelinetest.MediaHang:        openaiimageserver.Hang,
}

func TestOpenAIImages(t *testing.T) {
	can := pipelinetest.MediaAbilities{Sizes: true}
	for f := range imageFaults {
		can.Faults = append(can.Faults, f)
	}
	slices.Sort(can.Faults)
	pipelinetest.Media(t, can, func(tb testing.TB, b pipelinetest.MediaBehaviour) pipelinetest.MediaBackend {
		fault := imageFaults[b.Fault]
		o, s := newImages(tb, openaiimageserver.Options{
			Latency: b.Latency, RetryAfter: b.Wait, Key: b.Key, Leak: true,
			Fault: func(n int64) openaiimageserver.Fault {
				if b.Every > 1 && n%int64(b.Every) != 1 {
					return openaiimageserver.None
				}
				return fault
			},
		}, OpenAIImagesConfig{APIKeyEnv: "IMAGE_KEY", Getenv: func(string) string { return b.Key }})
		return pipelinetest.MediaBackend{
			Generator: o, KeyEnv: "IMAGE_KEY", Job: imageJob,
			Made: func() map[string]int {
				made := map[string]int{}
				for id, j := range s.Tally.Stats().Jobs {
					made[id] = j.Made
				}
				return made
			},
		}
	})
}

func TestOpenAIImagesLowered(t *testing.T) {
	o, _ := newImages(t, openaiimageserver.Options{}, OpenAIImagesConfig{Params: map[string]any{"quality": "medium", "moderation": "low"}})
	full := fullJob()
	full.Model, full.Width, full.Height, full.Format = "gpt-image-1.5", 1536, 1024, "webp"
	full.Params = map[string]any{"quality": "high", "background": "transparent", "output_compression": 80, "input_fidelity": "high", "safety_identifier": "team-7"}
	for name, job := range map[string]pipeline.MediaJob{
		"openai_images_plain": {Prompt: pipeline.MediaPrompt{Subject: "a cat"}},
		"openai_images_full":  full,
	} {
		lowered, losses, err := o.Lower(job)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, lowered, losses)
	}
}

func TestOpenAIImagesLowerErrors(t *testing.T) {
	o, _ := newImages(t, openaiimageserver.Options{}, OpenAIImagesConfig{})
	for name, test := range map[string]struct {
		change func(*pipeline.MediaJob)
		want   []string
	}{
		"dall-e-3":      {func(j *pipeline.MediaJob) { j.Model = "dall-e-3" }, []string{"retired since 12 May 2026", "gpt-image-2"}},
		"dalle":         {func(j *pipeline.MediaJob) { j.Model = "dalle" }, []string{"retired", "gpt-image-2"}},
		"DALL·E 2":      {func(j *pipeline.MediaJob) { j.Model = "DALL·E 2" }, []string{"retired", "gpt-image-2"}},
		"gpt-image-1":   {func(j *pipeline.MediaJob) { j.Model = "gpt-image-1" }, []string{"23 October 2026", "gpt-image-2"}},
		"typo":          {func(j *pipeline.MediaJob) { j.Model = "gpt-image-2.6-flair" }, []string{`did you mean "gpt-image-2.6-flare"`, "gpt-image-1-mini"}},
		"hd":            {func(j *pipeline.MediaJob) { j.Params = map[string]any{"quality": "hd"} }, []string{"high for hd"}},
		"style":         {func(j *pipeline.MediaJob) { j.Params = map[string]any{"style": "vivid"} }, []string{"into the prompt"}},
		"xhigh":         {func(j *pipeline.MediaJob) { j.Params = map[string]any{"quality": "xhigh"} }, []string{`"xhigh"`, "auto, low, medium, high"}},
		"typo param":    {func(j *pipeline.MediaJob) { j.Params = map[string]any{"qualty": "low"} }, []string{`did you mean "quality"`}},
		"size fixed":    {func(j *pipeline.MediaJob) { j.Model, j.Width = "gpt-image-1.5", 1040 }, []string{"1024x1024, 1536x1024, 1024x1536"}},
		"size step":     {func(j *pipeline.MediaJob) { j.Width = 1000 }, []string{"multiples of 16", "1008x1024"}},
		"size ratio":    {func(j *pipeline.MediaJob) { j.Width, j.Height = 3200, 512 }, []string{"3 times"}},
		"size max":      {func(j *pipeline.MediaJob) { j.Width, j.Height = 3840, 3840 }, []string{"3840x2160"}},
		"size min":      {func(j *pipeline.MediaJob) { j.Width, j.Height = 512, 512 }, []string{"655360"}},
		"transparent":   {func(j *pipeline.MediaJob) { j.Params = map[string]any{"background": "transparent"} }, []string{"gpt-image-1.5"}},
		"compression":   {func(j *pipeline.MediaJob) { j.Params = map[string]any{"output_compression": 5} }, []string{"jpeg and webp"}},
		"compression x": {func(j *pipeline.MediaJob) { j.Params = map[string]any{"output_compression": 101} }, []string{"0..100"}},
		"format":        {func(j *pipeline.MediaJob) { j.Format = "tiff" }, []string{"png, jpeg, webp"}},
		"long":          {func(j *pipeline.MediaJob) { j.Prompt.Subject = strings.Repeat("é", 32001) }, []string{"32000"}},
		"empty":         {func(j *pipeline.MediaJob) { j.Prompt.Subject = " " }, []string{"empty"}},
		"lone mask": {func(j *pipeline.MediaJob) {
			j.Prompt.References = []pipeline.Reference{{Path: "m", Digest: "sha256:1", Role: "mask"}}
		}, []string{"init"}},
	} {
		t.Run(name, func(t *testing.T) {
			job := pipeline.MediaJob{Width: 1024, Height: 1024, Prompt: pipeline.MediaPrompt{Subject: "a cat"}}
			test.change(&job)
			_, _, err := o.Lower(job)
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("the error %v does not say %q", err, want)
				}
			}
		})
	}
	if _, err := NewOpenAIImages(OpenAIImagesConfig{Model: "dall-e-2"}); err == nil || !strings.Contains(err.Error(), "gpt-image-2") {
		t.Errorf("a retired model in the configuration: %v", err)
	}
	_, err := NewOpenAIImages(OpenAIImagesConfig{Getenv: func(string) string { return "" }})
	if kindOfError(err) != "unusable" || !strings.Contains(err.Error(), "OPENAI_API_KEY") {
		t.Errorf("no key: %v", err)
	}
}

func TestOpenAIImagesAsset(t *testing.T) {
	o, s := newImages(t, openaiimageserver.Options{}, OpenAIImagesConfig{})
	a, err := o.Generate(t.Context(), imageRequest(1))
	if err != nil {
		t.Fatal(err)
	}
	price, known := o.Price(imageJob(1))
	if charged := s.Tally.Stats().USD; math.Abs(a.CostUSD-charged) > 1e-9 || !known || price < charged || price > 1.1*charged {
		t.Errorf("cost %v, charged %v, price at most %v", a.CostUSD, charged, price)
	}
	if a.Seed != nil || a.Unpriced || a.Model != "gpt-image-2" || a.Usage.OutputTokens == 0 || !strings.HasPrefix(a.Recipe["request_id"], "req_") || a.Recipe["quality"] != "low" {
		t.Errorf("%+v", a)
	}
	if h := s.Heard(); len(h) != 1 || h[0].Job != imageRequest(1).JobID || h[0].N != 1 || h[0].Size != "1024x640" {
		t.Errorf("%+v", h)
	}
}

func TestOpenAIImagesPrice(t *testing.T) {
	o, _ := newImages(t, openaiimageserver.Options{}, OpenAIImagesConfig{})
	own, _ := newImages(t, openaiimageserver.Options{}, OpenAIImagesConfig{PriceUSD: 0.5})
	for _, test := range []struct {
		model, quality string
		w, h           int
		usd            float64 // 0 = unknown
	}{
		{"", "low", 1024, 1024, 0.006}, {"", "high", 1024, 1024, 0.211}, {"", "auto", 0, 0, 0.211}, {"", "", 1536, 1024, 0.165},
		{"gpt-image-1-mini", "medium", 1024, 1024, 0.0085}, {"gpt-image-2.6-flare", "low", 1024, 1024, 0},
	} {
		job := pipeline.MediaJob{Model: test.model, Width: test.w, Height: test.h, Prompt: pipeline.MediaPrompt{Subject: "a cat"}}
		if test.quality != "" {
			job.Params = map[string]any{"quality": test.quality}
		}
		usd, known := o.Price(job)
		if known != (test.usd > 0) || math.Abs(usd-test.usd) > 0.001 {
			t.Errorf("%+v costs %v, %v", test, usd, known)
		}
		if usd, known := own.Price(job); !known || test.usd == 0 && usd != 0.5 {
			t.Errorf("%+v with a price of its own costs %v, %v", test, usd, known)
		}
	}
}

// TestOpenAIImagesEdit sends images and a mask in a form.
func TestOpenAIImagesEdit(t *testing.T) {
	o, s := newImages(t, openaiimageserver.Options{}, OpenAIImagesConfig{})
	dir := t.TempDir()
	file := func(name, role string, data []byte) pipeline.Reference {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		return pipeline.Reference{Path: path, Digest: "sha256:" + hex.EncodeToString(sum[:]), Role: role}
	}
	photo, style, mask := ground.Picture("photo", 64, 48), ground.Picture("style", 32, 32), ground.Black(64, 48)
	r := imageRequest(1)
	r.Media.Prompt.References = []pipeline.Reference{file("p.png", "", photo), file("s.png", "style", style), file("m.png", "mask", mask)}
	a, err := o.Generate(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(a.Blob.Data)); err != nil {
		t.Error(err)
	}
	h := s.Heard()
	if len(h) != 1 || len(h[0].Images) != 2 || !bytes.Equal(h[0].Images[0], photo) || !bytes.Equal(h[0].Images[1], style) || !bytes.Equal(h[0].Mask, mask) || h[0].Quality != "low" {
		t.Errorf("%d requests were heard", len(h))
	}
	if a.CostUSD <= 0 {
		t.Error("an edit was free")
	}
	if _, known := o.Price(*r.Media); known {
		t.Error("the price of an edit is known beforehand, without its images' tokens")
	}
	r.Media.Prompt.References[0] = file("p.txt", "", []byte("no image"))
	if _, err := o.Generate(t.Context(), r); err == nil || !strings.Contains(err.Error(), "p.txt") {
		t.Errorf("%v", err)
	}
}

// TestOpenAIImagesNeverTwice sweeps jobs whose replies are cut after they were
// charged: under the policy hold none is charged twice.
func TestOpenAIImagesNeverTwice(t *testing.T) {
	faults := []openaiimageserver.Fault{openaiimageserver.CutAfter, openaiimageserver.None, openaiimageserver.TimedOut, openaiimageserver.Broken, openaiimageserver.CutReply}
	o, s := newImages(t, openaiimageserver.Options{Fault: func(n int64) openaiimageserver.Fault { return faults[n%int64(len(faults))] }}, OpenAIImagesConfig{})
	var requests []pipeline.Request
	for n := range 20 {
		requests = append(requests, imageRequest(n))
	}
	uncertain := 0
	sweep := pipeline.Sweep{Generator: o, Width: 4, Timeout: 30 * time.Second, Retries: 3, Sent: func([]pipeline.Request) error { return nil }}
	err := sweep.Run(context.Background(), requests, func(r pipeline.Request, a pipeline.Asset) bool {
		if a.Err != "" {
			uncertain += a.Uncertain
		}
		return false
	})
	stats := s.Tally.Stats()
	if err != nil || stats.Repeated != 0 || stats.Billed != 20 || uncertain == 0 {
		t.Errorf("%v: charged %d, twice %d, uncertain %d", err, stats.Billed, stats.Repeated, uncertain)
	}
}

func TestOpenAIImagesCheck(t *testing.T) {
	o, _ := newImages(t, openaiimageserver.Options{Models: []string{"gpt-image-2", "gpt-image-1.5", "gpt-6-sol"}}, OpenAIImagesConfig{})
	if err := o.Check(t.Context(), imageJob(1)); err != nil {
		t.Error(err)
	}
	job := imageJob(1)
	job.Model = "gpt-image-2.6-flare"
	if err := o.Check(t.Context(), job); kindOfError(err) != "unusable" || !strings.Contains(err.Error(), "no model") {
		t.Error(err)
	}
	inv, err := o.Inventory(t.Context())
	if err != nil || !slices.Equal(inv.Models, []string{"gpt-image-2", "gpt-image-1.5"}) {
		t.Errorf("%+v, %v", inv, err)
	}
	bad, _ := newImages(t, openaiimageserver.Options{Key: "right-key-123"}, OpenAIImagesConfig{Getenv: func(string) string { return "wrong-key-123" }})
	if err := bad.Check(t.Context()); kindOfError(err) != "unusable" || !strings.Contains(err.Error(), "OPENAI_API_KEY") {
		t.Error(err)
	}
}

// TestOpenAIImages500 tells the API's own 500 from one of something before it.
func TestOpenAIImages500(t *testing.T) {
	o, s := newImages(t, openaiimageserver.Options{Banned: "knife"}, OpenAIImagesConfig{})
	r := imageRequest(1)
	r.Media.Prompt.Subject = "a knife"
	a, err := o.Generate(t.Context(), r)
	if a.Moderated != "input: violence" || err == nil || s.Tally.Stats().Billed != 0 {
		t.Errorf("%q, %v", a.Moderated, err)
	}
	for body, ambiguous := range map[string]bool{`{"error":{"message":"oops","type":"server_error"}}`: false, "<html>": true, "": true} {
		g, err := ground.New(ground.Options{}, func(c *ground.Call) { c.WriteHeader(500); c.Write([]byte(body)) })
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		o, err := NewOpenAIImages(OpenAIImagesConfig{BaseURL: g.URL(), Getenv: func(string) string { return "" }})
		if err != nil {
			t.Fatal(err)
		}
		defer o.Close()
		_, err = o.Generate(t.Context(), imageRequest(1))
		var tr *pipeline.Transient
		if !errors.As(err, &tr) || tr.Ambiguous != ambiguous {
			t.Errorf("%q: %v", body, err)
		}
	}
}
