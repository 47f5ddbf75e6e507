package main

import "time"

// reply is the end of one attempt.
type reply struct {
	ok, limited bool
	retryAfter  time.Duration
}

// call makes one attempt for an item.
func (s *sim) call(i int, done func(reply)) {
	v, _ := s.serverOf(i)
	wait, ok := v.take(s.now)
	if !ok {
		s.items[i].limited++
		s.after(roundTrip, func() { done(reply{limited: true, retryAfter: wait}) })
		return
	}
	it := &s.items[i]
	f := v.fate(s.seed, i, it.calls)
	it.calls++
	end := func() {
		v.end()
		s.result.last = max(s.result.last, s.now)
		if f.fails {
			it.fails++
			done(reply{})
			return
		}
		s.result.paid += v.price
		it.bought = true
		done(reply{ok: true})
	}
	if v.local {
		s.device.add(maker, f.takes, end)
		return
	}
	s.after(f.takes, end)
}

// known says whether what an item asks for was made already, for a twin.
func (s *sim) known(i int) bool {
	t := s.items[i].twin
	if t < 0 || s.items[t].state != made && s.items[t].state != delivered {
		return false
	}
	s.result.reused++
	return true
}

// gaveUp says whether an item is not tried again. Where limits are kept that is
// as pipeline.Sweep does, which takes 20 rejections; those who call without
// regard to others go on for ever.
func (s *sim) gaveUp(i int) bool {
	return s.items[i].fails > retries || s.arm.limits && s.items[i].limited > rejections
}

// backoff is what pipeline.Sweep waits before the next attempt: what was asked
// for plus up to a quarter, else 0.25 s doubling up to 16 s, half of it drawn.
// Those who call without regard to others would be turned away for ever at
// that pace, so they wait longer with every 429, up to a minute, as the clients
// of providers do.
func (s *sim) backoff(i int, asked time.Duration) time.Duration {
	it := &s.items[i]
	if asked > 0 && !s.arm.limits {
		asked = max(asked, min(time.Second<<min(it.limited-1, 6), time.Minute))
		return asked/2 + time.Duration(s.rng.Int64N(int64(asked)))
	}
	if asked > 0 {
		return asked + time.Duration(s.rng.Int64N(int64(asked/4)+1))
	}
	d := 250 * time.Millisecond << min(it.fails+it.limited-1, 6)
	return d/2 + time.Duration(s.rng.Int64N(int64(d/2)+1))
}
