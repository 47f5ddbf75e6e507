package validators

import (
	"fmt"
	"strings"
)

// sameAs are the metrics of DeepEval that have another name here, by the folded
// names of its classes.
var sameAs = map[string]string{
	"arenageval": "pairwise", "conversationaldag": "dag (its questions look at turns with fields: [turns])",
}

// onlyThere are the metrics of DeepEval that have no form of ours, and those of
// ours that come nearest; "" = none does.
var onlyThere = map[string]string{
	"jeveval": "g-eval, dag", "conversationaljeveval": "conversational_g_eval, dag",
	"ragas":       "faithfulness, answer_relevancy, contextual_precision, contextual_recall",
	"texttoimage": "", "imageediting": "", "imagecoherence": "", "imagehelpfulness": "", "imagereference": "",
	"voicenaturalness": "", "turntakingnaturalness": "", "speechintelligibility": "", "voiceconsistency": "",
	"agentresponsiveness": "latency", "audiointegrity": "", "audioglitch": "", "voicereliability": "", "transcriptionaccuracy": "levenshtein, exact_match",
}

// peerHint says what to do about a metric of DeepEval that is not in the table;
// "" for other names.
func peerHint(name string) string {
	class := classOf(name)
	if here, ok := sameAs[class]; ok {
		return fmt.Sprintf("DeepEval's metric of that name is %s here", here)
	}
	near, ok := onlyThere[class]
	if !ok {
		return ""
	}
	hint := "DeepEval's metric of that name has no form of GenOps' own: import it in a file of yours, and name it FILE.py:CLASS with evals.framework: deepeval-python"
	if near == "" {
		return hint
	}
	return strings.Replace(hint, ": import", " (nearest: "+near+"): import", 1)
}
