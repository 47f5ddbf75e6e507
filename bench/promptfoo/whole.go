package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// wholePrefix is that of the configurations whose results files are compared key
// by key.
const wholePrefix = "o-"

// ours are the places of a results file that are not promptfoo's, or differ from
// run to run. Lists have no numbers in them.
var ours = sync.OnceValue(func() []*regexp.Regexp {
	var all []*regexp.Regexp
	for _, place := range []string{
		`evalId|results\.timestamp|metadata\..*|runtimeOptions\..*`, // of the run
		`.*(latencyMs|totalLatencyMs|durationMs|evaluationDurationMs)`,
		`results\.results\.id`,
		`.*response\.output`, // compared row by row
		`.*\.(reason|error)`, // our own words
		`.*gradingResult\.comment`,
		`.*assertions\.(numRequests|completionDetails\..*)`, // all calls of judges are counted
		`.*tokensUsed\.completionDetails.*`,
		`.*(acceptedPrediction|rejectedPrediction|cacheCreationInputTokens)`,
		`.*metadata\.(http|_promptfooFileMetadata)\b.*`, // what promptfoo keeps for itself
		`.*componentResults\.metadata\b.*`,
		`.*response\.metadata`,
		`.*(testCase\.options|prompt\.config)\.provider\b.*`, // its object of the provider
		`config\.(prompts|outputPath)`,                       // paths
		`config\.providers\.config\.apiKey`,                  // hidden in either
		`.*response\.guardrails\.reason`,
	} {
		all = append(all, regexp.MustCompile(`^(`+place+`)$`))
	}
	return all
})

func isOurs(place string) bool {
	return slices.ContainsFunc(ours(), func(r *regexp.Regexp) bool { return r.MatchString(place) })
}

// diffWhole lists where two results files differ.
func diffWhole(want, got any, place string) (all []string) {
	if isOurs(place) {
		return nil
	}
	switch w := want.(type) {
	case object:
		g, ok := got.(object)
		if !ok {
			return []string{fmt.Sprintf("%s: promptfoo has an object, genops %.80v", place, got)}
		}
		for _, k := range keysOf(w, g) {
			at := strings.TrimPrefix(place+"."+k, ".")
			x, has := w[k]
			y, also := g[k]
			switch {
			case has && also:
				all = append(all, diffWhole(x, y, at)...)
			case isOurs(at):
			default:
				all = append(all, fmt.Sprintf("%s: promptfoo has %.80v, genops %.80v", at, orNone(x, has), orNone(y, also)))
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return []string{fmt.Sprintf("%s: promptfoo has %d items, genops %.80v", place, len(w), got)}
		}
		for i := range w {
			all = append(all, diffWhole(w[i], g[i], place)...)
		}
	case float64:
		if g, ok := got.(float64); !ok || math.Abs(w-g) > scoreTolerance {
			return []string{fmt.Sprintf("%s: promptfoo has %v, genops %v", place, w, got)}
		}
	default:
		if want != got {
			return []string{fmt.Sprintf("%s: promptfoo has %.200v, genops %.200v", place, want, got)}
		}
	}
	return all
}

func keysOf(a, b object) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

func orNone(v any, has bool) any {
	if !has {
		return "none"
	}
	return v
}

// readWhole reads a results file, its rows in the order of the tests.
func readWhole(path string) (object, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var o object
	if err := json.Unmarshal(stubAddress().ReplaceAll(data, []byte("127.0.0.1")), &o); err != nil {
		return nil, fmt.Errorf("reading %s: %w", filepath.Base(path), err)
	}
	results, _ := o["results"].(object)
	rows, _ := results["results"].([]any)
	slices.SortStableFunc(rows, func(a, b any) int {
		place := func(v any) float64 {
			o, _ := v.(object)
			test, _ := o["testIdx"].(float64)
			prompt, _ := o["promptIdx"].(float64)
			return test*1e6 + prompt
		}
		return int(place(a) - place(b))
	})
	return o, nil
}

func wholeFile(dir, name string) string {
	return filepath.Join(dir, "recorded", "whole", name+".json")
}

// keepWhole records a results file of promptfoo, without what differs from run to
// run.
func keepWhole(dir, name, results string) error {
	o, err := readWhole(results)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(withoutOurs(o, ""), "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(wholeFile(dir, name)), 0o755); err != nil {
		return err
	}
	return os.WriteFile(wholeFile(dir, name), append(data, '\n'), 0o644)
}

func withoutOurs(v any, place string) any {
	switch v := v.(type) {
	case object:
		out := object{}
		for k, x := range v {
			at := strings.TrimPrefix(place+"."+k, ".")
			if !isOurs(at) {
				out[k] = withoutOurs(x, at)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = withoutOurs(v[i], place)
		}
		return out
	}
	return v
}
