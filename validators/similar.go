package validators

import (
	"errors"
	"fmt"
	"math"

	"github.com/GaboBase/arch-genops/pipeline"
)

// defaultSimilarity is the least cosine that passes without a threshold.
const defaultSimilarity = 0.8

// buildSimilar accepts a text or a list of texts, of which the most similar
// counts; without a value the case's expected text counts. The score is the
// cosine, 0 when it is negative.
func buildSimilar(sp spec) (judge, error) {
	if sp.deps.Embedder == nil {
		return nil, errors.New("needs text embeddings, and there are none")
	}
	least, err := sp.share(defaultSimilarity)
	if err != nil {
		return nil, err
	}
	var values []string
	switch sp.value.(type) {
	case nil:
	case []any:
		values, err = sp.texts()
	default:
		values = make([]string, 1)
		values[0], err = sp.text()
	}
	if err != nil {
		return nil, err
	}
	return func(s pipeline.Subject) (verdict, error) {
		texts := values
		if texts == nil {
			text, ok := asText(s.Expected)
			if !ok {
				return verdict{}, errors.New("there is no value, and the case's expected value is not a text")
			}
			texts = []string{text}
		}
		return judgeSimilar(sp.deps.Embedder, texts, least, &s)
	}, nil
}

func judgeSimilar(e Embedder, texts []string, least float64, s *pipeline.Subject) (verdict, error) {
	best, nearest := math.Inf(-1), ""
	for _, text := range texts {
		cosine, ok := e.Similarity(text, s.Asset.Text)
		if !ok || math.IsNaN(cosine) {
			return verdict{}, fmt.Errorf("the similarity of %s and %s is unknown", quote(text), quote(s.Asset.Text))
		}
		if cosine > best {
			best, nearest = cosine, text
		}
	}
	v := verdict{score: min(max(best, 0), 1)}
	if v.pass = v.score >= least; !v.pass {
		v.reason = fmt.Sprintf("similarity %.3f to %s is below %v, got %s", v.score, quote(nearest), least, quote(s.Asset.Text))
	}
	return v, nil
}
