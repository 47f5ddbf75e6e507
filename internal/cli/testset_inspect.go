package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/testsets/inspect"
)

func newTestsetInspect(s *State) *cobra.Command {
	var keys testsets.Options
	o := inspect.Options{}
	var against string
	var asJSON, all bool
	c := &cobra.Command{
		Use:   "inspect FILE",
		Short: "Say what a test set is worth",
		Long: `Inspect reads a test set and shows the balance of its labels, inputs that stand in
it twice or nearly twice, cases that leak from one split into another, and which
slices are too small to decide anything at the bar.

Inputs are near-duplicates when their cosine by the built-in embeddings is at
least --near: the same words, in whatever order. Splits are the slice "split", or
this file and --against.`,
		Example: `  genops testset inspect intents_v2.json
  genops testset inspect test.csv --against train.csv --bar 0.95
  genops testset inspect refunds.jsonl --json`,
		Args: exactly(1, "one FILE"), ValidArgsFunction: completeFrom(s, testSets),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case !(o.Bar >= 0 && o.Bar <= 1):
				return usage(fmt.Errorf("--bar %g: must be in 0..1", o.Bar))
			case !(o.Alpha > 0 && o.Alpha <= 0.5):
				return usage(fmt.Errorf("--alpha %g: must be more than 0 and at most 0.5", o.Alpha))
			case !(o.Near > 0 && o.Near <= 1):
				return usage(fmt.Errorf("--near %g: must be more than 0 and at most 1", o.Near))
			}
			set, path, err := s.readSet(args[0], keys)
			if err != nil {
				return err
			}
			if against != "" {
				var other string
				if o.Against, other, err = s.readSet(against, keys); err != nil {
					return err
				}
				if sameFile(path, other) {
					return usage(fmt.Errorf("--against %s: it is the test set itself", against))
				}
			}
			var end func()
			o.Progress, end = s.comparing()
			r, err := inspect.Inspect(c.Context(), set, o)
			end()
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(s.Stdout, r)
			}
			s.showInspection(r, all)
			return nil
		},
	}
	setFlags(c, &keys)
	f := c.Flags()
	f.Float64Var(&o.Bar, "bar", 0.9, "of the rule that the set shall decide: mean >= bar")
	f.Float64Var(&o.Alpha, "alpha", 0.05, "error rate of the rule")
	f.Float64Var(&o.Near, "near", inspect.DefaultNear, "least cosine of near-duplicates")
	f.StringVar(&against, "against", "", "another split, a `FILE`: what of this one is in it too?")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	f.BoolVar(&all, "all", false, "show every label, duplicate, leak and slice")
	return c
}
