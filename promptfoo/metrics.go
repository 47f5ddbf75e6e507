package promptfoo

import (
	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// metrics are the figures of one column.
type metrics struct {
	score                  float64
	passed, failed, errors int
	right, wrong           int // assertions
	latencyMS, cost        float64
	tokens, judges         Tokens
	named, counts, weights *jsvalue.Object
	rows                   int
}

// add counts a row in.
func (m *metrics) add(rec *jsvalue.Object) {
	if m.named == nil {
		m.named, m.counts, m.weights = &jsvalue.Object{}, &jsvalue.Object{}, &jsvalue.Object{}
	}
	m.rows++
	m.score += number(rec, "score")
	switch {
	case truthy(rec, "success"):
		m.passed++
	case number(rec, "failureReason") == failureError:
		m.errors++
	default:
		m.failed++
	}
	grading, _ := rec.Get("gradingResult")
	for _, c := range componentsOf(grading) {
		if truthy(c, "pass") {
			m.right++
		} else {
			m.wrong++
		}
	}
	m.latencyMS += number(rec, "latencyMs")
	response, _ := rec.Get("response")
	m.cost += number(response, "cost")
	m.tokens, m.judges = m.tokens.add(spentOn(rec)), m.judges.add(judgedWith(rec))
	m.addNamed(rec, grading)
}

// addNamed adds the named scores, each with the weight that it has in the row.
func (m *metrics) addNamed(rec *jsvalue.Object, grading any) {
	named, _ := rec.Get("namedScores")
	weights, _ := jsvalue.Field(grading, "namedScoreWeights")
	keys, _ := jsvalue.KeysOf(named)
	for _, k := range keys {
		w := 1.0
		if x, ok := jsvalue.Field(weights, k); ok {
			w, _ = jsvalue.Number(x)
		}
		plus(m.named, k, number(named, k)*w)
		plus(m.weights, k, w)
		plus(m.counts, k, float64(carriers(grading, k)))
	}
}

// carriers is how many assertions of a row count under a name.
func carriers(grading any, name string) (n int) {
	for _, c := range componentsOf(grading) {
		a, _ := jsvalue.Field(c, "assertion")
		if textAt(a, "metric") == name {
			n++
		}
	}
	return max(n, 1)
}

func plus(o *jsvalue.Object, key string, x float64) {
	o.Set(key, number(o, key)+x)
}

// derive works out the derived metrics after a row. One that can't be worked out
// keeps its value; call calls functions of the configuration.
func (m *metrics) derive(all []project.Derived, call func(project.Code, []project.Arg) (any, error)) {
	if len(all) == 0 {
		return
	}
	names := m.named.Map()
	names["__count"] = float64(m.rows)
	for _, d := range all {
		if _, ok := m.named.Get(d.Name); !ok {
			m.named.Set(d.Name, 0.0)
		}
		var x float64
		var err error
		switch {
		case d.Value != "":
			x, err = evaluate(d.Value, names)
		case d.Code.Foreign == nil || call == nil: // promptfoo takes the path of a file for a formula
			continue
		default:
			var v any
			if v, err = call(d.Code, []project.Arg{{Name: "namedScores", Value: names}}); err == nil {
				x, _ = jsvalue.Number(v)
			}
		}
		if err != nil {
			continue
		}
		m.named.Set(d.Name, x)
		names[d.Name] = x
	}
}

func (m *metrics) object() *jsvalue.Object {
	return jsvalue.NewObject("score", m.score, "testPassCount", m.passed, "testFailCount", m.failed, "testErrorCount", m.errors,
		"assertPassCount", m.right, "assertFailCount", m.wrong, "totalLatencyMs", m.latencyMS, "tokenUsage", m.tokens.full(m.judges),
		"namedScores", m.named.Clone(), "namedScoresCount", m.counts.Clone(), "namedScoreWeights", m.weights.Clone(), "cost", m.cost)
}
