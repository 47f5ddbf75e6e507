package cli

import (
	"errors"
	"math/rand/v2"

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

// deployer makes what delivers a run's assets.
func (w *mediaWork) deployer() (pipeline.Deployer, error) {
	o := deployers.Origin{Run: w.run.ID, Brief: w.run.M.BriefDigest, Version: programVersion(), Prompt: w.config.Deliver.Prompt, Several: len(w.run.M.Generators) > 1}
	if w.run.M.Deliver != "cdn" {
		return deployers.NewDirectory(w.target(w.run.M), o)
	}
	endpoint := w.Getenv("CDN_ENDPOINT")
	if endpoint == "" {
		return nil, usage(errors.New("--deliver cdn: CDN_ENDPOINT is not set: the address that takes files by PUT (CDN_KEY: its key)"))
	}
	return deployers.NewHTTPPut(endpoint, w.Getenv("CDN_KEY"), o)
}

// randomSeed is a seed that is another one each time.
func randomSeed() uint64 { return rand.Uint64N(1 << 32) }
