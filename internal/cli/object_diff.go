package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/ci"
	"github.com/GaboBase/arch-genops/export"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/semdiff"
)

// objectDiff holds the flags of `genops KIND diff`.
type objectDiff struct {
	*State
	kind      registry.Kind
	base      string
	committed bool
	all       bool
	failOn    string
	show      diffShow
	probe     probeFlags
}

func newObjectDiff(s *State, kind registry.Kind) *cobra.Command {
	d := &objectDiff{State: s, kind: kind}
	name := sampleName(kind)
	c := &cobra.Command{Use: "diff NAME[@A[..B]] | --base REF | --all", Short: fmt.Sprintf("What changed in meaning between two versions of %s", aNoun(kind)),
		Long: fmt.Sprintf(`Diff says in words what changed, how much it means (formatting, reworded, changed,
breaking), and what that calls for by ci.gates in genops.yaml. Then it shows the
texts, side by side where there is room.

  NAME            the latest version against the working tree; without a version, HEAD
  NAME@A          A against the working tree
  NAME@A..B       A against B: versions, labels, digests, or what git calls a place
  --base REF      every %s that this branch changes since it left REF
  --all           every %[1]s that differs from its latest version
%[2]s
It ends with 0 whatever it finds; --fail-on VERDICT ends with 3 from that on.`, noun(kind), probeHelp(kind)),
		Example: fmt.Sprintf("  genops %s diff %s\n  genops %[1]s diff %[2]s@1.2.0..1.3.0 -o diff.html\n  genops %[1]s diff --base main --format markdown", kind, name),
		Args: func(c *cobra.Command, args []string) error {
			ways := len(args)
			if d.base != "" {
				ways++
			}
			if d.all {
				ways++
			}
			if ways != 1 {
				return usage(fmt.Errorf("%s wants one NAME, or --base REF, or --all (see `%[1]s --help`)", c.CommandPath()))
			}
			return nil
		},
		ValidArgsFunction: completeDiff(s, kind),
		RunE:              func(c *cobra.Command, args []string) error { return d.run(c, args) },
	}
	f := c.Flags()
	f.StringVar(&d.base, "base", "", "compare what this branch changes since it left `REF`")
	c.RegisterFlagCompletionFunc("base", completeBranches(s))
	f.BoolVar(&d.committed, "committed", false, "with --base: leave out what is not committed")
	f.BoolVar(&d.all, "all", false, fmt.Sprintf("every %s that differs from its latest version", noun(kind)))
	f.StringVar(&d.failOn, "fail-on", "", "end with 3 when the verdict is this `VERDICT` or a more severe one: formatting, reworded, changed, breaking")
	c.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{"formatting", "reworded", "changed", "breaking"}, cobra.ShellCompDirectiveNoFileComp))
	d.show.flags(c)
	if kind == registry.KindPrompt || kind == registry.KindAgent {
		d.probe.flags(s, c)
	}
	return c
}

func (d *objectDiff) run(c *cobra.Command, args []string) error {
	ctx := c.Context()
	if err := d.show.check(d.State); err != nil {
		return err
	}
	limit := semdiff.Verdict(-1)
	if d.failOn != "" {
		if err := limit.UnmarshalText([]byte(d.failOn)); err != nil || limit == semdiff.Identical {
			return usage(fmt.Errorf("--fail-on %s: known: formatting, reworded, changed, breaking", d.failOn))
		}
	}
	if err := d.probe.check(c, len(args) == 1); err != nil {
		return err
	}
	p, err := d.projectOrBare(ctx)
	if err != nil {
		return err
	}
	g := d.registry(p.Project)
	g.Prefix = p.prefix
	out := &export.Diffs{Diffs: []export.Diff{}}
	switch {
	case d.base != "":
		err = d.branch(ctx, g, out)
	case d.all:
		err = d.everything(ctx, g, out)
	default:
		err = d.one(ctx, p, g, args[0], out)
	}
	if err != nil {
		return err
	}
	grade(out, p)
	if err := d.show.write(d.State, out); err != nil {
		return err
	}
	if limit > 0 && out.Verdict >= limit {
		return exit{exitFailed}
	}
	return nil
}

// grade says what the diffs call for, and sorts them: the most severe first.
func grade(out *export.Diffs, p somewhere) {
	gate := ci.Skip
	for i := range out.Diffs {
		x := &out.Diffs[i]
		if x.Gate == "" {
			x.Gate = string(ci.GateFor(p.CI.Gates, x.Verdict))
		}
		out.Verdict, gate = max(out.Verdict, x.Verdict), ci.Stricter(gate, ci.Gate(x.Gate))
	}
	out.Gate = string(gate)
	slices.SortStableFunc(out.Diffs, func(a, b export.Diff) int { return int(b.Verdict - a.Verdict) })
}

// one compares two versions of one object.
func (d *objectDiff) one(ctx context.Context, p somewhere, g registry.Registry, arg string, out *export.Diffs) error {
	before, after, err := d.sides(ctx, g, arg)
	if err != nil {
		return err
	}
	r, err := ci.Compare(ctx, before, after, semdiff.Options{})
	if err != nil {
		return fmt.Errorf("comparing %s %s: %w", d.kind, after.Name, err)
	}
	r.From, r.To = ci.RefOf(before), ci.RefOf(after)
	if r.From == r.To { // two names of one place, or one name for both
		r.From, r.To = shownAt(before), shownAt(after)
	}
	if d.probe.on {
		b, err := d.behaviour(ctx, p, before, after)
		if err != nil {
			return err
		}
		r.Lift(b)
	}
	out.Base, out.Head = r.From, r.To
	out.Diffs = append(out.Diffs, export.Diff{Report: *r, Status: "modified", Path: after.Path})
	return nil
}

func shownAt(o *registry.Object) string {
	if o.Commit == "" {
		return "working tree"
	}
	return o.Commit[:12]
}

// sides finds the two versions that NAME, NAME@A or NAME@A..B mean.
func (d *objectDiff) sides(ctx context.Context, g registry.Registry, arg string) (before, after *registry.Object, err error) {
	name, at, versioned := strings.Cut(arg, "@")
	a, b, span := strings.Cut(at, "..")
	if versioned && (a == "" || span && strings.HasPrefix(b, ".")) {
		return nil, nil, usage(fmt.Errorf("%s %q: write NAME@A or NAME@A..B, such as %s@1.2.0..1.3.0", d.kind, arg, sampleName(d.kind)))
	}
	if !versioned {
		if a, err = d.latest(ctx, g, name); err != nil {
			return nil, nil, err
		}
	}
	if before, err = d.object(ctx, g, d.kind, name+"@"+a); err != nil {
		return nil, nil, err
	}
	if b != "" {
		name += "@" + b
	}
	after, err = d.object(ctx, g, d.kind, name)
	return before, after, err
}

// latest is the version with which a working tree is compared: the newest
// release, else the newest pre-release, else HEAD.
func (d *objectDiff) latest(ctx context.Context, g registry.Registry, name string) (string, error) {
	versions, err := g.Versions(ctx, d.kind, name)
	if err != nil {
		return "", unknownIsUsage(err)
	}
	for _, v := range versions {
		if !strings.Contains(v.Version, "-") {
			return v.Version, nil
		}
	}
	if len(versions) > 0 {
		return versions[0].Version, nil
	}
	if _, err := d.object(ctx, g, d.kind, name); err != nil { // a wrong name, rather than no version
		return "", err
	}
	fmt.Fprintf(d.Stderr, "note: %s %s has no version yet; compared with HEAD\n", noun(d.kind), plain(name))
	return "HEAD", nil
}

// branch compares what the branch changes.
func (d *objectDiff) branch(ctx context.Context, g registry.Registry, out *export.Diffs) error {
	col := &ci.Collector{Registry: g}
	facts, err := col.Collect(ctx, d.base, d.committed)
	if err != nil {
		return unknownIsUsage(err)
	}
	out.Base, out.Head, out.Notes = d.base, facts.Head, facts.Notes
	if len(facts.Head) == 40 || len(facts.Head) == 64 {
		out.Head = facts.Head[:12]
	}
	for i := range facts.Changes {
		if ch := &facts.Changes[i]; ch.Kind == string(d.kind) {
			out.Diffs = append(out.Diffs, export.DiffOf(ch, out.Base, out.Head))
		}
	}
	out.Title = fmt.Sprintf("%ss of this branch", noun(d.kind))
	return nil
}

// everything compares all objects that differ from their latest version.
func (d *objectDiff) everything(ctx context.Context, g registry.Registry, out *export.Diffs) error {
	all, err := g.Objects(ctx, d.kind)
	if err != nil {
		return err
	}
	out.Title, out.Base, out.Head = fmt.Sprintf("%ss that differ from their latest version", noun(d.kind)), "latest versions", "working tree"
	for _, o := range all {
		x := export.Diff{Path: o.Path, Report: semdiff.Report{Kind: string(d.kind), Name: o.Name, From: o.Latest, To: "working tree", Changes: []semdiff.Change{}, Units: []semdiff.Unit{}}}
		switch o.State {
		case registry.StateModified:
			before, after, err := d.sides(ctx, g, o.Name)
			if err != nil {
				return err
			}
			r, err := ci.Compare(ctx, before, after, semdiff.Options{})
			if err != nil {
				return fmt.Errorf("comparing %s %s: %w", d.kind, o.Name, err)
			}
			r.From, r.To = ci.RefOf(before), ci.RefOf(after)
			x.Report, x.Status = *r, "modified"
		case registry.StateNew:
			x.Status, x.Verdict, x.From = "added", semdiff.Changed, ""
		case registry.StateDeleted:
			x.Status, x.Verdict, x.To = "deleted", semdiff.Changed, ""
		case registry.StateBroken:
			x.Status, x.Verdict, x.Problem = "modified", semdiff.Breaking, o.Problem
			if x.From == "" {
				x.From = "none"
			}
		default:
			continue
		}
		out.Diffs = append(out.Diffs, x)
	}
	return nil
}

// completeDiff completes NAME, NAME@A and NAME@A..B.
func completeDiff(s *State, kind registry.Kind) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		name, at, _ := strings.Cut(word, "@")
		first, second, span := strings.Cut(at, "..")
		if !span {
			return completeRef(s, c, kind, word)
		}
		all, directive := completeRef(s, c, kind, name+"@"+second)
		for i := range all {
			all[i] = name + "@" + first + ".." + strings.TrimPrefix(all[i], name+"@")
		}
		return all, directive
	}
}
