package main

import "time"

// scenario is a batch and where it is made.
type scenario struct {
	name, label string
	items       int
	twins       float64 // share of items that ask for exactly what an earlier one asks for
	providers   []*provider
	optimize    time.Duration // of one item in layer 1, four at a time
	judge       time.Duration // of one asset in layer 3, one at a time
	loadJudge   time.Duration // of layer 3's model
	loadMaker   time.Duration // of a local provider's model
	idle        time.Duration // after which a model that is not used is evicted; 0 = never
	inARow      int           // jobs of the loaded model before one of the other that waits
	fits        bool          // both models are in the accelerator's memory at once
	fault       fault
}

// fault is a mistake of the whole batch, such as a wrong style. Where it is
// seen, the run is stopped and all that it paid is lost.
type fault struct {
	layer int           // 0 = none. 1: one item's request shows it; 2: a person who looks at the assets; 3: a verdict
	after int           // so many assets must be seen, in layers 2 and 3
	read  time.Duration // that a person takes to see it
}

const (
	optimizers = 4
	deliverers = 4 // as many as genops has
	deliver    = 150 * time.Millisecond
	retries    = 3
	rejections = 20
	pilotSize  = 20
	roundTrip  = 50 * time.Millisecond // of a call that is turned away
)

func scenarios() []scenario {
	local := func() []*provider {
		return []*provider{{name: "local", width: 2, median: 3 * time.Second, sigma: 0.1, fails: 0.005, local: true}}
	}
	paid := func() []*provider {
		return []*provider{
			{name: "fast", width: 40, perMinute: 150, told: true, median: 12 * time.Second, sigma: 0.3, fails: 0.02, price: 0.04},
			{name: "slow", width: 40, perMinute: 60, told: true, median: 20 * time.Second, sigma: 0.4, fails: 0.03, price: 0.03},
		}
	}
	tail := func() []*provider {
		p := paid()
		for _, p := range p {
			p.stragglers, p.late = 0.03, 12
		}
		return p
	}
	clip := 120 * time.Millisecond
	base := scenario{items: 500, twins: 0.05, optimize: 20 * time.Millisecond, judge: clip, loadJudge: 15 * time.Second, inARow: 16}
	with := func(name, label string, change func(*scenario)) scenario {
		s := base
		s.name, s.label, s.providers = name, label, paid()
		change(&s)
		return s
	}
	onOne := func(s *scenario) {
		s.providers, s.loadMaker, s.items = local(), 20*time.Second, 300
	}
	return []scenario{
		with("local", "local provider, one accelerator for layers 2 and 3", onOne),
		with("heavy", "the same, layer 3's model loads in 90 s", func(s *scenario) { onOne(s); s.loadJudge = 90 * time.Second }),
		with("both", "the same, both models fit in its memory", func(s *scenario) { onOne(s); s.fits = true }),
		with("paid", "two paid providers with rate limits", func(*scenario) {}),
		with("untold", "two paid, one limit is not configured", func(s *scenario) { s.providers[1].told = false }),
		with("tail", "two paid, 3 % of calls take 12 times as long", func(s *scenario) { s.providers = tail() }),
		with("judge", "two paid, layer 3 as slow as layer 2", func(s *scenario) { s.judge = 500 * time.Millisecond }),
		with("small", "two paid, a batch of 5", func(s *scenario) { s.items, s.twins = 5, 0 }),
		with("large", "two paid, a batch of 5,000", func(s *scenario) { s.items = 5000 }),
		with("plan", "one request of the batch shows it", func(s *scenario) { s.fault = fault{layer: 1} }),
		with("person", "a person sees it in 10 pictures, in 2 min", func(s *scenario) { s.fault = fault{2, 10, 2 * time.Minute} }),
		with("verdict", "20 verdicts of layer 3 show it", func(s *scenario) { s.fault = fault{layer: 3, after: 20} }),
		with("late", "250 verdicts of layer 3 show it", func(s *scenario) { s.fault = fault{layer: 3, after: 250} }),
	}
}

// arm is an order of work.
type arm struct {
	name, label string
	barrier     bool // a layer is complete before the next begins
	pilot       int  // so many items go through layers 2 to 4 before the others; 0 = none
	workers     bool // as many as the providers' widths take an item each through all layers
	limits      bool // calls keep to width and rate, as far as those are told
}

func arms() []arm {
	return []arm{
		{name: "breadth", label: "breadth-first", barrier: true, limits: true},
		{name: "pilot", label: "breadth-first after a pilot of 20", barrier: true, pilot: pilotSize, limits: true},
		{name: "depth", label: "depth-first, N workers", workers: true},
		{name: "stream", label: "streaming within the limits", limits: true},
		{name: "unbounded", label: "streaming, all at once"},
	}
}
