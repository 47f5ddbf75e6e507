package validators

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/GaboBase/arch-genops/internal/config"
)

// Lookup finds a metric by name. Case, surrounding space and the difference
// between "_", "-" and a blank do not matter; "not-" before the name of an assertion is
// its inversion. Judged metrics have the names of DeepEval's classes, too, such as
// AnswerRelevancyMetric. FILE.py:NAME is a metric that the user wrote. The error
// of an unknown name lists the nearest and all known names.
func Lookup(name string) (Metric, error) {
	e, not, err := find(name)
	if err != nil {
		return Metric{}, err
	}
	m := e.metric()
	if not {
		m.Name = "not-" + m.Name
		m.About = "does not hold: " + m.About
	}
	return m, nil
}

// find is Lookup on the table; not says that the name was inverted.
func find(name string) (e entry, not bool, err error) {
	if e, ok := ownEntry(name); ok {
		return e, false, nil
	}
	want := foldName(name)
	bare, not := strings.CutPrefix(want, "not-")
	if i, ok := places().names[bare]; ok {
		e := rows()[i]
		if not && e.kind != KindAssertion {
			return entry{}, false, fmt.Errorf("metric %s: only assertions have a not- form; %s is a %s metric", quote(name), e.name, e.kind)
		}
		return e, not, nil
	}
	if i, ok := places().classes[classOf(want)]; ok {
		return rows()[i], false, nil
	}
	if hint := peerHint(bare); hint != "" {
		return entry{}, false, fmt.Errorf("unknown metric %s: %s", quote(name), hint)
	}
	hint := ""
	if near := nearest(bare); near != "" {
		if not {
			near = "not-" + near
		}
		hint = fmt.Sprintf("; did you mean %s?", near)
	}
	names := make([]string, len(table))
	for i, e := range table {
		names[i] = e.name
	}
	return entry{}, false, fmt.Errorf("unknown metric %s%s (known: %s, and promptfoo's assertions; assertions also with not- before them)",
		quote(name), hint, strings.Join(names, ", "))
}

// foldName makes names comparable: the table itself mixes "_" and "-", and DeepEval
// shows its metrics as "Turn Faithfulness".
func foldName(name string) string {
	return betweenWords.Replace(strings.ToLower(strings.TrimSpace(name)))
}

var betweenWords = strings.NewReplacer("_", "-", " ", "-")

// places are those of the metrics in the table, by folded name and, of judged ones,
// by class.
var places = sync.OnceValue(func() (p struct{ names, classes map[string]int }) {
	p.names, p.classes = map[string]int{}, map[string]int{}
	for i, e := range slices.Backward(rows()) { // of equal ones the first counts
		p.names[foldName(e.name)] = i
		if e.kind == KindJudged {
			p.classes[classOf(e.name)] = i
		}
	}
	return p
})

// classOf is the name of a judged metric as DeepEval's classes have it, folded:
// AnswerRelevancyMetric.
func classOf(name string) string {
	return strings.TrimSuffix(strings.ReplaceAll(foldName(name), "-", ""), "metric")
}

// nearest returns the known name that was probably meant, or "".
func nearest(folded string) string {
	names := make([]string, len(rows()))
	for i, e := range rows() {
		names[i] = e.name
	}
	if near := config.Nearest(folded, names); near != "" || len(folded) < 5 {
		return near
	}
	for _, e := range rows() { // "context-faithfulness", "accuracy"
		known := foldName(e.name)
		if strings.Contains(known, folded) || len(known) > 4 && strings.Contains(folded, known) {
			return e.name
		}
	}
	return ""
}
