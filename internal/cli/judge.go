package cli

import "github.com/spf13/cobra"

func newJudge(s *State) *cobra.Command {
	c := group("judge", "Find out how far a judge can be trusted",
		"  genops judge sample --run latest --metric faithfulness -n 100 -o labels.csv\n  genops judge calibrate --run latest --metric faithfulness --labels labels.csv",
		newJudgeSample(s), newJudgeCalibrate(s), newJudgeCheck(s))
	c.Long = `A judge is a model that scores answers. Until labels of people vouch for it, its word
is marked in every report, and by default rules on it do not count. Four steps change
that:

  1. genops run-eval … --metrics METRIC --judge MODEL --full   the judge judges a run
  2. genops judge sample --metric METRIC -n 100 -o labels.csv   answers to label, drawn at random
  3. fill in the column label with pass or fail
  4. genops judge calibrate --run latest --metric METRIC --labels labels.csv

The calibration is kept in judges/ and belongs in git; runs with the same judge then
show and decide by rates that are corrected for its errors. judge check needs no
labels: it tells what sways a judge.`
	return c
}
