package procedural

// river winds from the hills towards the viewer, the sky in it.
func (s *stage) river(r *random) {
	s.use("river")
	phase, bends := r.n(one), r.in(90, 150)
	var left, right []pt
	const n = 40
	for i := range n + 1 {
		t := i * one / n
		near := t * t >> 16 // rows crowd together far away
		y := s.horizon + s.k(40) + (s.h*px-s.horizon)*near>>16
		swing := (s.k(40) + s.k(240)*t>>16) * sin(phase+t*bends/100) >> 16
		x := s.fx(500) + swing
		half := s.k(3) + s.k(70)*near>>16
		left, right = append(left, pt{x - half, y}), append(right, pt{x + half*115/100, y})
	}
	bank := new(path)
	bank.starts = []int{0}
	bank.pts = append(bank.pts, left...)
	for i := len(right) - 1; i >= 0; i-- {
		bank.pts = append(bank.pts, right[i])
	}
	s.fill(bank.shifted(0, -s.k(4)), glass(s.pal.near, one*45/100))
	s.fill(bank, down(s.horizon, s.h*px, s.pal.low.light(one/6), s.pal.sky.to(s.pal.water, one/2), s.pal.water))
	s.shimmer(s.horizon+s.k(60), s.h*px, s.pal.light, 16, "river")
	if s.without["trees"] {
		return
	}
	for i := 6; i < n; i++ { // woods on the banks
		for _, q := range []pt{left[i], right[i]} {
			if r.chance(55) {
				d := s.k(6) + s.k(34)*(i*i*one/(n*n))>>16
				off := d * r.in(12, 40) / 10
				if q == left[i] {
					off = -off
				}
				s.foliage(pt{q.x + off, q.y - d/2}, d, d*75/100, s.pal.ground.to(s.pal.near, one*r.in(20, 50)/100), r)
			}
		}
	}
}
