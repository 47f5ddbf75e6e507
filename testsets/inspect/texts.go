package inspect

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/GaboBase/arch-genops/testsets"
)

// Twin is a case that another one equals, or nearly does.
type Twin struct {
	ID       string `json:"id"`
	Line     int    `json:"line"`
	Input    string `json:"input"` // its beginning, at most 300 characters
	Expected any    `json:"expected,omitempty"`
	Split    string `json:"split,omitempty"`
}

// Pair is two cases with nearly the same input.
type Pair struct {
	A        Twin    `json:"a"`
	B        Twin    `json:"b"`
	Cosine   float64 `json:"cosine"`
	Conflict bool    `json:"conflict"` // their expected values differ
}

// shownPairs is how many pairs are kept, the nearest first.
const shownPairs = 1000

// texts are the different inputs of a set: cases whose normalised inputs are
// equal are one text.
type texts struct {
	set   *testsets.Set
	split func(*testsets.Case) string
	key   []string
	cases [][]int // of each text
	at    map[string]int
	want  []string   // of each case: its expected value in JSON, "" without one
	wants [][]string // of each text: the different ones of its cases
}

func textsOf(s *testsets.Set) *texts {
	t := &texts{set: s, at: map[string]int{}, split: splitOf(s)}
	for i := range s.Cases {
		c := &s.Cases[i]
		key := normal(asked(c))
		j, ok := t.at[key]
		if !ok {
			j = len(t.key)
			t.at[key] = j
			t.key = append(t.key, key)
			t.cases = append(t.cases, nil)
			t.wants = append(t.wants, nil)
		}
		t.cases[j] = append(t.cases[j], i)
		want := ""
		if c.Expected != nil {
			b, err := json.Marshal(c.Expected)
			if err != nil {
				b = fmt.Append(nil, c.Expected)
			}
			want = string(b)
		}
		t.want = append(t.want, want)
		if want != "" && !slices.Contains(t.wants[j], want) {
			t.wants[j] = append(t.wants[j], want)
		}
	}
	return t
}

// asked is everything that the agent is told: history, input and variables.
func asked(c *testsets.Case) string {
	if len(c.Messages) == 0 && len(c.Vars) == 0 {
		return c.Input
	}
	var b strings.Builder
	for _, m := range c.Messages {
		b.WriteString(m.Role + ": " + m.Content + "\n")
	}
	b.WriteString(c.Input)
	if len(c.Vars) > 0 {
		vars, _ := json.Marshal(c.Vars) // what a reader made can be written
		b.WriteString("\n")
		b.Write(vars)
	}
	return b.String()
}

// normal is a text without what does not make another one: case, the form of
// its characters (NFKC), and white space.
func normal(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " ")
}

// splitOf says which split a case is in: the slice "split", else a text of that
// name in its metadata. In CLINC150 that one names parts of one split.
func splitOf(s *testsets.Set) func(*testsets.Case) string {
	return func(c *testsets.Case) string {
		if v, ok := c.Slice["split"]; ok {
			return v
		}
		if v, ok := c.Metadata["split"].(string); ok && s.Format != "clinc150" {
			return v
		}
		return ""
	}
}

// conflict says that two texts have cases with different expected values.
func conflict(x *texts, a int, y *texts, b int) bool {
	for _, v := range x.wants[a] {
		for _, w := range y.wants[b] {
			if v != w {
				return true
			}
		}
	}
	return false
}

// twin describes a case.
func (t *texts) twin(i int) Twin {
	c := &t.set.Cases[i]
	return Twin{ID: c.ID, Line: c.Line, Input: beginning(c.Input), Expected: c.Expected, Split: t.split(c)}
}

func beginning(s string) string {
	const most = 300
	n := 0
	for at := range s {
		if n++; n > most {
			return s[:at] + "…"
		}
	}
	return s
}
