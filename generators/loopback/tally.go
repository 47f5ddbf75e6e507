package loopback

import (
	"encoding/json"
	"maps"
	"net/http"
	"sync"
)

// JobTally counts what became of one job of a caller's.
type JobTally struct {
	Submitted int     `json:"submitted"`     // accepted: at least queued
	Made      int     `json:"made"`          // carried out to the end
	Billed    int     `json:"billed"`        // that a provider would charge
	USD       float64 `json:"usd,omitempty"` // charged
}

// Tally counts per job, by the ID that the caller gave it; it survives Stop. Its
// zero value is ready, and its methods are safe for concurrent use.
type Tally struct {
	mu   sync.Mutex
	jobs map[string]JobTally
}

// Stats is a snapshot of a Tally.
type Stats struct {
	Jobs      map[string]JobTally `json:"jobs"`
	Submitted int                 `json:"submitted"` // sums
	Made      int                 `json:"made"`
	Billed    int                 `json:"billed"`
	USD       float64             `json:"usd"`
	Repeated  int                 `json:"repeated"` // charges beyond the first of each job
}

// Add adds to a job's counts.
func (t *Tally) Add(job string, more JobTally) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.jobs == nil {
		t.jobs = map[string]JobTally{}
	}
	j := t.jobs[job]
	j.Submitted += more.Submitted
	j.Made += more.Made
	j.Billed += more.Billed
	j.USD += more.USD
	t.jobs[job] = j
}

// Stats is the state of now.
func (t *Tally) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := Stats{Jobs: maps.Clone(t.jobs)}
	if s.Jobs == nil {
		s.Jobs = map[string]JobTally{}
	}
	for _, j := range s.Jobs {
		s.Submitted += j.Submitted
		s.Made += j.Made
		s.Billed += j.Billed
		s.USD += j.USD
		s.Repeated += max(j.Billed-1, 0)
	}
	return s
}

// ServeHTTP answers with the Stats as JSON.
func (t *Tally) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(t.Stats()) // counts can always be encoded
}
