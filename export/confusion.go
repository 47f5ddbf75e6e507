package export

import (
	"cmp"
	"slices"

	"github.com/GaboBase/arch-genops/evals"
)

// confusion is what was answered where something else was expected.
type confusion struct {
	expected, got string
	n             int
}

// confusions returns the wrong pairs, most frequent first.
func confusions(labels []evals.LabelSummary) []confusion {
	var out []confusion
	for i := range labels {
		for got, n := range labels[i].Got {
			if got != labels[i].Label && n > 0 {
				out = append(out, confusion{labels[i].Label, got, n})
			}
		}
	}
	slices.SortFunc(out, func(a, b confusion) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.expected, b.expected), cmp.Compare(a.got, b.got))
	})
	return out
}

// byErrors returns the labels, those first that take part in most errors,
// missed or given wrongly.
func byErrors(labels []evals.LabelSummary, wrong []confusion) []*evals.LabelSummary {
	errors := map[string]int{}
	for _, c := range wrong {
		errors[c.expected] += c.n
		errors[c.got] += c.n
	}
	out := make([]*evals.LabelSummary, len(labels))
	for i := range labels {
		out[i] = &labels[i]
	}
	slices.SortStableFunc(out, func(a, b *evals.LabelSummary) int {
		return cmp.Or(cmp.Compare(errors[b.Label], errors[a.Label]), cmp.Compare(b.Support, a.Support), cmp.Compare(a.Label, b.Label))
	})
	return out
}

// matrix is the part of the confusion matrix that is drawn. The last column
// of a row counts the answers that are none of its labels.
type matrix struct {
	labels []*evals.LabelSummary
	cells  [][]int
	most   int // largest count off the diagonal
	others bool
}

func newMatrix(labels []*evals.LabelSummary, size int) matrix {
	m := matrix{labels: labels[:min(len(labels), size)]}
	column := map[string]int{}
	for i, l := range m.labels {
		column[l.Label] = i
	}
	for i, l := range m.labels {
		row := make([]int, len(m.labels)+1)
		for got, n := range l.Got {
			j, ok := column[got]
			if !ok {
				j = len(m.labels)
			}
			row[j] += n
		}
		for j, n := range row {
			if i != j {
				m.most = max(m.most, n)
			}
		}
		m.others = m.others || row[len(m.labels)] > 0
		m.cells = append(m.cells, row)
	}
	return m
}
