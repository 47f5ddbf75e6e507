package pipeline

import (
	"maps"
	"slices"
	"strconv"
)

// size is how many items the brief has.
func (b *Brief) size() int { return max(1, len(b.Entries)) }

// ask is everything that holds for an item.
func (b *Brief) ask(item int) Ask {
	all := b.Top.over(b.Defaults)
	if len(b.Entries) > 0 {
		all = b.Entries[item].Ask.over(all)
	}
	return all
}

// paths are the places where an item's key may stand, the strongest first.
func (b *Brief) paths(item int, key string) []string {
	if len(b.Entries) > 0 && item >= 0 {
		return []string{"items[" + strconv.Itoa(item) + "]." + key, key, "defaults." + key}
	}
	return []string{key, "defaults." + key}
}

// own says whether the item itself has exclusions, rather than its defaults.
func (b *Brief) ownExclusions(item int) bool {
	return len(b.Entries) == 0 || b.Entries[item].Exclude != nil
}

// seed is the item's own seed, else that of the whole brief; own tells which.
// Item -1 has none of its own.
func (b *Brief) seed(item int) (seed *Seed, own bool) {
	if item >= 0 && len(b.Entries) > 0 && b.Entries[item].Seed != nil {
		return b.Entries[item].Seed, true
	}
	if b.Top.Seed != nil {
		return b.Top.Seed, len(b.Entries) == 0
	}
	return b.Defaults.Seed, len(b.Entries) == 0
}

// over returns a with what it leaves open taken from base.
func (a Ask) over(base Ask) Ask {
	if a.Prompt.Text == "" && a.Prompt.File == "" {
		a.Prompt = base.Prompt
	}
	or(&a.Title, base.Title)
	or(&a.Format, base.Format)
	or(&a.Seed, base.Seed)
	or(&a.Count, base.Count)
	or(&a.Sample, base.Sample)
	or(&a.Stimulus, base.Stimulus)
	from := base.choices()
	for i, to := range a.choices() {
		if !to.set {
			*to = *from[i]
		}
	}
	list(&a.Negative, base.Negative)
	list(&a.Text, base.Text)
	list(&a.Generators, base.Generators)
	list(&a.LoRAs, base.LoRAs)
	list(&a.Hypernetworks, base.Hypernetworks)
	list(&a.Embeddings, base.Embeddings)
	list(&a.References, base.References)
	list(&a.Exclude, base.Exclude)
	a.Weights = merged(a.Weights, base.Weights)
	a.Params = merged(a.Params, base.Params)
	a.Slots = a.Slots.over(base.Slots)
	return a
}

func or[T comparable](to *T, from T) {
	var zero T
	if *to == zero {
		*to = from
	}
}

// list takes over a list that is not given; an empty one is.
func list[S ~[]T, T any](to *S, from S) {
	if *to == nil {
		*to = from
	}
}

func merged[V any](own, base map[string]V) map[string]V {
	if len(own) == 0 || len(base) == 0 {
		if len(own) == 0 {
			return base
		}
		return own
	}
	all := maps.Clone(base)
	maps.Copy(all, own)
	return all
}

// over keeps the order of the base and puts new slots behind.
func (s Slots) over(base Slots) Slots {
	if len(s) == 0 || len(base) == 0 {
		return append(s[:len(s):len(s)], base...)
	}
	all := slices.Clone(base)
	for _, slot := range s {
		if i := all.index(slot.Name); i >= 0 {
			all[i] = slot
		} else {
			all = append(all, slot)
		}
	}
	return all
}

func (s Slots) index(name string) int {
	return slices.IndexFunc(s, func(slot Slot) bool { return slot.Name == name })
}
