package cli

import (
	"context"

	"github.com/GaboBase/arch-genops/ci"
	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/semdiff"
)

// mostSaid is how many changes are told in words.
const mostSaid = 5

// compareObjects says in short what changed in meaning between two versions, as
// diff shows it in full.
func compareObjects(ctx context.Context, before, after *registry.Object) (registry.Change, error) {
	c := registry.Change{Verdict: semdiff.Identical.String(), Say: []string{}}
	if before.Digest == after.Digest {
		return c, nil
	}
	r, err := ci.Compare(ctx, before, after, semdiff.Options{})
	if err != nil {
		return c, err
	}
	for _, change := range r.Changes {
		if len(c.Say) < mostSaid {
			c.Say = append(c.Say, change.Say)
		} else {
			c.Rest++
		}
	}
	c.Verdict = r.Verdict.String()
	return c, nil
}
