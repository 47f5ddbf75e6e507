package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Setting is one leaf of the project file with its effective value.
type Setting struct {
	Key    string // dotted path below `genops:`, e.g. "evals.threshold"
	Value  any    // string, int, float64, time.Duration, []string, []int, Gates, Judge or LabelRule
	Source string // "genops.yaml:7", or "default"
}

// Settings lists every leaf, in the order of the schema.
func (p *Project) Settings() []Setting {
	var all []Setting
	for _, l := range p.leaves() {
		s := Setting{Key: l.key, Value: l.value, Source: "default"}
		if line := p.lines[l.key]; line > 0 {
			s.Source = Name + ":" + strconv.Itoa(line)
		}
		all = append(all, s)
	}
	return all
}

// leaf is one key with what is wrong with its value.
type leaf struct {
	key      string
	value    any
	problems []problem
}

// problem is about the whole value, or about item at of a list.
type problem struct {
	at  int // -1: the whole value
	msg string
}

// leaves is the schema: every key in order, and its range.
func (p *Project) leaves() []leaf {
	e := &p.Evals
	return append([]leaf{
		{"pipeline.provider", p.Pipeline.Provider, oneOf(p.Pipeline.Provider, "github-actions", "gitlab-ci", "none")},
		{"pipeline.runners", p.Pipeline.Runners, append(names(p.Pipeline.Runners), unless(len(p.Pipeline.Runners) > 0, "[]: at least one is needed")...)},
		{"evals.framework", e.Framework, oneOf(e.Framework, Frameworks()...)},
		{"evals.metrics", e.Metrics, names(e.Metrics)},
		{"evals.threshold", e.Threshold, unless(e.Threshold > 0 && e.Threshold <= 1, "%v: must be above 0, up to 1", e.Threshold)},
		{"evals.concurrency", e.Concurrency, within(e.Concurrency, 1, 10000)},
		{"evals.timeout", e.Timeout, unless(e.Timeout > 0 && e.Timeout <= 24*time.Hour, "%v: must be more than 0s and at most 24h", e.Timeout)},
		{"evals.on_unavailable", e.OnUnavailable, oneOf(e.OnUnavailable, "undecided", "skip")},
		{"evals.ambiguous", e.Ambiguous, oneOf(e.Ambiguous, "retry", "hold")},
		{"evals.retries", e.Retries, within(e.Retries, 0, 20)},
		{"evals.alpha", e.Alpha, unless(e.Alpha > 0 && e.Alpha <= 0.5, "%v: must be more than 0 and at most 0.5", e.Alpha)},
		{"evals.margin", e.Margin, unless(e.Margin >= 0 && e.Margin < 1, "%v: must be at least 0 and below 1", e.Margin)},
		{"evals.baseline_max_age", e.BaselineAge, unless(e.BaselineAge > 0, "%v: must be more than 0s", e.BaselineAge)},
		{"evals.cache_mb", e.CacheMB, within(e.CacheMB, 0, 1_000_000)},
		{"evals.judge", e.Judge, e.Judge.problems()},
		{"evals.moderator", e.Moderator, nil},
		{"evals.classifier", e.Classifier, nil},
		{"evals.simulate", e.Simulate, nil},
		{"evals.evidence", e.Evidence, oneOf(e.Evidence, "git", "local")},
		{"evals.uncalibrated_judges", e.UncalibratedJudges, oneOf(e.UncalibratedJudges, "report", "block")},
		{"deployment.strategy", p.Deployment.Strategy, oneOf(p.Deployment.Strategy, "canary", "blue-green")},
		{"deployment.steps", p.Deployment.Steps, shares(p.Deployment.Steps)},
		{"ci.gates", p.CI.Gates, p.CI.Gates.problems()},
		{"ci.smoke_cases", p.CI.SmokeCases, within(p.CI.SmokeCases, 1, 1_000_000)},
	}, p.labelLeaves()...)
}

func (p *Project) check() error {
	var errs []*Error
	for _, l := range p.leaves() {
		for _, problem := range l.problems {
			key := l.key
			if problem.at >= 0 {
				key += "[" + strconv.Itoa(problem.at) + "]"
			}
			errs = append(errs, &Error{File: p.File, Line: p.lines[key], Key: key, Msg: problem.msg})
		}
	}
	return Join(errs)
}

func unless(ok bool, format string, args ...any) []problem {
	if ok {
		return nil
	}
	return []problem{{-1, fmt.Sprintf(format, args...)}}
}

func within(n, lo, hi int) []problem {
	return unless(n >= lo && n <= hi, "%d: must be in %d..%d", n, lo, hi)
}

func oneOf(word string, known ...string) []problem {
	if slices.Contains(known, word) {
		return nil
	}
	return []problem{{-1, "unknown value " + Shorten(word) + cmp.Or(Hint(word, known), ";") + " known: " + strings.Join(known, ", ")}}
}

// names checks a list of distinct names.
func names(list []string) (bad []problem) {
	for i, s := range list {
		switch {
		case strings.TrimSpace(s) == "":
			bad = append(bad, problem{i, "the name is empty"})
		case slices.Contains(list[:i], s):
			bad = append(bad, problem{i, Shorten(s) + " is named twice"})
		}
	}
	return bad
}

// shares checks the steps of a rollout.
func shares(steps []int) (bad []problem) {
	for i, s := range steps {
		switch {
		case s < 1 || s > 100:
			bad = append(bad, problem{i, fmt.Sprintf("%d: must be in 1..100 (percent of the traffic)", s)})
		case i > 0 && s <= steps[i-1]:
			bad = append(bad, problem{i, fmt.Sprintf("%d: must be more than the step before, %d", s, steps[i-1])})
		}
	}
	if len(bad) > 0 {
		return bad
	}
	return unless(len(steps) > 0 && steps[len(steps)-1] == 100, "%v: the last step must be 100", steps)
}
