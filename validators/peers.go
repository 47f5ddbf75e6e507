package validators

import (
	"fmt"
	"slices"
)

// sameAs are the metrics of DeepEval that have another name here, by the folded
// names of its classes.
var sameAs = map[string]string{
	"arenageval": "pairwise", "conversationaldag": "dag (its questions look at turns with fields: [turns])",
}

// onlyThere are the metrics of DeepEval that have no form of ours.
var onlyThere = []string{
	"agentloopdetection", "citationfaithfulness", "jeveval", "conversationaljeveval", "ragas",
	"texttoimage", "imageediting", "imagecoherence", "imagehelpfulness", "imagereference",
	"voicenaturalness", "turntakingnaturalness", "speechintelligibility", "voiceconsistency", "agentresponsiveness", "audiointegrity", "voicereliability", "transcriptionaccuracy",
}

// peerHint says what to do about a metric of DeepEval that is not in the table;
// "" for other names.
func peerHint(name string) string {
	class := classOf(name)
	if here, ok := sameAs[class]; ok {
		return fmt.Sprintf("DeepEval's metric of that name is %s here", here)
	}
	if slices.Contains(onlyThere, class) {
		return "DeepEval's metric of that name has no form of GenOps' own: import it in a file of yours, and name it FILE.py:CLASS with evals.framework: deepeval-python"
	}
	return ""
}
