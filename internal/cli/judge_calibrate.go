package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/gate"
	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/judges"
	"github.com/GaboBase/arch-genops/validators"
)

// calibrate holds the flags of judge calibrate.
type calibrate struct {
	*State
	judges             []string
	labels             labelFile
	run                string
	testSet, metric    string
	compat             string
	against            string
	threshold, margin  float64
	budget             float64
	limited, grade     bool // --budget, --threshold are given
	json, dry, noStore bool
}

func newJudgeCalibrate(s *State) *cobra.Command {
	e := &calibrate{State: s}
	c := &cobra.Command{
		Use:   "calibrate --labels FILE [--judge MODEL] [--run RUN]",
		Short: "Compare a judge with labels that people gave, and keep what that tells",
		Long: `Calibrate compares a judge's words with labels of 50 to 200 answers and tells
how often it is right on good and on bad ones, and what its errors cost: how much
wider the interval of a pass rate becomes, and what more labels would give.

Labels are CSV (of commas, semicolons or tabs), JSON lines or a JSON array: id of the
case (or input and output), label (pass or fail, or a number in 0..1), rater if there
are several, metric if the file holds labels of several. Columns with other names are
named by --column, grades by --scale. Fewer than 20 labels, or labels of good or of bad
answers alone, calibrate no judge. The judge's words come from a run that it judged
(--run), from the column score of the labels, or it is asked (--judge). Several --judge
are compared as a panel, too.

The calibration goes to judges/ in the project and belongs in git. Reports then
show rates that are corrected for the judge's errors, and rules decide by them. It
holds for the very judge that was compared, and for what it was asked: another
model, prompt, parameter, or criterion of a case makes it count as changed.

With --against the exit code is that of the comparison: 3 where the new judge is right
less often, 4 where the labels do not decide.`,
		Example: `  genops judge calibrate --run latest --metric faithfulness --labels labels.csv
  genops judge calibrate --judge openai:gpt-5.4 --metric coherence --labels labels.csv --test-set goldens.json
  genops judge calibrate --run latest --metric coherence --labels graded.csv --column label=stars --scale 1..5 --threshold 4
  genops judge calibrate --run latest --metric faithfulness --labels labels.csv --against judges/openai-gpt-5.4.faithfulness.calibration.json`,
		Args: exactly(0, "flags only"),
		RunE: func(c *cobra.Command, _ []string) error {
			e.limited, e.grade = c.Flags().Changed("budget"), c.Flags().Changed("threshold")
			return e.work(c.Context())
		},
	}
	f := c.Flags()
	f.StringArrayVar(&e.judges, "judge", nil, "ask this `MODEL`, such as openai:gpt-5.4; repeatable: a panel")
	e.labels.flags(f)
	f.StringVar(&e.run, "run", "", "take answers, and without --judge the judge's words, from this `RUN`")
	f.StringVar(&e.testSet, "test-set", "", "`FILE` with the cases that the labels name")
	f.StringVar(&e.metric, "metric", "", "`METRIC` that is compared (default: the only one of the run)")
	f.StringVar(&e.compat, "compat", "", "`MODE` in which --judge is asked, as that of run-eval: default, exact or deepeval-4.1 (default: evals.judge.compat)")
	f.StringVar(&e.against, "against", "", "compare the judge with an older one: a calibration's `FILE` over the same labels")
	f.Float64Var(&e.threshold, "threshold", 0.5, "least label that is a pass, where labels are numbers; on a --scale a grade of it (default: its middle)")
	f.Float64Var(&e.margin, "margin", 0.03, "by how much the judge may be right less often than --against")
	f.Float64Var(&e.budget, "budget", 0, "spend at most so many `USD` on --judge")
	f.BoolVar(&e.dry, "dry-run", false, "tell what would be asked and what it costs, and stop")
	f.BoolVar(&e.noStore, "no-store", false, "do not write the calibration")
	f.BoolVar(&e.json, "json", false, "print the calibration as one JSON object")
	completeRoot(s, c, "run", runNames)
	completeJudging(s, c)
	completeRoot(s, c, "test-set", testSets)
	return c
}

func (e *calibrate) check() error {
	if err := e.graded(); err != nil {
		return err
	}
	switch {
	case e.labels.path == "":
		return usage(errors.New("judge calibrate: --labels is missing (see `genops judge calibrate --help`)"))
	case !(e.margin >= 0 && e.margin < 1):
		return usage(fmt.Errorf("--margin %g: must be at least 0 and below 1", e.margin))
	case !(e.budget >= 0):
		return usage(fmt.Errorf("--budget %g: must be 0 or more", e.budget))
	case e.compat != "" && len(e.judges) == 0:
		return usage(errors.New("--compat needs --judge: the words of a run are of the run's own mode"))
	case len(e.judges) > 0 && e.metric == "":
		return usage(errors.New("--judge needs --metric: what it is asked about"))
	}
	return nil
}

// graded turns a threshold that is a grade into its share of the scale.
func (e *calibrate) graded() error {
	form, err := e.labels.form()
	if err != nil {
		return err
	}
	low, high := 0.0, 1.0
	if form.Scale != (judges.LabelScale{}) {
		low, high = form.Scale.Low, form.Scale.High
		if !e.grade {
			return nil
		}
	}
	if !(e.threshold > low && e.threshold <= high) {
		return usage(fmt.Errorf("--threshold %g: must be above %g and at most %g", e.threshold, low, high))
	}
	e.threshold = form.Scale.Share(e.threshold)
	return nil
}

// calibrated is what the command found out.
type calibrated struct {
	Calibrations []*judges.Calibration `json:"calibrations"`     // one a judge, then that of a panel
	Stored       []string              `json:"stored"`           // files, as the user would write them
	Spared       []string              `json:"spared,omitempty"` // files that were not written over, with the reason
	Panel        *judges.Among         `json:"panel,omitempty"`
	Against      *againstJudge         `json:"against,omitempty"`
	Split        []string              `json:"split"`                        // answers on which people are evenly split: left out
	Ignored      []string              `json:"ignored"`                      // labels that belong to no answer, with the reason
	Empty        int                   `json:"empty"`                        // rows without a label
	Twice        int                   `json:"repeated"`                     // labels that a rater had given before, and alike
	Others       int                   `json:"others"`                       // labels of other metrics
	Thin         string                `json:"does_not_calibrate,omitempty"` // why the labels vouch for no judge
}

// againstJudge is a new judge against an old one.
type againstJudge struct {
	Judge string `json:"judge"`
	File  string `json:"file"`
	judges.Comparison
	Margin  float64 `json:"margin"`
	Verdict string  `json:"verdict"`
	Reason  string  `json:"reason"`
}

func (e *calibrate) work(ctx context.Context) error {
	if err := e.check(); err != nil {
		return err
	}
	p, err := e.runsProject()
	if err != nil {
		return err
	}
	labels, err := e.labels.read(e.State, p)
	if err != nil {
		return err
	}
	others, err := e.aboutMetric(labels)
	if err != nil {
		return err
	}
	c, err := labels.Collect(e.threshold)
	if err != nil {
		return err
	}
	found := &calibrated{Others: others, Stored: []string{}, Split: []string{}, Ignored: []string{}, Empty: labels.Empty, Twice: c.Twice}
	for _, item := range c.Split {
		found.Split = append(found.Split, item.Name())
	}
	c.Join() // how far the judge agrees with people is told of all that they labelled
	heard, err := e.listen(ctx, p, c)
	if err != nil || heard == nil {
		return err
	}
	c.Part()
	found.Ignored = append(found.Ignored, heard.ignored...)
	if len(c.Items) == 0 {
		return fmt.Errorf("%s: no label belongs to an answer: %s", labels.Path, firstOf(found.Ignored))
	}
	ref := judges.LabelsRef{Path: labels.Path, Digest: labels.Digest, Items: len(c.Items), Raters: len(c.Raters), Draw: labels.Draw}
	if e.run == "" {
		ref.Draw = "" // of a run that is not looked at
	}
	if err := e.assess(p, found, c, heard, ref); err != nil {
		return err
	}
	if err := e.tell(found); err != nil || found.Against == nil {
		return err
	}
	return verdictExit(found.Against.Verdict)
}

// aboutMetric leaves the labels of one metric: of --metric, or of the only one that
// the file names. It says how many were of others.
func (e *calibrate) aboutMetric(l *judges.Labels) (others int, err error) {
	named := l.Metrics()
	switch {
	case len(named) == 0:
		return 0, nil
	case e.metric == "" && len(named) == 1:
		e.metric = named[0]
		return 0, nil
	case e.metric == "":
		return 0, usage(fmt.Errorf("judge calibrate: --metric is missing; %s has labels of %s", l.Path, strings.Join(named, ", ")))
	}
	names := []string{e.metric}
	for _, name := range named {
		a, errA := validators.Lookup(name)
		b, errB := validators.Lookup(e.metric)
		if errA == nil && errB == nil && a.Name == b.Name {
			names = append(names, name)
		}
	}
	if others = l.About(names...); len(l.Rows) == 0 {
		return 0, fmt.Errorf("%s: no label is about %s; it has labels of %s", l.Path, e.metric, strings.Join(named, ", "))
	}
	return others, nil
}

func firstOf(texts []string) string {
	if len(texts) == 0 {
		return "people are evenly split on each of them"
	}
	return texts[0]
}

// assess makes and stores the calibrations, and compares with an older judge.
func (e *calibrate) assess(p *config.Project, found *calibrated, c *judges.Collected, heard *heard, ref judges.LabelsRef) error {
	releases := heard.releases
	if len(releases) > 1 {
		names := make([]string, len(releases))
		for i, r := range releases {
			names[i] = r.Judge
		}
		among := judges.Agree(slices.Concat(c.Items, c.Split), names)
		found.Panel = &among
		for _, items := range [][]judges.Item{c.Items, c.Split} {
			for i := range items {
				items[i].Scores = append(items[i].Scores, judges.Combine(items[i].Scores))
			}
		}
		releases = append(releases, judges.PanelRelease(releases))
	}
	for k, r := range releases {
		found.Calibrations = append(found.Calibrations, judges.NewCalibration(r, c, k, ref, heard.run, e.threshold))
	}
	if err := e.compare(p, found, c); err != nil {
		return err
	}
	for _, cal := range found.Calibrations {
		if a := cal.Assessment; a.Labels > 0 && a.Confusion.Unjudged == a.Labels {
			return fmt.Errorf("%s came to no verdict on any of the %d labelled answers (%s): nothing tells how far it can be trusted; nothing was kept",
				cmp.Or(cal.Release.Judge, "the judge"), a.Labels, plain(cal.Rows[0].Unjudged))
		}
	}
	found.Thin = found.Calibrations[0].Thin()
	return e.keep(p, found)
}

// keep writes the calibrations, but none that vouches for nothing in the place of one
// that does for the same judge.
func (e *calibrate) keep(p *config.Project, found *calibrated) error {
	for _, cal := range found.Calibrations {
		if e.noStore || cal.Release.Judge == "" {
			continue
		}
		data, err := cal.Encode()
		if err != nil {
			return err
		}
		path := filepath.Join(p.Root, judges.Dir, cal.Name())
		old, err := judges.Read(p.Root, path)
		if err == nil && old.Digest == cal.Digest && old.Thin() == "" && cal.Thin() != "" {
			found.Spared = append(found.Spared, fmt.Sprintf("%s stays as it is: its %d labels calibrate this judge", e.show(path), len(old.Rows)))
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := assets.WriteFile(path, data); err != nil {
			return err
		}
		found.Stored = append(found.Stored, e.show(path))
	}
	return nil
}

// compare sets the last judge against an old one, on the answers that both
// judged: not worse by the margin, decided as any rule on pairs.
func (e *calibrate) compare(p *config.Project, found *calibrated, c *judges.Collected) error {
	if e.against == "" {
		return nil
	}
	old, err := judges.Read(p.Root, inProject(p.Root, e.path(e.against)))
	if err != nil {
		return usage(fmt.Errorf("--against: %w", err))
	}
	k := len(found.Calibrations) - 1
	pairs := judges.Pairs(c.Items, k, e.threshold, old)
	if len(pairs) == 0 {
		return fmt.Errorf("--against %s: it knows none of these answers: calibrate both judges with the same labels", e.against)
	}
	test, err := gate.New(gate.Rule{Metric: "right", Kind: gate.NotWorse, Margin: e.margin, Alpha: p.Evals.Alpha},
		gate.Design{Units: len(pairs), TotalWeight: float64(len(pairs)), MaxWeight: 1, Cases: len(pairs), Population: true})
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		difference := 0.0
		if pair.New {
			difference++
		}
		if pair.Old {
			difference--
		}
		test.Observe(gate.Sample{Lo: difference, Hi: difference, Weight: 1, Judged: 1, Cases: 1})
	}
	d := test.Decision()
	found.Against = &againstJudge{Judge: old.Release.Judge, File: old.Path, Comparison: judges.Compare(pairs), Margin: e.margin,
		Verdict: d.Verdict.String(), Reason: d.Reason}
	return nil
}

// tell shows the outcome. Judges that people cannot be told about are no error.
func (e *calibrate) tell(found *calibrated) error {
	if e.json {
		return writeJSON(e.Stdout, found)
	}
	w := e.Stdout
	for i, cal := range found.Calibrations {
		if i > 0 {
			fmt.Fprintln(w)
		}
		showCalibration(w, cal)
	}
	if found.Panel != nil {
		showPanel(w, found.Panel)
	}
	if found.Against != nil {
		showAgainst(w, found.Against)
	}
	leftOut(w, found)
	for _, file := range found.Stored {
		fmt.Fprintf(w, "\nKept in %s: put it into git.", plain(file))
		if found.Thin == "" {
			fmt.Fprint(w, " Rules on the word of this judge decide by the corrected rate.")
		}
		fmt.Fprintln(w)
	}
	if found.Thin != "" {
		fate := "It stays uncalibrated, and by default rules on its word do not count."
		if len(found.Spared) > 0 {
			fate = strings.Join(found.Spared, "; ") + "."
		}
		fmt.Fprintf(w, "\nThis does not calibrate the judge: %s. %s `%s judge sample` draws answers to label; 50 to 200 labels are a good number, and some must be of good and some of bad answers.\n", plain(found.Thin), plain(fate), e.Program)
	}
	if len(found.Stored)+len(found.Spared) == 0 && !e.noStore {
		fmt.Fprintln(w, "\nNot kept: the labels hold scores, but nobody says whose they are; name the run (--run) or ask the judge (--judge).")
	}
	return nil
}
