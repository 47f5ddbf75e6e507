package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/registry"
)

func newObjectRollback(s *State, kind registry.Kind) *cobra.Command {
	var b registry.Rollback
	var asJSON bool
	c := &cobra.Command{Use: "rollback NAME --reason TEXT", Short: "Move a label back to the last good version",
		Long: fmt.Sprintf(`Rollback moves a label to the last version that held it and has passing evidence: on
no test set did its newest run fail, and at least one passed. When no such version has
any evidence, it is the last that held the label, and the output says so. A version that
was rolled back from is passed over until it is labelled again, so a second rollback goes
further back. Without a version to go back to the exit code is 1, with the reasons.

--to names the version instead. A protected label may go back to versions that satisfy
its rule or held it before. The move is in `+"`genops %s log`"+` like any other.`, kind),
		Example:           fmt.Sprintf("  genops %s rollback %s --reason 'hallucinates prices'\n  genops %[1]s rollback %[2]s --label canary --to 1.2.0 --reason 'too slow' --json", kind, sampleName(kind)),
		Args:              exactly(1, "one NAME"),
		ValidArgsFunction: completeName(s, kind),
		RunE: func(c *cobra.Command, args []string) error {
			if b.Why == "" {
				return usage(errors.New("rollback: --reason is missing: say what is wrong with the version that goes"))
			}
			g, rules, err := s.writing(c.Context())
			if err != nil {
				return err
			}
			b.Kind, b.Name, b.Rules = kind, args[0], rules
			out, err := g.Rollback(c.Context(), b)
			var none *registry.NoWayBackError
			if errors.As(err, &none) && asJSON {
				s.complainOnly(err)
				if err := writeJSON(s.Stdout, map[string]any{"error": err.Error(), "exit": exitError, "candidates": none.Candidates, "rolled_back_from": none.Bad}); err != nil {
					return err
				}
				return exit{exitError}
			}
			if err != nil {
				return s.refusal(err)
			}
			s.notes(out.Notes)
			if asJSON {
				return writeJSON(s.Stdout, out)
			}
			s.showRollback(out)
			return nil
		}}
	f := c.Flags()
	f.StringVar(&b.Label, "label", "production", "the `LABEL` that goes back")
	f.StringVar(&b.To, "to", "", "go back to this `VERSION`")
	f.StringVar(&b.Why, "reason", "", "`TEXT` for the log: what is wrong")
	f.BoolVar(&b.DryRun, "dry-run", false, "only say what would be done")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	c.RegisterFlagCompletionFunc("to", completeVersions(s, kind))
	c.RegisterFlagCompletionFunc("label", func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return completeLabels(s, c, kind, args[0]), cobra.ShellCompDirectiveNoFileComp
	})
	return c
}

func (s *State) showRollback(r *registry.RolledBack) {
	did := "rolled back"
	if r.DryRun {
		did = "would be rolled back"
	}
	fmt.Fprintf(s.Stdout, "%s %s: %s %s: %s → %s\n", r.Kind, plain(r.Name), r.Label, did, r.From, r.To)
	fmt.Fprintf(s.Stdout, "  why %s: %s\n", r.To, r.Because)
	for _, e := range r.Evidence {
		fmt.Fprintln(s.Stdout, "  evidence: "+plain(e))
	}
	for _, c := range r.Candidates {
		if c.Taken {
			break
		}
		fmt.Fprintf(s.Stdout, "  passed over %s: %s\n", c.Version, plain(c.Verdict))
	}
	fmt.Fprintln(s.Stdout, "  reason: "+plain(r.Why))
}
