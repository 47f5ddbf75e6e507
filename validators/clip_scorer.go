package validators

import (
	"context"
	"errors"

	"github.com/GaboBase/arch-genops/pipeline"
)

// CLIP scores how well an image fits its prompt, and how pleasing it is, by a
// CLIP model. No such model is part of GenOps, and none can be configured yet,
// so it judges nothing: a rule that names it stays undecided.
type CLIP struct{}

// ErrNoCLIP says that there is no model to judge with.
var ErrNoCLIP = errors.New("unavailable: there is no CLIP model; a score is never made up")

// Validate implements pipeline.Validator.
func (CLIP) Validate(context.Context, pipeline.Subject) (pipeline.Finding, error) {
	return pipeline.Finding{}, ErrNoCLIP
}
