package cli

import (
	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/config"
)

// completeRoot completes a flag with names that the project knows.
func completeRoot(s *State, c *cobra.Command, flag string, list func(root string) []string) {
	c.RegisterFlagCompletionFunc(flag, completeFrom(s, list))
}

func completeFrom(s *State, list func(root string) []string) cobra.CompletionFunc {
	return func(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		dir := s.Dir
		if f := c.Flag("dir"); f != nil && f.Value.String() != "" { // completion runs before -C is obeyed
			dir = s.path(f.Value.String())
		}
		root, err := config.Find(dir)
		if err != nil {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return list(root), cobra.ShellCompDirectiveDefault
	}
}

// runNames lists the project's runs, newest first.
func runNames(root string) []string {
	all, _ := evals.RunsOf(root).List()
	names := []string{latest}
	for i := len(all) - 1; i >= 0; i-- {
		names = append(names, all[i].ID)
	}
	return names
}
