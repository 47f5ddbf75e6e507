package assertions

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// The trace-* assertions read their value as written: templates in it are not
// filled in, and not- has no effect.

// spans are those whose name fits the pattern.
func (c *call) spans(pattern string) ([]*Span, error) {
	if c.of.Trace == nil {
		return nil, errNoTrace
	}
	var out []*Span
	for i := range c.of.Trace.Spans {
		if s := &c.of.Trace.Spans[i]; matchesName(s.Name, pattern) {
			out = append(out, s)
		}
	}
	return out, nil
}

func patternOf(v any) string {
	if p := textField(v, "pattern"); p != "" {
		return p
	}
	return "*"
}

func buildSpanCount(s *spec, _ any) (judgeFunc, error) {
	pattern := textField(s.Value, "pattern")
	if pattern == "" {
		return nil, errors.New("value: allowed is {pattern, min, max}")
	}
	low, high := field(s.Value, "min"), field(s.Value, "max")
	return func(_ context.Context, c *call) (grade, error) {
		spans, err := c.spans(pattern)
		if err != nil {
			return grade{}, err
		}
		n := float64(len(spans))
		fails := !jsvalue.IsUndefined(low) && n < jsvalue.ToNumber(low) || !jsvalue.IsUndefined(high) && n > jsvalue.ToNumber(high)
		return verdict(!fails, false, func() string { return fmt.Sprintf("%d spans match %s", len(spans), quote(pattern)) }), nil
	}, nil
}

func buildSpanDuration(s *spec, _ any) (judgeFunc, error) {
	limit, ok := jsvalue.Number(field(s.Value, "max"))
	if !ok {
		return nil, errors.New("value: allowed is {max, pattern, percentile}")
	}
	p := field(s.Value, "percentile")
	percentile, isNumber := jsvalue.Number(p)
	if !jsvalue.IsUndefined(p) && !(isNumber && percentile >= 0 && percentile <= 100) {
		return nil, errors.New("percentile: allowed is a number from 0 to 100")
	}
	pattern := patternOf(s.Value)
	return func(_ context.Context, c *call) (grade, error) {
		spans, err := c.spans(pattern)
		if err != nil {
			return grade{}, err
		}
		var times []float64
		for _, s := range spans {
			if s.End != nil {
				times = append(times, *s.End-s.Start)
			}
		}
		if len(times) == 0 {
			return grade{pass: true, score: 1, doubt: NothingMatched}, nil
		}
		slices.Sort(times)
		at := len(times) - 1
		if isNumber {
			at = max(0, int(math.Ceil(percentile/100*float64(len(times))))-1)
		}
		return verdict(!(times[at] > limit), false, func() string {
			return fmt.Sprintf("%s ms, of %d spans; the limit is %s ms", number(times[at]), len(times), number(limit))
		}), nil
	}, nil
}

var errorWords = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)error|failed|failure|exception|timeout|abort`)
})

// failed says that a span records an error.
func (s *Span) failed() bool {
	if s.StatusCode != nil && (*s.StatusCode == 2 || *s.StatusCode >= 400) {
		return true
	}
	for _, k := range []string{"error", "exception", "failed", "failure"} {
		if v := field(s.Attributes, k); v == true || v == "true" || isContainer(v) {
			return true
		}
	}
	if v := field(s.Attributes, "http.status_code"); v != nil && !jsvalue.IsUndefined(v) && jsvalue.ToNumber(v) >= 400 {
		return true
	}
	if field(s.Attributes, "otel.status_code") == "ERROR" || field(s.Attributes, "status.code") == "ERROR" {
		return true
	}
	return s.StatusMessage != "" && errorWords().MatchString(s.StatusMessage)
}

func buildErrorSpans(s *spec, _ any) (judgeFunc, error) {
	most, share := jsvalue.Undefined, jsvalue.Undefined
	if f, ok := jsvalue.Number(s.Value); ok {
		most = f
	} else if _, ok := jsvalue.KeysOf(s.Value); ok {
		most, share = field(s.Value, "max_count"), field(s.Value, "max_percentage")
	}
	if jsvalue.IsUndefined(most) && jsvalue.IsUndefined(share) {
		most = 0.0
	}
	pattern := patternOf(s.Value)
	return func(_ context.Context, c *call) (grade, error) {
		spans, err := c.spans(pattern)
		if err != nil {
			return grade{}, err
		}
		if len(spans) == 0 {
			return grade{pass: true, score: 1, doubt: NothingMatched}, nil
		}
		n := 0
		for _, s := range spans {
			if s.failed() {
				n++
			}
		}
		fails := !jsvalue.IsUndefined(most) && float64(n) > jsvalue.ToNumber(most) ||
			!jsvalue.IsUndefined(share) && float64(n)/float64(len(spans))*100 > jsvalue.ToNumber(share)
		return verdict(!fails, false, func() string { return fmt.Sprintf("%d of %d spans have errors", n, len(spans)) }), nil
	}, nil
}
