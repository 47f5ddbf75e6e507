package cli

import (
	"context"

	"github.com/GaboBase/arch-genops/registry"
	"github.com/GaboBase/arch-genops/semdiff"
)

// compareObjects says what changed in meaning between two versions.
func compareObjects(_ context.Context, before, after *registry.Object) (registry.Change, error) {
	if before.Digest == after.Digest {
		return registry.Change{Verdict: semdiff.Identical.String(), Say: []string{}}, nil
	}
	return registry.Change{Verdict: semdiff.Changed.String(), Say: []string{}}, nil
}
