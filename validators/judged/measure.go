package judged

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// Config says how a metric is to be measured.
type Config struct {
	Mode   Mode
	Params Params
	// Retries is how often a malformed reply is asked for again in Default mode;
	// negative = never, 0 = DefaultRetries.
	Retries int
}

// Measure is a metric that is set up. It is read-only and safe for concurrent
// use.
type Measure struct {
	Metric
	Config
}

// Result is what a metric found.
type Result struct {
	// Score is as the mode has it: in Default mode in [0,1] and higher is better.
	Score float64
	// Raw is the score where it is no number: what a judge wrote, and DeepEval
	// takes as it is. nil otherwise.
	Raw       any
	IsNumber  bool
	Pass      bool
	Threshold float64 // NaN = none, so that nothing passes or fails
	Direction string  // "higher" or "lower" is better
	Version   string  // of the definition
	Reason    string
	Parts     map[string]float64
	Items     int      // verdicts that the score rests upon
	Steps     []string // asked, in order, repeats included
	// ReasonError says why there is no reason although one was wanted.
	ReasonError string
}

// Oriented is the score in [0,1] with higher as better.
func (r Result) Oriented() float64 {
	s := r.Score
	if r.Direction == "lower" {
		s = 1 - s
	}
	return min(max(s, 0), 1)
}

// New sets a metric up. In Default mode every mistake of the parameters is
// found here; a *Failure with Setup set.
func New(m Metric, c Config) (*Measure, error) {
	if m.Name == "json_correctness" && c.Params.StrictMode == nil {
		strict := true
		c.Params.StrictMode = &strict
	}
	if m.least > 0 && !c.Params.Threshold.Set {
		c.Params.Threshold = Threshold{Set: true, At: m.least}
	}
	var err error
	if c.Mode.own() {
		err = c.Params.checkThreshold()
	}
	if err == nil && m.check != nil {
		err = m.check(&c.Params, c.Mode)
	}
	if err != nil {
		var f *Failure
		if errors.As(err, &f) {
			f.Setup = true
		}
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	return &Measure{Metric: m, Config: c}, nil
}

// Judge measures one case. An error means that it could not be judged: a
// *Failure, or what the Asker gave.
func (m *Measure) Judge(ctx context.Context, ask Asker, c *Case) (Result, error) {
	s := &session{ctx: ctx, ask: ask, mode: m.Mode, p: &m.Params, metric: m.prefix(), about: m.About, reads: m.reads, retries: m.Retries}
	if s.retries == 0 {
		s.retries = DefaultRetries
	}
	r := Result{Direction: m.Direction(m.Mode), Version: m.Mode.Version(), Threshold: math.NaN()}
	lower := r.Direction == "lower"
	if t, ok := m.Params.threshold(lower); ok {
		r.Threshold = t
	}
	if m.zeroWhenStrict && m.Params.strict() && !m.Mode.own() {
		r.Threshold = 0
	}
	if err := s.acceptable(c, slices.Contains(m.Needs, Turns)); err != nil {
		return r, err
	}
	if err := s.need(c, m.Needs); err != nil {
		return r, err
	}
	out, err := m.measure(s, c)
	r.Steps = s.steps
	r.keep(out)
	if err != nil {
		return r, err
	}
	r.Items, r.ReasonError = out.items, s.noted
	if r.Reason == "" && len(out.complaint) > 0 {
		r.Reason = strings.Join(out.complaint, "; ")
	}
	switch {
	case math.IsNaN(r.Threshold) || !r.IsNumber:
	case lower:
		r.Pass = r.Score <= r.Threshold
	default:
		r.Pass = r.Score >= r.Threshold
	}
	return r, nil
}

// keep takes over the score, which DeepEval shows even when the reason failed.
func (r *Result) keep(out outcome) {
	r.Parts, r.Reason = out.parts, out.reason
	if r.Score, r.IsNumber = numeric(out.score); !r.IsNumber {
		r.Raw = out.score
	}
}

// placeholder stands in a text of DeepEval for an image or a document that only
// the process which wrote it can look up.
var placeholder = regexp.MustCompile(`\[DEEPEVAL:(?:IMAGE|PDF):.*?\]`)

// acceptable refuses cases that no metric can judge; talk says that this one is
// about the turns.
func (s *session) acceptable(c *Case, talk bool) error {
	texts := slices.Concat([]string{c.Input}, c.Context, c.Retrieval)
	for _, t := range []*string{c.Output, c.Expected} {
		if t != nil {
			texts = append(texts, *t)
		}
	}
	for _, t := range c.Turns {
		texts = append(texts, t.Content)
	}
	for _, t := range texts {
		if found := placeholder.FindString(t); found != "" {
			return failf(Other, "%s stands for an image or document that the file does not hold, and judges read texts", shown(found))
		}
	}
	if s.mode.own() {
		return nil
	}
	for i, t := range c.Turns {
		if talk && t.Role != assistant && t.Role != "user" {
			return failf(SchemaInvalid, "turn %d: unknown role %s; known: user, assistant", i, shown(t.Role))
		}
	}
	return s.knownTools(c.ExpectedTools, c.ToolsCalled)
}

// need says which of the fields are missing. Default mode also wants something
// in them.
func (s *session) need(c *Case, fields []Field) error {
	var missing []string
	if s.reads && s.mode.own() && trim(c.Input) == "" {
		missing = append(missing, string(Input))
	}
	for _, f := range fields {
		if f == Trace && !s.mode.own() || f == MCPServers && len(s.p.Servers) > 0 {
			continue // DeepEval judges that there is no trace
		}
		if !c.has(f) || s.mode.own() && c.blank(f) {
			missing = append(missing, string(f))
		}
	}
	if missing == nil {
		return nil
	}
	return failf(MissingParams, "the case has no %s", strings.Join(missing, " and no "))
}
