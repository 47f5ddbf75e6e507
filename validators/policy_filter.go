package validators

import (
	"context"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// PolicyFilter judges an asset by the words of its prompt and by what the
// provider's moderation said. It does not look at the picture: no model is
// there to do that. Validate is safe for concurrent use.
type PolicyFilter struct{ Policy *Policy }

// Validate implements pipeline.Validator.
func (v PolicyFilter) Validate(_ context.Context, s pipeline.Subject) (pipeline.Finding, error) {
	if s.Asset.Moderated != "" {
		return bad("the provider's moderation: %s", s.Asset.Moderated), nil
	}
	if s.Request.Media != nil {
		if broken := v.Policy.Check(s.Request.Media.Prompt); len(broken) > 0 {
			return bad("%s", strings.Join(broken, "; ")), nil
		}
	}
	return pipeline.Finding{Score: 1, Pass: true}, nil
}
