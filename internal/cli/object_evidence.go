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
	c := &cobra.Command{Use: "evidence [NAME[@REF]]", Short: fmt.Sprintf("Show which evals ran on the versions of %s", aNoun(kind)),
		Long: `Evidence shows, for each version, the runs whose verdict is kept in the repository, and
the versions that have none: the eval coverage. Without a NAME it goes over all objects,
for the latest version of each and those that labels are on. Evidence belongs to the content: another
version with the same content has the same. A signature is checked by git.

Run-eval adds evidence to the agent, prompt, model and test set that it used, where they
are exactly a version: not when one of them has versions and was changed since, not of a
subset, and not of a run that its budget ended. evals.evidence: local in genops.yaml
keeps it out of the repository.`,
		Example:           fmt.Sprintf("  genops %s evidence\n  genops %[1]s evidence %[2]s\n  genops %[1]s evidence %[2]s@production --json", kind, sampleName(kind)),
		Args:              between(0, 1, "at most one NAME[@REF]"),
		ValidArgsFunction: completeObject(s, kind),
		RunE: func(c *cobra.Command, args []string) error {
			g, err := s.objects(c.Context())
			if err != nil {
				return err
			}
			if len(args) == 0 {
				all, err := g.Covered(c.Context(), kind)
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(s.Stdout, map[string]any{"kind": kind, "versions": all})
				}
				return s.showCovered(all)
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
	if len(c.Versions) == 0 {
		fmt.Fprintf(s.Stdout, "\n%s %s has no version yet: `%s %s tag %s 1.0.0` makes the first\n", c.Kind, plain(c.Name), s.Program, c.Kind, plain(c.Name))
	} else if !one {
		fmt.Fprintf(s.Stdout, "\n%d of %s with evidence, %d passing\n", c.Covered, counted(len(c.Versions), "version"), c.Passing)
	}
	return nil
}

// stamp is a time for people, where they are.
func stamp(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

func (s *State) showCovered(all []registry.Covered) error {
	w := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tVERSION\tLABELS\tEVIDENCE")
	covered, passing := 0, 0
	for _, c := range all {
		labels := strings.Join(c.Labels, " ")
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", plain(c.Name), c.Version, orMark(plain(labels), "-"), oneLine(c.Standing, 100))
		if c.Runs > 0 {
			covered++
		}
		if c.Passes {
			passing++
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(s.Stdout, "\n%d of %s with evidence, %d passing\n", covered, counted(len(all), "version"), passing)
	return nil
}
