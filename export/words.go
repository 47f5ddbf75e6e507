package export

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/evals"
)

// verdictOf is pass, fail or undecided; whatever else stands there has not
// been decided.
func verdictOf(v string) string {
	if v == "pass" || v == "fail" {
		return v
	}
	return "undecided"
}

// ruleText is a rule as people read it, e.g. "intent_accuracy ≥ 0.9".
func ruleText(r *evals.RuleResult) string {
	switch r.Kind {
	case "not_worse":
		return r.Metric + " not worse than the baseline by " + shortest(r.Margin)
	case "better":
		return r.Metric + " better than the baseline"
	}
	if strings.Contains(r.Metric, "<=") {
		return r.Metric + " for at least " + shortest(r.Bar) + " of the cases"
	}
	return r.Metric + " ≥ " + shortest(r.Bar)
}

// barOf is the value that the rule compares its estimate with.
func barOf(r *evals.RuleResult) float64 {
	switch r.Kind {
	case "not_worse":
		return -r.Margin
	case "better":
		return 0
	}
	return r.Bar
}

func paired(r *evals.RuleResult) bool { return r.Kind == "not_worse" || r.Kind == "better" }

// estimateText and intervalText show scores to three decimals, differences
// with their sign, and a dash where there are no data.
func estimateText(r *evals.RuleResult) string {
	if r.Estimate == nil {
		return "–"
	}
	return score(*r.Estimate, paired(r))
}

func intervalText(v *[2]float64, signed bool) string {
	if v == nil {
		return "–"
	}
	return score(v[0], signed) + " – " + score(v[1], signed)
}

func score(x float64, signed bool) string {
	s := strconv.FormatFloat(x, 'f', 3, 64)
	if signed && x > 0 {
		s = "+" + s
	}
	return strings.Replace(s, "-", "−", 1)
}

func shortest(x float64) string {
	return strings.Replace(strconv.FormatFloat(x, 'g', -1, 64), "-", "−", 1)
}

// gateSentence says what became of the rules that count for the verdict.
func gateSentence(r *evals.Result) string {
	by := map[string][]string{}
	gates := 0
	for i := range r.Rules {
		if rule := &r.Rules[i]; rule.Gates {
			gates++
			v := verdictOf(rule.Verdict)
			by[v] = append(by[v], ruleText(rule))
		}
	}
	switch failed, open := by["fail"], by["undecided"]; {
	case gates == 0:
		return "No rule gates this run: it shows intervals and decides nothing."
	case len(failed) > 0:
		return fmt.Sprintf("%s failed: %s.", ofRules(len(failed), gates), list(failed))
	case len(open) > 0:
		return fmt.Sprintf("%s undecided: %s.", ofRules(len(open), gates), list(open))
	case gates == 1:
		return "The rule holds: " + by["pass"][0] + "."
	}
	return fmt.Sprintf("All %d rules hold.", gates)
}

func ofRules(n, of int) string {
	if of == 1 {
		return "The rule"
	}
	return fmt.Sprintf("%d of %d rules", n, of)
}

func list(names []string) string {
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + fmt.Sprintf(" and %d more", len(names)-3)
	}
	return strings.Join(names, ", ")
}

// progressSentence says after how many of how many cases the run ended and
// what stopping early saved.
func progressSentence(r *evals.Result) string {
	c := r.Cases
	seen := c.Judged + c.Unjudged
	left := c.Total - seen
	switch {
	case seen == 0:
		return "No case was judged."
	case left <= 0 && c.Unjudged > 0:
		return fmt.Sprintf("All %s cases were run; %s could not be judged.", count(seen), count(c.Unjudged))
	case left <= 0:
		return fmt.Sprintf("All %s cases were judged.", count(seen))
	case !r.Stopped:
		return fmt.Sprintf("%s of %s cases were run.", count(seen), count(c.Total))
	}
	decided := 0
	for _, rule := range r.Rules {
		if rule.Gates {
			decided = max(decided, rule.DecidedAfter)
		}
	}
	if decided == 0 || decided > seen {
		decided = seen
	}
	return fmt.Sprintf("Decided after %s of %s cases. Stopping early saved %s (%s of the set)%s.",
		count(decided), count(c.Total), plural(left, "case"), percent(left, c.Total), saved(r, seen, left))
}

// saved estimates the time and money of the cases left out; a run with cached
// answers says nothing about either.
func saved(r *evals.Result, seen, left int) string {
	if r.Calls.Cached > 0 {
		return ""
	}
	scale := float64(left) / float64(seen)
	s := ""
	if ms := float64(r.DurationMS) * scale; ms >= 1000 {
		s = ", about " + duration(ms)
	}
	if usd := r.CostUSD * scale; usd > 0 {
		if s == "" {
			return ", about " + money(usd)
		}
		s += " and " + money(usd)
	}
	return s
}

func populationSentence(r *evals.Result) string {
	if r.Population {
		return "The rules ask about the traffic behind it: the cases are a sample of all that the set stands for."
	}
	return fmt.Sprintf("The rules ask about this set: its %s and nothing beyond them.", plural(r.Cases.Total, "case"))
}

// count groups thousands with commas.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural is a count with its noun; a second noun is its plural when an s at
// the end does not make it.
func plural(n int, noun ...string) string {
	switch {
	case n == 1:
		return "1 " + noun[0]
	case len(noun) > 1:
		return count(n) + " " + noun[1]
	}
	return count(n) + " " + noun[0] + "s"
}

func percent(part, whole int) string {
	if whole <= 0 {
		return "–"
	}
	return share(float64(part) / float64(whole))
}

// share writes a ratio in percent. It does not round to 0 % or 100 % what is
// neither.
func share(x float64) string {
	p := math.Round(x*1000) / 10
	if p == 100 && x < 1 {
		p = 99.9
	}
	if p == 0 && x > 0 {
		p = 0.1
	}
	return strconv.FormatFloat(p, 'f', 1, 64) + "\u00a0%"
}

func money(usd float64) string {
	switch {
	case usd == 0:
		return "$0"
	case usd < 0.01:
		return "$" + strconv.FormatFloat(usd, 'g', 2, 64)
	}
	return "$" + strconv.FormatFloat(usd, 'f', 2, 64)
}

// duration writes milliseconds in the unit that people would choose.
func duration(ms float64) string {
	switch {
	case ms < 1:
		return strconv.FormatFloat(ms, 'g', 2, 64) + "\u00a0ms"
	case ms < 1000:
		return strconv.FormatFloat(ms, 'f', 0, 64) + "\u00a0ms"
	case ms < 60_000:
		return strconv.FormatFloat(ms/1000, 'f', 1, 64) + "\u00a0s"
	case ms < 1e15:
		return (time.Duration(ms) * time.Millisecond).Round(time.Second).String()
	}
	return strconv.FormatFloat(ms, 'g', 3, 64) + "\u00a0ms"
}

func byteSize(n int) string {
	switch {
	case n < 1<<10:
		return plural(n, "byte")
	case n < 1<<20:
		return strconv.FormatFloat(float64(n)/(1<<10), 'f', 1, 64) + "\u00a0KB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + "\u00a0MB"
}

// inUnit writes a figure of a metric with its unit.
func inUnit(x float64, unit string) string {
	switch strings.ToLower(unit) {
	case "":
		return score(x, false)
	case "ms":
		return duration(x)
	case "s":
		return duration(1000 * x)
	case "usd", "$":
		return money(x)
	}
	return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64) + "\u00a0" + unit
}

// reproduce is the two commands that ask again: one runs the same order of
// cases, one checks the record.
func reproduce(r *evals.Result) string {
	run := "genops run-eval --agent " + quoted(r.Agent) + " --test-set " + quoted(r.TestSet)
	if r.Config != "" {
		run = "genops run-eval --config " + quoted(r.Config)
	}
	if r.Population {
		run += " --population"
	}
	if r.Command != "" { // it names the rules and the judge, too
		b, _ := appendEscaped(nil, strings.TrimSuffix(r.Command, " --json"), lineEscape, reasonLimit)
		run = string(b)
	}
	if r.Config == "" && !strings.Contains(run, " --seed") {
		run += " --seed " + strconv.FormatUint(r.Seed, 10)
	}
	return run + "\ngenops verify " + quoted(r.Run)
}

// quoted is one word for a POSIX shell, on one line.
func quoted(s string) string {
	s = cut(s, nameLimit)
	b, _ := appendEscaped(nil, s, lineEscape, 4*nameLimit)
	return "'" + strings.ReplaceAll(string(b), "'", `'\''`) + "'"
}
