package pipeline

import "time"

// ProviderProgress counts the requests of one provider.
type ProviderProgress struct {
	Name     string  `json:"name"`
	Queued   int     `json:"queued"` // not sent yet, those in doubt included
	InFlight int     `json:"in_flight"`
	Done     int     `json:"done"`
	Failed   int     `json:"failed"`
	Held     int     `json:"held,omitempty"`
	Width    int     `json:"width"` // calls that may be in flight now
	SpentUSD float64 `json:"spent_usd"`
	Limited  int     `json:"limited,omitempty"` // how often the width went down since the start
}

// SynthesisProgress is what a live view shows of layer 2.
type SynthesisProgress struct {
	Providers []ProviderProgress
	Elapsed   time.Duration
	Last      bool // nothing comes after it
}

func (c *ProviderProgress) add(state uint8, n int) {
	switch state {
	case open, ambiguous:
		c.Queued += n
	case succeeded:
		c.Done += n
	case failed:
		c.Failed += n
	case held:
		c.Held += n
	}
}

// seen takes in how many calls may be under way.
func (s *Synthesis) seen(name string, width int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.count[name]
	if width < c.Width {
		c.Limited++
	}
	c.Width = width
}

func (s *Synthesis) progress(last bool) {
	if s.Progress == nil {
		return
	}
	p := s.Now()
	p.Last = last
	s.Progress(p)
}

// Now is the present state; before Run there is none.
func (s *Synthesis) Now() SynthesisProgress {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := SynthesisProgress{Elapsed: time.Since(s.began)}
	for _, name := range sortedKeys(s.count) {
		p.Providers = append(p.Providers, *s.count[name])
	}
	return p
}
