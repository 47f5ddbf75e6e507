package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/registry"
)

func newObjectResolve(s *State, kind registry.Kind) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "resolve NAME[@REF]", Short: "Print the digest, commit and version that a reference leads to",
		Long: `Resolve prints one line for scripts: the content's digest, the commit and the
version, each "-" where there is none (the working tree has no commit). The digest
is the same wherever the same content lies.`,
		Example:           fmt.Sprintf("  genops %s resolve %s@production\n  read -r digest commit version <<< \"$(genops %[1]s resolve %[2]s@1)\"", kind, sampleName(kind)),
		Args:              exactly(1, "one NAME[@REF]"),
		ValidArgsFunction: completeObject(s, kind),
		RunE: func(c *cobra.Command, args []string) error {
			g, err := s.objects(c.Context())
			if err != nil {
				return err
			}
			o, err := s.object(c.Context(), g, kind, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(s.Stdout, map[string]any{"kind": o.Kind, "name": o.Name, "ref": o.Ref, "digest": o.Digest, "commit": o.Commit,
					"version": o.Version, "tag": o.Tag, "labels": list(o.Labels), "notes": list(o.Notes)})
			}
			fmt.Fprintln(s.Stdout, o.Digest, orDash(o.Commit), orDash(o.Version))
			return nil
		}}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
