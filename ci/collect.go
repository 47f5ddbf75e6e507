package ci

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/semdiff"
)

// Collector gathers the facts of a branch.
type Collector struct {
	Registry registry.Registry
	Options  semdiff.Options

	changes       *registry.Changes
	before, after *registry.Snapshot
	paths         map[string]registry.FileChange // by path, before and after
	known         map[string]bool                // paths that belong to an object or agent
}

// Collect compares the project with the place from which its branch and base
// went apart: every object that changed, by itself or through what it includes.
// It reads git and the working tree, and nothing else.
func (c *Collector) Collect(ctx context.Context, base string, committed bool) (*Facts, error) {
	var err error
	if c.changes, err = c.Registry.Changes(ctx, base, committed); err != nil {
		return nil, err
	}
	head := ""
	if committed || !c.changes.Dirty {
		head = c.changes.Head
	}
	if c.before, err = c.Registry.Snapshot(ctx, c.changes.From); err != nil {
		return nil, err
	}
	defer c.before.Close()
	if c.after, err = c.Registry.Snapshot(ctx, head); err != nil {
		return nil, err
	}
	defer c.after.Close()
	f := &Facts{Base: base, From: c.changes.From, Head: head, Notes: c.changes.Notes}
	if head == "" {
		f.Head = "working tree"
	}
	if len(c.changes.Files) == 0 {
		return f, nil
	}
	c.index(f)
	if f.Changes, err = c.objects(ctx); err != nil {
		return nil, err
	}
	if f.Agents, err = c.agents(ctx, f.Changes); err != nil {
		return nil, err
	}
	f.Changes = append(f.Changes, c.otherFiles(f.Agents)...)
	return f, nil
}

// index sorts the changed files by what they are.
func (c *Collector) index(f *Facts) {
	c.paths, c.known = map[string]registry.FileChange{}, map[string]bool{}
	for _, x := range c.changes.Files {
		c.paths[x.Path] = x
		if x.From != "" {
			c.paths[x.From] = x
		}
		if x.Path == config.Name || x.From == config.Name {
			f.Everything = config.Name + " " + x.Status
			c.known[x.Path] = true
		}
	}
}

// candidate is an object that may have changed.
type candidate struct {
	kind          registry.Kind
	name, was     string // was: its name before; "" = it is new
	gone          bool
	status, path  string
	before, after *registry.Object
	errAfter      error
	report        *semdiff.Report
}

// objects compares all prompts, agents, models and test sets that changed. An
// agent is listed when its own file changed.
func (c *Collector) objects(ctx context.Context) ([]Change, error) {
	var all []*candidate
	for _, kind := range registry.Kinds() {
		all = append(all, c.own(kind)...)
	}
	all = append(all, c.through(all)...)
	if err := c.compareAll(ctx, all); err != nil {
		return nil, err
	}
	var out []Change
	for _, x := range all {
		if change, ok := x.change(); ok {
			out = append(out, change)
		}
	}
	return out, nil
}

// own lists the objects whose own files changed.
func (c *Collector) own(kind registry.Kind) (all []*candidate) {
	seen := map[string]bool{}
	for _, f := range c.changes.Files {
		name, is := kind.NameOf(f.Path)
		was, had := "", false
		if f.From != "" {
			was, had = kind.NameOf(f.From)
		}
		if is {
			c.known[f.Path] = true
		}
		if !is && !had || seen[name] {
			continue
		}
		x := &candidate{kind: kind, name: name, was: name, status: f.Status, path: f.Path}
		switch {
		case f.Status == "renamed" && had && is:
			x.was = was
			if was == name { // another ending
				x.status = "modified"
			}
		case f.Status == "renamed" && had: // moved out of its folder
			x.name, x.was, x.status, x.path, x.gone = was, was, "deleted", f.From, true
		case f.Status == "renamed" || f.Status == "added":
			x.was, x.status = "", "added"
		case f.Status == "deleted":
			x.gone = true
		}
		if x.gone || x.was == "" { // the same name may live on in another file
			x.settle(c)
		}
		seen[x.name] = true
		all = append(all, x)
	}
	return all
}

// settle looks whether a name that came or went is there on both sides.
func (x *candidate) settle(c *Collector) {
	_, _, errBefore := c.before.Own(x.kind, x.name)
	file, _, errAfter := c.after.Own(x.kind, x.name)
	if errBefore == nil && errAfter == nil {
		x.was, x.gone, x.status, x.path = x.name, false, "modified", file
	}
}

// through lists the prompts that changed by what they include.
func (c *Collector) through(own []*candidate) (all []*candidate) {
	included := func(file string) bool {
		kind, rest, _ := strings.Cut(file, "/")
		return kind == "tools" || kind == "models" || kind == "prompts" && strings.HasPrefix(path.Base(rest), "_")
	}
	some := false
	for file := range c.paths {
		if included(file) {
			some = true
			c.known[file] = true
		}
	}
	if !some {
		return nil
	}
	for _, name := range c.after.Names(registry.KindPrompt) {
		if slices.ContainsFunc(own, func(x *candidate) bool { return x.kind == registry.KindPrompt && x.name == name }) {
			continue
		}
		o, err := c.after.Object(registry.KindPrompt, name)
		if err == nil && !slices.ContainsFunc(o.Files, func(f registry.ObjectFile) bool { _, changed := c.paths[f.Path]; return changed }) {
			continue
		}
		file := ""
		if err == nil {
			file = o.Path
		} else if before, _ := c.before.Object(registry.KindPrompt, name); before == nil {
			continue // it was broken before, too
		}
		all = append(all, &candidate{kind: registry.KindPrompt, name: name, was: name, status: "modified", path: file})
	}
	return all
}

// compareAll compares the candidates, on all processors.
func (c *Collector) compareAll(ctx context.Context, all []*candidate) error {
	work := make(chan *candidate)
	errs := make([]error, runtime.GOMAXPROCS(0))
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			for x := range work {
				if err := x.compare(ctx, c); err != nil && errs[i] == nil {
					errs[i] = err
				}
			}
		})
	}
	for _, x := range all {
		work <- x
	}
	close(work)
	wait.Wait()
	return errors.Join(errs...)
}

// compare reads both sides and compares them. What can't be read now is
// compared as text.
func (x *candidate) compare(ctx context.Context, c *Collector) (err error) {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if x.was != "" {
		x.before, _ = c.before.Object(x.kind, x.was) // what can't be read is compared as text
	}
	if !x.gone {
		x.after, x.errAfter = c.after.Object(x.kind, x.name)
	}
	switch {
	case x.before != nil && x.after != nil:
		x.report, err = Compare(ctx, x.before, x.after, c.Options)
	case x.was != "" && !x.gone:
		x.report, err = x.asText(ctx, c)
	default:
		return nil
	}
	if err != nil {
		return fmt.Errorf("comparing %s %s: %w", x.kind, x.name, err)
	}
	x.report.From, x.report.To = c.fromText(), c.toText()
	return nil
}

func (x *candidate) asText(ctx context.Context, c *Collector) (*semdiff.Report, error) {
	was, before, err := c.before.Own(x.kind, x.was)
	if err != nil {
		return nil, err
	}
	now, after, err := c.after.Own(x.kind, x.name)
	if err != nil {
		return nil, err
	}
	return CompareText(ctx, x.kind, x.name, semdiff.File{Path: was, Text: before}, semdiff.File{Path: now, Text: after}, c.Options)
}

func (c *Collector) fromText() string { return c.changes.Base }

func (c *Collector) toText() string {
	switch {
	case c.after.Commit == "":
		return "working tree"
	case c.changes.Branch != "":
		return c.changes.Branch
	}
	return c.after.Commit[:12]
}

// change is what a candidate came to; false when its content is the same.
func (x *candidate) change() (Change, bool) {
	out := Change{Kind: string(x.kind), Name: x.name, Status: x.status, Path: x.path, Report: x.report}
	switch {
	case x.gone:
		out.Verdict, out.Summary = semdiff.Changed, []string{"removed"}
		if x.kind == registry.KindAgent {
			out.Verdict = semdiff.Breaking
		}
	case x.report == nil: // new
		out.Verdict, out.Summary = semdiff.Changed, []string{"new"}
	default:
		out.Verdict = x.report.Verdict
		for _, ch := range x.report.Changes[:min(len(x.report.Changes), 10)] {
			out.Summary = append(out.Summary, ch.Say)
		}
	}
	if x.was != x.name && x.was != "" {
		out.From, out.Verdict = x.was, max(out.Verdict, semdiff.Changed)
		out.Summary = append([]string{fmt.Sprintf("renamed: %s → %s", x.was, x.name)}, out.Summary...)
	}
	if x.errAfter != nil {
		out.Problem, out.Verdict = x.errAfter.Error(), semdiff.Breaking
		if errors.Is(x.errAfter, fs.ErrNotExist) {
			out.Problem = "something that it includes is missing: " + out.Problem
		}
	}
	return out, out.Verdict > semdiff.Identical || out.Problem != ""
}
