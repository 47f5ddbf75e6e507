package assertions

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
)

// references are the texts that an output is compared with.
func references(value any) ([]string, error) {
	switch v := value.(type) {
	case string:
		return []string{v}, nil
	case []any:
		list := make([]string, len(v))
		for i, x := range v {
			s, ok := x.(string)
			if !ok {
				return nil, fmt.Errorf("value: item %d is %s; allowed are texts", i+1, shown(x))
			}
			list[i] = s
		}
		if len(list) == 0 {
			return nil, fmt.Errorf("value is an empty list; allowed are texts")
		}
		return list, nil
	}
	return nil, fmt.Errorf("value %s: allowed is a text, or a list of texts", shown(value))
}

// someText reports whether one of the texts has words.
func someText(list []string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return jsvalue.Trim(s) != "" })
}

// tokens are the words of a text in lower case. An empty text is one empty word.
func tokens(s string) []string {
	s = jsvalue.Trim(lower(s))
	if s == "" {
		return []string{""}
	}
	return strings.FieldsFunc(s, jsvalue.IsSpace)
}

// grams counts the n-grams of words.
func grams(words []string, n int) map[string]int {
	if n > len(words) {
		return nil
	}
	out := make(map[string]int, len(words))
	for i := 0; i+n <= len(words); i++ {
		out[strings.Join(words[i:i+n], " ")]++
	}
	return out
}

func total(words []string, n int) int { return max(0, len(words)-n+1) }

// common counts the n-grams that both have, each as often as in both.
func common(a, b map[string]int) int {
	n := 0
	for g, k := range a {
		n += min(k, b[g])
	}
	return n
}

func buildBLEU(s *spec, value any) (judgeFunc, error) {
	list, err := references(value)
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, c *call) (grade, error) {
		return s.scored(bleu(c.text, list), 0.5, reachReason("BLEU")).compared(someText(list)), nil
	}, nil
}

// bleu is sentence BLEU with n-grams up to 4 (Papineni et al. 2002). Orders for
// which the candidate is too short are left out; a precision of 0 counts as 1e-7.
func bleu(candidate string, references []string) float64 {
	if jsvalue.Trim(candidate) == "" {
		return 0
	}
	words := tokens(candidate)
	refs := make([][]string, len(references))
	closest := -1
	for i, r := range references {
		refs[i] = tokens(r)
		n := len(refs[i])
		d, best := abs(n-len(words)), abs(closest-len(words))
		if closest < 0 || d < best || d == best && n < closest {
			closest = n
		}
	}
	sum, weight := 0.0, 0.0
	for n := 1; n <= 4; n++ {
		count := total(words, n)
		if count == 0 {
			continue
		}
		mine, clipped := grams(words, n), 0
		for _, r := range refs {
			clipped = max(clipped, common(mine, grams(r, n)))
		}
		precision := float64(clipped) / float64(count)
		if clipped == 0 {
			precision = 1e-7
		}
		weight += 0.25
		sum += 0.25 * math.Log(precision)
	}
	brevity := 1.0
	if len(words) <= closest {
		brevity = math.Exp(1 - float64(closest)/float64(len(words)))
	}
	return brevity * math.Exp(sum/weight)
}

func abs(n int) int { return max(n, -n) }

func buildGLEU(s *spec, value any) (judgeFunc, error) {
	list, err := references(value)
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, c *call) (grade, error) {
		return s.scored(gleu(c.text, list), 0.5, reachReason("GLEU")).compared(someText(list)), nil
	}, nil
}

// gleu is the least of precision and recall over all n-grams up to 4 (Wu et al.
// 2016), of the best reference.
func gleu(candidate string, references []string) float64 {
	words := gleuTokens(candidate)
	best := 0.0
	for _, r := range references {
		best = max(best, gleuOf(words, gleuTokens(r)))
	}
	return best
}

func gleuOf(words, ref []string) float64 {
	if len(words) == 0 || len(ref) == 0 {
		return 0
	}
	matches, mine, theirs := 0, 0, 0
	for n := 1; n <= 4; n++ {
		matches += common(grams(words, n), grams(ref, n))
		mine += total(words, n)
		theirs += total(ref, n)
	}
	return float64(matches) / float64(max(mine, theirs))
}

// gleuTokens are words without the full stops at their end.
func gleuTokens(s string) []string {
	words := tokens(s)
	some := false
	for i, w := range words {
		words[i] = strings.TrimRight(w, ".")
		some = some || words[i] != ""
	}
	if !some {
		return nil
	}
	return words
}

func buildROUGE(s *spec, value any) (judgeFunc, error) {
	want, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("value %s: allowed is a text", shown(value))
	}
	ref := treebank(lower(want))
	return func(_ context.Context, c *call) (grade, error) {
		return s.scored(rouge(treebank(lower(c.text)), ref), 0.75, reachReason("ROUGE-1")).compared(len(ref) > 0), nil
	}, nil
}

// rouge is the F1 score of ROUGE-1 with clipped counts (Lin 2004).
func rouge(words, ref []string) float64 {
	n := common(grams(words, 1), grams(ref, 1))
	if n == 0 {
		return 0
	}
	p, r := float64(n)/float64(len(words)), float64(n)/float64(len(ref))
	if p == r {
		return p
	}
	lo, hi := min(p, r), max(p, r)
	return min(hi, lo*(2/(1+lo/hi)))
}
