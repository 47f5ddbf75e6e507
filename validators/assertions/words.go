package assertions

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

func buildWordCount(s *spec, value any) (judgeFunc, error) {
	lo, hi, hasLo, hasHi, err := countRange(value)
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, c *call) (grade, error) {
		n := len(strings.FieldsFunc(c.text, jsvalue.IsSpace))
		holds := (!hasLo || float64(n) >= lo) && (!hasHi || float64(n) <= hi)
		return verdict(holds, s.inverse, func() string {
			return fmt.Sprintf("%d words; expected %s%s", n, notWord(s.inverse), rangeText(lo, hi, hasLo, hasHi))
		}), nil
	}, nil
}

func countRange(value any) (lo, hi float64, hasLo, hasHi bool, err error) {
	if value == nil || jsvalue.IsUndefined(value) {
		return 0, 0, false, false, errors.New("value is missing; allowed are a number and {min, max}")
	}
	if _, ok := jsvalue.KeysOf(value); ok {
		low, high := field(value, "min"), field(value, "max")
		hasLo, hasHi = !jsvalue.IsUndefined(low), !jsvalue.IsUndefined(high)
		lo, hi = jsvalue.ToNumber(low), jsvalue.ToNumber(high)
		switch {
		case !hasLo && !hasHi:
			err = errors.New("value needs min or max")
		case hasLo && hasHi && !(lo <= hi):
			err = fmt.Errorf("value: min %s is above max %s", shown(low), shown(high))
		}
		return lo, hi, hasLo, hasHi, err
	}
	n, ok := jsvalue.Number(value)
	if text, isText := value.(string); isText {
		n = jsvalue.ToNumber(text)
		ok = n == n
	}
	if !ok {
		return 0, 0, false, false, fmt.Errorf("value %s: allowed are a number and {min, max}", shown(value))
	}
	return n, n, true, true, nil
}

func rangeText(lo, hi float64, hasLo, hasHi bool) string {
	switch {
	case hasLo && hasHi && lo == hi:
		return number(lo)
	case hasLo && hasHi:
		return "from " + number(lo) + " to " + number(hi)
	case hasLo:
		return "at least " + number(lo)
	}
	return "at most " + number(hi)
}

func buildLevenshtein(s *spec, value any) (judgeFunc, error) {
	want, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("value %s: allowed is a text", shown(value))
	}
	threshold := s.threshold(5)
	target := utf16.Encode([]rune(want))
	return func(ctx context.Context, c *call) (grade, error) {
		d, err := distance(ctx, utf16.Encode([]rune(c.text)), target, threshold)
		if err != nil {
			return grade{}, err
		}
		return verdict(float64(d) <= threshold, s.inverse, func() string {
			return fmt.Sprintf("the edit distance to %s is at least %d; the threshold is %s", quote(want), d, number(threshold))
		}), nil
	}, nil
}

// maxEdits bounds the work of one edit distance.
const maxEdits = 4_000_000_000

// distance is the Levenshtein distance over UTF-16 code units, or some number
// above limit when it is above it: only a band of the matrix is looked at.
func distance(ctx context.Context, a, b []uint16, limit float64) (int, error) {
	if len(a) > len(b) {
		a, b = b, a
	}
	band := len(b)
	if limit < float64(band) {
		band = max(int(limit), 0)
	}
	if len(b)-len(a) > band {
		return len(b) - len(a), nil
	}
	if len(a)*band > maxEdits {
		return 0, errors.New("the texts are too long for an edit distance")
	}
	const far = 1 << 30
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = far
		if j <= band {
			row[j] = j
		}
	}
	for i, x := range a {
		if i%1024 == 1023 && ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		from, to := max(1, i+1-band), min(len(b), i+1+band)
		diagonal := row[from-1]
		if from == 1 {
			row[0] = i + 1
		} else {
			row[from-1] = far
		}
		for j := from; j <= to; j++ {
			cost := diagonal
			if x != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return min(row[len(b)], band+1), nil
}
