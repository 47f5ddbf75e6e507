package main

import (
	"math/rand/v2"
	"slices"
)

// trap is a sentence in two forms that go wrong easily. It is put into both
// versions of a prompt in its first or its second form. A sentence belongs to
// the half of its own hash, so that no half learns the other one's sentences.
type trap struct {
	name          string
	kind          kind
	before, after string
}

var traps = slices.Concat(sameTraps, changedTraps)

// trapPrefix begins the names of the mutators that plant sentences.
const trapPrefix = "trap: "

func plantedMutators() []mutator {
	var all []mutator
	for _, t := range traps {
		if !slices.ContainsFunc(all, func(m mutator) bool { return m.name == t.name }) {
			all = append(all, mutator{t.name, t.kind, func(d *document, r *rand.Rand) []edit { return planted(d, r, t.name) }})
		}
	}
	return all
}

// planted puts each sentence of the trap, of the prompt's half, somewhere into
// the document, in either direction.
func planted(d *document, r *rand.Rand, name string) []edit {
	var places []line
	for i, l := range d.lines {
		if (l.kind == bullet || l.kind == prose) && d.whole(l) && (i+1 == len(d.lines) || d.lines[i+1].kind == blank) {
			places = append(places, l)
		}
	}
	if len(places) == 0 {
		return nil
	}
	var all []edit
	for _, t := range traps {
		if t.name != name || half(t.before) != half(d.name) {
			continue
		}
		l := places[r.IntN(len(places))]
		before, after := t.before, t.after
		if r.IntN(2) == 0 {
			before, after = after, before
		}
		lead := " "
		if l.kind == bullet {
			lead = "\n" + d.text[l.start:l.body]
		}
		plant := splice{l.end, l.end, lead + before}
		at := l.end + len(lead)
		all = append(all, edit{plant: &plant, splices: []splice{{at, at + len(before), after}}})
	}
	return all
}
