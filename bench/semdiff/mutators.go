package main

import (
	"math/rand/v2"
	"slices"
)

// mutator makes edits of one sort. An empty kind means that they preserve the
// meaning. Every edit of the result is a pair of the benchmark by itself.
type mutator struct {
	name  string
	kind  kind
	edits func(*document, *rand.Rand) []edit
}

func (m mutator) changes() bool { return m.kind != "" }

// mutators are all of them; names are unique.
func mutators() []mutator {
	return slices.Concat(layoutMutators(), wordMutators(), numeralMutators(), syntaxMutators(), templateMutators(),
		negationMutators(), amountMutators(), scopeMutators(), ruleMutators(), labelMutators(), schemaMutators(),
		settingMutators(), roleMutators(), symbolMutators(), plantedMutators())
}

// always makes a mutator's function of one that needs no random numbers.
func always(f func(*document) []edit) func(*document, *rand.Rand) []edit {
	return func(d *document, _ *rand.Rand) []edit { return f(d) }
}

// kind is what a change of the benchmark is about.
type kind string
