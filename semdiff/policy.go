package semdiff

// Gate is what continuous integration does about a change.
type Gate string

const (
	Skip  Gate = "skip"  // the cached result stands
	Smoke Gate = "smoke" // a small sequential evaluation
	Full  Gate = "full"  // the full evaluation, then a canary
	Block Gate = "block" // stop until a person agrees
)

// Policy says which gate a verdict calls for. Verdicts that it does not name
// are those of DefaultPolicy.
type Policy map[Verdict]Gate

// DefaultPolicy returns the gates used where nothing is configured.
func DefaultPolicy() Policy {
	return Policy{Identical: Skip, Formatting: Skip, Reworded: Smoke, Changed: Full, Breaking: Block}
}

// Gate returns the gate for a verdict.
func (p Policy) Gate(v Verdict) Gate {
	if g, ok := p[v]; ok {
		return g
	}
	return DefaultPolicy()[v]
}
