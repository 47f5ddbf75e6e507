package assertions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// judgeFunc judges one call. An error means that it could not be judged.
type judgeFunc func(ctx context.Context, c *call) (grade, error)

// spec is one compiled assertion. Nothing in it changes after compile.
type spec struct {
	Assertion
	base    string // type without "not-"
	inverse bool
	mode    Mode
	deps    Deps
	entry   entry
	known   error     // what is wrong whatever the answer is
	ready   judgeFunc // when the value needs nothing of the case
}

// call is one answer on its way through one assertion.
type call struct {
	*spec
	of     *Case
	value  any // rendered
	output any // after the assertion's transform
	text   string
}

func compile(a Assertion, deps Deps, mode Mode) *spec {
	s := &spec{Assertion: a, mode: mode, deps: deps}
	s.base, s.inverse = a.Type, false
	if bare, ok := strings.CutPrefix(a.Type, "not-"); ok {
		s.base, s.inverse = bare, true
	}
	e, ok := lookup(s.base)
	switch {
	case a.Type == "":
		s.known = errors.New("an assertion has no type")
	case !ok:
		s.known = fmt.Errorf("unknown assertion type %s%s", quote(a.Type), hint(s.base))
	}
	if s.known != nil {
		return s
	}
	s.entry = e
	if mode == Strict {
		if s.known = s.badKeys(); s.known != nil {
			return s
		}
	}
	if s.dynamic() {
		return s
	}
	s.ready, s.known = e.build(s, a.Value)
	return s
}

// dynamic says that the value depends on the case or on files.
func (s *spec) dynamic() bool {
	switch v := s.Value.(type) {
	case string:
		return needsCase(v)
	case *jsvalue.Foreign:
		return s.base == "javascript"
	case []any:
		for _, x := range v {
			if t, ok := x.(string); ok && needsCase(t) {
				return true
			}
		}
	}
	return false
}

func needsCase(s string) bool {
	return hasTemplate(s) || strings.HasPrefix(s, "file://") || strings.HasPrefix(s, "package:")
}

// judge is the whole way of one answer through the assertion.
func (s *spec) judge(ctx context.Context, c *Case) (grade, error) {
	g, err := s.grade(ctx, c)
	if err != nil {
		if doubt := (*Doubt)(nil); errors.As(err, &doubt) {
			return grade{}, err
		}
		return grade{}, fmt.Errorf("%s: %w", s.Type, err)
	}
	if s.mode == Strict {
		if d := s.doubt(&g); d != "" {
			return grade{}, &Doubt{d, s.Type, cut(cmp.Or(g.reason, g.note))}
		}
	}
	if s.Weight != nil && *s.Weight == 0 {
		g.pass = true
	}
	return g, nil
}

func (s *spec) doubt(g *grade) Deviation {
	switch {
	case g.malformed:
		return MalformedJudge
	case g.doubt != "":
		return g.doubt
	case s.entry.ranged && !(g.score >= 0 && g.score <= 1):
		return ScoreRange
	case s.inverse && s.entry.oneWay && g.pass:
		return NotInverted
	}
	return ""
}

func (s *spec) grade(ctx context.Context, of *Case) (grade, error) {
	if s.known != nil {
		return grade{}, s.known
	}
	c := &call{spec: s, of: of, value: s.Value, output: of.Output}
	if s.Transform != nil {
		out, err := s.transform(ctx, s.Transform, of.Output, of)
		if err != nil {
			return grade{}, err
		}
		c.output = out
	}
	c.text = textOf(c.output)
	judge := s.ready
	if judge == nil {
		failed, err := c.resolve(ctx)
		if err != nil {
			return grade{}, err
		}
		if failed != "" {
			return grade{reason: failed}, nil
		}
		if judge, err = s.entry.build(s, c.value); err != nil {
			return grade{}, err
		}
	}
	return judge(ctx, c)
}

// scored is the grade of a score that must reach a threshold; under not- it must
// not, and the score is its complement.
func (s *spec) scored(score, otherwise float64, reason func(score, threshold float64) string) grade {
	threshold := s.threshold(otherwise)
	g := grade{pass: (score >= threshold) != s.inverse, score: score}
	if s.inverse {
		g.score = 1 - score
	}
	if !g.pass {
		g.reason = reason(score, threshold)
	} else if !s.inverse && threshold <= 0 {
		g.doubt = ThresholdZero
	}
	return g
}

// threshold is the assertion's own, else the usual one of its kind.
func (s *spec) threshold(otherwise float64) float64 {
	if s.Threshold != nil {
		return *s.Threshold
	}
	return otherwise
}

// number prints a score for reasons.
func number(f float64) string {
	if f != f || math.IsInf(f, 0) {
		return jsvalue.FormatNumber(f)
	}
	return jsvalue.FormatNumber(math.Round(f*1e4) / 1e4)
}
