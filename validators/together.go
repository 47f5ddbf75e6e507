package validators

import (
	"context"

	"github.com/GaboBase/arch-genops/pipeline"
	"github.com/GaboBase/arch-genops/validators/judged"
)

// Together asks the judge for the scores of several metrics in one question, in
// their order and in [0,1]. See judged.Together for what that is and is not.
func (j *Judge) Together(ctx context.Context, s pipeline.Subject, metrics []string) ([]float64, error) {
	c, err := judgedCase(s)
	if err != nil {
		return nil, err
	}
	aspects := make([]judged.Aspect, len(metrics))
	for i, name := range metrics {
		m, err := Lookup(name)
		if err != nil {
			return nil, err
		}
		aspects[i] = judged.Aspect{Name: m.Name, About: m.About}
	}
	return judged.Together(ctx, j, c, aspects, judged.DefaultRetries)
}
