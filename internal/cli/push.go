package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/registry"
)

func newPush(s *State) *cobra.Command {
	p := registry.Push{}
	var asJSON bool
	c := &cobra.Command{Use: "push [REMOTE]", Short: "Push versions, labels, evidence and their log, all of it or nothing",
		Long: `Push brings what the remote lacks: version tags of prompts, agents, models and test
sets with their commits, labels that were moved here, the evidence of evals, and the log.
It is one ` + "`git push --atomic`" + `: all of it arrives, or nothing; branches are left to git.

It is refused when the remote moved a label since the last fetch that was moved here,
too, when a version there is another one, or when registry.labels in genops.yaml
forbids a move (exit code 3). The remote's log is merged, never overwritten. A remote
that can't take several refs at once gets nothing.

REMOTE is the branch's, else origin, else the only one.`,
		Example: "  genops push\n  genops push upstream --dry-run --json",
		Args:    between(0, 1, "at most one REMOTE"), ValidArgsFunction: completeRemotes(s),
		RunE: func(c *cobra.Command, args []string) error {
			g, rules, err := s.writing(c.Context())
			if err != nil {
				return err
			}
			if len(args) == 1 {
				p.Remote = args[0]
			}
			p.Rules, p.Progress = rules, s.progress(asJSON)
			ctx, stop := s.untilInterrupt(c.Context())
			defer stop()
			out, err := g.Push(ctx, p)
			if err != nil {
				return s.outOfStep(err, asJSON)
			}
			if asJSON {
				return writeJSON(s.Stdout, out)
			}
			s.showPushed(out)
			return nil
		}}
	c.Flags().BoolVar(&p.DryRun, "dry-run", false, "only say what would be pushed")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func newFetch(s *State) *cobra.Command {
	var dryRun, asJSON bool
	c := &cobra.Command{Use: "fetch [REMOTE]", Short: "Fetch versions, labels, evidence and their log",
		Long: `Fetch takes in the remote's version tags, labels, evidence and log. Logs and evidence
are merged: what is known here is never lost, even when the remote was force-pushed.

A label goes where the remote has it. One that was moved here since the last fetch stays;
when the remote moved it, too, that is a conflict: both moves are shown, and ` + "`genops push`" + `
is refused until you decide with ` + "`genops KIND label NAME@VERSION LABEL`" + `, for either side.
A version that is another one there is an error, and nothing is changed.`,
		Example: "  genops fetch\n  genops fetch upstream --dry-run --json",
		Args:    between(0, 1, "at most one REMOTE"), ValidArgsFunction: completeRemotes(s),
		RunE: func(c *cobra.Command, args []string) error {
			g, _, err := s.writing(c.Context())
			if err != nil {
				return err
			}
			remote := ""
			if len(args) == 1 {
				remote = args[0]
			}
			ctx, stop := s.untilInterrupt(c.Context())
			defer stop()
			out, err := g.Fetch(ctx, remote, dryRun, s.progress(asJSON))
			if err != nil {
				return s.outOfStep(err, asJSON)
			}
			if asJSON {
				return writeJSON(s.Stdout, out)
			}
			s.showFetched(out)
			return nil
		}}
	c.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would come")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// untilInterrupt ends a context at the first Ctrl-C, so that git is asked to stop
// and cleans up behind itself.
func (s *State) untilInterrupt(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	if s.Interrupts != nil {
		signals := s.Interrupts()
		go func() {
			select {
			case <-signals:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	return ctx, cancel
}

// progress is where git tells how far it is: people's terminals.
func (s *State) progress(asJSON bool) io.Writer {
	if !s.Terminal || asJSON {
		return nil
	}
	return s.Stderr
}

// outOfStep also gives the labels that are in the way as data.
func (s *State) outOfStep(err error, asJSON bool) error {
	var stale *registry.StaleError
	var undecided *registry.ConflictError
	var labels []registry.LabelChange
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted")
	}
	switch {
	case errors.As(err, &stale):
		labels = stale.Labels
	case errors.As(err, &undecided):
		labels = undecided.Labels
	}
	if !asJSON || labels == nil {
		return s.refusal(err)
	}
	s.complainOnly(err)
	if err := writeJSON(s.Stdout, map[string]any{"error": err.Error(), "exit": exitError, "labels": labels}); err != nil {
		return err
	}
	return exit{exitError}
}

func (s *State) showPushed(p *registry.Pushed) {
	s.notes(p.Notes)
	if p.Nothing() {
		fmt.Fprintf(s.Stdout, "%s has it all\n", plain(p.Remote))
		return
	}
	did := "pushed to"
	if p.DryRun {
		did = "would be pushed to"
	}
	fmt.Fprintf(s.Stdout, "%s %s:\n", did, plain(p.Remote))
	s.showTravel(p.Versions, p.Labels)
	if p.Log {
		fmt.Fprintln(s.Stdout, "  log")
	}
	if p.Evidence {
		fmt.Fprintln(s.Stdout, "  evidence")
	}
}

func (s *State) showTravel(versions []string, labels []registry.LabelChange) {
	for _, v := range versions {
		fmt.Fprintln(s.Stdout, "  version "+plain(v))
	}
	for _, l := range labels {
		by := ""
		if l.By != nil {
			by = fmt.Sprintf(" (%s, %s)", l.By.Who, stamp(l.By.Time))
		}
		fmt.Fprintln(s.Stdout, "  "+plain(l.String()+by))
	}
}

func (s *State) showFetched(f *registry.Fetched) {
	for _, w := range f.Warnings {
		fmt.Fprintln(s.Stderr, "warning:", plain(w))
	}
	if len(f.Versions)+len(f.Labels)+f.Log+f.Evidence == 0 {
		fmt.Fprintf(s.Stdout, "nothing new at %s\n", plain(f.Remote))
		return
	}
	did := "fetched from"
	if f.DryRun {
		did = "would be fetched from"
	}
	fmt.Fprintf(s.Stdout, "%s %s:\n", did, plain(f.Remote))
	s.showTravel(f.Versions, f.Labels)
	if f.Log > 0 {
		fmt.Fprintf(s.Stdout, "  log: %s\n", counted(f.Log, "new record"))
	}
	if f.Evidence > 0 {
		fmt.Fprintf(s.Stdout, "  evidence: %s\n", counted(f.Evidence, "new record"))
	}
	if n := len(f.Conflicts()); n > 0 {
		fmt.Fprintf(s.Stdout, "%s, moved on both sides: decide with `genops KIND label NAME@VERSION LABEL` or `… NAME LABEL --remove`; until then `genops push` is refused\n", counted(n, "conflict"))
	}
}
