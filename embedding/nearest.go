package embedding

import (
	"fmt"
	"math"
)

// ClassifierVersion names what [Classifier] does. It stands in the digest of
// every agent that classifies with it, so it must be bumped whenever the same
// examples, threshold and text can give another label than before; a new table
// shows in [DefaultID] already.
const ClassifierVersion = "nearest/1"

// Example is a text whose label is known.
type Example struct{ Text, Label string }

// Classifier labels a text like the nearest of its examples. It is immutable
// and safe for concurrent use; a call takes time in proportion to the number
// of examples, about 0.15 µs each.
type Classifier struct {
	model      *Model
	labels     []string  // of each example
	vectors    []float32 // len(labels) rows of unit length
	threshold  float64
	outOfScope string
}

// NewClassifier embeds the examples. A text less similar than threshold, a
// cosine in [-1, 1], to all of them is labelled outOfScope, which must not be
// empty; examples of its own may carry that label too.
func NewClassifier(m *Model, examples []Example, threshold float64, outOfScope string) (*Classifier, error) {
	if !(threshold >= -1 && threshold <= 1) {
		return nil, fmt.Errorf("threshold %v is not in [-1, 1]", threshold)
	}
	if outOfScope == "" {
		return nil, fmt.Errorf("the out-of-scope label is empty")
	}
	if len(examples) == 0 {
		return nil, fmt.Errorf("no examples")
	}
	c := &Classifier{
		model:      m,
		labels:     make([]string, len(examples)),
		vectors:    make([]float32, len(examples)*m.Dim()),
		threshold:  threshold,
		outOfScope: outOfScope,
	}
	for i, e := range examples {
		if e.Label == "" {
			return nil, fmt.Errorf("example %d, %q, has no label", i+1, e.Text)
		}
		if _, ok := m.Embed(c.vector(i), e.Text); !ok {
			return nil, fmt.Errorf("example %d of label %q, %q, has no word that the model knows: nothing could be near it", i+1, e.Label, e.Text)
		}
		c.labels[i] = e.Label
	}
	return c, nil
}

// vector is the row of an example.
func (c *Classifier) vector(i int) []float32 {
	dim := c.model.Dim()
	return c.vectors[i*dim : (i+1)*dim : (i+1)*dim]
}

// Classify returns the label of the example nearest to text, the first of them
// when several are, and their cosine. Below the threshold the label is the
// out-of-scope label and the score is still that cosine. The score of a text
// of unknown words only is NaN and its label the out-of-scope label.
func (c *Classifier) Classify(text string) (label string, score float64) {
	v, ok := c.model.Embed(nil, text)
	if !ok {
		return c.outOfScope, math.NaN()
	}
	best, nearest := float32(math.Inf(-1)), 0
	for i := range c.labels {
		if d := dot(v, c.vector(i)); d > best {
			best, nearest = d, i
		}
	}
	score = max(-1, min(1, float64(best))) // rounding may leave the range
	if score < c.threshold {
		return c.outOfScope, score
	}
	return c.labels[nearest], score
}
