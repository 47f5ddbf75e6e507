package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// goOn are the flags of the commands that go on with a run.
type goOn struct {
	*State
	budget  float64
	noPilot bool
	json    bool
	events  string
	sharing sharing
}

func (g *goOn) flags(c *cobra.Command) {
	c.Flags().Float64Var(&g.budget, "budget", 0, "media runs: spend at most so many `USD` in all, what is paid included")
	c.Flags().BoolVar(&g.noPilot, "no-pilot", false, noPilotUsage)
	g.sharing.flags(c.Flags())
	c.Flags().BoolVar(&g.json, "json", false, "print the result as one JSON object")
	c.Flags().StringVar(&g.events, "events", "", "media runs: write progress as JSON lines into this `FILE`, - for stderr")
}

func newRunsResume(s *State) *cobra.Command {
	g := &goOn{State: s}
	c := &cobra.Command{Use: "resume RUN", Short: "Go on with a run that was killed, interrupted or cancelled",
		Long: `Resume goes on where a run stopped: what is done is never sent again, and of calls
that were in flight the provider is asked first. Evals are started with the
command that they were begun with.`,
		Example: "  genops runs resume latest\n  genops runs resume 20260901-120000 --budget 40", Args: exactly(1, "one RUN, or latest"),
		ValidArgsFunction: completeFrom(s, runNames),
		RunE:              func(c *cobra.Command, args []string) error { return g.resume(c, args[0], false) }}
	g.flags(c)
	return c
}

func newRunsRetryFailed(s *State) *cobra.Command {
	g := &goOn{State: s}
	c := &cobra.Command{Use: "retry-failed RUN", Short: "Send again what failed or is held, and go on from there",
		Long: `Retry-failed sends the requests of a media run again that failed or are held, and
runs the layers behind once more. Of an eval it judges the cases anew that did
not pass, in a new run.`,
		Example: "  genops runs retry-failed latest", Args: exactly(1, "one RUN, or latest"),
		ValidArgsFunction: completeFrom(s, runNames),
		RunE:              func(c *cobra.Command, args []string) error { return g.resume(c, args[0], true) }}
	g.flags(c)
	return c
}

func (g *goOn) resume(c *cobra.Command, ref string, failed bool) error {
	if !isMoney(g.budget) {
		return usage(fmt.Errorf("--budget %g: must be 0 or more", g.budget))
	}
	x, err := g.media()
	if err != nil {
		return err
	}
	if err := g.checkSharing(g.sharing); err != nil {
		return err
	}
	f, err := x.findShared(c.Context(), ref, g.sharing)
	if err != nil {
		return err
	}
	var m struct {
		Kind       string
		ResumeWith string `json:"resume_with"`
	}
	if err := f.ReadJSON(assets.ManifestFile, &m); err != nil {
		return err
	}
	if err := f.Uncancel(); err != nil {
		return err
	}
	switch m.Kind {
	case pipeline.MediaKind:
		return g.goOnMedia(c.Context(), x, f, failed, c.Flags().Changed("budget"))
	case "eval":
		return g.again(c.Context(), f, m.ResumeWith, failed)
	}
	return usage(fmt.Errorf("run %s is one of %ss: start the same command again", f.ID, m.Kind))
}

// goOnMedia goes on with a media run.
func (g *goOn) goOnMedia(ctx context.Context, x *media, f assets.Folder, failed, budget bool) error {
	run, err := pipeline.OpenMediaRun(f, x.store())
	if err != nil {
		return inUse(err, f.ID)
	}
	defer run.Close()
	changed := false // then the database's state is taken over
	if run.Finished() && !failed {
		if changed, err = x.changedElsewhere(ctx, run); err != nil {
			fmt.Fprintf(g.Stderr, "! whether others went on with run %s can't be seen: %v\n", f.ID, err)
		}
	}
	if run.Finished() && !failed && !changed {
		r, err := readMediaResult(f)
		if err != nil {
			return err
		}
		fmt.Fprintf(g.Stderr, "run %s is finished\n", f.ID)
		return g.tell(r)
	}
	if !run.States[pipeline.Optimize].Done {
		return usage(fmt.Errorf("run %s was stopped before its requests were planned, and nothing was sent: start it anew", f.ID))
	}
	if failed {
		if err := reopen(run, pipeline.Synthesize); err != nil {
			return err
		}
	}
	w := &mediaWork{media: x, run: run, sharing: g.sharing, retryFailed: failed, noPilot: g.noPilot}
	if budget {
		w.budget = &g.budget
	}
	return w.all(ctx, g.json, g.events)
}

func (g *goOn) tell(r *mediaResult) error {
	if g.json {
		if err := writeJSON(g.Stdout, r); err != nil {
			return err
		}
	} else {
		g.tellMedia(r)
	}
	return verdictExit(r.Verdict)
}

// again starts an eval's own command once more.
func (g *goOn) again(ctx context.Context, f assets.Folder, command string, failed bool) error {
	words, err := splitCommand(command)
	if err != nil || len(words) == 0 {
		return fmt.Errorf("run %s can't be resumed: it does not say with which command", f.ID)
	}
	for len(words) > 0 && !strings.HasPrefix(words[0], "-") && words[0] != "run-eval" {
		words = words[1:] // the program's name
	}
	words = without(words, "-C", "--dir") // this process is there already
	words = without(words, "--json")
	if failed {
		words = without(words, "--failed-in")
		words = append(words, "--failed-in", f.ID, "--fresh")
	}
	if g.json {
		words = append(words, "--json")
	}
	again := *g.State
	again.Args = words
	fmt.Fprintln(g.Stderr, plain(again.commandLine()))
	if code := Run(ctx, &again); code != exitPass {
		return exit{code}
	}
	return nil
}

// without drops a flag, under any of its names, and its value from a command;
// --json has none.
func without(words []string, flags ...string) (out []string) {
	for i := 0; i < len(words); i++ {
		name, _, joined := strings.Cut(words[i], "=")
		switch {
		case !slices.Contains(flags, name):
			out = append(out, words[i])
		case !joined && name != "--json":
			i++
		}
	}
	return out
}

// splitCommand takes apart what commandLine wrote.
func splitCommand(text string) (words []string, err error) {
	var word strings.Builder
	open, any := false, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'':
			open, any = !open, true
		case c == '\\' && !open && i+1 < len(text):
			i++
			word.WriteByte(text[i])
		case c == ' ' && !open:
			if any {
				words = append(words, word.String())
			}
			word.Reset()
			any = false
		default:
			word.WriteByte(c)
			any = true
		}
	}
	if open {
		return nil, errors.New("a quote is not closed")
	}
	if any {
		words = append(words, word.String())
	}
	return words, nil
}

func newRunsCancel(s *State) *cobra.Command {
	var why string
	var wait time.Duration
	var asJSON bool
	c := &cobra.Command{Use: "cancel RUN", Short: "Stop a run, and keep it from going on by itself",
		Long: `Cancel asks the process that works on a run to stop sending and to take in what is
in flight, and marks the run, so that the same command starts a new one instead.
What was made stays; ` + "`genops runs resume`" + ` goes on all the same.`,
		Example: "  genops runs cancel latest --reason 'wrong brief'", Args: exactly(1, "one RUN, or latest"),
		ValidArgsFunction: completeFrom(s, runNames),
		RunE: func(c *cobra.Command, args []string) error {
			x, err := s.media()
			if err != nil {
				return err
			}
			f, err := x.find(args[0])
			if err != nil {
				return err
			}
			if f.Finished() {
				return usage(fmt.Errorf("run %s is finished: there is nothing to cancel", f.ID))
			}
			if err := f.Cancel(why); err != nil { // first: nobody takes it up again in between
				return err
			}
			if err := pauseShared(c.Context(), f); err != nil {
				return err
			}
			stopped := f.InUse()
			if stopped {
				if err := f.Stop(wait); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, os.ErrProcessDone) {
					return err
				}
			}
			if asJSON {
				return writeJSON(s.Stdout, map[string]any{"run": f.ID, "cancelled": true, "stopped": stopped})
			}
			fmt.Fprintf(s.Stdout, "run %s is cancelled; `%s runs resume %s` goes on all the same\n", f.ID, s.Program, f.ID)
			return nil
		}}
	c.Flags().StringVar(&why, "reason", "", "`WHY`, kept with the run")
	c.Flags().DurationVar(&wait, "wait", time.Minute, "for the process that works on it")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}
