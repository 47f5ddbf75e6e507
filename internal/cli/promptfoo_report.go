package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/export"
	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/promptfoo"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// report writes every file that was asked for, shows the table, and turns the
// verdict into the exit code.
func (r *promptfooRun) report(result *evals.Result, began time.Time) error {
	result.Report = r.show(filepath.Join(r.home.Root, filepath.FromSlash(result.Report)))
	found, err := r.results(result, began)
	if err != nil {
		return err
	}
	if err := r.writeFiles(result, found); err != nil {
		return err
	}
	if r.Getenv("GITHUB_ACTIONS") == "true" {
		rows, err := r.caseRows(result.Run)
		if err == nil {
			err = r.tellActions(r.home, result, rows)
		}
		if err != nil {
			return err
		}
	}
	if r.json {
		shown := *result
		if err := writeJSON(r.Stdout, shown); err != nil {
			return err
		}
		return r.failedExit(result.Verdict)
	}
	if r.foo.table && !r.foo.noTable && !off(r.loaded.CommandLine.Table) {
		color, columns := r.terminal()
		found.Table(r.Stdout, color, columns, cmp.Or(r.foo.cell, r.loaded.CommandLine.TableCellMaxLength))
	}
	r.totals(result, found)
	return r.failedExit(result.Verdict)
}

// collect takes what the run keeps of each row as it comes in. Without a file to
// write only the table is shown, and the run knows its figures.
func (r *promptfooRun) collect(o *evals.Options) {
	found := promptfoo.NewResults(r.loaded, r.rows)
	r.found, r.partial = found, len(r.outputs)+len(r.loaded.Outputs) == 0 && r.inOrder
	if r.partial {
		found.Only = found.Shown()
	}
	o.Recorded = func(d evals.Detail) error { return found.Add(d.ID, d.Detail, d.Error) }
}

// readBack reads what the run kept of all rows.
func (r *promptfooRun) readBack(run string) error {
	f, err := evals.RunsOf(r.home.Root).Find(run)
	if err != nil {
		return err
	}
	r.found, r.partial = promptfoo.NewResults(r.loaded, r.rows), false
	return f.Details(func(d evals.Detail) error { return r.found.Add(d.ID, d.Detail, d.Error) })
}

// results is what came of the rows, in promptfoo's terms.
func (r *promptfooRun) results(result *evals.Result, began time.Time) (*promptfoo.Results, error) {
	if r.partial && result.Cases.Unjudged > 0 { // the doubts of every row are listed
		if err := r.readBack(result.Run); err != nil {
			return nil, err
		}
	}
	found := r.found
	found.EvalID, found.Version, found.Started, found.Elapsed = "eval-"+result.Run, programVersion(), began, time.Since(began)
	found.Derive = func(c project.Code, args []project.Arg) (any, error) {
		return r.languages.Call(context.Background(), c, args)
	}
	found.Outputs = r.outputs
	found.Uncalibrated = map[string]string{}
	for _, j := range result.Judges {
		if j.Trust != judges.Calibrated {
			found.Uncalibrated[j.Metric] = fmt.Sprintf("%s: %s", j.Judge, j.Why)
		}
	}
	repeat := cmp.Or(r.foo.repeat, r.loaded.CommandLine.Repeat, r.loaded.Evaluate.Repeat, 1)
	found.Options = jsvalue.NewObject("repeat", repeat, "cache", !r.noCache && !off(r.loaded.CommandLine.Cache) && !off(r.loaded.Evaluate.Cache), "maxConcurrency", r.inFlight,
		"showProgressBar", !r.foo.noProgress)
	if c := result.Cases; r.partial {
		found.Known = &promptfoo.Counts{Passed: c.Passed, Failed: c.Failed, Errors: c.Errored, Missing: c.Total - c.Judged}
	}
	return found, found.Finish()
}

// files are the outputs of the command, or of the configuration.
func (r *promptfooRun) files() []string {
	if len(r.outputs) > 0 {
		return r.outputs
	}
	return r.loaded.Outputs
}

// checkOutputs makes the folders of the outputs, so that no answer is paid for
// that has nowhere to go.
func (r *promptfooRun) checkOutputs() error {
	for _, name := range r.files() {
		_, err := export.ByExtension(strings.ToLower(name))
		if strings.Contains(name, "://") || promptfoo.Writer(name) == nil && err != nil {
			return usage(fmt.Errorf("-o %s: no such kind of file; known: .json .jsonl .csv .yaml .yml .txt .xml .html .md .junit.xml", name))
		}
		path := r.path(name)
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return usage(fmt.Errorf("-o %s: is a folder", name))
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("-o %s: %w", name, err)
		}
		probe, err := os.CreateTemp(filepath.Dir(path), ".genops-")
		if err != nil {
			return fmt.Errorf("-o %s: nothing can be written there: %w", name, err)
		}
		if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
			return fmt.Errorf("-o %s: %w", name, err)
		}
	}
	return nil
}

// writeFiles writes the outputs.
func (r *promptfooRun) writeFiles(result *evals.Result, found *promptfoo.Results) error {
	var rows []evals.CaseRow
	for _, name := range r.files() {
		path := r.path(name)
		write := func(w io.Writer) error { return promptfoo.Writer(name)(found, w) }
		switch {
		case strings.HasSuffix(name, ".junit.xml") && len(r.rules) == 0: // with a rule the gate's verdict is part of it
			write = found.WriteJUnit
		case promptfoo.Writer(name) == nil:
			house, err := export.ByExtension(strings.ToLower(name))
			if err != nil {
				return err
			}
			if rows == nil {
				if rows, err = r.caseRows(result.Run); err != nil {
					return err
				}
			}
			write = func(w io.Writer) error { return house(w, *result, rows) }
		}
		if err := evals.WriteReport(path, write); err != nil {
			return fmt.Errorf("-o %s: %w", name, err)
		}
	}
	return nil
}

func (r *promptfooRun) caseRows(run string) ([]evals.CaseRow, error) {
	f, err := evals.RunsOf(r.home.Root).Find(run)
	if err != nil {
		return nil, err
	}
	return f.Rows()
}

// totals are the lines that end a run.
func (r *promptfooRun) totals(result *evals.Result, found *promptfoo.Results) {
	c := found.Counts()
	all := c.Passed + c.Failed + c.Errors + c.Unjudged
	paint := r.painter()
	share := func(n int) string { return fmt.Sprintf("%d (%.2f%%)", n, 100*float64(n)/float64(max(all, 1))) }
	w := r.Stdout
	fmt.Fprintf(w, "\n%s  %s\n", headline(result), plain(result.TestSet))
	fmt.Fprintln(w, paint(green, "  "+share(c.Passed)+" passed"))
	fmt.Fprintln(w, paint(red, "  "+share(c.Failed)+" failed"))
	fmt.Fprintln(w, paint(red, "  "+share(c.Errors)+" errors"))
	if c.Unjudged > 0 {
		fmt.Fprintln(w, paint(yellow, "  "+share(c.Unjudged)+" could not be judged"))
		for _, line := range found.Doubts(5) {
			fmt.Fprintln(w, "    "+clip(plain(line), 300))
		}
	}
	if c.Missing > 0 {
		fmt.Fprintf(w, "  %d not run\n", c.Missing)
	}
	if len(r.rules) > 0 {
		rulesTable(w, result.Rules, nil)
	}
	line := fmt.Sprintf("%d calls", result.Calls.Made)
	if result.Calls.Cached > 0 {
		line += fmt.Sprintf(", %d answers from earlier ones", result.Calls.Cached)
	}
	if result.CostUSD > 0 {
		line += fmt.Sprintf(", $%.4f", result.CostUSD)
	}
	fmt.Fprintf(w, "%s, %.1f s\n", line, float64(result.DurationMS)/1000)
	for _, warning := range result.Warnings {
		if len(r.rules) > 0 || !strings.Contains(warning, "each try is another chance") { // a census has no chance
			fmt.Fprintln(w, "! "+plain(warning))
		}
	}
	fmt.Fprintln(w, "Report: "+result.Report)
}
