package comfyserver

import (
	"container/heap"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// job is one prompt on its way through the server. After it was queued, only
// the worker changes it, under Server.mu.
type job struct {
	id      string
	number  float64
	raw     json.RawMessage // the workflow as it was sent
	flow    workflow
	extra   map[string]any
	client  string
	outputs []string
	fault   Fault
	created time.Time

	cut            chan struct{} // closed by an interrupt
	started, ended time.Time
	status         string // success or error; "" = not over
	cancelled      bool
	messages       []any
	results        map[string][]file
}

// file is an image as the history names it.
type file struct {
	Name      string `json:"filename"`
	Subfolder string `json:"subfolder"`
	Type      string `json:"type"`
}

// jobHeap orders jobs by their number.
type jobHeap []*job

func (h jobHeap) Len() int           { return len(h) }
func (h jobHeap) Less(i, j int) bool { return h[i].number < h[j].number }
func (h jobHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *jobHeap) Push(x any)        { *h = append(*h, x.(*job)) }
func (h *jobHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

var canonicalUUID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// postPrompt checks a prompt and queues it.
func (s *Server) postPrompt(c *loopback.Call) {
	s.mu.Lock()
	s.prompts++
	n := s.prompts
	s.mu.Unlock()
	fault := None
	if s.opts.Fault != nil {
		fault = s.opts.Fault(n)
	}
	if s.failBefore(c, fault) {
		return
	}
	var in struct {
		Prompt   json.RawMessage `json:"prompt"`
		ClientID string          `json:"client_id"`
		PromptID *string         `json:"prompt_id"`
		Extra    map[string]any  `json:"extra_data"`
		Front    bool            `json:"front"`
		Number   *float64        `json:"number"`
		Targets  []string        `json:"partial_execution_targets"`
	}
	if err := json.Unmarshal(c.Body, &in); err != nil {
		plain(c, 500, "500 Internal Server Error\n\nServer got itself in trouble")
		return
	}
	if len(in.Prompt) == 0 {
		s.reject(c, promptError("no_prompt", "No prompt provided", "No prompt provided"))
		return
	}
	id := newUUID()
	if in.PromptID != nil && s.opts.Release != Old {
		if id = *in.PromptID; s.opts.Release == Newest && !canonicalUUID.MatchString(id) {
			s.reject(c, promptError("invalid_prompt_id", "prompt_id must be a canonical lowercase UUID", id))
			return
		}
	}
	flow, err := decodeWorkflow(in.Prompt)
	if err != nil {
		plain(c, 500, "500 Internal Server Error\n\nServer got itself in trouble")
		return
	}
	if s.opts.Release == Old {
		in.Targets = nil
	}
	v := s.validate(flow, in.Targets)
	if v.fatal != nil {
		reply(c, 400, map[string]any{"error": v.fatal, "node_errors": v.errors})
		return
	}
	if fault == NodeErrors {
		v.errors["99"] = &nodeErrors{Class: "SaveImage", Outputs: []string{"99"}, Errors: []nodeError{{"required_input_missing", "Required input is missing", "images", map[string]any{}}}}
	}
	j := &job{
		id: id, raw: in.Prompt, flow: flow, extra: in.Extra, client: in.ClientID, outputs: v.good, fault: fault,
		created: time.Now(), cut: make(chan struct{}), results: map[string][]file{},
	}
	number := s.enqueue(j, in.Front, in.Number)
	if s.failAfter(c, fault) {
		return
	}
	answer := map[string]any{"prompt_id": id, "number": number, "node_errors": v.errors}
	if fault == SlowReply {
		b, _ := json.Marshal(answer)
		c.Drip(b, 5, 10*time.Millisecond)
		return
	}
	reply(c, 200, answer)
}

func (s *Server) reject(c *loopback.Call, e nodeError) {
	reply(c, 400, map[string]any{"error": e, "node_errors": map[string]any{}})
}

// enqueue puts a job into the queue, and says its number.
func (s *Server) enqueue(j *job, front bool, number *float64) float64 {
	s.Tally.Add(j.id, loopback.JobTally{Submitted: 1})
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case number != nil:
		j.number = *number
	case front:
		s.number++
		j.number = -s.number
	default:
		s.number++
		j.number = s.number
	}
	heap.Push(&s.queue, j)
	s.sendStatus()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return j.number
}
