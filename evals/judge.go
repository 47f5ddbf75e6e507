package evals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/testsets"
	"github.com/GaboBase/arch-genops/validators"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// States of a judged case.
const (
	passed   = "passed"   // every assertion holds
	failed   = "failed"   // an assertion does not hold
	errored  = "errored"  // the agent gave an error, or no answer after its retries
	unjudged = "unjudged" // answered, but no verdict possible
	// toJudge is no result yet: it is answered, and a judge has still to be asked.
	toJudge = "answered"
)

// Judgement is what one draw of a case came to: the result that its ledger
// record keeps.
type Judgement struct {
	State     string              `json:"state"`
	Output    string              `json:"output,omitempty"`
	JSON      bool                `json:"json,omitempty"`      // Output is JSON, not a plain string
	Truncated int                 `json:"truncated,omitempty"` // bytes of the output that are not kept
	Error     string              `json:"error,omitempty"`
	LatencyUS int64               `json:"latency_us,omitempty"`
	Usage     *pipeline.Usage     `json:"usage,omitempty"`
	CostUSD   float64             `json:"cost_usd,omitempty"`
	Unpriced  bool                `json:"unpriced,omitempty"`  // no price is known
	CalledAt  int64               `json:"called_at,omitempty"` // Unix time in seconds
	Model     string              `json:"model,omitempty"`     // that answered, as the provider names it
	Uncertain int                 `json:"uncertain,omitempty"` // sends of which nobody knows whether they were carried out
	Finish    string              `json:"finish_reason,omitempty"`
	ToolCalls []pipeline.ToolCall `json:"tool_calls,omitempty"`
	Trace     *pipeline.Trace     `json:"trace,omitempty"`
	Length    int                 `json:"length,omitempty"` // characters of the whole output
	Label     string              `json:"label,omitempty"`  // predicted label, where the case expects one
	Findings  []pipeline.Finding  `json:"findings,omitempty"`
	Unjudged  []pipeline.Finding  `json:"unjudged,omitempty"` // metrics that could not be judged, with the reason
	Detail    json.RawMessage     `json:"detail,omitempty"`   // what a generator that judges itself wants to be kept; only in the ledger
	// Talk is the conversation, of which Output is the last answer; nil = one call.
	Talk *pipeline.Talk `json:"talk,omitempty"`
	// Judging is what the judge was asked for it; nil = nothing.
	Judging *validators.JudgeSpend `json:"judging,omitempty"`

	broken, unknown int // assertions that do not hold, or could not be judged
}

// asker is a validator that takes its time: it asks a judge's model, or a
// program of the user's.
type asker interface {
	Judge(context.Context, pipeline.Subject) (pipeline.Finding, validators.JudgeSpend, error)
	Steps() int // questions to the judge, one after the other
}

// maxOutput is how much of an output a record keeps; it is judged whole.
const maxOutput = 1 << 20

// check is one validator on a case.
type check struct {
	metric    string
	also      string // a second name under which the score counts
	assertion bool   // the case passes only if it holds
	validator pipeline.Validator
	joint     bool  // one question about several metrics judges it
	judged    asker // takes its time, and stands in for validator; nil = it does not
	limit     *validators.Limit
	turn      string // of a conversation; "" = the last one
}

// judge turns answers into Judgements. It is safe for concurrent use.
type judge struct {
	own      bool      // the generator judges itself: checks only name what it judges by
	checks   [][]check // by case index
	expected []any
	context  [][]string
	metadata []map[string]any
	asks     []bool              // by case index: a judge has to be asked
	judging  *validators.Judging // who judges; nil = nobody
	deps     validators.Deps
}

// newJudge compiles the assertions of all cases, and what the rules ask beyond
// them. Errors name the file and line of the case. With skip, a rule of
// genops.yaml leaves out the cases that lack what its metric needs.
func newJudge(set *testsets.Set, cases []testsets.Case, rules []Rule, skip bool, deps validators.Deps) (*judge, error) {
	b := judgeBuilder{deps: deps, file: set.Path, seen: map[string]pipeline.Validator{}, names: map[string]string{}, whole: map[string]bool{}, cases: cases, skip: skip,
		prose: set.Format == "deepeval" && judgedOnly(rules)}
	j := &judge{checks: make([][]check, len(cases)), expected: make([]any, len(cases)), context: make([][]string, len(cases)),
		metadata: make([]map[string]any, len(cases)), asks: make([]bool, len(cases)), judging: deps.Judging, deps: deps}
	for i := range cases {
		c := &cases[i]
		checks, err := b.checksOf(c, rules)
		if err != nil {
			return nil, err
		}
		if i > 0 && slices.Equal(checks, j.checks[i-1]) { // most sets ask the same of all cases
			checks = j.checks[i-1]
		}
		j.checks[i], j.expected[i], j.context[i], j.metadata[i] = checks, c.Expected, c.Context, c.Metadata
		j.asks[i] = slices.ContainsFunc(checks, func(c check) bool { return c.judged != nil })
	}
	return j, nil
}

type judgeBuilder struct {
	deps  validators.Deps
	file  string
	seen  map[string]pipeline.Validator // compiled once per distinct assertion
	names map[string]string             // looked up once per type
	whole map[string]bool               // judged metrics that need no assertion, and that a case holds enough for, by rule
	cases []testsets.Case
	skip  bool // cases that lack something do not concern a rule of genops.yaml
	prose bool // expected values are something to go by, not to be met to the letter
}

// judgedOnly says whether rules ask for what a judge or the user's own metrics say,
// and for nothing that compares with expected values.
func judgedOnly(rules []Rule) bool {
	judged := false
	for _, r := range rules {
		m, err := validators.Lookup(r.Metric)
		switch {
		case r.Metric == equals, r.Metric == intentAccuracy, r.Metric == passRate:
			return false
		case err == nil && (m.Kind == validators.KindJudged || m.Kind == validators.KindOwn):
			judged = true
		}
	}
	return judged
}

// name is the canonical name of an assertion's type.
func (b *judgeBuilder) name(kind string) string {
	name, ok := b.names[kind]
	if !ok {
		name = kind
		if m, err := validators.Lookup(kind); err == nil {
			name = m.Name
		}
		b.names[kind] = name
	}
	return name
}

func (b *judgeBuilder) validator(a testsets.Assertion) (pipeline.Validator, error) {
	key := a.Type + "\x00" + string(a.Value)
	if a.Threshold != nil {
		key += fmt.Sprintf("\x00%g", *a.Threshold)
	}
	if a.Weight != nil && *a.Weight <= 0 {
		key += "\x00free"
	}
	if a.Transform != "" || a.Config != nil || a.Assert != nil {
		data, err := json.Marshal(a)
		if err != nil {
			return nil, err
		}
		key = string(data)
	}
	if v, ok := b.seen[key]; ok {
		return v, nil
	}
	v, err := validators.New(a, b.deps)
	if err == nil {
		b.seen[key] = v
	}
	return v, err
}

func (b *judgeBuilder) checksOf(c *testsets.Case, rules []Rule) ([]check, error) {
	var checks []check
	add := func(a testsets.Assertion, assertion bool) error {
		v, err := b.validator(a)
		if errors.Is(err, validators.ErrNoJudge) {
			v, err = &noJudge{err}, nil // could not judge: the case never passes on it
		}
		if err != nil {
			line := a.Line
			if line == 0 {
				line = c.Line
			}
			return fmt.Errorf("%s:%d: case %s: %s: %w", b.file, line, c.ID, a.Type, err)
		}
		counts := a.Weight == nil || *a.Weight > 0
		if err := turnOf(c, a.Turn); err != nil {
			return fmt.Errorf("%s:%d: case %s: %s: %w", b.file, max(a.Line, c.Line), c.ID, a.Type, err)
		}
		one := check{metric: b.name(a.Type), also: a.Metric, assertion: assertion && counts, validator: v, turn: a.Turn}
		one.judged, _ = v.(asker)
		if set, ok := v.(*validators.Judged); ok && a.Turn == "" {
			one.joint = set.Joint()
		}
		checks = append(checks, one)
		return nil
	}
	if c.Expected != nil {
		if err := add(testsets.Assertion{Type: equals}, !b.prose && !rivals(c)); err != nil {
			return nil, err
		}
		if _, ok := c.Expected.(string); ok {
			if err := add(testsets.Assertion{Type: intentAccuracy}, false); err != nil {
				return nil, err
			}
		}
	}
	for _, a := range c.Assert {
		if err := add(a, true); err != nil {
			return nil, err
		}
	}
	for _, r := range rules {
		switch {
		case r.Limit != nil:
			checks = append(checks, check{metric: r.Metric, assertion: true, limit: r.Limit})
		case !has(checks, r.Metric) && (appliesWithout(r.Metric, c) || b.judgedWithout(r, c)):
			if err := add(testsets.Assertion{Type: r.Metric}, false); err != nil {
				return nil, err
			}
		}
	}
	return checks, b.allJoint(c, checks)
}

// rivals says that a case sets its expected answer against the output: to be better
// it need not be equal.
func rivals(c *testsets.Case) (found bool) {
	testsets.EachAssertion(c.Assert, func(a, _ *testsets.Assertion) {
		m, err := validators.Lookup(strings.TrimPrefix(a.Type, "not-"))
		found = found || err == nil && m.Name == "pairwise"
	})
	return found
}

// computes says that a judged metric asks nobody.
func computes(deps validators.Deps, m validators.Metric) bool {
	j := deps.Judging
	if j == nil {
		j = deps.Computing
	}
	return m.Kind == validators.KindJudged && j.Computes(testsets.Assertion{Type: m.Name})
}

func (j *judge) computes(m validators.Metric) bool { return computes(j.deps, m) }

// noJudge stands where an assertion needs a judge that is not configured.
type noJudge struct{ err error }

// Validate never judges.
func (n *noJudge) Validate(context.Context, pipeline.Subject) (pipeline.Finding, error) {
	return pipeline.Finding{}, n.err
}

const (
	equals         = "equals"
	intentAccuracy = "intent_accuracy"
	passRate       = "pass_rate"
)

// asserting reports whether something among the checks decides if a case passes.
func asserting(checks []check) bool {
	return slices.ContainsFunc(checks, func(c check) bool { return c.assertion })
}

func has(checks []check, metric string) bool {
	for _, c := range checks {
		if c.metric == metric || c.also == metric {
			return true
		}
	}
	return false
}

// appliesWithout says whether a metric can judge a case without an assertion
// that names it: it needs nothing, or just the expected text or a simulated user.
func appliesWithout(metric string, c *testsets.Case) bool {
	switch metric {
	case "is-json":
		return true
	case "goal-reached":
		return c.Simulate != nil
	case "similar":
		_, ok := c.Expected.(string)
		return ok
	}
	return false
}

// judgedWithout says whether a judge is to judge a case by the metric of a rule
// that no assertion of it names. Once one case holds what the metric needs, the
// rule asks about all: a case that lacks it could not be judged, and is not left
// out unseen.
func (b *judgeBuilder) judgedWithout(r Rule, c *testsets.Case) bool {
	m, err := validators.Lookup(r.Metric)
	if err == nil && m.Kind == validators.KindOwn {
		return true
	}
	if err == nil && computes(b.deps, m) {
		j := b.deps.Judging
		if j == nil {
			if j = b.deps.Computing; j == nil {
				j = &validators.Judging{}
			}
		}
		return j.Complete(m.Name) && (m.Applies(*c) || !(b.skip && r.Default) && slices.ContainsFunc(b.cases, m.Applies))
	}
	if err != nil || m.Kind != validators.KindJudged || b.deps.Judging == nil || b.skip && r.Default && !m.Applies(*c) {
		return false
	}
	whole, ok := b.whole[m.Name]
	if !ok {
		whole = b.deps.Judging.Complete(m.Name) && slices.ContainsFunc(b.cases, m.Applies)
		b.whole[m.Name] = whole
	}
	return whole
}

// judge judges one answer to the case with the given index, as far as no judge
// is needed: with one, the state is answered.
func (j *judge) judge(ctx context.Context, index int, r pipeline.Request, a pipeline.Asset) Judgement {
	out := Judgement{LatencyUS: a.Latency.Microseconds(), CostUSD: a.CostUSD, Unpriced: a.Unpriced, Model: a.Model, Finish: a.FinishReason, ToolCalls: a.ToolCalls, Trace: a.Trace, Uncertain: a.Uncertain}
	if a.Usage != (pipeline.Usage{}) {
		out.Usage = &a.Usage
	}
	out.Talk = a.Talk
	if a.Talk != nil && a.Talk.Unjudged != "" {
		out.keepOutput(a)
		out.noVerdict(j.checks[index], a.Talk.Unjudged)
		return out
	}
	if a.Err != "" && !(j.own && a.Own != nil) {
		out.State, out.Error = errored, strings.ToValidUTF8(a.Err, "\uFFFD")
		return out
	}
	out.keepOutput(a)
	if j.own {
		out.Error = strings.ToValidUTF8(a.Err, "\uFFFD")
		out.take(a.Own)
		return out
	}
	if label, ok := j.expected[index].(string); ok && label != "" {
		out.Label = validators.Label(out.Output, a.JSON)
	}
	s := j.subject(index, r, a)
	out.Findings = make([]pipeline.Finding, 0, len(j.checks[index]))
	for i := range j.checks[index] {
		if c := &j.checks[index][i]; c.judged == nil {
			f, err := c.over(s, func(s pipeline.Subject) (pipeline.Finding, error) { return c.judge(ctx, s) })
			out.found(c, f, err)
		}
	}
	out.settle(j.checks[index])
	if j.asks[index] {
		out.State = toJudge
	}
	return out
}

func (j *judge) subject(index int, r pipeline.Request, a pipeline.Asset) pipeline.Subject {
	s := pipeline.Subject{Request: r, Asset: a, Expected: j.expected[index], Context: j.context[index], Metadata: j.metadata[index]}
	if a.Talk != nil {
		return talked(s)
	}
	return s
}

// found notes what a check found.
func (out *Judgement) found(c *check, f pipeline.Finding, err error) {
	list := &out.Findings
	if err != nil {
		list, f = &out.Unjudged, pipeline.Finding{Metric: c.metric, Reason: err.Error()}
		if said := (*judged.Failure)(nil); errors.As(err, &said) && said.Reply != "" {
			f.Features = map[string]string{"reply": said.Reply}
		}
	}
	*list = append(*list, f)
	if c.also != "" && c.also != c.metric {
		f.Metric = c.also
		*list = append(*list, f)
	}
	switch {
	case !c.assertion:
	case err != nil:
		out.unknown++
	case !f.Pass:
		out.broken++
	}
}

// settle says what the checks come to. A case that asserts nothing passes when
// what its judge was asked about does.
func (out *Judgement) settle(checks []check) {
	broken, unknown := out.broken, out.unknown
	asserted := asserting(checks)
	if !asserted {
		broken, unknown = out.asked(checks)
	}
	switch {
	case broken > 0:
		out.State = failed
	case unknown > 0:
		out.State = unjudged
	case !asserted && !slices.ContainsFunc(checks, func(c check) bool { return c.judged != nil }):
		out.State, out.Error = unjudged, "nothing was asked: there is no expected value, and no assertion that counts"
	default:
		out.State = passed
	}
}

// asked counts what did not pass, and what could not be judged, of what a judge
// was asked.
func (out *Judgement) asked(checks []check) (broken, unknown int) {
	of := func(f pipeline.Finding) bool {
		return slices.ContainsFunc(checks, func(c check) bool { return c.judged != nil && c.metric == f.Metric })
	}
	for _, f := range out.Findings {
		if of(f) && !f.Pass {
			broken++
		}
	}
	for _, f := range out.Unjudged {
		if of(f) {
			unknown++
		}
	}
	return broken, unknown
}

func (c check) judge(ctx context.Context, s pipeline.Subject) (pipeline.Finding, error) {
	if c.limit == nil {
		f, err := c.validator.Validate(ctx, s)
		f.Metric = c.metric
		return f, err
	}
	holds, known := c.limit.Holds(s.Asset)
	if !known {
		return pipeline.Finding{}, fmt.Errorf("the agent did not report %s", c.limit.Metric)
	}
	f := pipeline.Finding{Metric: c.metric, Pass: holds}
	if holds {
		f.Score = 1
	} else {
		f.Reason = "over the limit " + c.metric
	}
	return f, nil
}

func (out *Judgement) keepOutput(a pipeline.Asset) {
	out.Output, out.JSON = strings.ToValidUTF8(a.Text, "\uFFFD"), a.JSON != nil
	out.Length = utf8.RuneCountInString(out.Output)
	if len(out.Output) > maxOutput {
		cut := maxOutput
		for !utf8.RuneStart(out.Output[cut]) {
			cut--
		}
		out.Truncated = len(out.Output) - cut
		out.Output = out.Output[:cut]
	}
}

// score is the mean score of a metric in this judgement, and whether it was
// judged. An errored case has score 0 on every metric.
func (out *Judgement) score(metric string) (score float64, known bool) {
	switch {
	case out.State == errored:
		return 0, true
	case metric == passRate:
		if out.State == passed {
			return 1, true
		}
		return 0, out.State == failed
	}
	n := 0
	for _, f := range out.Findings {
		if f.Metric == metric {
			score += f.Score
			n++
		}
	}
	for _, f := range out.Unjudged {
		if f.Metric == metric {
			return 0, false
		}
	}
	if n == 0 {
		return 0, false
	}
	return score / float64(n), true
}
