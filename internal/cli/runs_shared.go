package cli

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/GaboBase/arch-genops/internal/durable"
	"github.com/GaboBase/arch-genops/pipeline"
)

// sharedLine is one run in the list of a database.
type sharedLine struct {
	Run      string `json:"run"`
	State    string `json:"state"` // finished | under way | unfinished
	Layers   int    `json:"layers"`
	Requests int    `json:"requests"`
	Assets   string `json:"assets,omitempty"`
	Holder   string `json:"holder,omitempty"`
}

// listShared lists the runs that a database has.
func (s *State) listShared(ctx context.Context, database string, asJSON bool) error {
	if err := checkDatabase(database); err != nil {
		return err
	}
	c, err := durable.Open(ctx, database)
	if err != nil {
		return err
	}
	defer c.Close()
	names, err := c.List(ctx)
	if err != nil {
		return err
	}
	lines := []sharedLine{}
	for _, name := range names {
		r, err := c.Find(ctx, name)
		if err != nil {
			return err
		}
		done, err := layersOf(r)
		if err != nil {
			return err
		}
		l := sharedLine{Run: name, State: "unfinished", Layers: len(done), Requests: r.Requests, Assets: r.Assets, Holder: r.Holder}
		switch {
		case r.Result != "":
			l.State = "finished"
		case r.Holder != "":
			l.State = "under way"
		}
		lines = append(lines, l)
	}
	if asJSON {
		return writeJSON(s.Stdout, lines)
	}
	t := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RUN\tSTATE\tLAYERS\tREQUESTS\tASSETS")
	for _, l := range lines {
		fmt.Fprintf(t, "%s\t%s\t%d of %d\t%d\t%s\n", plain(l.Run), l.State, l.Layers, len(pipeline.Layers()), l.Requests, plain(l.Assets))
	}
	return t.Flush()
}
