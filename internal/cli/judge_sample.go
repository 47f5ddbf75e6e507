package cli

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/GaboBase/arch-genops/evals"
	"github.com/GaboBase/arch-genops/judges"
)

// sample holds the flags of judge sample.
type sample struct {
	*State
	run, metric, out string
	n                int
	seed             string
	balance          bool
}

func newJudgeSample(s *State) *cobra.Command {
	e := &sample{State: s}
	c := &cobra.Command{
		Use:   "sample --run RUN --metric METRIC -n 100 -o labels.csv",
		Short: "Draw answers of a run at random for people to label",
		Long: `Sample writes a sheet of randomly drawn answers with an empty column label, for
people to fill in: pass or fail, or a number in 0..1. What an answer is judged by is
in it, such as its context, or the criterion that its case asks; the judge's words are
not, so that they can't sway anybody. What is drawn depends on the run and the seed
alone: -n 200 has the answers of -n 100 and more.

Rates are corrected without further assumptions when the labels are of randomly
drawn answers of the run itself. Where the judge fails few answers, --balance draws
half of them from those that it fails: they say more of its errors. The sheet tells
that it was drawn so (column draw), and only this run's rates are corrected by it.
Do not choose answers yourself: labels that are no draw from the run correct nothing.`,
		Example: "  genops judge sample --run latest --metric faithfulness -n 100 -o labels.csv\n  genops judge sample --run latest --metric faithfulness -n 100 --balance -o labels.csv",
		Args:    exactly(0, "flags only"),
		RunE:    func(*cobra.Command, []string) error { return e.draw() },
	}
	f := c.Flags()
	f.StringVar(&e.run, "run", latest, "`RUN` whose answers are drawn")
	f.StringVar(&e.metric, "metric", "", "only answers that this `METRIC` applies to (default: the only judged one of the run)")
	f.IntVarP(&e.n, "n", "n", 100, "how many answers")
	f.StringVar(&e.seed, "seed", "", "`SEED` of the draw")
	f.BoolVar(&e.balance, "balance", false, "draw half of them from what the judge fails")
	f.StringVarP(&e.out, "output", "o", "", "write the sheet to this `FILE` (.csv); it must not exist yet")
	completeRoot(s, c, "run", runNames)
	completeJudging(s, c)
	return c
}

func (e *sample) draw() error {
	switch {
	case e.n < 1:
		return usage(fmt.Errorf("-n %d: must be positive", e.n))
	case e.out == "":
		return usage(errors.New("judge sample: -o is missing"))
	}
	p, err := e.runsProject()
	if err != nil {
		return err
	}
	id, err := evalRun(p.Root, "--run", e.run)
	if err != nil {
		return err
	}
	f, err := evals.RunsOf(p.Root).Find(id)
	if err != nil {
		return usage(fmt.Errorf("--run: %w", err))
	}
	if e.metric, err = metricOf(f, e.metric); err != nil {
		return err
	}
	answers, err := f.Answers(e.metric)
	if err != nil {
		return err
	}
	drawn := shuffled(answers, f.ID+"\x00"+e.seed)
	if e.balance {
		drawn = balanced(drawn)
	}
	drawn = drawn[:min(e.n, len(drawn))]
	if len(drawn) == 0 {
		return fmt.Errorf("run %s has no answer that %s applies to", f.ID, e.metric)
	}
	if err := e.write(drawn); err != nil {
		return err
	}
	fmt.Fprintf(e.Stdout, "%d of %d answers of run %s are in %s: fill in the column label with pass or fail, then\n  %s judge calibrate --run %s --metric %s --labels %s\n",
		len(drawn), len(answers), f.ID, e.out, e.Program, f.ID, e.metric, e.out)
	return nil
}

// shuffled is the answers that are there, in the order of a hash of their IDs.
func shuffled(answers []evals.Answer, seed string) []evals.Answer {
	place := map[string]uint64{}
	var out []evals.Answer
	for _, a := range answers {
		if a.Errored {
			continue
		}
		sum := sha256.Sum256([]byte(seed + "\x00" + a.ID))
		place[a.ID] = binary.BigEndian.Uint64(sum[:])
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b evals.Answer) int { return cmp.Compare(place[a.ID], place[b.ID]) })
	return out
}

// balanced takes turns between answers that the judge does not pass and such that
// it passes, as long as there are both.
func balanced(all []evals.Answer) []evals.Answer {
	var kinds [2][]evals.Answer
	for _, a := range all {
		k := 0
		if a.Word.Judged() && a.Word.Pass {
			k = 1
		}
		kinds[k] = append(kinds[k], a)
	}
	out := make([]evals.Answer, 0, len(all))
	for i := range all {
		for k := range kinds {
			if i < len(kinds[k]) {
				out = append(out, kinds[k][i])
			}
		}
	}
	return out
}

// write makes a new file: labels that somebody gave are never written over.
func (e *sample) write(answers []evals.Answer) error {
	file, err := os.OpenFile(e.path(e.out), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return usage(fmt.Errorf("-o: %w", err))
	}
	w := csv.NewWriter(file)
	draw := judges.DrawRandom
	if e.balance {
		draw = judges.DrawBalanced
	}
	beside := slices.DeleteFunc(evals.BesideNames(), func(name string) bool {
		return !slices.ContainsFunc(answers, func(a evals.Answer) bool { return a.Beside[name] != "" })
	})
	w.Write(slices.Concat([]string{"id", "input"}, beside, []string{"output", "label", "rater", "metric", "draw"}))
	for _, a := range answers {
		row := []string{a.ID, a.Input}
		for _, name := range beside {
			row = append(row, a.Beside[name])
		}
		w.Write(append(row, a.Output, "", "", e.metric, string(draw)))
	}
	w.Flush()
	if err = errors.Join(w.Error(), file.Close()); err != nil {
		os.Remove(file.Name()) // half a sheet is none
	}
	return err
}
