package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/dotprompt"
	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/generators"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/testsets"
)

// probing makes the two arms of a probe.
type probing struct {
	*objectDiff
	project   somewhere
	set       *testsets.Set
	name      string
	model     string                          // that answers; "" for an agent
	models    map[string]*generators.Prompted // by release; nil = no model with a price
	cacheable map[string]bool                 // releases whose answers may be kept
	closers   []func() error
	told      string // the agent that was named in a note
}

func (b *probing) close() {
	for _, f := range b.closers {
		f()
	}
}

// arm makes what answers for one version.
func (b *probing) arm(ctx context.Context, o *registry.Object, side string) (evals.ProbeArm, error) {
	b.name = o.Name
	if b.models == nil {
		b.models, b.cacheable = map[string]*generators.Prompted{}, map[string]bool{}
	}
	if o.Kind == registry.KindAgent {
		return b.agentArm(ctx, o, side)
	}
	return b.promptArm(ctx, o)
}

// agentArm runs the agent itself.
func (b *probing) agentArm(ctx context.Context, o *registry.Object, side string) (evals.ProbeArm, error) {
	ref := o.Name
	switch {
	case b.probe.model != "":
		return evals.ProbeArm{}, usage(errors.New("--model is for prompts: an agent says itself which model answers"))
	case o.Version != "":
		ref += "@" + o.Version
	case o.Commit != "":
		ref += "@" + o.Commit
	}
	r, err := b.resolve(ctx, b.project.Project, ref)
	if err != nil {
		return evals.ProbeArm{}, err
	}
	if err := checkPrompt(r, b.set); err != nil {
		return evals.ProbeArm{}, err
	}
	dir := filepath.Join(b.project.Root, ".genops")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return evals.ProbeArm{}, err
	}
	g, err := newGenerator(b.State, b.project.Project, r, b.project.Evals.Timeout, b.project.Evals.Concurrency, filepath.Join(dir, "probe-"+side+".log"))
	if err != nil {
		return evals.ProbeArm{}, err
	}
	if c, ok := g.(io.Closer); ok {
		b.closers = append(b.closers, c.Close)
	}
	arm := evals.ProbeArm{Release: r.Release.Digest, Generator: g}
	if r.Agent.Runtime.HTTP != nil {
		arm.Timeout = b.project.Evals.Timeout
	}
	b.models[arm.Release], _ = g.(*generators.Prompted)
	if ok, _ := r.Release.Cacheable(); ok {
		b.cacheable[arm.Release] = true
	}
	return arm, nil
}

// promptArm puts a version of a prompt before a model: --model, that of an agent
// which uses the prompt, or the one that its front matter names.
func (b *probing) promptArm(ctx context.Context, o *registry.Object) (evals.ProbeArm, error) {
	by, err := b.modelFor(ctx, o)
	if err != nil {
		return evals.ProbeArm{}, err
	}
	for i := range b.set.Cases {
		c := &b.set.Cases[i]
		if err := o.Prompt.Check(generators.PromptVars(o.Prompt, c.Input, c.Vars)); err != nil {
			return evals.ProbeArm{}, usage(fmt.Errorf("%s:%d: case %s: %w", b.set.Path, c.Line, c.ID, err))
		}
	}
	var tools []dotprompt.Tool
	for _, f := range o.Files {
		if !strings.HasPrefix(f.Path, "tools/") {
			continue
		}
		t, err := dotprompt.ParseTool(f.Path, f.Text)
		if err != nil {
			return evals.ProbeArm{}, err
		}
		tools = append(tools, t)
	}
	g, err := promptedBy(b.State, b.project.Project, by, o.Prompt, tools, b.project.Evals.Timeout, b.project.Evals.Concurrency)
	if err != nil {
		return evals.ProbeArm{}, fmt.Errorf("prompt %s: %w", o.Name, err)
	}
	arm := evals.ProbeArm{Generator: g}
	if arm.Release, err = probeRelease(o, by); err != nil {
		return arm, err
	}
	b.model = g.Ref()
	b.models[arm.Release], b.cacheable[arm.Release] = g, true
	return arm, nil
}

// modelFor is an agent that says which model answers, and how it is reached.
func (b *probing) modelFor(ctx context.Context, o *registry.Object) (*registry.Agent, error) {
	alone := &registry.Agent{ID: o.Name, Root: b.project.Root, Runtime: registry.Runtime{Model: &registry.ModelRuntime{Prompt: o.Name, Model: b.probe.model}}}
	if b.probe.model != "" {
		return alone, nil
	}
	s, err := b.registry(b.project.Project).Snapshot(ctx, "")
	if err != nil {
		return nil, err
	}
	defer s.Close()
	for _, id := range s.Names(registry.KindAgent) {
		a, err := s.Object(registry.KindAgent, id)
		if err != nil || a.Agent.Runtime.Model == nil || a.Agent.Runtime.Model.Model == "" && o.Prompt.Model == "" {
			continue
		}
		if slices.ContainsFunc(a.Files, func(f registry.ObjectFile) bool { return f.Path == o.Path }) {
			if b.told != id {
				fmt.Fprintf(b.Stderr, "note: asked through agent %s, which uses the prompt\n", id)
				b.told = id
			}
			return a.Agent, nil
		}
	}
	if o.Prompt.Model == "" {
		return nil, usage(fmt.Errorf("--behaviour: no model is known for prompt %s: no agent uses it, and its front matter names none; give --model PROVIDER:NAME", o.Name))
	}
	return alone, nil
}

// probeRelease names the answers of a prompt behind a model: by its content and
// all that the model is asked with, but for the key and the headers.
func probeRelease(o *registry.Object, by *registry.Agent) (string, error) {
	m, file, err := by.Calls(o.Prompt)
	if err != nil {
		return "", err
	}
	var parameters map[string]any
	if file != nil {
		parameters = file.Parameters
	}
	data, err := json.Marshal([]any{"probe 1", o.Digest, m.Model, m.BaseURL, m.Config, m.Stream, parameters})
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:]), err
}
