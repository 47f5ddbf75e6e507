package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/registry"
)

func newObjectShow(s *State, kind registry.Kind) *cobra.Command {
	var asJSON, raw bool
	c := &cobra.Command{Use: "show NAME[@REF]", Short: fmt.Sprintf("Show %s as it is, or as a version, label or commit has it", aNoun(kind)),
		Long: fmt.Sprintf(`Show prints what is known about a %s and the text of its file. REF is a version
(1.2.0, or 1 for the latest 1.x), a label, a digest (sha256:…), or a branch, tag or
commit of git; without it, the working tree is shown.`, noun(kind)),
		Example:           fmt.Sprintf("  genops %s show %s\n  genops %[1]s show %[2]s@1.2.0 --raw\n  genops %[1]s show %[2]s@production --json", kind, sampleName(kind)),
		Args:              exactly(1, "one NAME[@REF]"),
		ValidArgsFunction: completeObject(s, kind),
		RunE: func(c *cobra.Command, args []string) error {
			if asJSON && raw {
				return usage(errors.New("--json and --raw exclude each other"))
			}
			g, err := s.objects(c.Context())
			if err != nil {
				return err
			}
			o, err := s.object(c.Context(), g, kind, args[0])
			switch {
			case err != nil:
				return err
			case raw:
				return s.showRaw(o)
			}
			details, err := s.details(o, g.Root)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(s.Stdout, objectFields(o, details))
			}
			return s.showObject(o, details)
		}}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object with all that is known")
	c.Flags().BoolVar(&raw, "raw", false, "print the bytes of its own file, and nothing else")
	return c
}

func (s *State) showRaw(o *registry.Object) error {
	if o.Files[0].Text == nil {
		return fmt.Errorf("%s is larger than 16 MiB; use `git show` or the file itself", o.Path)
	}
	_, err := s.Stdout.Write(o.Files[0].Text)
	return err
}

// objectFields is an object as --json prints it.
func objectFields(o *registry.Object, details []detail) map[string]any {
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
	m := map[string]any{"kind": o.Kind, "name": o.Name, "ref": o.Ref, "version": o.Version, "tag": o.Tag, "commit": o.Commit,
		"path": o.Path, "digest": o.Digest, "labels": list(o.Labels), "notes": list(o.Notes), "files": files, "description": o.About()}
	if o.Kind != registry.KindTestSet { // whose text can be long: --raw prints it
		m["text"] = string(o.Files[0].Text)
	}
	for _, d := range details {
		m[d.key] = d.value
	}
	return m
}

// list is never null in JSON.
func list[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

func (s *State) showObject(o *registry.Object, details []detail) error {
	w := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, plain(text))
		}
	}
	row("name", o.Name)
	row("version", o.Version)
	row("labels", strings.Join(o.Labels, " "))
	row("commit", o.Commit)
	row("file", o.Path)
	row("digest", o.Digest)
	row("description", oneLine(o.About(), 200))
	for _, d := range details {
		for i, line := range d.lines {
			name := strings.ReplaceAll(d.key, "_", " ")
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(w, "%s\t%s\n", name, plain(line))
		}
	}
	for i, f := range o.Files[1:] {
		name := "includes"
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(w, "%s\t%s\n", name, plain(f.Path))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if o.Kind == registry.KindTestSet {
		return nil
	}
	fmt.Fprintf(s.Stdout, "\n%s\n", plain(strings.TrimSuffix(string(o.Files[0].Text), "\n")))
	return nil
}

// isMissing says whether an error is about something that does not exist.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
