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
	Alpha *Alpha   `json:"alpha"` // of their passes; null when it is not defined
	Split []string `json:"split"` // answers on which they disagree: case IDs, or what names the answer
}

// Agree compares the judges of the items with one another.
func Agree(items []Item) Among {
	units := make([][]float64, len(items))
	a := Among{Split: []string{}}
	for i, item := range items {
		first, split := -1.0, false
		for _, w := range item.Scores {
			if !w.Judged() {
				continue
			}
			x := 0.0
			if w.Pass {
				x = 1
			}
			split = split || first >= 0 && x != first
			first = x
			units[i] = append(units[i], x)
		}
		if split {
			a.Split = append(a.Split, item.Name())
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
