package pipeline

import "math/bits"

// shuffler is a seeded source of numbers: SplitMix64 (Steele, Lea, Flood, 2014).
// It is written out here because what it gives is part of what a brief means:
// no change of a library may change a sample or a choice of keywords.
type shuffler struct{ state uint64 }

func (s *shuffler) next() uint64 {
	s.state += 0x9e3779b97f4a7c15
	z := s.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number in [0,n), n ≥ 1; the bias is less than n/2^64.
func (s *shuffler) below(n int) int {
	hi, _ := bits.Mul64(s.next(), uint64(n))
	return int(hi)
}

// shuffle is Fisher and Yates' in Durstenfeld's form.
func (s *shuffler) shuffle(n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		swap(i, s.below(i+1))
	}
}
