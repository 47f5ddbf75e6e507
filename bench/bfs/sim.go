package main

import (
	"math/rand/v2"
	"time"
)

// sim is one run of a scenario in one order.
type sim struct {
	clock
	scenario *scenario
	arm      arm
	seed     uint64
	rng      *rand.Rand // of what depends on the order: jitter
	items    []item
	servers  []*server
	clients  []*client // where the limits are kept
	device   *device   // holds layer 3's model, and that of a local provider
	layer1   pool
	layer4   pool
	waves    waves
	backlog  int // the next item that a worker takes
	faulty   int // the item whose request shows the fault
	stopped  bool
	seen     int // assets that were looked at for the fault
	result   result
}

// item is one asset that is asked for.
type item struct {
	bought  bool
	twin    int // an earlier item that asks for the same; -1 = none
	calls   int
	fails   int // attempts that failed for the moment
	limited int // 429s
	state   state
}

type state uint8

const (
	open state = iota
	made
	failed
	delivered
)

// newSim prepares a run. Equal arguments give equal runs.
func newSim(sc *scenario, a arm, seed uint64) *sim {
	s := &sim{scenario: sc, arm: a, seed: seed, rng: rand.New(rand.NewPCG(seed, 99)), items: make([]item, sc.items)}
	draw := rand.New(rand.NewPCG(seed, 98)) // the same for all orders
	for i := range s.items {
		s.items[i].twin = -1
		if i > 0 && draw.Float64() < sc.twins {
			s.items[i].twin = draw.IntN(i)
			if t := s.items[s.items[i].twin].twin; t >= 0 {
				s.items[i].twin = t
			}
		}
	}
	s.faulty = draw.IntN(max(sc.items, 1))
	for _, p := range sc.providers {
		v := newServer(p)
		s.servers = append(s.servers, v)
		s.clients = append(s.clients, newClient(s, v))
	}
	s.device = &device{clock: &s.clock, load: [3]time.Duration{0, sc.loadMaker, sc.loadJudge}, idle: sc.idle, inARow: sc.inARow, fits: sc.fits}
	s.layer1 = pool{clock: &s.clock, width: optimizers}
	s.layer4 = pool{clock: &s.clock, width: deliverers}
	s.result.first = -1
	return s
}

// simulate runs a scenario in one order and returns what came of it.
func simulate(sc *scenario, a arm, seed uint64) result {
	s := newSim(sc, a, seed)
	s.start()
	s.run()
	return s.end()
}

func (s *sim) start() {
	switch {
	case s.arm.workers:
		for _, v := range s.servers {
			for range v.width {
				s.takeNext()
			}
		}
	default:
		s.waves = newWaves(s)
		for i := range s.items {
			s.optimize(i)
		}
	}
}

// takeNext gives a worker that is free its next item.
func (s *sim) takeNext() {
	if s.backlog < len(s.items) && !s.stopped {
		s.backlog++
		s.optimize(s.backlog - 1)
	}
}

func (s *sim) serverOf(i int) (*server, *client) {
	n := i % len(s.servers)
	return s.servers[n], s.clients[n]
}

// optimize is layer 1.
func (s *sim) optimize(i int) {
	s.layer1.add(s.scenario.optimize, func() {
		if s.stopped {
			return
		}
		if s.scenario.fault.layer == 1 && i == s.faulty {
			s.found()
			return
		}
		if s.arm.barrier {
			s.waves.optimized()
			return
		}
		s.synthesize(i)
	})
}

// synthesize is layer 2.
func (s *sim) synthesize(i int) {
	if s.stopped {
		return
	}
	_, c := s.serverOf(i)
	if s.arm.limits {
		c.add(i)
		return
	}
	if s.known(i) {
		s.made(i, true)
		return
	}
	s.direct(i)
}

// direct calls until there is an answer, without regard to others.
func (s *sim) direct(i int) {
	if s.stopped {
		return
	}
	s.call(i, func(r reply) {
		if r.ok || s.gaveUp(i) || s.stopped {
			s.made(i, r.ok)
			return
		}
		s.after(s.backoff(i, r.retryAfter), func() { s.direct(i) })
	})
}

// made takes in that layer 2 is through with an item.
func (s *sim) made(i int, ok bool) {
	if s.stopped {
		return
	}
	s.items[i].state = failed
	s.result.synthesized = s.now
	if ok {
		s.items[i].state = made
		s.look(2)
	}
	switch {
	case s.stopped:
	case s.arm.barrier:
		s.waves.made(i)
	case ok:
		s.assure(i)
	default:
		s.finished()
	}
}

// assure is layer 3.
func (s *sim) assure(i int) {
	s.device.add(judge, s.scenario.judge, func() {
		if s.stopped {
			return
		}
		if s.look(3); s.stopped {
			return
		}
		if s.arm.barrier {
			s.waves.judged(i)
			return
		}
		s.deliver(i)
	})
}

// deliver is layer 4.
func (s *sim) deliver(i int) {
	s.layer4.add(deliver, func() {
		if s.stopped {
			return
		}
		s.items[i].state = delivered
		s.result.delivered++
		s.result.last = s.now
		if s.result.first < 0 {
			s.result.first = s.now
		}
		if s.arm.barrier {
			s.waves.delivered()
			return
		}
		s.finished()
	})
}

// finished frees the worker of an item.
func (s *sim) finished() {
	if s.arm.workers {
		s.takeNext()
	}
}

// look counts an asset that somebody or something sees in a layer.
func (s *sim) look(layer int) {
	f := s.scenario.fault
	if f.layer != layer {
		return
	}
	if s.seen++; s.seen == min(f.after, max(len(s.items)/2, 1)) {
		if f.read == 0 {
			s.found()
			return
		}
		s.after(f.read, s.found)
	}
}

// found ends the run: nothing is sent any more.
func (s *sim) found() {
	if s.stopped || s.over() {
		return
	}
	s.stopped = true
	s.result.found = s.now
	s.result.escaped = s.result.delivered
	s.device.queue = [3][]job{}
}

// over says whether every item has its end.
func (s *sim) over() bool {
	for i := range s.items {
		if st := s.items[i].state; st == open || st == made {
			return false
		}
	}
	return true
}
