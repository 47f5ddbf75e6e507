package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/registry"
)

func newObjectLog(s *State, kind registry.Kind) *cobra.Command {
	var limit int
	var asJSON bool
	c := &cobra.Command{Use: "log NAME", Short: fmt.Sprintf("Show the versions of %s, what changed, what evals found, and where labels went", aNoun(kind)),
		Long: `Log shows, newest first, each version with its labels, who made it, what changed in
meaning since the version before (identical, formatting, reworded, changed or breaking),
and the evals that ran on its content; and between them every move of a label. Moves that
were refused because somebody else was faster are there, too.`,
		Example:           fmt.Sprintf("  genops %s log %s\n  genops %[1]s log %[2]s -n 0 --json", kind, sampleName(kind)),
		Args:              exactly(1, "one NAME"),
		ValidArgsFunction: completeName(s, kind),
		RunE: func(c *cobra.Command, args []string) error {
			g, err := s.objects(c.Context())
			if err != nil {
				return err
			}
			out, err := g.Chronicle(c.Context(), kind, args[0], limit, compareObjects)
			if err != nil {
				return unknownIsUsage(err)
			}
			if asJSON {
				return writeJSON(s.Stdout, out)
			}
			return s.showChronicle(out)
		}}
	c.Flags().IntVarP(&limit, "limit", "n", 20, "at most `N` versions; 0 = all")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func (s *State) showChronicle(c *registry.Chronicle) error {
	fmt.Fprintf(s.Stdout, "%s %s\n", c.Kind, plain(c.Name))
	if len(c.Labels) > 0 {
		w := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
		for _, l := range c.Labels {
			since := ""
			if !l.Since.IsZero() {
				since = fmt.Sprintf("since %s by %s", stamp(l.Since), plain(l.Who))
			}
			fmt.Fprintf(w, "  %s\t%s\t%s\n", l.Label, orMark(l.Version, "?"), since)
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	for _, l := range c.Labels {
		if l.Conflict != "" {
			fmt.Fprintf(s.Stdout, "  ! %s: a remote has it on %s; decide with `genops %s label %s@VERSION %[1]s`\n", l.Label, l.Conflict, c.Kind, plain(c.Name))
		}
		if l.Note != "" {
			fmt.Fprintf(s.Stdout, "  ! %s: %s\n", l.Label, plain(l.Note))
		}
	}
	for _, d := range c.Damaged {
		fmt.Fprintln(s.Stdout, "  ! log: "+plain(d))
	}
	if len(c.Events) == 0 {
		fmt.Fprintf(s.Stdout, "no version yet: `genops %s tag %s 1.0.0` makes one\n", c.Kind, plain(c.Name))
	}
	for i, e := range c.Events {
		if e.Version != nil {
			s.showVersion(e.Version)
		} else {
			if i == 0 || c.Events[i-1].Version != nil {
				fmt.Fprintln(s.Stdout)
			}
			fmt.Fprintln(s.Stdout, plain(moveLine(e.Move)))
		}
	}
	if c.More > 0 {
		fmt.Fprintf(s.Stdout, "\n%d older versions: -n 0 shows all\n", c.More)
	}
	return nil
}

func (s *State) showVersion(v *registry.VersionEvent) {
	head := v.Version
	if len(v.Labels) > 0 {
		head += " [" + strings.Join(v.Labels, " ") + "]"
	}
	fmt.Fprintf(s.Stdout, "\n%s  %s  %s  %s\n", plain(head), stamp(v.When), plain(v.Who), oneLine(firstLine(v.Message), 80))
	if v.Also != "" {
		fmt.Fprintf(s.Stdout, "  ! %s claims to be this version, too, and holds something else\n", plain(v.Also))
	}
	s.showChange(v.Change, v.Before)
	if v.Problem != "" {
		fmt.Fprintln(s.Stdout, "  ! "+oneLine(v.Problem, 200))
	}
	for _, e := range v.Evidence {
		fmt.Fprintln(s.Stdout, "  "+plain(evidenceLine(e)))
	}
}

// evidenceLine is one run in a line.
func evidenceLine(e registry.Recorded) string {
	by := ""
	if e.Kind != registry.KindAgent {
		by = " with agent " + e.Agent
	}
	return fmt.Sprintf("%s on %s%s: %d cases, run %s, %s", e.Verdict, e.TestSet, by, e.N, e.Run, signatureWords(e.Signature))
}

func signatureWords(s registry.Signature) string {
	switch s.Status {
	case registry.SignatureGood:
		return "signed by " + s.Signer
	case registry.SignatureBad:
		return "BAD signature"
	case registry.SignatureUnknown:
		return "signed with a key that git does not know"
	}
	return "unsigned"
}

// moveLine is one move of a label.
func moveLine(e *registry.Entry) string {
	arrow := fmt.Sprintf("%s → %s", orMark(e.From, "none"), orMark(e.To, "none"))
	what := "· " + e.Label + " " + arrow
	switch e.Action {
	case registry.ActionRollback:
		what = "↩ " + e.Label + " rolled back " + arrow
	case registry.ActionRefused:
		what = "✗ " + e.Label + " " + arrow + " refused: it was elsewhere by then"
	case registry.ActionDecide:
		what = "· " + e.Label + " stays on " + e.To
	}
	line := fmt.Sprintf("%s  %s  %s", what, stamp(e.Time), e.Who)
	if e.Why != "" {
		line += ": " + oneLine(e.Why, 100)
	}
	return line
}

func orMark(s, mark string) string {
	if s == "" {
		return mark
	}
	return s
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
