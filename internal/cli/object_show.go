package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/registry"
)

func newObjectShow(s *State, kind registry.Kind) *cobra.Command {
	var asJSON, raw bool
	c := &cobra.Command{Use: "show NAME[@REF]", Short: fmt.Sprintf("Show a %s as it is, or as a version, label or commit has it", kind),
		Example:           fmt.Sprintf("  genops %s show %s\n  genops %[1]s show %[2]s@1.2.0 --raw\n  genops %[1]s show %[2]s@production --json", kind, sampleName(kind)),
		Args:              exactly(1, "one NAME[@REF]"),
		ValidArgsFunction: completeObject(s, kind),
		RunE: func(c *cobra.Command, args []string) error {
			g, err := s.objects(c.Context())
			if err != nil {
				return err
			}
			o, err := s.object(c.Context(), g, kind, args[0])
			switch {
			case err != nil:
				return err
			case raw:
				_, err = s.Stdout.Write(o.Files[0].Text)
				return err
			case asJSON:
				return writeJSON(s.Stdout, objectFields(o))
			}
			return s.showObject(o)
		}}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object with all that is known")
	c.Flags().BoolVar(&raw, "raw", false, "print the bytes of its own file, and nothing else")
	c.MarkFlagsMutuallyExclusive("json", "raw")
	return c
}

// objectFields is an object as --json prints it.
func objectFields(o *registry.Object) map[string]any {
	type file struct {
		Name   string `json:"name,omitempty"`
		Path   string `json:"path"`
		Digest string `json:"digest"`
		Bytes  int    `json:"bytes"`
	}
	files := []file{}
	for _, f := range o.Files {
		files = append(files, file{f.Name, f.Path, f.Digest, len(f.Text)})
	}
	labels, notes := o.Labels, o.Notes
	if labels == nil {
		labels = []string{}
	}
	if notes == nil {
		notes = []string{}
	}
	return map[string]any{"kind": o.Kind, "name": o.Name, "ref": o.Ref, "version": o.Version, "tag": o.Tag, "commit": o.Commit,
		"path": o.Path, "digest": o.Digest, "labels": labels, "notes": notes, "files": files, "description": o.About(), "text": string(o.Files[0].Text)}
}

func (s *State) showObject(o *registry.Object) error {
	w := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	for _, line := range [][2]string{
		{"name", o.Name}, {"version", o.Version}, {"labels", strings.Join(o.Labels, " ")}, {"commit", o.Commit},
		{"file", o.Path}, {"digest", o.Digest}, {"description", oneLine(o.About(), 200)},
	} {
		if line[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", line[0], plain(line[1]))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(s.Stdout, "\n%s\n", plain(strings.TrimSuffix(string(o.Files[0].Text), "\n")))
	return nil
}
