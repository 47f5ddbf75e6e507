package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/testsets"
)

func newTestsetConvert(s *State) *cobra.Command {
	var keys testsets.Options
	var out, to string
	var strict bool
	c := &cobra.Command{
		Use:   "convert FILE -o OUT",
		Short: "Write a test set in another format",
		Long: `Convert reads a test set in any known format and writes it in another one: the
native format to .json, rows to .jsonl and .csv, or what --to names. What the
format can't express is listed; --strict refuses to write then. The file appears
whole or not at all.

In CSV a cell that a spreadsheet would run as a formula gets an apostrophe.`,
		Example: `  genops testset convert goldens.json -o intents.json
  genops testset convert intents_v2.json -o intents.csv
  genops testset convert intents_v2.json -o goldens.json --to deepeval --strict`,
		Args: exactly(1, "one FILE"), ValidArgsFunction: completeFrom(s, testSets),
		RunE: func(c *cobra.Command, args []string) error {
			if out == "" {
				return usage(errors.New("testset convert: -o is missing"))
			}
			set, path, err := s.readSet(args[0], keys)
			if err != nil {
				return err
			}
			outs, err := s.setOutputs(path, []string{out}, to)
			if err != nil {
				return err
			}
			s.setNotes(set)
			if err := s.writeSets([]*testsets.Set{set}, outs, strict); err != nil {
				return err
			}
			fmt.Fprintf(s.Stdout, "%s: %d cases as %s, from %s (%s)\n", plain(out), len(set.Cases), outs[0].format, plain(set.Path), set.Format)
			return nil
		},
	}
	setFlags(c, &keys)
	outFlags(c, &out, &to, &strict)
	c.MarkFlagFilename("output", "json", "jsonl", "csv")
	return c
}

// outFlags say where and how test sets are written.
func outFlags(c *cobra.Command, out, to *string, strict *bool) {
	f := c.Flags()
	f.StringVarP(out, "output", "o", "", "write to this `FILE`")
	f.StringVar(to, "to", "", "write this `FORMAT` (default: by the file's ending): "+strings.Join(testsets.Encodings(), ", "))
	f.BoolVar(strict, "strict", false, "write nothing if the format can't express everything")
	c.RegisterFlagCompletionFunc("to", cobra.FixedCompletions(testsets.Encodings(), cobra.ShellCompDirectiveNoFileComp))
}
