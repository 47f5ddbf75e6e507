package judges

import (
	"fmt"
	"math"
	"slices"
)

// Item is one labelled answer: what people said of it together, and the judge.
type Item struct {
	Case   string // "" when the labels name none
	Input  string
	Output string

	Cluster   string    // of its case
	Criterion Criterion // that its case asks

	Label  float64   // of all raters: of pass and fail the majority, of scores the mean
	Tied   bool      // between pass and fail: no label
	Raters []float64 // what each rater of Labels.Raters said; NaN = nothing

	Scores []Word // of each judge that was asked
}

// Word is what a judge said of an answer.
type Word struct {
	Score float64 `json:"score"` // in [0,1]
	Pass  bool    `json:"pass"`
	Why   string  `json:"why,omitempty"` // it could not judge; "" = it did
}

// Judged says whether the judge came to a verdict.
func (w Word) Judged() bool { return w.Why == "" }

// Collected is a file of labels, put together by answer.
type Collected struct {
	Items  []Item
	Raters []string // names, in the order of the file
	Binary bool     // every label is pass or fail
	Split  []Item   // pass or fail, and the raters are evenly split: not labelled
	Twice  int      // labels that a rater had given before, and alike: they count once
	Judged bool     // the file holds the judge's score of every item; it is Scores[0]
}

// Collect puts labels of the same answer together. Two labels of one rater for
// one answer count once if they are alike, and are an error if they are not; so is a
// judge's score that differs within one.
// threshold is the least score that passes, where the file holds scores.
func (l *Labels) Collect(threshold float64) (*Collected, error) {
	c := &Collected{Binary: true, Judged: true}
	for _, row := range l.Rows {
		if row.Value != 0 && row.Value != 1 {
			c.Binary = false
		}
		if !slices.Contains(c.Raters, row.Rater) {
			c.Raters = append(c.Raters, row.Rater)
		}
	}
	index, first := map[[3]string]int{}, map[[4]string]int{}
	for _, row := range l.Rows {
		key := [3]string{row.Case, row.Input, row.Output}
		i, seen := index[key]
		if !seen {
			i = len(c.Items)
			index[key] = i
			c.Items = append(c.Items, newItem(row, len(c.Raters)))
		}
		who := [4]string{row.Case, row.Input, row.Output, row.Rater}
		before := first[who]
		if first[who] = row.Line; before == row.Line {
			before = 0
		}
		rater := slices.Index(c.Raters, row.Rater)
		if c.Items[i].Raters[rater] == row.Value {
			c.Twice++
		}
		if err := c.Items[i].take(row, rater, before, threshold); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", l.Path, row.Line, err)
		}
	}
	for i := range c.Items {
		item := &c.Items[i]
		item.settle(c.Binary)
		c.Judged = c.Judged && (item.Tied || len(item.Scores) > 0)
	}
	c.Part()
	return c, nil
}

// Join puts what is not labelled beside what is, for a judge to be heard on all; Part
// parts them again.
func (c *Collected) Join() { c.Items, c.Split = append(c.Items, c.Split...), nil }

// Part puts what is not labelled apart.
func (c *Collected) Part() {
	all := c.Items
	c.Items = nil
	for _, item := range all {
		if item.Tied {
			c.Split = append(c.Split, item)
		} else {
			c.Items = append(c.Items, item)
		}
	}
}

func newItem(row Label, raters int) Item {
	item := Item{Case: row.Case, Input: row.Input, Output: row.Output, Raters: make([]float64, raters)}
	for i := range item.Raters {
		item.Raters[i] = math.NaN()
	}
	return item
}

func (item *Item) take(row Label, rater, before int, threshold float64) error {
	if !math.IsNaN(item.Raters[rater]) && item.Raters[rater] != row.Value {
		who := row.Rater
		if who == "" {
			who = "a rater without a name"
		}
		return fmt.Errorf("%s labels this answer (%s) twice, and said something else in line %d; with several raters give each a name in the column rater", who, item.Name(), before)
	}
	item.Raters[rater] = row.Value
	if row.Score == nil {
		return nil
	}
	w := Word{Score: *row.Score, Pass: *row.Score >= threshold}
	switch {
	case len(item.Scores) == 0:
		item.Scores = []Word{w}
	case item.Scores[0] != w:
		return fmt.Errorf("the judge's score of this answer is %g here and %g before", w.Score, item.Scores[0].Score)
	}
	return nil
}

// settle works out the label, or that pass and fail are evenly split.
func (item *Item) settle(binary bool) {
	sum, n := 0.0, 0.0
	for _, x := range item.Raters {
		if !math.IsNaN(x) {
			sum += x
			n++
		}
	}
	item.Label = sum / n
	if !binary {
		return
	}
	item.Tied = 2*sum == n
	if item.Label = 0; 2*sum > n {
		item.Label = 1
	}
}
