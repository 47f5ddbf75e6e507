package validators

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/pipeline"
)

// Limit is an upper bound, itself allowed, on what an answer takes.
type Limit struct {
	Metric string  // "latency", "cost", "tokens" or "length"
	Max    float64 // in the metric's unit: seconds, US dollars, tokens, characters
	Text   string  // canonical, the same for the same limit: "latency<=2s", "cost<=0.01"
}

// Holds reports whether the answer stays within the limit. ok is false when the
// measurement was not reported: such a case cannot be judged.
func (l Limit) Holds(a pipeline.Asset) (holds, ok bool) {
	value, ok := Measure(l.Metric, a)
	return ok && value <= l.Max, ok
}

// Measure returns what a limit metric measures, in the metric's unit. ok is
// false when it is not known: tokens that were not reported, what an answer took
// that nobody was asked for, or no such metric.
// A cost that was not reported is 0, as for a program on this machine.
func Measure(metric string, a pipeline.Asset) (value float64, ok bool) {
	switch metric {
	case "latency":
		return a.Latency.Seconds(), a.Asked()
	case "cost":
		return a.CostUSD, a.Asked() && !math.IsNaN(a.CostUSD)
	case "tokens":
		n := a.Usage.InputTokens + a.Usage.OutputTokens
		return float64(n), n > 0
	case "length":
		return float64(utf8.RuneCountInString(a.Text)), true
	}
	return 0, false
}

// ParseLimit reads "latency<=2s", "latency<=200ms", "cost<=0.01", "cost<=$0.01",
// "tokens<=500" or "length<=280"; blanks are free. A latency needs its unit (ms,
// s, m, h). On a score the error is a *DirectionError.
func ParseLimit(text string) (Limit, error) {
	name, op, rest, err := splitRule(text)
	if err != nil {
		return Limit{}, err
	}
	m, err := Lookup(name)
	if err != nil {
		return Limit{}, fmt.Errorf("limit %s: %w", quote(text), err)
	}
	if m.Kind != KindLimit {
		return Limit{}, scoreDirection(m, op, rest)
	}
	if op != "<=" {
		return Limit{}, limitDirection(m, rest)
	}
	l, err := limitOf(m.Name, rest)
	if err != nil {
		return Limit{}, fmt.Errorf("limit %s: %w", quote(text), err)
	}
	return l, nil
}

// limitOf reads an amount in the form that the metric's unit asks for.
func limitOf(metric, amount string) (Limit, error) {
	amount = strings.ToLower(strings.Join(strings.Fields(amount), ""))
	l := Limit{Metric: metric}
	var err error
	switch metric {
	case "latency":
		var d time.Duration
		if d, err = time.ParseDuration(amount); err != nil || d <= 0 {
			return Limit{}, fmt.Errorf("%s: allowed is a time with its unit, such as 200ms, 2s or 1m", quote(amount))
		}
		l.Max = d.Seconds()
		l.Text = metric + "<=" + seconds(l.Max)
		return l, nil
	case "cost":
		amount = strings.TrimPrefix(amount, "$")
		amount = strings.TrimSuffix(strings.TrimSuffix(amount, "usd"), "$")
		if l.Max, err = parsePlain(amount); err != nil {
			return Limit{}, fmt.Errorf("%s: allowed is an amount in US dollars, such as 0.01", quote(amount))
		}
	default:
		if l.Max, err = parsePlain(amount); err != nil || l.Max != math.Trunc(l.Max) || l.Max > 1<<53 {
			return Limit{}, fmt.Errorf("%s: allowed is a whole number, such as 500", quote(amount))
		}
	}
	l.Text = metric + "<=" + plain(l.Max)
	return l, nil
}

func seconds(s float64) string {
	if s < 1 {
		return plain(math.Round(s*1e9)/1e6) + "ms"
	}
	return plain(s) + "s"
}

func plain(x float64) string {
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// parsePlain reads a finite decimal number >= 0: no hexadecimal, no "Inf", no
// sign.
func parsePlain(s string) (float64, error) {
	if s == "" || strings.Trim(s, "0123456789.eE-+") != "" || s[0] == '-' || s[0] == '+' {
		return 0, errors.New("not a number >= 0")
	}
	return strconv.ParseFloat(s, 64)
}

// buildLimit accepts the limit as value ("2s", "$0.01", 500) or as threshold. A
// latency without unit is in milliseconds, as in promptfoo's files.
func buildLimit(sp spec) (judge, error) {
	amount, ok := asText(sp.value)
	switch {
	case sp.value != nil && sp.threshold != nil:
		return nil, errors.New("there is a value and a threshold; allowed is one of them")
	case sp.threshold != nil:
		amount = plain(*sp.threshold)
	case sp.value == nil:
		return nil, errors.New("the limit is missing; allowed is a value or a threshold")
	case !ok:
		return nil, fmt.Errorf("value %s: allowed is a number or a text", show(sp.value))
	}
	if sp.name == "latency" && strings.Trim(amount, "0123456789.") == "" {
		amount += "ms"
	}
	l, err := limitOf(sp.name, amount)
	if err != nil {
		return nil, err
	}
	return func(s pipeline.Subject) (verdict, error) {
		holds, ok := l.Holds(s.Asset)
		if !ok {
			return verdict{}, errors.New("was not reported")
		}
		return yes(holds, func() string { return l.exceeded(s.Asset) }), nil
	}, nil
}

// exceeded says by how much, for people.
func (l Limit) exceeded(a pipeline.Asset) string {
	value, _ := Measure(l.Metric, a)
	shown := plain(value)
	if l.Metric == "latency" {
		round := a.Latency.Round(time.Millisecond)
		if round.Seconds() <= l.Max { // "expected latency<=2s, got 2s" would puzzle
			round = a.Latency
		}
		shown = round.String()
	}
	return fmt.Sprintf("expected %s, got %s", l.Text, shown)
}
