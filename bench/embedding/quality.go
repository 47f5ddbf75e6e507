package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"

	"github.com/GaboBase/arch-genops/embedding"
)

type pair struct {
	a, b  string
	score float64 // 0 to 5, by people
}

func readSTSB(path string) ([]pair, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	pairs := make([]pair, len(records))
	for i, r := range records {
		if len(r) != 3 {
			return nil, fmt.Errorf("reading %s: record %d has %d fields, not 3", path, i+1, len(r))
		}
		score, err := strconv.ParseFloat(r[2], 64)
		if err != nil {
			return nil, fmt.Errorf("reading %s: record %d: %w", path, i+1, err)
		}
		pairs[i] = pair{r[0], r[1], score}
	}
	return pairs, nil
}

func stsbSpearman(m *embedding.Model, pairs []pair) float64 {
	cosines, scores := make([]float64, len(pairs)), make([]float64, len(pairs))
	for i, p := range pairs {
		a, _ := m.Embed(nil, p.a)
		b, _ := m.Embed(nil, p.b)
		cosines[i], scores[i] = embedding.Cosine(a, b), p.score
	}
	return pearson(ranks(cosines), ranks(scores))
}

// ranks gives equal values the mean of their ranks.
func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(x[i], x[j]) })
	r := make([]float64, len(x))
	for start := 0; start < len(order); {
		end := start + 1
		for end < len(order) && x[order[end]] == x[order[start]] {
			end++
		}
		for _, i := range order[start:end] {
			r[i] = float64(start+end-1) / 2
		}
		start = end
	}
	return r
}

func pearson(x, y []float64) float64 {
	var mx, my, xy, xx, yy float64
	for i := range x {
		mx += x[i] / float64(len(x))
		my += y[i] / float64(len(y))
	}
	for i := range x {
		dx, dy := x[i]-mx, y[i]-my
		xy, xx, yy = xy+dx*dy, xx+dx*dx, yy+dy*dy
	}
	return xy / math.Sqrt(xx*yy)
}

// clinc is CLINC150: rows of text and intent.
type clinc struct {
	Train, Test [][2]string
	OOS         [][2]string `json:"oos_test"`
}

func readCLINC(path string) (clinc, error) {
	var set clinc
	data, err := os.ReadFile(path)
	if err != nil {
		return set, err
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return set, fmt.Errorf("reading %s: %w", path, err)
	}
	if len(set.Train) == 0 || len(set.Test) == 0 || len(set.OOS) == 0 {
		return set, fmt.Errorf("reading %s: it lacks train, test or oos_test", path)
	}
	return set, nil
}

func texts(rows [][2]string) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r[0]
	}
	return out
}

// clincRows classifies every fifth test query and all that are out of scope,
// with all the training queries as examples and with the first ten of each
// intent.
func clincRows(m *embedding.Model, set clinc) ([]row, error) {
	count := map[string]int{}
	var all, ten []embedding.Example
	for _, r := range set.Train {
		e := embedding.Example{Text: r[0], Label: r[1]}
		all = append(all, e)
		if count[e.Label]++; count[e.Label] <= 10 {
			ten = append(ten, e)
		}
	}
	var rows []row
	for _, c := range []struct {
		name, accuracy, auroc string
		examples              []embedding.Example
	}{{"15 000 examples", "0.864 (5 nearest)", "0.945", all}, {"10 an intent", "", "", ten}} {
		nearest, err := embedding.NewClassifier(m, c.examples, -1, "oos")
		if err != nil {
			return nil, err
		}
		right, in := classify(nearest, set.Test, 5)
		_, out := classify(nearest, set.OOS, 1)
		rows = append(rows,
			row{"CLINC150 sample, " + c.name + ", accuracy", fmt.Sprintf("%.3f", right), c.accuracy, ""},
			row{"CLINC150 sample, " + c.name + ", out-of-scope AUROC", fmt.Sprintf("%.3f", auroc(in, out)), c.auroc, ""})
	}
	return rows, nil
}

// classify takes every step-th row; it returns the share of right labels and
// all the scores.
func classify(c *embedding.Classifier, rows [][2]string, step int) (accuracy float64, scores []float64) {
	right := 0
	for i := 0; i < len(rows); i += step {
		label, score := c.Classify(rows[i][0])
		if label == rows[i][1] {
			right++
		}
		if math.IsNaN(score) {
			score = -1 // no known word: as far away as can be
		}
		scores = append(scores, score)
	}
	return float64(right) / float64(len(scores)), scores
}

// auroc is the probability that a value of high exceeds one of low, ties
// counting half (Mann-Whitney).
func auroc(high, low []float64) float64 {
	var sum float64
	for _, r := range ranks(slices.Concat(high, low))[:len(high)] {
		sum += r
	}
	h, l := float64(len(high)), float64(len(low))
	return (sum - h*(h-1)/2) / (h * l)
}
