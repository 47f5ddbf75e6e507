package assertions

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// firstNumber is what select-best reads of a reply.
var firstNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\d+`) })

// SelectBest lets the judge pick the best of several answers to one test: the
// results are in the order of cases, whose variables and options are those of
// the first. The error says that they could not be judged.
func SelectBest(ctx context.Context, a Assertion, cases []*Case, deps Deps, mode Mode) ([]Result, error) {
	criteria, ok := a.Value.(string)
	if !ok {
		return nil, fmt.Errorf("%s: value %s: allowed are criteria in text", a.Type, shown(a.Value))
	}
	if len(cases) < 2 {
		return nil, fmt.Errorf("%s: needs at least two answers", a.Type)
	}
	c := &call{spec: &spec{Assertion: a, mode: mode, deps: deps}, of: cases[0]}
	outputs := make([]any, len(cases))
	for i, x := range cases {
		outputs[i] = parsed(textOf(x.Output))
	}
	text, g, ok, err := c.askText(ctx, "select-best", map[string]any{"criteria": criteria, "outputs": outputs}, c.rubricPrompt())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Type, err)
	}
	picked, doubt := -1, FirstIsNoNumber
	if ok {
		if n, err := strconv.Atoi(firstNumber().FindString(text)); err == nil && n < len(cases) {
			picked = n
		} else {
			g = judged("the judge's reply names no answer: %s", quote(text))
		}
	}
	if severalNamed(text, picked, len(cases)) {
		doubt = Conflict
	}
	if mode == Strict && (g.malformed || doubt == Conflict) {
		return nil, &Doubt{doubt, a.Type, quote(text)}
	}
	return pick(a, len(cases), picked, func(i int) string {
		if g.malformed {
			return g.reason
		}
		return fmt.Sprintf("the judge preferred answer %d", picked+1)
	}), nil
}

// severalNamed says that a reply does not begin with the number that was picked,
// and names others of the answers too.
func severalNamed(text string, picked, answers int) bool {
	numbers := firstNumber().FindAllString(text, -1)
	if picked < 0 || strings.HasPrefix(jsvalue.Trim(text), numbers[0]) {
		return false
	}
	return slices.ContainsFunc(numbers, func(s string) bool {
		n, err := strconv.Atoi(s)
		return err == nil && n != picked && n < answers
	})
}

func pick(a Assertion, n, best int, reason func(i int) string) []Result {
	out := make([]Result, n)
	for i := range out {
		out[i] = Result{Type: a.Type, Metric: a.Metric, Weight: 1}
		if i == best {
			out[i].Pass, out[i].Score = true, 1
			continue
		}
		out[i].Reason = reason(i)
	}
	return out
}
