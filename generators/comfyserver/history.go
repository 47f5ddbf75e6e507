package comfyserver

import (
	"encoding/json"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// item is a job as the queue and the history show it.
func (j *job) item() []any {
	extra := map[string]any{"create_time": j.created.UnixMilli()}
	for k, v := range j.extra {
		extra[k] = v
	}
	if j.client != "" {
		extra["client_id"] = j.client
	}
	return []any{j.number, j.id, j.raw, extra, j.outputs}
}

func (j *job) entry() map[string]any {
	outputs, meta := map[string]any{}, map[string]any{}
	for id, files := range j.results {
		outputs[id] = map[string]any{"images": files}
		meta[id] = map[string]any{"node_id": id, "display_node": id, "parent_node": nil, "real_node_id": id}
	}
	return map[string]any{
		"prompt": j.item(), "outputs": outputs, "meta": meta,
		"status": map[string]any{"status_str": j.status, "completed": j.status == "success", "messages": j.messages},
	}
}

func (s *Server) getHistory(c *loopback.Call, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]any{}
	if id != "" {
		if j := s.history[id]; j != nil {
			out[id] = j.entry()
		}
		reply(c, 200, out)
		return
	}
	ids := s.order
	if most, err := strconv.Atoi(c.Request.URL.Query().Get("max_items")); err == nil && most < len(ids) {
		ids = ids[len(ids)-most:]
	}
	for _, id := range ids {
		out[id] = s.history[id].entry()
	}
	reply(c, 200, out)
}

// listed is what POST /history and POST /queue take.
type listed struct {
	Clear  bool     `json:"clear"`
	Delete []string `json:"delete"`
}

func (s *Server) postHistory(c *loopback.Call) {
	var in listed
	_ = json.Unmarshal(c.Body, &in) // what can't be read asks for nothing
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.Clear {
		s.history, s.order = map[string]*job{}, nil
	}
	for _, id := range in.Delete {
		delete(s.history, id)
		s.order = slices.DeleteFunc(s.order, func(x string) bool { return x == id })
	}
	c.WriteHeader(200)
}

func (s *Server) getQueue(c *loopback.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	running, pending := []any{}, []any{}
	if s.running != nil {
		running = append(running, s.running.item())
	}
	for _, j := range s.pending() {
		pending = append(pending, j.item())
	}
	reply(c, 200, map[string]any{"queue_running": running, "queue_pending": pending})
}

func (s *Server) pending() []*job {
	list := slices.Clone(s.queue)
	sort.Sort(list)
	return list
}

func (s *Server) postQueue(c *loopback.Call) {
	var in listed
	_ = json.Unmarshal(c.Body, &in)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.pending() {
		if in.Clear || slices.Contains(in.Delete, j.id) {
			s.drop(j.id)
		}
	}
	s.sendStatus()
	c.WriteHeader(200)
}

// drop takes waiting jobs with an ID out of the queue.
func (s *Server) drop(id string) (dropped bool) {
	rest := jobHeap{}
	for _, j := range s.pending() {
		if j.id == id {
			dropped = true
			continue
		}
		rest = append(rest, j) // sorted, so it is a heap
	}
	s.queue = rest
	return dropped
}

func (s *Server) interrupt(c *loopback.Call) {
	var in struct {
		PromptID string `json:"prompt_id"`
	}
	_ = json.Unmarshal(c.Body, &in)
	if s.opts.Release == Old {
		in.PromptID = "" // it does not look
	}
	s.interruptRunning(in.PromptID)
	c.WriteHeader(200)
}

// interruptRunning ends the job that runs, or only if it has this ID.
func (s *Server) interruptRunning(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.running
	if j == nil || id != "" && j.id != id {
		return false
	}
	select {
	case <-j.cut:
	default:
		close(j.cut)
	}
	return true
}

// jobs is the newer interface to queue and history.
func (s *Server) jobs(c *loopback.Call, rest string) {
	id, verb, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	switch {
	case c.Request.Method == "GET" && id != "" && verb == "":
		if status := s.jobStatus(id); status != nil {
			reply(c, 200, status)
		} else {
			reply(c, 404, map[string]any{"error": "Job not found"})
		}
	case c.Request.Method == "POST" && verb == "cancel":
		s.mu.Lock()
		dropped := s.drop(id)
		s.sendStatus()
		s.mu.Unlock()
		reply(c, 200, map[string]any{"cancelled": dropped || s.interruptRunning(id)})
	case c.Request.Method == "GET" && id == "":
		s.listJobs(c)
	default:
		notFound(c)
	}
}

func (s *Server) listJobs(c *loopback.Call) {
	s.mu.Lock()
	ids := slices.Clone(s.order)
	for _, j := range s.queue {
		ids = append(ids, j.id)
	}
	if s.running != nil {
		ids = append(ids, s.running.id)
	}
	s.mu.Unlock()
	list := []any{}
	for _, id := range ids {
		if status := s.jobStatus(id); status != nil {
			list = append(list, status)
		}
	}
	reply(c, 200, map[string]any{"jobs": list, "pagination": map[string]any{"offset": 0, "limit": len(list), "total": len(list), "has_more": false}})
}

func (s *Server) jobStatus(id string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j := s.running; j != nil && j.id == id {
		return j.shown("in_progress")
	}
	for _, j := range s.queue {
		if j.id == id {
			return j.shown("pending")
		}
	}
	j := s.history[id]
	switch {
	case j == nil:
		return nil
	case j.cancelled:
		return j.shown("cancelled")
	case j.status == "success":
		return j.shown("completed")
	}
	return j.shown("failed")
}

func (j *job) shown(status string) map[string]any {
	outputs := 0
	if j.status != "" {
		outputs = len(j.results)
	}
	return map[string]any{"id": j.id, "status": status, "priority": j.number, "create_time": j.created.UnixMilli(), "outputs_count": outputs}
}
