package cli

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/pipeline"
)

func newPacks(s *State) *cobra.Command {
	var asJSON bool
	list := &cobra.Command{Use: "list", Short: "List style and mood packs, with what they add to a prompt",
		Long:    "List shows the built-in packs and those of the project's " + pipeline.PacksDir + "/ folder.",
		Example: "  genops packs list\n  genops packs list --json", Args: exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			x, err := s.media()
			if err != nil {
				return err
			}
			packs, err := pipeline.LoadPacks(os.DirFS(x.root))
			if err != nil {
				return usage(err)
			}
			if asJSON {
				return writeJSON(s.Stdout, packs.List())
			}
			t := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "KIND\tNAME\tWHAT IT IS\tKEYWORDS")
			for _, p := range packs.List() {
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", p.Kind, plain(p.Name), plain(p.About), plain(strings.Join(p.Keywords[:min(3, len(p.Keywords))], ", ")))
			}
			return t.Flush()
		}}
	list.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return group("packs", "Show the style and mood packs of directional stimulus", list.Example, list)
}

// packNames completes names of packs of a kind.
func packNames(s *State, kind string) []string {
	x, err := s.media()
	if err != nil {
		return nil
	}
	packs, err := pipeline.LoadPacks(os.DirFS(x.root))
	if err != nil {
		return nil
	}
	var names []string
	for _, p := range packs.List() {
		if p.Kind == kind {
			names = append(names, p.Name)
		}
	}
	return names
}
