package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/evals"
)

func newVerify(s *State) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify RUN",
		Short: "Decide a recorded run again from its evidence",
		Long: `Verify reads the records of a run, decides every rule again, and says whether the
recorded verdict stands. Records and files that were changed, removed or added
since the run are named; then the exit code is 3. So is evidence of the run in the
git repository that says something else.`,
		Example: "  genops verify latest",
		Args:    exactly(1, "one RUN, or latest"), ValidArgsFunction: completeFrom(s, runNames),
		RunE: func(c *cobra.Command, args []string) error {
			root, f, err := s.findRun(args[0])
			if err != nil {
				return err
			}
			found, err := evals.Verify(root, f)
			if err != nil {
				return err
			}
			v := &verified{Verification: found}
			if err := s.inGit(c.Context(), f, v); err != nil {
				return err
			}
			if asJSON {
				if err := writeJSON(s.Stdout, v); err != nil {
					return err
				}
			} else {
				s.showVerification(v)
			}
			if !v.Stands {
				return exit{exitFailed}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the outcome as one JSON object")
	return c
}

func (s *State) showVerification(v *verified) {
	if v.Stands {
		fmt.Fprintf(s.Stdout, "run %s: the verdict stands: %s, decided again from %d records\n", v.Run, v.Recorded, v.Records)
		for _, e := range v.Git {
			fmt.Fprintf(s.Stdout, "  the evidence in git agrees: %s %s@%s, %s\n", e.Kind, plain(e.Name), e.Version, plain(signatureWords(e.Signature)))
		}
		return
	}
	fmt.Fprintf(s.Stdout, "run %s: the recorded verdict (%s) does not stand\n", v.Run, plain(v.Recorded))
	for _, p := range v.Problems {
		fmt.Fprintln(s.Stdout, "  "+plain(p))
	}
}
