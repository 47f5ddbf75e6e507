package evals

import (
	"fmt"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/gate"
)

// pathPoints is the number of looks that a rule's picture shows.
const pathPoints = 40

// outcome makes the result of what the tally holds. It is a pure function of
// plan, manifest and judgements.
func (t *tally) outcome(m *Manifest, sends func(seq int64) int) *Result {
	r := &Result{Run: m.Run, Agent: m.Agent, Version: m.Version, TestSet: m.TestSet,
		Release: m.Release, TestSetDigest: m.TestSetDigest, Seed: m.Seed, Population: m.Population,
		Subset: m.Subset.String(), AsRecorded: m.AsRecorded, StartedAt: m.Started.UTC().Format("2006-01-02T15:04:05Z")}
	if m.OwnJudge {
		r.Config = m.TestSet
	}
	all, base := t.spend(sends)
	r.Calls, r.CostUSD, r.Unpriced, r.Quarantine = all.Calls, all.usd, all.unpriced, t.quarantined(m)
	r.Simulated = t.simulated(m, sends)
	var wait sync.WaitGroup
	wait.Go(func() { t.summarise(r) })
	rules, verdict := t.rules(m)
	wait.Wait()
	if r.Baseline != nil {
		r.Baseline.Calls, r.Baseline.CostUSD = base.Calls, base.usd
	}
	r.Rules, r.Verdict = rules, verdict.String()
	r.Judge = t.judgeSummary(m)
	r.Stopped = t.plan.earlyStop && t.cases < len(t.plan.cases) && t.allDecided()
	r.Warnings = append(t.warnings(m), t.judgeWarnings(m)...)
	r.Judges = t.judgeTrusts(m)
	return r
}

// rules decides every rule, and the run.
func (t *tally) rules(m *Manifest) ([]RuleResult, gate.Verdict) {
	results := []RuleResult{}
	var gating []gate.Decision
	for i := range t.plan.rules {
		d, corrected := t.decision(i, m)
		if t.plan.rules[i].gates {
			gating = append(gating, d)
		}
		results = append(results, t.ruleResult(i, d, corrected, m))
	}
	return results, gate.All(gating...)
}

// decision decides a rule; corrected is what it rests on where that is not the
// judge's word alone.
func (t *tally) decision(i int, m *Manifest) (d gate.Decision, corrected *Corrected) {
	rule := &t.plan.rules[i]
	if rule.blocked != "" {
		return gate.Decision{Rule: rule.Rule.Rule, Of: rule.design.Cases, Reason: rule.blocked}, nil
	}
	d, corrected = t.trusted(rule, t.tests[i].Decision())
	if why := rule.judge.distrusted(); why != "" {
		d.Reason += "; does not count: " + why
	}
	if n := t.plan.doubtful(rule); n > 0 {
		d.Reason += fmt.Sprintf("; of %d cases a pass would be the word of an uncalibrated judge: they count as not judged, unless something else fails", n)
	}
	if prior := m.prior(rule.Rule); m.RequireFirst && prior != nil {
		d.Reason = fmt.Sprintf("the first try on this release and set, run %s, said %s, and --require-first decides by it (this try: %s; %s)",
			prior.Run, prior.Verdict, d.Verdict, d.Reason)
		d.Verdict = parseVerdict(prior.Verdict)
	}
	return d, corrected
}

func (m *Manifest) prior(r Rule) *Prior {
	for i := range m.Prior {
		if m.Prior[i].Rule == r.Key() {
			return &m.Prior[i]
		}
	}
	return nil
}

func parseVerdict(s string) gate.Verdict {
	for _, v := range []gate.Verdict{gate.Pass, gate.Fail} {
		if v.String() == s {
			return v
		}
	}
	return gate.Undecided
}

func (t *tally) ruleResult(i int, d gate.Decision, corrected *Corrected, m *Manifest) RuleResult {
	rule := &t.plan.rules[i]
	out := RuleResult{Metric: rule.Metric, Kind: rule.Kind.String(), Bar: rule.Bar, Margin: rule.Margin, Verdict: d.Verdict.String(),
		N: d.N, Of: d.Of, Alpha: rule.Alpha, Reason: d.Reason, Gates: rule.gates, Tries: 1, DecidedAfter: t.decided[i], Corrected: corrected}
	if corrected != nil {
		out.DecidedAfter = 0
	}
	if d.HasData {
		estimate := d.Estimate
		out.Estimate = &estimate
	}
	if d.N > 0 {
		out.Interval = &[2]float64{d.Interval.Lo, d.Interval.Hi}
		if corrected == nil { // the picture is of the judge's words
			for _, look := range t.tests[i].Path(pathPoints) {
				out.Path = append(out.Path, Look(look))
			}
		}
	}
	if d.Traffic != nil {
		out.Wilson = &[2]float64{d.Traffic.Lo, d.Traffic.Hi}
	}
	if prior := m.prior(rule.Rule); prior != nil {
		out.Tries += prior.Tries
	}
	return out
}

func (t *tally) warnings(m *Manifest) []string {
	var out []string
	if q := m.Quarantine; q != nil {
		if len(q.Expired) > 0 {
			out = append(out, fmt.Sprintf("%s: %d entries have expired and count again: %s", q.File, len(q.Expired), strings.Join(q.Expired, ", ")))
		}
		if len(q.Unknown) > 0 {
			out = append(out, fmt.Sprintf("%s: %d entries name no case of the set: %s", q.File, len(q.Unknown), strings.Join(q.Unknown, ", ")))
		}
	}
	if len(m.Rules) == 0 {
		out = append(out, "no rule: nothing gates this run")
	}
	if n := t.plan.unasked(); n > 0 {
		out = append(out, fmt.Sprintf("%d case(s) could have a simulated user, and no model plays it: their input was sent as it is, in one call; --simulate MODEL has the conversation", n))
	}
	for _, r := range t.plan.rules {
		if !r.gates && r.design.Cases > 0 && r.judge.distrusted() == "" {
			out = append(out, fmt.Sprintf("%s does not gate: %s", r.Metric, r.blocked))
		}
	}
	for _, r := range m.Rules {
		if p := m.prior(r); p != nil {
			out = append(out, fmt.Sprintf("%s was tried %d time(s) before on this release and set (first: run %s, %s); each try is another chance to pass: --require-first decides by the first",
				r.Rule, p.Tries, p.Run, p.Verdict))
		}
	}
	return out
}

// rows lists the judged draws for the reports, in drawn order: first draws,
// further ones, then the baseline's. sends tells how often a call was sent.
func (t *tally) rows(sends func(seq int64) int) []CaseRow {
	rows := make([]CaseRow, 0, len(t.first)+len(t.repeats)+len(t.base))
	for seq := range int64(t.plan.slots()) {
		at, _ := t.plan.at(seq)
		j := t.get(at)
		if j == nil {
			continue
		}
		c := &t.plan.cases[t.plan.order[at.pos]]
		row := CaseRow{ID: c.ID, Line: c.Line, Draw: at.draw, Input: c.Input, Expected: c.Expected, Output: j.Output,
			Slice: c.Slice, State: j.State, Error: j.Error, Findings: j.Findings, Unjudged: j.Unjudged,
			LatencyMS: float64(j.LatencyUS) / 1e3, CostUSD: j.CostUSD, Sends: sends(seq), Cluster: c.Cluster}
		if j.Talk != nil {
			row.Turns = j.Talk.Turns
		}
		if at.base {
			row.Arm = "baseline"
		}
		rows = append(rows, row)
	}
	return rows
}
