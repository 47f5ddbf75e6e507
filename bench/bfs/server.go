package main

import (
	"math"
	"math/rand/v2"
	"time"
)

// provider is a simulated provider of assets.
type provider struct {
	name       string
	width      int           // calls at once; one more is a 429. It is the client's width, too
	perMinute  float64       // calls a minute that are taken, a tenth of that in a burst; one more is a 429; 0 = no limit
	told       bool          // whether the client was told that limit
	median     time.Duration // of a call's time, which is log-normal
	sigma      float64       // of its logarithm
	stragglers float64       // share of calls that take late times as long
	late       float64
	fails      float64 // share of calls that fail for the moment, and are not billed
	price      float64 // of one call that is answered, USD
	local      bool    // it runs on the accelerator, one call at a time, which layer 3 needs as well
}

// mean is that of a call's time.
func (p *provider) mean() time.Duration {
	m := float64(p.median) * math.Exp(p.sigma*p.sigma/2)
	return time.Duration(m * (1 + p.stragglers*max(p.late-1, 0)))
}

// speed is how many calls a second it can answer.
func (p *provider) speed() float64 {
	at := p.width
	if p.local {
		at = 1
	}
	s := float64(at) / p.mean().Seconds()
	if p.perMinute > 0 {
		s = min(s, p.perMinute/60)
	}
	return s
}

// fate is how a call goes.
type fate struct {
	takes time.Duration
	fails bool
}

// fate of the nth call for an item: the same in whichever order they are made.
func (p *provider) fate(seed uint64, item, nth int) fate {
	rng := rand.New(rand.NewPCG(seed, uint64(item)<<20|uint64(nth)))
	takes := float64(p.median) * math.Exp(p.sigma*rng.NormFloat64())
	if rng.Float64() < p.stragglers {
		takes *= p.late
	}
	return fate{time.Duration(takes), rng.Float64() < p.fails}
}

// server is the other side of a provider: it turns away what is too much.
type server struct {
	*provider
	tokens   bucket
	inFlight int
	taken    int // calls
	rejected int // 429s
	most     int // in flight, ever
}

func newServer(p *provider) *server { return &server{provider: p, tokens: newBucket(p.perMinute)} }

// take takes a call, or says after how many whole seconds to come again.
func (s *server) take(now time.Duration) (retryAfter time.Duration, ok bool) {
	switch wait := s.tokens.wait(now); {
	case !s.local && s.inFlight >= s.width:
		retryAfter = time.Second
	case wait > 0:
		retryAfter = (wait + time.Second - 1).Truncate(time.Second)
	default:
		s.tokens.take()
		s.inFlight++
		s.taken++
		s.most = max(s.most, s.inFlight)
		return 0, true
	}
	s.rejected++
	return retryAfter, false
}

func (s *server) end() { s.inFlight-- }

// bucket holds what a tenth of a minute brings, at least one, and is full at
// first.
type bucket struct {
	every  time.Duration // between two tokens; 0 = no limit
	most   float64
	tokens float64
	at     time.Duration
}

func newBucket(perMinute float64) bucket {
	if perMinute <= 0 {
		return bucket{}
	}
	most := max(perMinute/10, 1)
	return bucket{every: time.Duration(float64(time.Minute) / perMinute), most: most, tokens: most}
}

// wait is the time until there is a token; 0 = there is one.
func (b *bucket) wait(now time.Duration) time.Duration {
	if b.every == 0 {
		return 0
	}
	b.tokens = min(b.most, b.tokens+float64(now-b.at)/float64(b.every))
	b.at = now
	if b.tokens >= 1 {
		return 0
	}
	return max(time.Duration(math.Ceil((1-b.tokens)*float64(b.every))), 1)
}

// take takes a token that is there.
func (b *bucket) take() {
	if b.every > 0 {
		b.tokens--
	}
}
