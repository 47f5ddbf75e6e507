// Package ci says what a branch calls for: which objects it changes and how
// much, which agents that reaches, and which tests, evals and deployments
// follow. Make decides from facts alone; Collect gathers them from git.
package ci

import (
	"slices"

	"github.com/GaboBase/arch-genops/internal/config"
	"github.com/GaboBase/arch-genops/semdiff"
)

// Gate is what a change calls for.
type Gate string

// The gates, from the least strict.
const (
	Skip  Gate = "skip"  // no eval
	Smoke Gate = "smoke" // a quick look with a limit of cases
	Full  Gate = "full"  // the whole eval, then deployment
	Block Gate = "block" // a person decides; the evals run all the same
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
	switch v {
	case semdiff.Identical:
		return Skip
	case semdiff.Formatting:
		return Gate(g.Formatting)
	case semdiff.Reworded:
		return Gate(g.Reworded)
	case semdiff.Changed:
		return Gate(g.Changed)
	}
	return Gate(g.Breaking)
}
