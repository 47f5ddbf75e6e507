// Package ci says what a branch calls for: which objects it changes and how
// much, which agents that reaches, and which tests, evals and deployments
// follow. Make decides from facts alone; Collect gathers them from git.
package ci

import (
	"slices"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/semdiff"
)

// Gate is what a change calls for; Block means that a person decides, and the
// evals run all the same.
type Gate = semdiff.Gate

// The gates, from the least strict.
const (
	Skip  = semdiff.Skip
	Smoke = semdiff.Smoke
	Full  = semdiff.Full
	Block = semdiff.Block
)

var strictness = []Gate{Skip, Smoke, Full, Block}

// Stricter is the stricter of two gates.
func Stricter(a, b Gate) Gate {
	if slices.Index(strictness, b) > slices.Index(strictness, a) {
		return b
	}
	return a
}

// GateFor is what the project's configuration says of a verdict. Identical
// content calls for nothing.
func GateFor(g config.Gates, v semdiff.Verdict) Gate {
	return semdiff.Policy{semdiff.Formatting: Gate(g.Formatting), semdiff.Reworded: Gate(g.Reworded),
		semdiff.Changed: Gate(g.Changed), semdiff.Breaking: Gate(g.Breaking)}.Gate(v)
}
