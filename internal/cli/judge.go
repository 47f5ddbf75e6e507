package cli

import "github.com/spf13/cobra"

func newJudge(s *State) *cobra.Command {
	return group("judge", "Find out how far a judge can be trusted",
		"  genops judge sample --run latest --metric faithfulness -n 100 -o labels.csv\n  genops judge calibrate --run latest --metric faithfulness --labels labels.csv",
		newJudgeSample(s), newJudgeCalibrate(s), newJudgeCheck(s))
}
