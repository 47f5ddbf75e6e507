package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/export"
	"github.com/GaboBase/arch-genops/pipeline"
)

// view holds the flags of view.
type view struct {
	*State
	output string
	noOpen bool
	json   bool
	sharing
}

func newView(s *State) *cobra.Command {
	v := &view{State: s}
	c := &cobra.Command{
		Use:   "view RUN | RUN_A..RUN_B | RUN RUN...",
		Short: "Show the HTML report of a run, or compare runs case by case",
		Long: `View opens the HTML report of a run (of a media run its contact sheet), or writes a page that compares up to 8 runs
case by case with the first of them, and opens that. Both are single files that
need no server. The last line is the file's path.

A browser is opened on a terminal with a desktop; not in CI, and not with
--json or --no-open. What a comparison shows describes and does not gate.`,
		Example: "  genops view latest\n  genops view 20260901-120000..latest\n  genops view RUN_A RUN_B RUN_C -o compare.html",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(errors.New("view wants a RUN, or several to compare (see `genops view --help`)"))
			}
			return nil
		},
		ValidArgsFunction: completeFrom(s, runNames),
		RunE:              func(_ *cobra.Command, args []string) error { return v.run(args) },
	}
	f := c.Flags()
	f.StringVarP(&v.output, "output", "o", "", "write the comparison to this `FILE` (default: in the newest run's folder)")
	v.sharing.flags(f)
	f.BoolVar(&v.noOpen, "no-open", false, "only print the path")
	f.BoolVar(&v.json, "json", false, "print the report's path, or the comparison, as one JSON object")
	return c
}

func (v *view) run(args []string) error {
	if done, err := v.contact(args); done || err != nil {
		return err
	}
	root, runs, err := v.runs()
	if err != nil {
		return err
	}
	found, err := viewed(root, runs, args)
	if err != nil {
		return err
	}
	if len(found) == 1 {
		return v.one(found[0])
	}
	return v.compare(found)
}

// contact shows the contact sheet of a media run, written anew so that it shows
// the present state; done is false for any other run.
func (v *view) contact(args []string) (done bool, err error) {
	if len(args) != 1 || strings.Contains(args[0], "..") {
		return false, nil
	}
	x, err := v.media()
	if err != nil {
		return false, err
	}
	f, err := x.findShared(context.Background(), args[0], v.sharing)
	if err != nil && v.sharing.Database != "" {
		return true, err
	}
	if err != nil {
		return false, nil // told by who looks for all kinds of runs
	}
	if _, err := pipeline.ReadMediaManifest(f); err != nil {
		return false, nil
	}
	path := f.Path(pipeline.ContactFile)
	records := func(yield func(int64, int, *pipeline.Record) error) error { return pipeline.RecordsIn(f, yield) }
	store, err := x.storeOf(f)
	if err == nil {
		err = bringAssets(store, records)
	}
	if err == nil {
		err = export.Contact(f, records)
	}
	switch {
	case errors.Is(err, assets.ErrInUse):
		return true, inUse(err, f.ID)
	case err != nil:
		return true, err
	case v.json:
		return true, writeJSON(v.Stdout, map[string]string{"report": v.show(path)})
	}
	v.open(path, v.noOpen)
	fmt.Fprintln(v.Stdout, v.show(path))
	return true, nil
}

// viewed finds the runs that the arguments name; A..B names two.
func viewed(root string, runs evals.Runs, args []string) (out []evals.Folder, err error) {
	for _, arg := range args {
		names := []string{arg}
		if a, b, ok := strings.Cut(arg, ".."); ok {
			names = []string{a, b}
		}
		for _, name := range names {
			if name == "" {
				return nil, usage(fmt.Errorf("view %q: RUN_A..RUN_B needs a run on both sides", arg))
			}
			id, err := evalRun(root, "view", name)
			if err != nil {
				return nil, err
			}
			f, err := runs.Find(id)
			if err != nil {
				return nil, err
			}
			if slices.Contains(out, f) {
				return nil, usage(fmt.Errorf("view: run %s is named twice", f.ID))
			}
			out = append(out, f)
		}
	}
	if len(out) > export.MaxRuns {
		return nil, usage(fmt.Errorf("view: %d runs: at most %d can be compared", len(out), export.MaxRuns))
	}
	return out, nil
}

// one shows the report of a run.
func (v *view) one(f evals.Folder) error {
	if v.output != "" {
		return usage(errors.New("view -o is for comparisons: the report of a run is in its folder"))
	}
	if _, err := os.Stat(f.ReportPath()); err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if lineOf(f).State == "unfinished" {
			return fmt.Errorf("run %s is not finished and has no report yet (`genops runs show %s` tells how to resume it)", f.ID, f.ID)
		}
		return fmt.Errorf("run %s: %s was removed: %w", f.ID, v.show(f.ReportPath()), fs.ErrNotExist)
	}
	if v.json {
		return writeJSON(v.Stdout, map[string]string{"report": v.show(f.ReportPath())})
	}
	v.open(f.ReportPath(), v.noOpen)
	fmt.Fprintln(v.Stdout, v.show(f.ReportPath()))
	return nil
}

// comparison is what --json prints.
type comparison struct {
	*export.Comparison
	Report string `json:"report"`
}

// compare writes the page, and says in a few lines what it shows.
func (v *view) compare(found []evals.Folder) error {
	var sides []export.Run
	for _, f := range found {
		r, err := f.Result()
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("run %s is not finished: there is nothing to compare yet", f.ID)
		}
		if err != nil {
			return err
		}
		rows, err := f.Rows()
		if err != nil {
			return err
		}
		sides = append(sides, export.Run{Result: *r, Rows: rows})
	}
	c, err := export.Compare(sides)
	if err != nil {
		return usage(err)
	}
	file := comparisonPath(found)
	if v.output != "" {
		file = v.path(v.output)
	}
	if err := evals.WriteReport(file, func(w io.Writer) error { return export.CompareHTML(w, c) }); err != nil {
		return err
	}
	if v.json {
		return writeJSON(v.Stdout, comparison{c, v.show(file)})
	}
	v.tell(c)
	v.open(file, v.noOpen)
	fmt.Fprintln(v.Stdout, v.show(file))
	return nil
}

// comparisonPath is a file in the newest run's folder, another one for each
// choice of runs.
func comparisonPath(found []evals.Folder) string {
	newest := slices.MaxFunc(found, func(a, b evals.Folder) int { return strings.Compare(a.ID, b.ID) })
	h := sha256.New()
	for _, f := range found {
		io.WriteString(h, f.ID+"\n")
	}
	return filepath.Join(newest.Dir, "compare-"+hex.EncodeToString(h.Sum(nil)[:4])+".html")
}

// tell prints the counts, each pair and the warnings.
func (v *view) tell(c *export.Comparison) {
	n := c.Counts
	fmt.Fprintf(v.Stdout, "%d cases, %d judged differently: %d regressed, %d improved\n", n.Cases, n.Differ, n.Regressions, n.Improvements)
	for i, p := range c.Pairs {
		if p.Difference == nil {
			fmt.Fprintf(v.Stdout, "%s → %s: no case was judged in both\n", plain(c.Runs[0].Version), plain(c.Runs[i+1].Version))
			continue
		}
		fmt.Fprintf(v.Stdout, "%s → %s: %+.1f points on %d cases (95 %% interval %+.1f to %+.1f; describes, does not gate)\n", plain(c.Runs[0].Version), plain(c.Runs[i+1].Version),
			100**p.Difference, p.N, 100*p.Interval[0], 100*p.Interval[1])
	}
	for _, w := range c.Warnings {
		fmt.Fprintln(v.Stdout, "! "+plain(w))
	}
}

// open shows a file in the desktop's browser, where there is a terminal and a
// desktop. It does not wait; what the browser makes of it is not an error here.
func (s *State) open(file string, never bool) {
	if ci := s.Getenv("CI"); never || !s.Terminal || ci != "" && ci != "false" {
		return
	}
	var cmd *exec.Cmd
	switch runtime.GOOS {
	case "darwin":
		cmd = exec.Command("open", file)
	case "windows": // start is a word of the shell, which would read signs in the path
		cmd = exec.Command("rundll32", "url.dll,FileProtocolHandler", file)
	default:
		if s.Getenv("DISPLAY") == "" && s.Getenv("WAYLAND_DISPLAY") == "" {
			return
		}
		cmd = exec.Command("xdg-open", file)
	}
	if cmd.Start() == nil {
		go cmd.Wait()
	}
}
