package judges

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// Pair is one labelled answer that two judges judged: whether each is right.
type Pair struct {
	Name     string
	New, Old bool
}

// Pairs lists the answers on which both the words of judge number k and the old
// calibration have a verdict of the same answer, in a random order that depends
// on the answers alone. A judge that could not judge is not right.
func Pairs(items []Item, k int, threshold float64, old *Calibration) []Pair {
	type key struct{ id, output string }
	before := map[key]Row{}
	for _, r := range old.Rows {
		before[key{r.Case, r.Output}] = r
	}
	var out []Pair
	for _, item := range items {
		r, ok := before[key{item.Case, OutputDigest(item.Output)}]
		if !ok {
			continue
		}
		good := item.Label >= threshold
		w := item.Scores[k]
		out = append(out, Pair{item.Name(), w.Judged() && w.Pass == good, r.Unjudged == "" && r.Pass == good})
	}
	slices.SortStableFunc(out, func(a, b Pair) int {
		return cmp.Or(strings.Compare(order(a.Name), order(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func order(name string) string {
	sum := sha256.Sum256([]byte(name))
	return string(sum[:])
}

// Comparison is a new judge against an old one: on how many labelled answers
// each says what people say.
type Comparison struct {
	Pairs   int      `json:"pairs"`
	Both    int      `json:"both_right"`
	New     int      `json:"only_new_right"`
	Old     int      `json:"only_old_right"`
	Neither int      `json:"neither_right"`
	P       float64  `json:"p_value"` // McNemar, exact, two-sided
	Effect  Figure   `json:"effect"`  // share that the new one has right more
	Flips   []string `json:"flips"`   // answers that only one has right
}

// Compare counts pairs.
func Compare(pairs []Pair) Comparison {
	c := Comparison{Pairs: len(pairs), Flips: []string{}}
	for _, p := range pairs {
		switch {
		case p.New && p.Old:
			c.Both++
		case p.New:
			c.New++
		case p.Old:
			c.Old++
		default:
			c.Neither++
		}
		if p.New != p.Old {
			c.Flips = append(c.Flips, p.Name)
		}
	}
	c.P = stats.McNemar(c.New, c.Old)
	c.Effect = figure(stats.PairedDifference(float64(c.New), float64(c.Old), float64(len(pairs)), level), float64(len(pairs)))
	return c
}
