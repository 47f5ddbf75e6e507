package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// perMutator is how many edits of a prompt one mutator gives at most; sentences
// that are planted are few, so each of their tables gives one.
const perMutator = 3

// pair is two versions of a text, with the truth about them.
type pair struct {
	ID     string `json:"id"`
	Before string `json:"before"`
	After  string `json:"after"`
	Label  string `json:"label"` // preserved or changed
	Kind   kind   `json:"kind,omitempty"`

	raw                     json.RawMessage // id as an outside file gives it: a string or a number
	mutator                 string
	beforeLines, afterLines map[int]bool // where the meaning changed; nil if unknown
}

func (p pair) changed() bool { return p.Label == "changed" }

const (
	mixedChanged   = "mixed: cosmetic edits and a change"
	mixedPreserved = "mixed: cosmetic edits only"
)

// pairsOf are the pairs of one prompt: the edits of each mutator by itself and
// commits that mix them. The same prompt always gives the same pairs.
func pairsOf(p prompt, ms []mutator) []pair {
	d := parse(p)
	var all []pair
	var cosmetic, real []edit
	var kinds []kind
	for _, m := range ms {
		edits := sample(d, m)
		limit := min(len(edits), perMutator)
		if limit > 0 && strings.HasPrefix(m.name, trapPrefix) {
			limit = 1
		}
		for i, e := range edits[:limit] {
			id := fmt.Sprintf("%s/%s/%d", p.name, m.name, i+1)
			all = append(all, e.pair(p.text, id, m.name, m.kind, e))
		}
		for _, e := range edits[:min(len(edits), 1)] {
			switch {
			case e.plant != nil:
			case m.changes():
				real, kinds = append(real, e), append(kinds, m.kind)
			default:
				cosmetic = append(cosmetic, e)
			}
		}
	}
	r := random(p.name + "/mixed")
	for i := range 3 {
		if e, n := mix(p.text, r, cosmetic, nil); n >= 3 {
			all = append(all, e.pair(p.text, fmt.Sprintf("%s/%s/%d", p.name, mixedPreserved, i+1), mixedPreserved, "", e))
		}
	}
	for i := range min(3, len(real)) {
		j := r.IntN(len(real))
		if e, n := mix(p.text, r, cosmetic, &real[j]); n >= 2 {
			all = append(all, e.pair(p.text, fmt.Sprintf("%s/%s/%d", p.name, mixedChanged, i+1), mixedChanged, kinds[j], real[j]))
		}
	}
	return all
}

// sample shuffles the edits of a mutator, so that the first ones come from
// everywhere in the text.
func sample(d *document, m mutator) []edit {
	r := random(d.name + "/" + m.name)
	edits := m.edits(d, r)
	r.Shuffle(len(edits), func(i, j int) { edits[i], edits[j] = edits[j], edits[i] })
	seen := map[string]bool{}
	var all []edit
	for _, e := range edits {
		before, after := e.texts(d.text)
		if before != after && !seen[after] {
			seen[after] = true
			all = append(all, e)
		}
	}
	return all
}

func random(seed string) *rand.Rand { return rand.New(rand.NewPCG(hash(seed), 1)) }

// mix joins up to four cosmetic edits with what changes the meaning, if
// anything; it returns how many cosmetic ones there are.
func mix(text string, r *rand.Rand, cosmetic []edit, change *edit) (edit, int) {
	var parts []edit
	if change != nil {
		parts = append(parts, *change)
	}
	n := 0
	for _, i := range r.Perm(len(cosmetic)) {
		if _, ok := joined(text, append(parts, cosmetic[i])...); ok && n < 4 {
			parts = append(parts, cosmetic[i])
			n++
		}
	}
	e, _ := joined(text, parts...)
	return e, n
}

// texts are the versions before and after the edit.
func (e edit) texts(text string) (before, after string) {
	if e.plant != nil {
		text = apply(text, []splice{*e.plant})
	}
	return text, apply(text, e.splices)
}

// pair is what the edit makes of the text. change is the part of the edit that
// changes the meaning; a cosmetic part moves its lines.
func (e edit) pair(text, id, mutator string, k kind, change edit) pair {
	before, after := e.texts(text)
	p := pair{ID: id, Before: before, After: after, Label: "preserved", Kind: k, mutator: mutator}
	if k == "" {
		return p
	}
	p.Label = "changed"
	p.beforeLines, p.afterLines = touched(before, e.splices, change.splices)
	return p
}

// benchmark takes one half of the corpus, or all of it, and makes its pairs.
func benchmark(which string) ([]pair, error) {
	ps, err := corpus()
	if err != nil {
		return nil, err
	}
	ms := mutators()
	var all []pair
	for _, p := range ps {
		if which == "all" || half(p.name) == which {
			all = append(all, pairsOf(p, ms)...)
		}
	}
	return all, nil
}

// write prints the pairs as JSON lines.
func write(w io.Writer, pairs []pair) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, p := range pairs {
		if err := enc.Encode(p); err != nil {
			return fmt.Errorf("writing pair %s: %w", p.ID, err)
		}
	}
	return nil
}
