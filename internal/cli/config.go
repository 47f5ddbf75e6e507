package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func newConfig(s *State) *cobra.Command {
	var asJSON bool
	show := &cobra.Command{Use: "show", Short: "Show every setting, its value, and where it comes from",
		Example: "  genops config show", Args: exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			p, err := s.project()
			if err != nil {
				return err
			}
			settings := p.Settings()
			if asJSON {
				return writeJSON(s.Stdout, map[string]any{"project": p.Root, "settings": settings})
			}
			fmt.Fprintf(s.Stdout, "project %s\n\n", p.Root)
			t := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "KEY\tVALUE\tFROM")
			for _, set := range settings {
				fmt.Fprintf(t, "%s\t%v\t%s\n", set.Key, set.Value, set.Source)
			}
			return t.Flush()
		}}
	show.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return group("config", "Show the project's configuration", show.Example, show)
}
