package judges

import (
	"fmt"
	"strings"

	"github.com/GaboBase/arch-genops/internal/stats"
)

// Combine is the word of a panel: pass by majority of the judges that came to a
// verdict, and the mean of their scores. At least half of the panel must have
// come to one, and a tie passes nothing.
func Combine(words []Word) Word {
	score, passes, judged := 0.0, 0, 0
	var why []string
	for _, w := range words {
		if !w.Judged() {
			why = append(why, w.Why)
			continue
		}
		judged++
		score += w.Score
		if w.Pass {
			passes++
		}
	}
	if judged == 0 || 2*judged < len(words) {
		return Word{Why: fmt.Sprintf("%d of %d judges could not judge: %s", len(words)-judged, len(words), strings.Join(why, "; "))}
	}
	return Word{Score: score / float64(judged), Pass: 2*passes > judged}
}

// PanelRelease is the release of a panel: that of all its members.
func PanelRelease(members []Release) Release {
	names, params := make([]string, len(members)), map[string]string{"combined": "majority"}
	for i, m := range members {
		names[i] = m.Judge
		params[fmt.Sprintf("member %d", i+1)] = m.base().Digest()
	}
	return Release{Judge: "panel of " + strings.Join(names, " + "), Metric: members[0].Metric, Params: params, Criteria: members[0].Criteria}
}

// Among is how far the judges of a panel agree among themselves.
type Among struct {
	Alpha   *Alpha    `json:"alpha"` // of their passes; null when it is not defined
	Split   []string  `json:"split"` // answers on which they disagree: case IDs, or what names the answer
	Members []Member  `json:"members"`
	Pairs   []Pairing `json:"pairs"`
	Open    int       `json:"open"` // answers on which the panel came to no verdict: fewer than half of it did
}

// Member is one judge of a panel beside the others.
type Member struct {
	Judge    string `json:"judge"`
	Passes   Figure `json:"passes"`    // share of the answers that it judged which it passes
	Alone    int    `json:"overruled"` // answers on which the panel says otherwise
	Unjudged int    `json:"unjudged"`  // answers on which it came to no verdict
}

// Pairing is how often two judges say the same, of what both judged.
type Pairing struct {
	A    string `json:"a"`
	B    string `json:"b"`
	Same Figure `json:"same"`
}

// Agree compares the judges of the items with one another; names are theirs, in the
// order of the items' scores. A judge that came to no verdict on an answer says
// nothing of it: it neither agrees nor disagrees.
func Agree(items []Item, names []string) Among {
	units := make([][]float64, len(items))
	a := Among{Split: []string{}, Members: make([]Member, len(names)), Pairs: []Pairing{}}
	passes := make([]float64, len(names))
	same, both := make([]float64, len(names)*len(names)), make([]float64, len(names)*len(names))
	for i, item := range items {
		words := item.Scores[:len(names)]
		panel := Combine(words)
		if !panel.Judged() {
			a.Open++
		}
		split, first := false, -1.0
		for k, w := range words {
			m := &a.Members[k]
			if !w.Judged() {
				m.Unjudged++
				continue
			}
			x := passed(w)
			passes[k] += x
			split = split || first >= 0 && x != first
			first = x
			units[i] = append(units[i], x)
			if panel.Judged() && panel.Pass != w.Pass {
				m.Alone++
			}
			for l, other := range words[:k] {
				if other.Judged() {
					both[l*len(names)+k]++
					if other.Pass == w.Pass {
						same[l*len(names)+k]++
					}
				}
			}
		}
		if split {
			a.Split = append(a.Split, item.Name())
		}
	}
	for k, name := range names {
		m := &a.Members[k]
		m.Judge, m.Passes = name, shareOf(passes[k], float64(len(items)-m.Unjudged))
		for l := range k {
			a.Pairs = append(a.Pairs, Pairing{names[l], name, shareOf(same[l*len(names)+k], both[l*len(names)+k])})
		}
	}
	a.Alpha = alpha(units, stats.NominalScale, "nominal")
	return a
}

// Name is what a person finds the item by.
func (item Item) Name() string {
	if item.Case != "" {
		return item.Case
	}
	text := strings.Join(strings.Fields(item.Output), " ")
	if r := []rune(text); len(r) > 40 {
		text = string(r[:40]) + "…"
	}
	return text
}
