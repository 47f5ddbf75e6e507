package validators

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/GaboBase/arch-genops/pipeline"
)

// tolerance is absolute, or a share of the expected number's size.
type tolerance struct {
	size     float64
	relative bool
}

// buildNumeric accepts as value a number, or {"number": 100, "tolerance": "1%"}
// where a tolerance in percent is relative and a plain number absolute. Without
// a number the case's expected value counts.
func buildNumeric(sp spec) (judge, error) {
	const allowed = `allowed is a number or {"number": 100, "tolerance": "1%"}`
	value := sp.value
	var within tolerance
	if sp.threshold != nil {
		within.size = *sp.threshold
	}
	if object, ok := value.(map[string]any); ok {
		for _, key := range slices.Sorted(maps.Keys(object)) {
			if key != "number" && key != "tolerance" {
				return nil, fmt.Errorf("value: unknown key %s; %s", quote(key), allowed)
			}
		}
		value = object["number"]
		if raw, ok := object["tolerance"]; ok {
			if sp.threshold != nil {
				return nil, errors.New("there is a threshold and a tolerance; allowed is one of them")
			}
			var err error
			if within, err = parseTolerance(raw); err != nil {
				return nil, err
			}
		}
	}
	if value == nil {
		return func(s pipeline.Subject) (verdict, error) {
			if s.Expected == nil {
				return verdict{}, errNoExpected
			}
			want, ok := asNumber(s.Expected)
			if !ok {
				return verdict{}, fmt.Errorf("the expected value %s is not a number", show(s.Expected))
			}
			return judgeNumeric(want, within, &s), nil
		}, nil
	}
	want, ok := asNumber(value)
	if !ok {
		return nil, fmt.Errorf("value %s: %s", show(value), allowed)
	}
	return func(s pipeline.Subject) (verdict, error) { return judgeNumeric(want, within, &s), nil }, nil
}

func parseTolerance(v any) (tolerance, error) {
	if text, ok := asText(v); ok {
		number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
		if percent {
			number = strings.TrimSpace(number) + "e-2"
		}
		if size, err := parsePlain(number); err == nil {
			return tolerance{size: size, relative: percent}, nil
		}
	}
	return tolerance{}, fmt.Errorf(`tolerance %s: allowed is a number >= 0, or a share such as "1%%"`, show(v))
}

// asNumber returns a scalar as a JSON number in text form.
func asNumber(v any) (string, bool) {
	text, ok := asText(v)
	if _, isBool := v.(bool); !ok || isBool {
		return "", false
	}
	text = strings.TrimSpace(text)
	if x, err := strconv.ParseFloat(text, 64); err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return "", false
	}
	if text = strings.TrimPrefix(text, "+"); !json.Valid([]byte(text)) { // 0x1p-2, .5
		return "", false
	}
	return text, true
}

func judgeNumeric(want string, within tolerance, s *pipeline.Subject) verdict {
	found := numbersIn(s.Asset.Text)
	switch {
	case len(found) == 0:
		return verdict{reason: fmt.Sprintf("expected %s, found no number in %s", want, quote(s.Asset.Text))}
	case len(found) > 1:
		return verdict{reason: fmt.Sprintf("expected one number, found %s and %s in %s",
			clean(found[0]), clean(found[1]), quote(s.Asset.Text))}
	case within.holds(want, found[0]):
		return verdict{score: 1, pass: true}
	}
	return verdict{reason: fmt.Sprintf("expected %s%s, got %s", want, within, clean(found[0]))}
}

func (t tolerance) String() string {
	switch size := strconv.FormatFloat(t.size, 'g', -1, 64); {
	case t.size == 0:
		return ""
	case t.relative:
		return " within a share of " + size
	default:
		return " ± " + size
	}
}

// holds compares exactly without a tolerance. With one, four units in the last
// place are allowed on top, so that 3.13 is within 0.01 of 3.14.
func (t tolerance) holds(want, got string) bool {
	if sameNumber(want, got) {
		return true
	}
	w, _ := strconv.ParseFloat(want, 64)
	g, err := strconv.ParseFloat(got, 64)
	if t.size == 0 || err != nil {
		return false
	}
	size := t.size
	if t.relative {
		size *= math.Abs(w)
	}
	return math.Abs(w-g) <= size+4*0x1p-52*max(math.Abs(w), math.Abs(g))
}

// numberPattern is compiled on first use: most runs never need it.
var numberPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[-+−]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?`)
})

// numbersIn returns the first two different numbers of a text, in JSON form.
// The decimal sign is ".", "," groups thousands. Digits that belong to a word
// ("v2", "gpt-4") are no number; a unit behind a number ("5kg") is no obstacle.
func numbersIn(text string) []string {
	var found []string
	for at := 0; at < len(text) && len(found) < 2; {
		loc := numberPattern().FindStringIndex(text[at:])
		if loc == nil {
			break
		}
		start, end := at+loc[0], at+loc[1]
		at = end
		number, ok := standalone(text, start, end)
		if ok && (len(found) == 0 || !sameNumber(found[0], number)) {
			found = append(found, number)
		}
	}
	return found
}

// standalone decides by what stands before a match whether it is a number, and
// whether its sign is one: "10-20" is 10 and 20, "gpt-4" is a word.
func standalone(text string, start, end int) (string, bool) {
	number := strings.ReplaceAll(text[start:end], ",", "")
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	if start > 0 && (unicode.IsLetter(before) || before == '_') {
		return "", false
	}
	number = strings.Replace(number, "−", "-", 1)
	number = strings.TrimPrefix(number, "+")
	if unicode.IsDigit(before) {
		number = strings.TrimPrefix(number, "-")
	}
	if bare, negative := strings.CutPrefix(number, "-"); strings.HasPrefix(bare, ".") {
		number = "0" + bare
		if negative {
			number = "-" + number
		}
	}
	return number, true
}
