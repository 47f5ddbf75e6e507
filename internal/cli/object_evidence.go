package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/registry"
)

func newObjectEvidence(s *State, kind registry.Kind) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "evidence NAME[@REF]", Short: fmt.Sprintf("Show which evals ran on the versions of a %s", kind),
		Long: `Evidence shows, for each version, the runs whose verdict is kept in the repository, and
the versions that have none: the eval coverage. Evidence belongs to the content: another
version with the same content has the same. A signature is checked by git.

Run-eval adds evidence when what it ran is a version, and the run is neither a subset nor
cut short; evals.evidence: local in genops.yaml keeps it out of the repository.`,
		Example:           fmt.Sprintf("  genops %s evidence %s\n  genops %[1]s evidence %[2]s@production --json", kind, sampleName(kind)),
		Args:              exactly(1, "one NAME[@REF]"),
		ValidArgsFunction: completeObject(s, kind),
		RunE: func(c *cobra.Command, args []string) error {
			g, err := s.objects(c.Context())
			if err != nil {
				return err
			}
			name, at, one := strings.Cut(args[0], "@")
			out, err := g.Coverage(c.Context(), kind, name, at)
			if err != nil {
				return unknownIsUsage(err)
			}
			if asJSON {
				return writeJSON(s.Stdout, out)
			}
			return s.showCoverage(out, one)
		}}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func (s *State) showCoverage(c *registry.Coverage, one bool) error {
	w := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VERSION\tVERDICT\tTEST SET\tCASES\tAGENT\tRUN\tWHEN\tSIGNATURE")
	for _, v := range c.Versions {
		name := strings.Join(append([]string{orMark(v.Version, "here")}, v.Labels...), " ")
		if len(v.Evidence) == 0 {
			fmt.Fprintf(w, "%s\tnone\t\t\t\t\t\t\n", plain(name))
		}
		for _, e := range v.Evidence {
			agent := e.Agent
			if e.AgentVersion != "" {
				agent += "@" + e.AgentVersion
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", plain(name), e.Verdict, plain(e.TestSet), e.N, plain(agent), plain(e.Run), stamp(e.Time), plain(signatureWords(e.Signature)))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if !one {
		fmt.Fprintf(s.Stdout, "\n%d of %s have evidence, %d passing\n", c.Covered, counted(len(c.Versions), "version"), c.Passing)
	}
	return nil
}

// stamp is a time for people, where they are.
func stamp(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }
