package judges

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// LabelScale is the scale of labels that are numbers, such as 1 to 5. The zero
// value is 0 to 1.
type LabelScale struct{ Low, High float64 }

// ParseLabelScale reads LOW..HIGH, such as 1..5; a colon or a hyphen will do.
func ParseLabelScale(text string) (s LabelScale, err error) {
	for _, between := range []string{"..", ":", "-"} {
		low, high, ok := strings.Cut(strings.TrimSpace(text), between)
		if !ok {
			continue
		}
		if s.Low, err = strconv.ParseFloat(strings.TrimSpace(low), 64); err != nil {
			continue
		}
		if s.High, err = strconv.ParseFloat(strings.TrimSpace(high), 64); err == nil && s.Low < s.High && !math.IsInf(s.High-s.Low, 0) {
			return s, nil
		}
	}
	return LabelScale{}, fmt.Errorf("%q is no scale: write its ends, such as 1..5", text)
}

// Share is where a grade lies between the ends: 0 is the lowest, 1 the highest.
func (s LabelScale) Share(grade float64) float64 {
	if s == (LabelScale{}) {
		return grade
	}
	return (grade - s.Low) / (s.High - s.Low)
}

// known are the labels that there are, in words.
const known = "write pass or fail (also yes/no, true/false, good/bad, correct/incorrect), or a number in [0,1]"

// words are the labels that are no number.
var words = map[string]float64{
	"pass": 1, "passed": 1, "yes": 1, "y": 1, "true": 1, "t": 1, "good": 1, "correct": 1, "right": 1, "ok": 1, "acceptable": 1, "accept": 1, "accepted": 1,
	"positive": 1, "success": 1, "\U0001f44d": 1, "✓": 1, "✔": 1, "✅": 1,
	"fail": 0, "failed": 0, "no": 0, "n": 0, "false": 0, "f": 0, "bad": 0, "incorrect": 0, "wrong": 0, "not ok": 0, "unacceptable": 0, "reject": 0, "rejected": 0,
	"negative": 0, "failure": 0, "\U0001f44e": 0, "✗": 0, "✘": 0, "❌": 0,
}

// unlabelled are what people write who do not want to say either.
var unlabelled = map[string]bool{"": true, "-": true, "–": true, "?": true, "n/a": true, "na": true, "nan": true, "none": true, "null": true,
	"skip": true, "skipped": true, "unsure": true, "unclear": true, "not sure": true, "don't know": true}

// value reads pass, fail or a number on the scale, as a share of it; ok is false
// for an empty cell, and for one that says neither.
func (s LabelScale) value(v any) (x float64, ok bool, err error) {
	switch v := v.(type) {
	case nil:
		return 0, false, nil
	case bool:
		if v {
			return 1, true, nil
		}
		return 0, true, nil
	case float64:
		x = v
	case string:
		text := strings.ToLower(strings.TrimSuffix(strings.TrimSpace(v), "\ufe0f"))
		if unlabelled[text] {
			return 0, false, nil
		}
		if x, ok := words[text]; ok {
			return x, true, nil
		}
		number, percent := strings.CutSuffix(text, "%")
		if x, err = strconv.ParseFloat(strings.Replace(strings.TrimSpace(number), ",", ".", 1), 64); err != nil {
			return 0, false, fmt.Errorf("%q is no label: %s", v, known)
		}
		if percent {
			x, s = x/100, LabelScale{}
		}
	default:
		return 0, false, fmt.Errorf("%v is no label: %s", v, known)
	}
	share := s.Share(x)
	switch {
	case share >= 0 && share <= 1:
		return share, true, nil
	case s == (LabelScale{}):
		return 0, false, fmt.Errorf("%g is not in [0,1]; of grades name the scale, such as --scale %s", x, likely(x))
	}
	return 0, false, fmt.Errorf("%g is not on the scale %g..%g", x, s.Low, s.High)
}

// likely is the scale that a grade is probably of.
func likely(grade float64) string {
	switch {
	case grade > 10:
		return "0..100"
	case grade > 5:
		return "1..10"
	}
	return "1..5"
}
