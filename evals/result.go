// Package evals runs a test set against an agent and lets the gate decide.
package evals

import "github.com/GaboBase/arch-genops/pipeline"

// Result is the outcome of one run: what `--json` prints and result.json holds.
type Result struct {
	Run        string       `json:"run"`
	Agent      string       `json:"agent"`
	Version    string       `json:"version"`
	TestSet    string       `json:"test_set"`
	Verdict    string       `json:"verdict"` // pass | fail | undecided
	Rules      []RuleResult `json:"rules"`
	Cases      Cases        `json:"cases"`
	Calls      Calls        `json:"calls"`
	CostUSD    float64      `json:"cost_usd"`
	DurationMS int64        `json:"duration_ms"`
	Report     string       `json:"report"` // path of report.html

	// Beyond the contract of --json:
	Release       string            `json:"release"` // sha256:… of what ran
	TestSetDigest string            `json:"test_set_digest"`
	Seed          uint64            `json:"seed"`
	Population    bool              `json:"population"`            // rules ask about the traffic behind the set
	Stopped       bool              `json:"stopped_early"`         // not every case was judged because every rule was decided
	Command       string            `json:"command,omitempty"`     // that made the run, as it can be typed again
	Config        string            `json:"config,omitempty"`      // the configuration that is run in the place of an agent; "" = an agent is
	Subset        string            `json:"subset,omitempty"`      // how the cases were chosen; such a run is no evidence for the set
	AsRecorded    bool              `json:"as_recorded,omitempty"` // the answers of the test set were judged, and nobody was asked: no evidence of a release
	Resumed       bool              `json:"resumed,omitempty"`
	Metrics       []MetricSummary   `json:"metrics"`
	Slices        []SliceSummary    `json:"slices,omitempty"`
	Labels        []LabelSummary    `json:"labels,omitempty"`
	Flaky         *FlakySummary     `json:"flakiness,omitempty"`
	Baseline      *Baseline         `json:"baseline,omitempty"`   // nil without --against
	Quarantine    *Quarantine       `json:"quarantine,omitempty"` // nil without a list
	Budget        *Budget           `json:"budget,omitempty"`     // nil without --budget
	Judge         *JudgeBill        `json:"judge,omitempty"`      // nil without a judged metric; cost_usd lacks what it cost
	Simulated     *SimulatedBill    `json:"simulated,omitempty"`  // nil without simulated users; cost_usd lacks what they cost
	Reused        *Reused           `json:"reused,omitempty"`     // nil when every call was made by this run
	Unpriced      int               `json:"unpriced,omitempty"`   // calls whose price is not known: cost_usd lacks them
	Errors        []ErrorCount      `json:"errors,omitempty"`     // the most frequent errors of the agent, at most 5
	Judges        []JudgeTrust      `json:"judges,omitempty"`     // who judged which metric, and how far labels vouch for it
	Warnings      []string          `json:"warnings,omitempty"`
	StartedAt     string            `json:"started_at"`      // RFC 3339, UTC
	Files         map[string]string `json:"files,omitempty"` // file in the run's folder → sha256:…
}

// RuleResult is one rule's decision.
type RuleResult struct {
	Metric       string      `json:"metric"`
	Kind         string      `json:"kind"`
	Bar          float64     `json:"bar"`
	Margin       float64     `json:"margin,omitempty"`
	Verdict      string      `json:"verdict"`
	Estimate     *float64    `json:"estimate"`                   // null without a judged case
	Interval     *[2]float64 `json:"interval"`                   // of the population the rule asks about; null without data
	Wilson       *[2]float64 `json:"traffic_interval,omitempty"` // full run: Wilson interval for the traffic behind the set
	N            int         `json:"n"`                          // cases consumed in drawn order
	DecidedAfter int         `json:"decided_after,omitempty"`    // cases consumed when it was first decided; 0 = by the census, or not
	Of           int         `json:"of"`                         // cases the metric applies to
	Alpha        float64     `json:"alpha"`
	Reason       string      `json:"reason"`
	Gates        bool        `json:"gates"`          // false: shown, but does not count for the verdict
	Tries        int         `json:"tries"`          // how often this rule was decided on the same release and set, this run included
	Path         []Look      `json:"path,omitempty"` // the interval over n, for the picture
	// Corrected is set where estimate, interval and verdict are corrected for the
	// errors of a calibrated judge.
	Corrected *Corrected `json:"corrected,omitempty"`
}

// Look is the state of a rule's interval after N cases.
type Look struct {
	N        int     `json:"n"`
	Estimate float64 `json:"estimate"`
	Lo       float64 `json:"lo"`
	Hi       float64 `json:"hi"`
}

// Cases counts first draws. Judged = Passed + Failed + Errored.
type Cases struct {
	Total    int `json:"total"`
	Judged   int `json:"judged"`
	Passed   int `json:"passed"`
	Failed   int `json:"failed"`
	Errored  int `json:"errored"`
	Unjudged int `json:"unjudged"` // answered, but no verdict possible
}

// Calls counts calls. Made includes Repeated.
type Calls struct {
	Made     int `json:"made"`
	Cached   int `json:"cached"`
	Repeated int `json:"repeated"`
}

// MetricSummary describes one metric over all judged cases.
type MetricSummary struct {
	Metric   string      `json:"metric"`
	Mean     *float64    `json:"mean"` // null without a judged case; in [0,1], higher is better; for latency_ms, cost_usd, tokens, length in their unit
	N        int         `json:"n"`
	Unjudged int         `json:"unjudged"`
	Doubts   []Doubt     `json:"unjudged_because,omitempty"` // why those could not be judged, the most frequent reasons first, at most 5
	Unit     string      `json:"unit,omitempty"`             // "" for scores
	P50      float64     `json:"p50,omitempty"`              // only with a unit
	P95      float64     `json:"p95,omitempty"`              // only with a unit
	Interval *[2]float64 `json:"traffic_interval,omitempty"` // full run: Wilson, 95 %, of a score, for the traffic behind the set
}

// Doubt is a reason why answers could not be judged, and how many of them.
type Doubt struct {
	Reason string `json:"reason"`
	Cases  int    `json:"cases"`
	Reply  string `json:"reply,omitempty"` // how the judge's reply to the first of them begins
}

// SliceSummary is the share of passed cases within one slice value.
type SliceSummary struct {
	Key    string     `json:"key"`
	Value  string     `json:"value"`
	N      int        `json:"n"`
	Passed int        `json:"passed"`
	Rate   float64    `json:"rate"`
	Wilson [2]float64 `json:"interval"`
	Weak   bool       `json:"weak,omitempty"`    // found below the rest by e-BH over all slices
	EValue float64    `json:"e_value,omitempty"` // evidence that the slice is below the rate of all cases
	// Against a baseline: the mean difference of pass (candidate − baseline) within the slice.
	Effect *float64 `json:"effect,omitempty"`
}

// LabelSummary is precision and recall of one label; the confusion matrix is
// made of Got.
type LabelSummary struct {
	Label     string         `json:"label"`
	Support   int            `json:"support"`
	Precision *float64       `json:"precision"`     // null when the label was never given
	Recall    *float64       `json:"recall"`        // null when the label was never expected
	Got       map[string]int `json:"got,omitempty"` // output label → count, for cases that expected Label; "" = no answer
}

// ErrorCount is one error of the agent and how many first draws ended with it.
type ErrorCount struct {
	Error string `json:"error"`
	N     int    `json:"n"`
	Case  string `json:"case"` // one that did
}

// FlakySummary compares repeated draws of the same cases.
type FlakySummary struct {
	Cases   int         `json:"cases"`          // cases with at least two judged draws
	Flipped int         `json:"flipped"`        // of these, cases whose draws did not agree
	IDs     []string    `json:"ids,omitempty"`  // up to 20 flipped cases
	List    []FlakyCase `json:"list,omitempty"` // flipped cases, the least certain first, at most 100
}

// FlakyCase is how one case's draws came out.
type FlakyCase struct {
	ID       string     `json:"id"`
	Draws    int        `json:"draws"` // judged ones
	Passed   int        `json:"passed"`
	Interval [2]float64 `json:"interval"` // Wilson, 95 %, of the probability that a draw passes
}

// Baseline is what a run was compared with, pair by pair.
type Baseline struct {
	Agent   string `json:"agent"`
	Version string `json:"version"`
	Release string `json:"release"`
	Same    bool   `json:"same,omitempty"` // it is the release under test itself: its draws are fresh ones

	Pairs    int         `json:"pairs"` // cases of which both answers were judged, as passed or not
	McNemar  McNemar     `json:"mcnemar"`
	Effect   *float64    `json:"effect"`   // mean difference of pass, candidate − baseline; null without pairs
	Interval *[2]float64 `json:"interval"` // 95 % confidence sequence of it for this set (traffic under population)
	Calls    Calls       `json:"calls"`    // of the baseline arm alone; those of the run include them
	CostUSD  float64     `json:"cost_usd"`
	MaxAge   string      `json:"max_age"`                 // within which the two answers of a pair were called
	Oldest   string      `json:"oldest_answer,omitempty"` // RFC 3339: of the baseline's answers that were used
	Flips    []Flip      `json:"flips,omitempty"`         // pairs that differ, regressions first, at most 200
	Forecast *Forecast   `json:"forecast,omitempty"`      // from answers too old to decide; nil when there are none
}

// McNemar counts pairs by which of the two passed.
type McNemar struct {
	Both      int `json:"both"`
	Candidate int `json:"candidate_only"`
	Baseline  int `json:"baseline_only"`
	Neither   int `json:"neither"`
	// P is the two-sided exact p-value for equal chances; it describes a run
	// looked at once, and does not gate.
	P float64 `json:"p_value"`
}

// Flip is one pair whose two answers were judged differently.
type Flip struct {
	ID       string `json:"id"`
	Passed   string `json:"passed"` // "candidate" or "baseline"
	Input    string `json:"input"`
	Expected any    `json:"expected,omitempty"`
	Output   string `json:"output"`          // of the candidate
	Base     string `json:"baseline_output"` // of the baseline
}

// Forecast is a comparison with answers of the baseline that are too old to
// decide anything: what was true of the provider then may not be now.
type Forecast struct {
	Pairs  int     `json:"pairs"`
	Effect float64 `json:"effect"`
	Oldest string  `json:"oldest_answer"` // RFC 3339
}

// Quarantine is what a list of known troublemakers took out of the gate.
type Quarantine struct {
	File    string            `json:"file"`
	Cases   []QuarantinedCase `json:"cases"`             // shown, but not counted by any rule
	Expired []string          `json:"expired,omitempty"` // counted again since their date
	Unknown []string          `json:"unknown,omitempty"` // listed, but not in the set
}

// QuarantinedCase is one entry of the list that holds.
type QuarantinedCase struct {
	ID     string `json:"id"`
	Until  string `json:"until"` // the last day on which it holds, YYYY-MM-DD
	Reason string `json:"reason"`
	State  string `json:"state,omitempty"` // of its first draw; "" when it was not drawn
}

// Budget is what a run was allowed to spend.
type Budget struct {
	LimitUSD    float64 `json:"limit_usd"`
	ExpectedUSD float64 `json:"expected_usd"` // before the first call
	WorstUSD    float64 `json:"worst_usd"`    // before the first call: every call at its highest price; 0 = not known, as for conversations
	SpentUSD    float64 `json:"spent_usd"`
	UsedUp      bool    `json:"used_up,omitempty"` // the next call could have gone beyond the limit
}

// Reused is what a run took from earlier calls instead of making them.
type Reused struct {
	Answers  int     `json:"answers"`
	Errors   int     `json:"errors,omitempty"` // of these, calls that had failed
	From     string  `json:"from"`             // "cache" or the cassette's file
	SavedUSD float64 `json:"saved_usd"`        // what these answers cost when they were made
	Oldest   string  `json:"oldest_answer"`    // RFC 3339
}

// CaseRow is one judged case as the reports show it.
type CaseRow struct {
	ID        string             `json:"id"`
	Line      int                `json:"line,omitempty"`
	Draw      int                `json:"draw"`
	Input     string             `json:"input"`
	Expected  any                `json:"expected,omitempty"`
	Output    string             `json:"output"`
	Slice     map[string]string  `json:"slice,omitempty"`
	State     string             `json:"state"` // passed | failed | errored | unjudged
	Error     string             `json:"error,omitempty"`
	Findings  []pipeline.Finding `json:"findings,omitempty"`
	Unjudged  []pipeline.Finding `json:"unjudged,omitempty"` // metrics that could not be judged, with the reason
	LatencyMS float64            `json:"latency_ms"`
	CostUSD   float64            `json:"cost_usd,omitempty"`
	Sends     int                `json:"sends"`         // 0 = taken from earlier calls
	Arm       string             `json:"arm,omitempty"` // "baseline" for the baseline's answers
	Cluster   string             `json:"cluster,omitempty"`
	// Turns are the conversation, of which Output is the last answer; nil for one
	// call, and for what is too long to be shown.
	Turns []pipeline.Turn `json:"turns,omitempty"`
}
