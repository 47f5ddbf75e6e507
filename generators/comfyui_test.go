package generators

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/GaboBase/arch-genops/generators/comfyserver"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/pipeline/pipelinetest"
)

const comfyModel = "v1-5-pruned-emaonly"

func comfyJob(n int) pipeline.MediaJob {
	return pipeline.MediaJob{
		Provider: "comfyui", Seed: 18446744073709551000 + uint64(n), Width: 128, Height: 96,
		Prompt: pipeline.MediaPrompt{Subject: fmt.Sprintf("a lighthouse, number %d", n), Style: []string{"ink"}, Negative: []string{"people"}},
	}
}

func newComfy(t testing.TB, opts comfyserver.Options, cfg ComfyUIConfig) (*ComfyUI, *comfyserver.Server) {
	t.Helper()
	s, err := comfyserver.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	cfg.BaseURL = s.URL()
	if cfg.Model == "" {
		cfg.Model = comfyModel
	}
	if cfg.Poll == 0 {
		cfg.Poll = 50 * time.Millisecond
	}
	c, err := NewComfyUI(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, s
}

var comfyFaults = map[pipelinetest.MediaFault]comfyserver.Fault{
	pipelinetest.MediaRateLimited: comfyserver.RateLimited,
	pipelinetest.MediaBusy:        comfyserver.Busy,
	pipelinetest.MediaOverloaded:  comfyserver.Overloaded,
	pipelinetest.MediaBroken:      comfyserver.Broken,
	pipelinetest.MediaBadKey:      comfyserver.BadKey,
	pipelinetest.MediaRejected:    comfyserver.Rejected,
	pipelinetest.MediaFails:       comfyserver.Fails,
	pipelinetest.MediaCut:         comfyserver.Cut,
	pipelinetest.MediaCutAfter:    comfyserver.CutAfter,
	pipelinetest.MediaCutImage:    comfyserver.CutImage,
	pipelinetest.MediaTruncated:   comfyserver.Truncated,
	pipelinetest.MediaWrongType:   comfyserver.WrongType,
	pipelinetest.MediaEmpty:       comfyserver.Empty,
	pipelinetest.MediaBomb:        comfyserver.Bomb,
	pipelinetest.MediaDrip:        comfyserver.Drip,
	pipelinetest.MediaHang:        comfyserver.Stuck,
}

func TestComfyUI(t *testing.T) {
	can := pipelinetest.MediaAbilities{Seeds: true, Sizes: true}
	for f := range comfyFaults {
		can.Faults = append(can.Faults, f)
	}
	slices.Sort(can.Faults)
	for name, release := range map[string]comfyserver.Release{"Current": comfyserver.Current, "Newest": comfyserver.Newest} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pipelinetest.Media(t, can, func(tb testing.TB, b pipelinetest.MediaBehaviour) pipelinetest.MediaBackend {
				fault := comfyFaults[b.Fault]
				c, s := newComfy(tb, comfyserver.Options{
					Release: release, Latency: b.Latency, HistoryDelay: 20 * time.Millisecond, RetryAfter: b.Wait, Key: b.Key, Leak: true,
					Fault: func(n int64) comfyserver.Fault {
						if b.Every > 1 && n%int64(b.Every) != 1 {
							return comfyserver.None
						}
						return fault
					},
				}, ComfyUIConfig{APIKeyEnv: "COMFY_KEY", Getenv: func(string) string { return b.Key }})
				return pipelinetest.MediaBackend{
					Generator: c, KeyEnv: "COMFY_KEY", Job: comfyJob,
					Made: func() map[string]int {
						made := map[string]int{}
						for id, j := range s.Tally.Stats().Jobs {
							made[id] = j.Made
						}
						return made
					},
					Restart: func() {
						if err := s.Restart(); err != nil {
							t.Error(err)
						}
					},
				}
			})
		})
	}
}

func comfyRequest(n int) pipeline.Request {
	job := comfyJob(n)
	return pipeline.Request{ID: fmt.Sprintf("c%d#1", n), Media: &job, JobID: fmt.Sprintf("6f1c0de0-0000-5000-8000-%012d", n)}
}

// TestComfyUIEventsOnlySayWhen makes images while the socket fails in every way.
func TestComfyUIEventsOnlySayWhen(t *testing.T) {
	for name, opts := range map[string]comfyserver.Options{
		"silent":         {Fault: comfyserver.Every(1, comfyserver.Silent)},
		"zombie":         {Zombie: func(n int64) bool { return n == 1 }},
		"history race":   {HistoryDelay: 200 * time.Millisecond},
		"500 and queued": {Fault: comfyserver.Every(1, comfyserver.BrokenAfter)},
		"504 and queued": {Fault: comfyserver.Every(1, comfyserver.GatewayAfter)},
		"slow reply":     {Fault: comfyserver.Every(1, comfyserver.SlowReply)},
		"image twice":    {Fault: comfyserver.Every(1, comfyserver.CutImage), ViewFaults: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts.Latency = 300 * time.Millisecond
			c, s := newComfy(t, opts, ComfyUIConfig{Silence: 100 * time.Millisecond})
			for n := range 2 {
				a, err := c.Generate(t.Context(), comfyRequest(n))
				if err != nil || a.Blob == nil {
					t.Fatal(err)
				}
			}
			if made := s.Tally.Stats(); made.Made != 2 || made.Submitted != 2 {
				t.Errorf("%+v", made)
			}
			if name == "zombie" && s.Sockets() < 2 {
				t.Error("the zombie was not replaced")
			}
		})
	}
}

// TestComfyUIEventsAreFast makes an image with a floor of polling that it must
// not wait for.
func TestComfyUIEventsAreFast(t *testing.T) {
	c, _ := newComfy(t, comfyserver.Options{Latency: 100 * time.Millisecond, HistoryDelay: 10 * time.Millisecond}, ComfyUIConfig{Poll: 20 * time.Second})
	at := time.Now()
	if _, err := c.Generate(t.Context(), comfyRequest(1)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(at); took > 15*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestComfyUINodeErrorsIn200(t *testing.T) {
	c, s := newComfy(t, comfyserver.Options{Fault: comfyserver.Every(1, comfyserver.NodeErrors), Latency: 5 * time.Second}, ComfyUIConfig{})
	_, err := c.Generate(t.Context(), comfyRequest(1))
	if err == nil || kindOfError(err) != "plain" || !strings.Contains(err.Error(), "node 99 (SaveImage)") {
		t.Errorf("%v", err)
	}
	if s.Queued() != 0 || s.Tally.Stats().Made != 0 {
		t.Errorf("%d are still queued, %+v", s.Queued(), s.Tally.Stats())
	}
}

func kindOfError(err error) string {
	var transient *pipeline.Transient
	var unusable *pipeline.Unusable
	switch {
	case errors.As(err, &transient):
		return "transient"
	case errors.As(err, &unusable):
		return "unusable"
	}
	return "plain"
}

func TestComfyUIInterruptedByOthers(t *testing.T) {
	c, _ := newComfy(t, comfyserver.Options{Fault: comfyserver.First(1, comfyserver.Interrupted)}, ComfyUIConfig{})
	_, err := c.Generate(t.Context(), comfyRequest(1))
	var tr *pipeline.Transient
	if !errors.As(err, &tr) || tr.Ambiguous {
		t.Fatalf("%v", err)
	}
	if _, fate, err := c.Find(t.Context(), comfyRequest(1).JobID); fate != pipeline.FateLost || err != nil {
		t.Errorf("fate %v, %v", fate, err)
	}
	if a, err := c.Generate(t.Context(), comfyRequest(1)); err != nil || a.Blob == nil {
		t.Error(err)
	}
}

// TestComfyUISentAgain sends a job again under its ID: what the history says of
// the first time must not be taken for the second.
func TestComfyUISentAgain(t *testing.T) {
	for _, first := range []comfyserver.Fault{comfyserver.Interrupted, comfyserver.Fails} {
		for _, second := range []comfyserver.Fault{comfyserver.None, comfyserver.CutAfter, comfyserver.Silent} {
			t.Run(fmt.Sprint(first, " then ", second), func(t *testing.T) {
				t.Parallel()
				c, _ := newComfy(t, comfyserver.Options{Latency: 50 * time.Millisecond, HistoryDelay: 10 * time.Millisecond, Fault: func(n int64) comfyserver.Fault {
					if n%2 == 1 {
						return first
					}
					return second
				}}, ComfyUIConfig{})
				for n := range 6 {
					r := comfyRequest(1)
					r.Media.Seed += uint64(n / 2) // so that it is not taken from the cache
					a, err := c.Generate(t.Context(), r)
					if good := n%2 == 1; good != (err == nil && a.Blob != nil) {
						t.Errorf("time %d: %v", n+1, err)
					}
				}
			})
		}
	}
}

// TestComfyUICancelsOnlyItsOwn gives up one job of two, on servers that can
// interrupt a job by its ID and on one that can't.
func TestComfyUICancelsOnlyItsOwn(t *testing.T) {
	for _, release := range []comfyserver.Release{comfyserver.Current, comfyserver.Newest, comfyserver.Old} {
		for _, running := range []bool{true, false} {
			t.Run(fmt.Sprintf("release %d running %v", release, running), func(t *testing.T) {
				t.Parallel()
				c, s := newComfy(t, comfyserver.Options{Release: release, Latency: 5 * time.Second}, ComfyUIConfig{})
				other := make(chan error, 1)
				begin := func(ctx context.Context, n int, done chan error) {
					go func() {
						_, err := c.Generate(ctx, comfyRequest(n))
						done <- err
					}()
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				mine := make(chan error, 1)
				if running {
					begin(ctx, 1, mine)
				} else {
					begin(t.Context(), 2, other)
				}
				waitFor(t, func() bool { return s.Queued() == 1 })
				if running {
					begin(t.Context(), 2, other)
				} else {
					begin(ctx, 1, mine)
				}
				waitFor(t, func() bool { return s.Queued() == 2 })
				cancel()
				if err := <-mine; !errors.Is(err, context.Canceled) {
					t.Errorf("mine: %v", err)
				}
				if err := <-other; err != nil {
					t.Errorf("the other: %v", err)
				}
				want := 1
				if release == comfyserver.Old && running {
					want = 2 // nothing but an interrupt of everything could have stopped it
				}
				if made := s.Tally.Stats().Made; made != want {
					t.Errorf("%d were made, want %d", made, want)
				}
			})
		}
	}
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for range 12000 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("it did not happen")
}

// TestComfyUIOld meets a server that gives IDs of its own: jobs are made, and
// absence proves nothing.
func TestComfyUIOld(t *testing.T) {
	c, _ := newComfy(t, comfyserver.Options{Release: comfyserver.Old}, ComfyUIConfig{})
	r := comfyRequest(1)
	a, err := c.Generate(t.Context(), r)
	if err != nil || a.Blob == nil || a.Recipe["prompt_id"] == r.JobID {
		t.Fatal(a.Recipe, err)
	}
	if _, fate, err := c.Find(t.Context(), r.JobID); fate != pipeline.FateUnknown || err != nil {
		t.Errorf("fate %v, %v", fate, err)
	}
	// The same graph again: everything is cached, and such a server shows nothing.
	if _, err := c.Generate(t.Context(), r); err == nil || !strings.Contains(err.Error(), "cache") {
		t.Errorf("%v", err)
	}
}

func TestComfyUIUnreachable(t *testing.T) {
	c, s := newComfy(t, comfyserver.Options{Latency: time.Minute}, ComfyUIConfig{Patience: 200 * time.Millisecond})
	done := make(chan error, 1)
	go func() {
		_, err := c.Generate(t.Context(), comfyRequest(1))
		done <- err
	}()
	waitFor(t, func() bool { return s.Queued() == 1 })
	s.Stop()
	var tr *pipeline.Transient
	if err := <-done; !errors.As(err, &tr) || !tr.Ambiguous {
		t.Errorf("a queued job whose server went away: %v", err)
	}
	a, err := c.Generate(t.Context(), comfyRequest(2))
	if !errors.As(err, &tr) || tr.Ambiguous || a.Sends != 0 {
		t.Errorf("a job that could not be sent: %v, Sends %d", err, a.Sends)
	}
	if _, _, err := c.Find(t.Context(), comfyRequest(1).JobID); err == nil {
		t.Error("nobody answered, and there is no error")
	}
}

func TestComfyUIAsset(t *testing.T) {
	c, _ := newComfy(t, comfyserver.Options{}, ComfyUIConfig{})
	r := comfyRequest(1)
	r.Media.Prompt.LoRAs = []pipeline.LoRA{{Name: "add_detail", Text: 1, Unet: 0.5}}
	r.Media.Params = map[string]any{"steps": 12}
	a, err := c.Generate(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"prompt_id": r.JobID, "output": "9", "sampler": "dpmpp_2m", "scheduler": "karras", "steps": "12", "cfg": "7", "denoise": "1",
		"seed": "18446744073709551001", "model": comfyModel + ".safetensors", "width": "128", "height": "96",
		"loras": "add_detail.safetensors:0.5", "file": a.Recipe["file"],
	}
	if fmt.Sprint(a.Recipe) != fmt.Sprint(want) {
		t.Errorf("the recipe is\n%v, want\n%v", a.Recipe, want)
	}
	if a.Model != want["model"] || a.CostUSD != 0 || a.Unpriced {
		t.Errorf("%+v", a)
	}
}
