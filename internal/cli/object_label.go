package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/registry"
)

func newObjectLabel(s *State, kind registry.Kind) *cobra.Command {
	var m registry.Move
	var from string
	var asJSON bool
	c := &cobra.Command{Use: "label NAME@VERSION LABEL", Short: fmt.Sprintf("Put a label such as production on a version of %s", aNoun(kind)),
		Long: fmt.Sprintf(`Label moves a label to a version, or with --remove takes it away. The label is a ref
of git, refs/genops/%s/NAME/LABEL; each move is added to a log that only grows
(who, when, from, to, why), which `+"`genops %[1]s log`"+` shows. Label and log change together
or not at all.

When two people move a label at once, one wins and the other is told who was faster;
the log has both. --from makes sure that the label is still where you think.

A label is free until registry.labels in genops.yaml protects it: who may move it, and
which passing evidence the version needs. What a rule forbids exits with 3.`, kind),
		Example: fmt.Sprintf("  genops %s label %s@1.3.0 production --reason 'passes on all sets'\n  genops %[1]s label %[2]s@canary production --from 1.2.0\n  genops %[1]s label %[2]s canary --remove",
			kind, sampleName(kind)),
		Args:              exactly(2, "NAME@VERSION and LABEL"),
		ValidArgsFunction: thenLabel(s, kind),
		RunE: func(c *cobra.Command, args []string) error {
			g, rules, err := s.writing(c.Context())
			if err != nil {
				return err
			}
			m.Kind, m.Ref, m.Label, m.Rules = kind, args[0], args[1], rules
			if c.Flags().Changed("from") {
				if m.From = &from; from == "none" {
					from = ""
				}
			}
			out, err := g.MoveLabel(c.Context(), m)
			if err != nil {
				return s.refusal(err)
			}
			s.notes(out.Notes)
			if asJSON {
				return writeJSON(s.Stdout, out)
			}
			fmt.Fprintln(s.Stdout, plain(movedLine(out)))
			return nil
		}}
	f := c.Flags()
	f.StringVar(&m.Why, "reason", "", "`TEXT` for the log")
	f.BoolVar(&m.Remove, "remove", false, "take the label away")
	f.StringVar(&from, "from", "", "only if the label is on this `VERSION` now; none = only if there is no such label")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	c.RegisterFlagCompletionFunc("from", completeVersions(s, kind))
	return c
}

// movedLine says what became of a label.
func movedLine(m *registry.Moved) string {
	what := fmt.Sprintf("%s %s: %s ", m.Kind, m.Name, m.Label)
	switch {
	case m.Unchanged:
		return what + "is on " + m.To + " already"
	case m.Action == registry.ActionDecide && m.To == "":
		return what + "stays removed, decided against the remote's move"
	case m.Action == registry.ActionDecide:
		return what + "stays on " + m.To + ", decided against the remote's move"
	case m.To == "":
		return what + "removed, was on " + m.From
	case m.From == "":
		return what + "→ " + m.To
	}
	return what + m.From + " → " + m.To
}
