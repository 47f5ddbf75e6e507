package cli

import (
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/validators"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// completeJudging completes those flags of a command that say who judges, and by
// what.
func completeJudging(s *State, c *cobra.Command) {
	for flag, complete := range map[string]cobra.CompletionFunc{
		"judge":    completeFrom(s, modelNames),
		"simulate": completeFrom(s, modelNames),
		"compat":   cobra.FixedCompletions([]string{judged.Default.String(), judged.Exact.String(), judged.Old.String()}, cobra.ShellCompDirectiveNoFileComp),
		"metric":   completeMetrics,
		"metrics":  completeMetrics,
	} {
		if c.Flag(flag) != nil {
			c.RegisterFlagCompletionFunc(flag, complete)
		}
	}
}

// completeMetrics completes the last of several names with a comma between them.
func completeMetrics(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	before := word[:strings.LastIndexByte(word, ',')+1]
	var names []string
	for _, m := range validators.Known() {
		if m.Kind == validators.KindJudged {
			names = append(names, before+m.Name+"\t"+m.About)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// modelNames lists the project's models.
func modelNames(root string) (names []string) {
	files, _ := filepath.Glob(filepath.Join(root, "models", "*.yaml"))
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".yaml"))
	}
	return names
}
