package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/validators"
)

// metricClass is the name of a class where an object of it is made.
var metricClass = regexp.MustCompile(`\b([A-Z][A-Za-z]*)\(`)

// importsDeepEval says that Python code uses the package.
var importsDeepEval = regexp.MustCompile(`(?m)^\s*(?:from|import)\s+deepeval\b`)

// pythonTest reads which metrics a test of DeepEval asks for. It is the user's own
// code, and is not run.
func (a *adoption) pythonTest(file string) {
	data, err := os.ReadFile(filepath.Join(a.dir, filepath.FromSlash(file)))
	if err != nil || !importsDeepEval.Match(data) {
		return
	}
	var native, own []string
	for _, m := range metricClass.FindAllSubmatch(data, -1) {
		class := string(m[1])
		name, known := nativeMetric(class)
		switch {
		case known && !slices.Contains(native, name):
			native = append(native, name)
		case !known && strings.HasSuffix(class, "Metric") && !slices.Contains(own, class):
			own = append(own, class)
		}
	}
	why := "a test of DeepEval in Python, which is not run here"
	if len(native) > 0 {
		why += "; its metrics are built in: " + strings.Join(native, ", ")
	}
	if len(own) > 0 {
		why += "; " + strings.Join(own, ", ") + " can run in your Python (evals.framework: deepeval-python, metrics: [FILE.py:NAME])"
	}
	a.refuse(file, "%s", why)
	for _, name := range native {
		if name != "g-eval" && !slices.Contains(a.metrics, name) { // which needs criteria
			a.metrics = append(a.metrics, name)
		}
	}
}

// nativeMetric is the judged metric that a class of DeepEval is: "AnswerRelevancyMetric"
// is answer_relevancy.
func nativeMetric(class string) (name string, known bool) {
	stem, isMetric := strings.CutSuffix(class, "Metric")
	if class == "GEval" {
		return "g-eval", true
	}
	if !isMetric {
		return "", false
	}
	flat := strings.ToLower(stem)
	for _, m := range validators.Known() {
		if m.Kind == validators.KindJudged && strings.ReplaceAll(m.Name, "_", "") == flat {
			return m.Name, true
		}
	}
	return "", false
}
