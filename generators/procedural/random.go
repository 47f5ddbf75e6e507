package procedural

// random is a SplitMix64 stream (Steele, Lea, Flood 2014). It is not
// math/rand, whose sequences are no promise across Go versions.
type random struct{ state uint64 }

// stir is SplitMix64's finaliser.
func stir(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// seedOf folds a name into a seed (FNV-1a, then stirred), so that every
// element has a stream of its own: leaving one out moves no other.
func seedOf(seed uint64, name string) uint64 {
	h := uint64(14695981039346656037) ^ seed
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return stir(h)
}

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	return stir(r.state)
}

// n returns 0..limit-1; 0 for limit <= 1.
func (r *random) n(limit int) int {
	if limit <= 1 {
		return 0
	}
	return int(r.next() >> 33 % uint64(limit))
}

// in returns lo..hi, both included; lo when hi < lo.
func (r *random) in(lo, hi int) int { return lo + r.n(hi-lo+1) }

// chance is true in percent of 100 cases.
func (r *random) chance(percent int) bool { return r.n(100) < percent }

// sign is -1 or 1.
func (r *random) sign() int { return 1 - 2*r.n(2) }

// pick returns one of the choices.
func pick[T any](r *random, choices ...T) T { return choices[r.n(len(choices))] }
