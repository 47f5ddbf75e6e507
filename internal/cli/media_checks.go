package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/GaboBase/arch-genops/deployers"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/validators"
)

// checks are the validators of layer 3, in their order.
func (x *media) checks() ([]pipeline.Check, error) {
	policy, err := x.policy()
	if err != nil {
		return nil, usage(err)
	}
	return []pipeline.Check{
		{Metric: "technical", Required: true, Each: validators.Technical{}},
		{Metric: "policy", Required: true, Each: validators.PolicyFilter{Policy: policy}},
		{Metric: "clip_scorer", Each: validators.CLIP{}},
		{Metric: "duplicate", Required: true, All: validators.Duplicates{}},
	}, nil
}

// knownMetrics are the metrics that rules may name.
func knownMetrics() []string {
	return []string{pipeline.PassRate, "technical", "policy", "clip_scorer", "duplicate"}
}

// reachable says whether assets can be delivered to a target, as far as that can
// be known before they are made. It leaves nothing behind.
func (x *media) reachable(target string) error {
	if target == "cdn" {
		_, err := x.httpPut(deployers.Origin{})
		return err
	}
	if target == "" {
		target = filepath.Join(x.root, "out")
	}
	there := target
	info, err := os.Stat(there)
	for errors.Is(err, fs.ErrNotExist) && filepath.Dir(there) != there {
		there = filepath.Dir(there)
		info, err = os.Stat(there)
	}
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is a file, not a folder", x.show(there))
	}
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(there, ".genops-writable-"); err == nil {
			err = errors.Join(f.Close(), os.Remove(f.Name()))
		}
	}
	if err != nil {
		return fmt.Errorf("--deliver %s: nothing can be written there: %w; nothing was sent", x.show(target), err)
	}
	return nil
}

var errNoEndpoint = errors.New("--deliver cdn: CDN_ENDPOINT is not set: the address that takes files by PUT (CDN_KEY: its key)")

// deliverWidth is how many assets are delivered at a time.
const deliverWidth = 4

// origin is what the run's deliveries have in common.
func (w *mediaWork) origin() deployers.Origin {
	return deployers.Origin{Run: w.run.ID, Brief: w.run.M.BriefDigest, Version: programVersion(), Prompt: w.config.Deliver.Prompt, Several: len(w.run.M.Generators) > 1}
}

// deployer makes what delivers a run's assets.
func (w *mediaWork) deployer() (pipeline.Deployer, error) {
	o := w.origin()
	if w.run.M.Deliver != "cdn" {
		return deployers.NewDirectory(w.target(w.run.M), o)
	}
	return w.httpPut(o)
}

// httpPut is what delivers to a CDN; its errors are those of the environment.
func (x *media) httpPut(o deployers.Origin) (*deployers.HTTPPut, error) {
	endpoint := x.Getenv("CDN_ENDPOINT")
	if endpoint == "" {
		return nil, usage(errNoEndpoint)
	}
	d, err := deployers.NewHTTPPut(endpoint, x.Getenv("CDN_KEY"), o)
	if err != nil {
		return nil, usage(fmt.Errorf("--deliver cdn: %w", err))
	}
	return d, nil
}

// randomSeed is a seed that is another one each time.
func randomSeed() uint64 { return rand.Uint64N(1 << 32) }
