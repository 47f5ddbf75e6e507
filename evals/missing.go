package evals

// missing lists the slots without a result for a draw, in drawn order. The two
// arms of a case follow each other, which one first is random in the seed.
// Further draws are made only of cases that were judged, and beyond repeats only
// of those that flip.
func (r *runner) missing(draw int) []slot {
	var out []slot
	for pos, j := range r.tally.first[:r.plan.last] {
		at := slot{pos: pos, draw: draw}
		switch {
		case draw == 1:
			pair := [2]bool{j == nil, r.tally.base != nil && r.tally.base[pos] == nil}
			for i, base := range [2]bool{false, true} {
				pair[i] = pair[i] && !r.isLeft(slot{pos: pos, draw: 1, base: base})
			}
			baseFirst := mix(r.m.Seed+uint64(pos))&1 == 1
			for _, base := range [2]bool{baseFirst, !baseFirst} {
				if base && pair[1] || !base && pair[0] {
					out = append(out, slot{pos: pos, draw: 1, base: base})
				}
			}
		case j == nil || r.tally.get(at) != nil || r.isLeft(at):
		case draw <= r.plan.repeats || r.tally.unsettled(pos):
			out = append(out, at)
		}
	}
	return out
}

// mix spreads the bits of a number (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// isLeft says whether a slot has an answer that is still to be judged.
func (r *runner) isLeft(at slot) bool {
	_, left := r.judgings.left[at]
	return left
}
