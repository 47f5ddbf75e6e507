package pipeline

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Spending bounds what a run pays for its calls.
type Spending struct {
	LimitUSD float64 // +Inf = no budget: prices are only told
	// Worst is the highest price of one call, known before it is made; 0 for what
	// costs nothing. known is false for an agent that may report any cost: its
	// highest one so far stands in, and its first call is made alone.
	Worst func(Request) (usd float64, known bool)
	// Learn says that Worst may be too low, as a price that a user wrote may: the
	// highest cost of the same release so far stands in then.
	Learn bool
	// Longest is how many tokens an answer may have; 0 = not known. nil = of none.
	Longest func(Request) int
	// Expected is the likely price of one call; nil = not known.
	Expected func(Request) float64
	// More, if not nil, asks others that share a budget to raise the limit, which
	// is keep then: spent, of which so much is paid, and what is set aside. They
	// raise it by usd, at least by need, or not at all; final says that they never
	// will.
	More func(ctx context.Context, keep, spent, need float64) (usd float64, final bool)
}

// Purse keeps a run within its budget: the highest price of a call is set aside
// before it goes out, and given back for what it really cost. It is safe for
// concurrent use.
type Purse struct {
	Spending
	mu       sync.Mutex
	spent    float64
	aside    float64                // sum of reserved
	reserved map[string]reservation // by request ID
	highest  map[string]float64     // reported so far, by release
	short    bool                   // a call was refused: none is admitted any more
	waiting  atomic.Int32           // who wait in Admit
	asking   bool                   // More is under way: nothing is admitted
	settled  chan struct{}          // closed when something that was set aside is given back or booked
}

// reservation is the price set aside for each attempt of one request.
type reservation struct {
	price    float64
	attempts int
}

// NewPurse makes a purse that nothing was taken from.
func NewPurse(s Spending) *Purse {
	return &Purse{Spending: s, reserved: map[string]reservation{}, highest: map[string]float64{}, settled: make(chan struct{})}
}

// Admit sets the prices of requests aside and says for how many, from the first,
// that was possible. It waits while only what is set aside for others stands in
// the way of the first; 0 means that it could go beyond the limit.
func (p *Purse) Admit(ctx context.Context, requests []Request) (n int) {
	for {
		p.mu.Lock()
		for n < len(requests) && p.fits(requests[n]) {
			p.reserve(requests[n])
			n++
		}
		need := p.least(requests[0])
		ask := n == 0 && !p.short && p.More != nil && !p.asking && p.over(p.spent+p.aside+need)
		if n == 0 && !p.short && p.More == nil && p.over(p.spent+need) {
			p.short = true
		}
		short, settled := p.short, p.settled
		p.mu.Unlock()
		if n > 0 || short {
			return n
		}
		var again <-chan time.Time
		if ask {
			got, final := p.ask(ctx, need)
			switch {
			case got:
				continue
			case final && p.refused(need):
				return 0
			}
			again = time.After(askLater)
		}
		if !p.await(ctx, settled, again) {
			return 0
		}
	}
}

// await waits for one of the two; it is false when ctx ends first.
func (p *Purse) await(ctx context.Context, settled <-chan struct{}, again <-chan time.Time) bool {
	p.waiting.Add(1)
	defer p.waiting.Add(-1)
	select {
	case <-settled:
	case <-again:
	case <-ctx.Done():
		return false
	}
	return true
}

// Waited says whether somebody waits for what is set aside for others.
func (p *Purse) Waited() bool { return p.waiting.Load() > 0 }

// Forfeit books what is set aside for requests of which no answer is awaited any
// more, those that lost names, at the highest price.
func (p *Purse) Forfeit(lost func(id string) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, set := range p.reserved {
		if lost(id) {
			delete(p.reserved, id)
			p.aside -= set.price * float64(set.attempts)
			p.spent += set.price * float64(set.attempts)
		}
	}
	p.wake()
}

// askLater is how long others are given to let go of what they hold.
const askLater = 300 * time.Millisecond

// ask asks for a higher limit. What is not used of the present one is given back
// with the question.
func (p *Purse) ask(ctx context.Context, need float64) (got, final bool) {
	p.mu.Lock()
	p.asking = true
	keep, spent := p.spent+p.aside, p.spent
	p.LimitUSD = keep
	p.mu.Unlock()
	usd, final := p.More(ctx, keep, spent, need)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asking = false
	p.LimitUSD += usd
	p.wake()
	return usd > 0, final && usd == 0
}

// refused ends the sending, unless calls under way may still leave enough.
func (p *Purse) refused(need float64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.short = p.short || p.over(p.spent+need)
	return p.short
}

// Again sets the price of a further attempt aside. It does not wait for others:
// the request holds something itself.
func (p *Purse) Again(q Request) bool {
	p.mu.Lock()
	ask := p.More != nil && !p.asking && p.over(p.spent+p.aside+p.least(q))
	p.mu.Unlock()
	if ask {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		p.ask(ctx, p.least(q))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if price := p.least(q); p.over(p.spent + p.aside + price) {
		p.short = true
		p.forfeit(q)
		return false
	}
	p.reserve(q)
	return true
}

// forfeit books all that was set aside for a request that ends without an answer.
func (p *Purse) forfeit(q Request) {
	set := p.reserved[q.ID]
	delete(p.reserved, q.ID)
	p.aside -= set.price * float64(set.attempts)
	p.spent += set.price * float64(set.attempts)
	p.wake()
}

// wake lets those who wait look again.
func (p *Purse) wake() {
	close(p.settled)
	p.settled = make(chan struct{})
}

// fits says whether a request can be sent beside those under way.
func (p *Purse) fits(q Request) bool {
	price, known := p.price(q)
	return !p.short && !p.asking && !p.over(p.spent+p.aside+price) && (known || len(p.reserved) == 0)
}

func (p *Purse) reserve(q Request) {
	price := p.least(q)
	p.reserved[q.ID] = reservation{price, p.reserved[q.ID].attempts + 1}
	p.aside += price
}

// least is the price as far as it is known.
func (p *Purse) least(q Request) float64 {
	usd, _ := p.price(q)
	return usd
}

// price is the most that one attempt can cost, as far as that is known.
func (p *Purse) price(q Request) (usd float64, known bool) {
	if usd, known = p.Worst(q); known {
		if p.Learn {
			usd = max(usd, p.highest[q.Release])
		}
		return usd, true
	}
	usd, known = p.highest[q.Release]
	return usd, known
}

// over allows for the rounding of sums.
func (p *Purse) over(usd float64) bool { return usd > p.LimitUSD*(1+1e-9)+1e-12 }

// Settle replaces what was set aside for a request by what it cost. An attempt
// that does not say what it cost, or whether it was carried out, is booked at
// its highest price.
func (p *Purse) Settle(q Request, a Asset) {
	p.mu.Lock()
	defer p.mu.Unlock()
	set := p.reserved[q.ID]
	delete(p.reserved, q.ID)
	p.aside -= set.price * float64(set.attempts)
	p.spent += a.CostUSD + set.price*float64(a.Uncertain)
	if a.Unpriced {
		p.spent += set.price
	}
	p.highest[q.Release] = max(p.highest[q.Release], a.CostUSD)
	p.wake()
}

// Book books what an earlier start of the run paid for a request, and the sends
// of which nobody knows whether they were carried out, at the highest price.
func (p *Purse) Book(q Request, usd float64, uncertain int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.highest[q.Release] = max(p.highest[q.Release], usd)
	p.spent += usd + p.least(q)*float64(uncertain)
}

// Seen takes in what a request like q cost in an earlier start, which is booked
// otherwise.
func (p *Purse) Seen(q Request, usd float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.highest[q.Release] = max(p.highest[q.Release], usd)
}

// Held is what is set aside for calls under way.
func (p *Purse) Held() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.aside
}

// State is what was paid, and whether a call was refused for it.
func (p *Purse) State() (spent float64, short bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spent, p.short
}

// Spend books what was paid for sure.
func (p *Purse) Spend(usd float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spent += usd
}
