package cli

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/registry"
)

// objectRow is one object of a list, as --json prints it.
type objectRow struct {
	Kind    registry.Kind     `json:"kind"`
	Name    string            `json:"name"`
	Path    string            `json:"path,omitempty"`
	Latest  string            `json:"latest,omitempty"`
	Labels  map[string]string `json:"labels"`
	State   registry.State    `json:"state"`
	About   string            `json:"description,omitempty"`
	Digest  string            `json:"digest,omitempty"`
	Problem string            `json:"problem,omitempty"`
}

func newObjectList(s *State, kind registry.Kind) *cobra.Command {
	var asJSON bool
	var label string
	c := &cobra.Command{Use: "list [GLOB]", Short: fmt.Sprintf("List the project's %ss with versions, labels and state", noun(kind)),
		Long: fmt.Sprintf(`List shows every %s of the working tree and of the versions in git. STATE compares the
working tree with the latest version: clean, modified (it, or what it includes),
new (no version yet), deleted, or broken, which a line below explains.`, noun(kind)),
		Example: fmt.Sprintf("  genops %s list\n  genops %[1]s list 'billing/*' --label production --json", kind),
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(fmt.Errorf("%s wants at most one GLOB", c.CommandPath()))
			}
			return nil
		},
		ValidArgsFunction: completeName(s, kind),
		RunE: func(c *cobra.Command, args []string) error {
			g, err := s.objects(c.Context())
			if err != nil {
				return err
			}
			all, err := g.Objects(c.Context(), kind)
			if err != nil {
				return err
			}
			rows, err := chosenRows(all, args, label)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(s.Stdout, map[string]any{"kind": kind, "objects": rows})
			}
			return s.objectTable(kind, rows)
		}}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	c.Flags().StringVar(&label, "label", "", "only those that have this `LABEL`")
	c.RegisterFlagCompletionFunc("label", completeKindLabels(s, kind))
	return c
}

// chosenRows keeps what the glob and the label ask for.
func chosenRows(all []registry.Summary, globs []string, label string) ([]objectRow, error) {
	rows := []objectRow{}
	for _, o := range all {
		if len(globs) == 1 {
			match, err := path.Match(globs[0], o.Name)
			if err != nil {
				return nil, usage(fmt.Errorf("%q: %w; a pattern has *, ? and [a-z]", globs[0], err))
			}
			if !match && !strings.HasPrefix(o.Name, strings.TrimSuffix(globs[0], "/")+"/") {
				continue
			}
		}
		if _, has := o.Labels[label]; label != "" && !has {
			continue
		}
		row := objectRow{o.Kind, o.Name, o.Path, o.Latest, o.Labels, o.State, o.About, o.Digest, o.Problem}
		if row.Labels == nil {
			row.Labels = map[string]string{}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (s *State) objectTable(kind registry.Kind, rows []objectRow) error {
	if len(rows) == 0 {
		fmt.Fprintf(s.Stderr, "no %ss; they lie in %s/\n", noun(kind), kind.Dir())
		return nil
	}
	paint := s.painter()
	w := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "NAME\tLATEST\tLABELS\t%s\tDESCRIPTION\n", paint("39", "STATE")) // as long as the painted ones
	for _, r := range rows {
		latest := r.Latest
		if latest == "" {
			latest = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", plain(r.Name), latest, plain(labelCell(r)), paint(stateColour(r.State), string(r.State)), oneLine(r.About, 60))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, r := range rows {
		if r.Problem != "" {
			fmt.Fprintf(s.Stderr, "! %s: %s\n", plain(r.Name), plain(r.Problem))
		}
	}
	return nil
}

// labelCell shows labels with their versions, where those are not the latest.
func labelCell(r objectRow) string {
	var all []string
	for _, l := range slices.Sorted(maps.Keys(r.Labels)) {
		switch v := r.Labels[l]; v {
		case r.Latest:
			all = append(all, l)
		case "":
			all = append(all, l+"=?")
		default:
			all = append(all, l+"="+v)
		}
	}
	if len(all) == 0 {
		return "-"
	}
	return strings.Join(all, " ")
}

// stateColour has two digits for all states, so that columns stay straight.
func stateColour(state registry.State) string {
	switch state {
	case registry.StateClean:
		return green
	case registry.StateModified, registry.StateNew:
		return yellow
	}
	return red
}
