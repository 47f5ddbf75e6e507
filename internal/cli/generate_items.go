package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/validators"
)

// items reads the brief and expands it; what the policy refuses is an error
// before anything is spent.
func (g *generate) items(ctx context.Context, x *media, p *mediaPlan) error {
	brief, err := g.readBrief(x, p)
	if err != nil {
		return usage(err)
	}
	project, err := os.OpenRoot(x.root) // links out of the project are not followed
	if err != nil {
		return err
	}
	defer project.Close()
	packs, err := pipeline.LoadPacks(project.FS())
	if err != nil {
		return usage(err)
	}
	o := pipeline.ItemOptions{Project: project.FS(), Packs: packs, Keep: assets.Dir{Path: x.store()}.Put}
	if g.unasked {
		if ref := x.stimulusModel(); ref != "" && g.planning {
			p.notes = append(p.notes, "plan does not ask "+ref+" for keywords: packs stand in for what it would say")
		}
	} else if p.stimulus, err = g.stimulus(x); err != nil {
		return err
	}
	if p.stimulus != nil {
		defer p.stimulus.model.Close()
		if o.Stimulus, err = pipeline.ChatStimulator(p.stimulus, p.stimulus.ref, nil); err != nil {
			return err
		}
	}
	if x.config.Optimize.Stimulus == "none" {
		o.Keywords = -1
	}
	items, notes, err := brief.Items(ctx, o)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		return usage(err)
	}
	p.items = items
	for _, n := range notes {
		p.notes = append(p.notes, n.String())
	}
	name := brief.Name
	if name == "" {
		name, _, _ = strings.Cut(items[0].ID, "#")
	}
	p.parsed = brief
	p.manifest = &pipeline.MediaManifest{Name: runName(name), Brief: assets.InputsDir + "/brief.yaml", Seed: items[0].Seed, Stimulus: x.stimulusModel()}
	return x.allowed(items)
}

// runName is a name as it goes into the run's folder.
func runName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, s)
	for strings.Contains(s, "--") {
		s = strings.ReplaceAll(s, "--", "-")
	}
	s = strings.Trim(s[:min(len(s), 40)], "-")
	if s == "" {
		return "media"
	}
	return s
}

// readBrief reads --brief, or makes one of --prompt, with the flags over it.
func (g *generate) readBrief(x *media, p *mediaPlan) (*pipeline.Brief, error) {
	f, err := g.flagsOfBrief()
	if err != nil {
		return nil, err
	}
	if g.brief != "" {
		path := g.path(g.brief)
		if p.brief, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("--brief: %w", err)
		}
		b, err := pipeline.ParseBrief(inProject(x.root, path), p.brief)
		if err != nil {
			return nil, err
		}
		if b.Name == "" {
			b.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		}
		b.Override(f)
		p.brief = append(p.brief, g.asComment()...)
		return b, nil
	}
	if strings.TrimSpace(g.prompt) == "" {
		return nil, errors.New("--prompt is empty")
	}
	b := pipeline.FromPrompt(g.prompt, f)
	b.Top.Text = append(b.Top.Text, g.texts...)
	p.brief, err = yaml.Marshal(map[string]any{"prompt": g.prompt})
	p.brief = append(p.brief, g.asComment()...)
	return b, err
}

// asComment notes the flags that were laid over the brief, so that its digest
// tells briefs apart that differ in them.
func (g *generate) asComment() string {
	var b strings.Builder
	for _, pair := range []struct {
		flag  string
		value any
	}{{"count", g.count}, {"seed", g.seed}, {"size", g.size}, {"negative", g.negative}, {"text", g.texts}, {"model", g.model}, {"style", g.style},
		{"mood", g.mood}, {"slot", g.slots}, {"param", g.params}, {"format", g.format}} {
		if g.changed(pair.flag) {
			fmt.Fprintf(&b, "# --%s %q\n", pair.flag, fmt.Sprint(pair.value))
		}
	}
	return b.String()
}

func (g *generate) flagsOfBrief() (f pipeline.Flags, err error) {
	f = pipeline.Flags{Negative: g.negative, Style: g.style, Mood: g.mood, Format: g.format, Slots: g.splitSlots()}
	if g.changed("count") {
		f.Count = &g.count
	}
	if g.size != "" {
		f.Size = strings.Split(g.size, ",")
	}
	if g.model != "" {
		f.Model = []string{g.model}
	}
	switch g.seed {
	case "":
	case "random":
		g.seed = fmt.Sprint(randomSeed())
		fallthrough
	default:
		n, err := pipeline.ParseSeed(g.seed)
		if err != nil {
			return f, fmt.Errorf("--seed: %w", err)
		}
		f.Seed = &n
	}
	if f.Params, err = pipeline.ParseParams(g.params); err != nil {
		return f, fmt.Errorf("--param: %w", err)
	}
	return f, nil
}

// splitSlots gives each alternative of a slot an entry of its own.
func (g *generate) splitSlots() (out []string) {
	for _, s := range g.slots {
		name, values, ok := strings.Cut(s, "=")
		if !ok {
			out = append(out, s)
			continue
		}
		for v := range strings.SplitSeq(values, ",") {
			out = append(out, name+"="+v)
		}
	}
	return out
}

// allowed refuses items whose prompt breaks the policy.
func (x *media) allowed(items []pipeline.Item) error {
	policy, err := x.policy()
	if err != nil {
		return usage(err)
	}
	var errs []error
	for i := range items {
		if broken := policy.Check(items[i].Prompt); len(broken) > 0 {
			errs = append(errs, fmt.Errorf("%s: the policy refuses it: %s", items[i].ID, strings.Join(broken, "; ")))
		}
		if len(errs) == 20 {
			break
		}
	}
	return usage(errors.Join(errs...))
}

// policy is the project's, else the built-in one.
func (x *media) policy() (*validators.Policy, error) {
	if x.config.Assure.Policy == "" {
		return validators.DefaultPolicy(), nil
	}
	data, err := os.ReadFile(filepath.Join(x.root, filepath.FromSlash(x.config.Assure.Policy)))
	if err != nil {
		return nil, fmt.Errorf("assure.policy: %w", err)
	}
	return validators.ParsePolicy(x.config.Assure.Policy, data)
}
