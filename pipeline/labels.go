package pipeline

import (
	"encoding/json"
	"fmt"
)

// Label is a class of a text, or something that is wrong with it.
type Label struct {
	Name  string  `json:"name"`
	Score float64 `json:"score"` // mostly in [0,1]; NaN is written as 0
}

// Labels is what a model of labels says of a text. Its answers are Assets whose
// text is this in JSON: see ReadLabels.
type Labels struct {
	List []Label `json:"labels"`
	// Silent is why a moderator's reply does not say that nothing is wrong, though
	// it names nothing; "" = it does say so.
	Silent string `json:"silent,omitempty"`
}

// ReadLabels reads the text of such an Asset.
func ReadLabels(text string) (l Labels, err error) {
	if err = json.Unmarshal([]byte(text), &l); err != nil {
		return l, fmt.Errorf("reading labels: %w", err)
	}
	return l, nil
}
