package judged

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// How alike two texts are, as Python's difflib has it.

// leastWords are needed of a text, and mostRunes are compared.
const (
	leastWords = 20
	mostRunes  = 20_000
)

var stopWords = strings.Fields(`the a an is are was were i will now based on information provided to of in and that this with for it my next step going so do be have has not but as or from at by about above below up its let`)

// stagnation is how alike the texts of two spans of a model are that follow each
// other, at most; known says that there are two that are long enough.
func stagnation(spans []map[string]any) (most float64, known bool, err error) {
	var before []string
	first := true
	for _, span := range spans {
		if span["type"] != "llm" {
			continue
		}
		text, isText := span["output"].(string)
		if _, there := span["output"]; !there {
			isText = true
		}
		words := meaningful(text)
		if !isText || len(words) < leastWords {
			words = nil
		}
		if !first && before != nil && words != nil {
			a, b := strings.Join(before, " "), strings.Join(words, " ")
			if utf8.RuneCountInString(a) > mostRunes || utf8.RuneCountInString(b) > mostRunes {
				return 0, false, failf(TooLarge, "a text of the trace has more than %d characters", mostRunes)
			}
			most, known = max(most, sharedPairs(before, words), ratio([]rune(a), []rune(b))), true
		}
		before, first = words, false
	}
	return most, known, nil
}

func meaningful(text string) (out []string) {
	for _, w := range strings.FieldsFunc(lower(text), blankRune) {
		if utf8.RuneCountInString(w) > 2 && !slices.Contains(stopWords, w) {
			out = append(out, w)
		}
	}
	return out
}

// sharedPairs is the share of pairs of neighbouring words that both have.
func sharedPairs(a, b []string) float64 {
	pairs := func(words []string) map[[2]string]bool {
		out := map[[2]string]bool{}
		for i := 1; i < len(words); i++ {
			out[[2]string{words[i-1], words[i]}] = true
		}
		return out
	}
	one, two := pairs(a), pairs(b)
	both := 0
	for p := range one {
		if two[p] {
			both++
		}
	}
	if union := len(one) + len(two) - both; union > 0 {
		return float64(both) / float64(union)
	}
	return 0
}

// ratio is SequenceMatcher(None, a, b).ratio().
func ratio(a, b []rune) float64 {
	at := map[rune][]int{}
	for j, r := range b {
		at[r] = append(at[r], j)
	}
	if n := len(b); n >= 200 { // what is frequent begins no match
		maps.DeleteFunc(at, func(_ rune, list []int) bool { return len(list) > n/100+1 })
	}
	matches := 0
	todo := [][4]int{{0, len(a), 0, len(b)}}
	for len(todo) > 0 {
		q := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		i, j, n := longest(a, b, at, q)
		if n == 0 {
			continue
		}
		matches += n
		todo = append(todo, [4]int{q[0], i, q[2], j}, [4]int{i + n, q[1], j + n, q[3]})
	}
	return 2 * float64(matches) / float64(len(a)+len(b))
}

// longest is the longest match within a[q0:q1] and b[q2:q3].
func longest(a, b []rune, at map[rune][]int, q [4]int) (i, j, n int) {
	i, j = q[0], q[2]
	lengths := map[int]int{}
	for x := q[0]; x < q[1]; x++ {
		next := map[int]int{}
		for _, y := range at[a[x]] {
			if y < q[2] {
				continue
			}
			if y >= q[3] {
				break
			}
			k := lengths[y-1] + 1
			next[y] = k
			if k > n {
				i, j, n = x-k+1, y-k+1, k
			}
		}
		lengths = next
	}
	for i > q[0] && j > q[2] && a[i-1] == b[j-1] {
		i, j, n = i-1, j-1, n+1
	}
	for i+n < q[1] && j+n < q[3] && a[i+n] == b[j+n] {
		n++
	}
	return i, j, n
}

// dumped is json.dumps(v, sort_keys=True).
func dumped(v any) string {
	switch v := v.(type) {
	case string:
		return quotedASCII(v)
	case bool:
		return strconv.FormatBool(v)
	case nil:
		return "null"
	case []any:
		items := make([]string, len(v))
		for i, x := range v {
			items[i] = dumped(x)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]any:
		items := make([]string, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			items = append(items, quotedASCII(key)+": "+dumped(v[key]))
		}
		return "{" + strings.Join(items, ", ") + "}"
	}
	return written(v)
}

// quotedASCII is a text as json.dumps quotes it.
func quotedASCII(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a text can always be encoded
	quoted := strings.TrimSuffix(b.String(), "\n")
	b.Reset()
	for _, r := range quoted {
		if r <= '~' {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}
