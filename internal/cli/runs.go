package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/pipeline"
)

func newRuns(s *State) *cobra.Command {
	return group("runs", "List, show and remove recorded runs", "  genops runs list\n  genops runs show latest", newRunsList(s), newRunsShow(s), newRunsResume(s), newRunsRetryFailed(s), newRunsCancel(s), newRunsRemove(s), newRunsGC(s))
}

// runLine is one run in a list.
type runLine struct {
	Run      string       `json:"run"`
	Kind     string       `json:"kind"`
	State    string       `json:"state"` // finished | unfinished | cancelled; of media also: under way
	Agent    string       `json:"agent"` // of a media run: its brief's name
	Version  string       `json:"version"`
	TestSet  string       `json:"test_set,omitempty"`
	Verdict  string       `json:"verdict,omitempty"`
	Cases    *evals.Cases `json:"cases,omitempty"`
	Assets   *int         `json:"assets,omitempty"`   // media runs: delivered
	Made     *int         `json:"made,omitempty"`     // media runs that are not finished: requests with an asset
	Requests *int         `json:"requests,omitempty"` // of so many
	Started  time.Time    `json:"started_at"`
}

func lineOf(f evals.Folder) runLine {
	l := runLine{Run: f.ID, State: "unfinished"}
	if m, err := pipeline.ReadMediaManifest(f.Folder); err == nil {
		return mediaLine(f.Folder, m)
	}
	if m, err := f.Manifest(); err == nil {
		l.Kind, l.Agent, l.Version, l.TestSet, l.Started = m.Kind, m.Agent, m.Version, m.TestSet, m.Started
	}
	if l.Kind == "test" {
		if r, err := f.TestResult(); err == nil {
			l.State, l.Verdict = "finished", r.Verdict
		}
		return l
	}
	if r, err := f.Result(); err == nil {
		l.State, l.Verdict, l.Cases = "finished", r.Verdict, &r.Cases
	}
	return l
}

// runs are those of the project; media runs need none, and are kept below the
// working directory then.
func (s *State) runs() (string, evals.Runs, error) {
	p, err := s.runsProject()
	if err != nil {
		return "", evals.Runs{}, err
	}
	return p.Root, evals.RunsOf(p.Root), nil
}

// runsProject is the project, or one without settings in a folder that has runs: of
// media, or of a promptfoo project.
func (s *State) runsProject() (*config.Project, error) {
	p, err := s.project()
	if errors.Is(err, fs.ErrNotExist) {
		if _, statErr := os.Stat(evals.RunsOf(s.Dir).Dir); statErr == nil {
			return config.ParseProject(s.Dir, config.Name, nil)
		}
	}
	return p, err
}

// findRun finds the run that a command's argument names.
func (s *State) findRun(ref string) (root string, f evals.Folder, err error) {
	root, runs, err := s.runs()
	if err != nil {
		return "", f, err
	}
	f, err = runs.Find(ref)
	return root, f, usage(err)
}

// evalRun is the name of the run of cases that a flag means; latest is the
// newest one that is finished, so that an interrupted command stays the same.
func evalRun(root, flag, ref string) (string, error) {
	if ref == "" {
		return "", nil
	}
	runs := evals.RunsOf(root)
	if ref != latest {
		f, err := runs.Find(ref)
		if err == nil && lineOf(f).Kind == "test" {
			err = fmt.Errorf("run %s is one of tests, not of cases", f.ID)
		}
		if err != nil {
			return "", usage(fmt.Errorf("%s: %w", flag, err))
		}
		return f.ID, nil
	}
	all, err := runs.List()
	if err != nil {
		return "", err
	}
	for _, f := range slices.Backward(all) {
		if l := lineOf(f); l.Kind == "eval" && l.State == "finished" {
			return f.ID, nil
		}
	}
	return "", usage(fmt.Errorf("%s latest: no run of run-eval is finished yet", flag))
}

// latest is the name of the newest run.
const latest = "latest"

func newRunsList(s *State) *cobra.Command {
	var asJSON bool
	var database string
	c := &cobra.Command{Use: "list", Short: "List the runs of this project, oldest first", Example: "  genops runs list", Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			if database != "" {
				return s.listShared(c.Context(), database, asJSON)
			}
			_, runs, err := s.runs()
			if err != nil {
				return err
			}
			all, err := runs.List()
			if err != nil {
				return err
			}
			lines := make([]runLine, len(all))
			for i, f := range all {
				lines[i] = lineOf(f)
			}
			if asJSON {
				return writeJSON(s.Stdout, lines)
			}
			if len(lines) == 0 {
				fmt.Fprintln(s.Stdout, "no runs yet")
				return nil
			}
			t := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "RUN\tKIND\tVERDICT\tAGENT\tVERSION\tTEST SET\tCASES")
			for _, l := range lines {
				verdict, cases := l.Verdict, ""
				if l.State != "finished" {
					verdict = "(" + l.State + ")"
				}
				if l.Made != nil {
					cases = fmt.Sprintf("%d of %d made", *l.Made, *l.Requests)
				}
				if l.Assets != nil {
					cases = fmt.Sprintf("%d assets", *l.Assets)
				}
				if l.Cases != nil {
					cases = fmt.Sprintf("%d of %d", l.Cases.Judged+l.Cases.Unjudged, l.Cases.Total)
				}
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Run, l.Kind, verdict, plain(l.Agent), plain(l.Version), plain(l.TestSet), cases)
			}
			return t.Flush()
		}}
	c.Flags().StringVar(&database, "database", "", "list the media runs that are in the Postgres at this `URL` instead")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func newRunsShow(s *State) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "show RUN", Short: "Show one run: its verdict, rules and cases",
		Long:    "Show prints what a run came to. RUN is its name, the beginning or end of it, its folder, or latest.",
		Example: "  genops runs show latest", Args: exactly(1, "one RUN, or latest"),
		ValidArgsFunction: completeFrom(s, runNames),
		RunE: func(c *cobra.Command, args []string) error {
			if f := runAt(s.path(args[0])); isRun(f) {
				return s.showRun(s.Dir, evals.Folder{Folder: f}, asJSON)
			}
			root, f, err := s.findRun(args[0])
			if err != nil {
				return err
			}
			return s.showRun(root, f, asJSON)
		}}
	c.Flags().BoolVar(&asJSON, "json", false, "print the recorded result")
	return c
}

func (s *State) showRun(root string, f evals.Folder, asJSON bool) error {
	if m, err := pipeline.ReadMediaManifest(f.Folder); err == nil {
		return s.showMedia(f.Folder, m, asJSON)
	}
	m, err := f.Manifest()
	if err != nil {
		return err
	}
	if _, err := os.Stat(f.ResultPath()); errors.Is(err, fs.ErrNotExist) {
		if asJSON {
			return writeJSON(s.Stdout, lineOf(f))
		}
		how := "and can't be resumed"
		if m.ResumeWith != "" {
			how = "resume with: " + plain(m.ResumeWith)
		}
		fmt.Fprintf(s.Stdout, "run %s is not finished; %s\n", f.ID, how)
		return nil
	}
	if m.Kind == "test" {
		r, err := f.TestResult()
		if err != nil {
			return err
		}
		if asJSON {
			return writeJSON(s.Stdout, r)
		}
		s.showTests(s.Stdout, r)
		return nil
	}
	r, err := f.Result()
	if err != nil {
		return err
	}
	r.Report = s.show(f.ReportPath())
	if asJSON {
		return writeJSON(s.Stdout, r)
	}
	s.story(r)
	return nil
}

func newRunsRemove(s *State) *cobra.Command {
	return &cobra.Command{Use: "rm RUN...", Short: "Remove runs; their verdicts stay in the evidence",
		Example: "  genops runs rm 20260901-120000-asm-001-a1b2c3", ValidArgsFunction: completeFrom(s, runNames),
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(errors.New("runs rm wants at least one RUN"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			var found []evals.Folder
			for _, ref := range args { // all or none
				_, f, err := s.findRun(ref)
				if err != nil {
					return err
				}
				if f.InUse() {
					return fmt.Errorf("nothing was removed: run %s is under way", f.ID)
				}
				if !slices.Contains(found, f) {
					found = append(found, f)
				}
			}
			return s.remove(found)
		}}
}

func newRunsGC(s *State) *cobra.Command {
	var keep int
	var dry bool
	c := &cobra.Command{Use: "gc", Short: "Remove all but the newest runs of each agent and test set",
		Long:    "GC keeps the newest runs of each agent and test set, and every unfinished one. Verdicts stay in the evidence.",
		Example: "  genops runs gc --keep 20", Args: exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			if keep < 1 {
				return usage(fmt.Errorf("--keep %d: must be at least 1", keep))
			}
			_, runs, err := s.runs()
			if err != nil {
				return err
			}
			all, err := runs.List()
			if err != nil {
				return err
			}
			var old []evals.Folder
			seen := map[string]int{}
			for i := len(all) - 1; i >= 0; i-- {
				l := lineOf(all[i])
				if l.State != "finished" {
					continue
				}
				key := l.Kind + "\x00" + l.Agent + "\x00" + l.TestSet
				if seen[key]++; seen[key] > keep {
					old = append(old, all[i])
				}
			}
			if dry {
				for _, f := range old {
					fmt.Fprintln(s.Stdout, f.ID)
				}
				return nil
			}
			return s.remove(old)
		}}
	c.Flags().IntVar(&keep, "keep", 20, "how many `RUNS` of each agent and test set stay")
	c.Flags().BoolVar(&dry, "dry-run", false, "only say which would go")
	return c
}

func (s *State) remove(runs []evals.Folder) error {
	var bytes int64
	for _, f := range runs {
		bytes += f.Size()
		if err := f.Remove(); err != nil {
			return err
		}
	}
	fmt.Fprintf(s.Stdout, "removed %d run(s), %.1f MB\n", len(runs), float64(bytes)/1e6)
	return nil
}
