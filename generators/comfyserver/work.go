package comfyserver

import (
	"container/heap"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/generators/loopback"
)

// work is the one worker of an epoch: it takes the job with the lowest number,
// again and again.
func (s *Server) work(epoch int, wake, quit chan struct{}) {
	for {
		s.mu.Lock()
		if s.epoch != epoch {
			s.mu.Unlock()
			return
		}
		var j *job
		if s.queue.Len() > 0 {
			j = heap.Pop(&s.queue).(*job)
			j.started = time.Now()
			s.running = j
		}
		s.mu.Unlock()
		if j != nil {
			r := &run{s: s, job: j, quit: quit, epoch: epoch, sigs: map[string]string{}}
			r.execute()
			continue
		}
		select {
		case <-wake:
		case <-quit:
			return
		}
	}
}

// run is one job under way.
type run struct {
	s     *Server
	job   *job
	quit  chan struct{}
	epoch int
	sigs  map[string]string // signature of each node: all that its output depends on
	done  []string          // nodes that were carried out
	pace  time.Duration     // of one step
}

// errEnd says why a run ended early.
type errEnd string

const (
	errQuit        errEnd = "quit"
	errInterrupted errEnd = "interrupted"
	errFailed      errEnd = "failed"
)

// execute carries out a job with the events of the real server, in their order.
func (r *run) execute() {
	j := r.job
	r.message("execution_start", map[string]any{})
	order, cached := r.plan()
	r.message("execution_cached", map[string]any{"nodes": cached})
	latency := r.s.opts.Latency
	if r.s.opts.Jitter > 0 {
		latency += rand.N(r.s.opts.Jitter)
	}
	r.pace = latency / time.Duration(r.s.opts.Steps+1)
	for _, id := range cached {
		if out, ok := r.s.cachedOutput(r.sigs[id]); ok && r.s.opts.Release != Old {
			j.results[id] = out
		}
	}
	var end errEnd
	for _, id := range order {
		if end = r.node(id); end != "" {
			break
		}
		r.done = append(r.done, id)
	}
	r.finish(end)
}

// plan lists the nodes that have to be carried out, each after those it depends
// on, and those whose output is known from the job before.
func (r *run) plan() (order, cached []string) {
	cached = []string{}
	seen := map[string]bool{}
	var visit func(id string)
	visit = func(id string) {
		if seen[id] {
			return
		}
		seen[id] = true
		r.signature(id)
		if r.s.isCached(r.sigs[id]) {
			cached = append(cached, id)
			return
		}
		for _, v := range sortedInputs(r.job.flow[id]) {
			if from, _, ok := asLink(v); ok {
				visit(from)
			}
		}
		order = append(order, id)
	}
	for _, id := range r.job.outputs {
		visit(id)
	}
	return order, cached
}

func sortedInputs(n node) (values []any) {
	names := make([]string, 0, len(n.Inputs))
	for name := range n.Inputs {
		names = append(names, name)
	}
	for _, name := range sortedStrings(names) {
		values = append(values, n.Inputs[name])
	}
	return values
}

// signature is a digest of a node and all that is before it.
func (r *run) signature(id string) string {
	if sig, ok := r.sigs[id]; ok {
		return sig
	}
	n := r.job.flow[id]
	inputs := map[string]any{}
	for name, v := range n.Inputs {
		if from, out, ok := asLink(v); ok {
			v = []any{r.signature(from), out}
		} else if (name == "image") && strings.HasPrefix(n.Class, "LoadImage") {
			v = r.s.inputDigest(fmt.Sprint(v))
		}
		inputs[name] = v
	}
	b, _ := json.Marshal([]any{n.Class, inputs})
	sum := sha256.Sum256(b)
	r.sigs[id] = hex.EncodeToString(sum[:])
	return r.sigs[id]
}

// node carries out one node.
func (r *run) node(id string) errEnd {
	n := r.job.flow[id]
	r.send("executing", map[string]any{"node": id, "display_node": id})
	r.send("progress_state", r.progress(id, "running", 0, 1))
	steps := 1
	if strings.HasPrefix(n.Class, "KSampler") {
		steps = r.s.opts.Steps
	}
	for i := range steps {
		if end := r.wait(); end != "" {
			return end
		}
		if steps == 1 {
			continue
		}
		r.send("progress_state", r.progress(id, "running", i+1, steps))
		r.send("progress", map[string]any{"value": i + 1, "max": steps, "node": id})
		r.preview()
		switch {
		case i < steps/2:
		case r.job.fault == Fails:
			return errFailed
		case r.job.fault == Interrupted:
			r.s.interruptRunning("")
		case r.job.fault == Stuck:
			select {
			case <-r.job.cut:
				return errInterrupted
			case <-r.quit:
				return errQuit
			}
		}
	}
	if r.s.kinds[n.Class].output && r.job.fault != NoOutput {
		files := r.s.save(r, id, n)
		r.job.results[id] = files
		r.send("executed", map[string]any{"node": id, "display_node": id, "output": map[string]any{"images": files}})
	}
	r.send("progress_state", r.progress(id, "finished", 1, 1))
	return ""
}

// wait is the time that one step takes.
func (r *run) wait() errEnd {
	timer := time.NewTimer(r.pace)
	defer timer.Stop()
	select { // an end comes before the time is over
	case <-r.quit:
		return errQuit
	case <-r.job.cut:
		return errInterrupted
	default:
	}
	select {
	case <-timer.C:
		return ""
	case <-r.quit:
		return errQuit
	case <-r.job.cut:
		return errInterrupted
	}
}

func (r *run) progress(id, state string, value, most int) map[string]any {
	return map[string]any{"nodes": map[string]any{id: map[string]any{
		"value": value, "max": most, "state": state, "node_id": id, "prompt_id": r.job.id,
		"display_node_id": id, "parent_node_id": nil, "real_node_id": id,
	}}}
}

// finish tells how the job ended, and only then lets the history know.
func (r *run) finish(end errEnd) {
	j := r.job
	status := "error"
	switch end {
	case errQuit:
		return // nobody is left to tell
	case errInterrupted:
		r.broadcast("execution_interrupted", map[string]any{"node_id": "3", "node_type": "KSampler", "executed": r.done})
	case errFailed:
		r.message("execution_error", map[string]any{
			"node_id": "3", "node_type": "KSampler", "executed": r.done,
			"exception_message": "Allocation on device ", "exception_type": "torch.OutOfMemoryError",
			"traceback": []string{"  File \"execution.py\", line 496, in execute\n"}, "current_inputs": map[string]any{}, "current_outputs": []string{},
		})
	default:
		status = "success"
		r.message("execution_success", map[string]any{})
		tally := loopback.JobTally{Made: 1}
		if len(r.done) > 0 {
			tally.Billed = 1
		}
		r.s.Tally.Add(j.id, tally)
	}
	if d := r.s.opts.HistoryDelay; d > 0 {
		select {
		case <-time.After(d):
		case <-r.quit:
			return
		}
	}
	r.s.settle(r, status, end == errInterrupted)
	r.send("executing", map[string]any{"node": nil})
}

// settle moves a job from the queue to the history.
func (s *Server) settle(r *run, status string, cancelled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.epoch != r.epoch {
		return
	}
	j := r.job
	j.status, j.cancelled, j.ended = status, cancelled, time.Now()
	s.running = nil
	if s.history[j.id] == nil {
		s.order = append(s.order, j.id)
	}
	s.history[j.id] = j
	for len(s.order) > maxHistory {
		delete(s.history, s.order[0])
		s.order = s.order[1:]
	}
	if status == "success" {
		s.cached = map[string]bool{}
		for id, sig := range r.sigs {
			s.cached[sig] = true
			if files, ok := j.results[id]; ok {
				s.remember(sig, files)
			}
		}
	}
	s.sendStatus()
}

const maxHistory = 10000

// message sends an event that the history keeps.
func (r *run) message(event string, data map[string]any) {
	r.keep(event, data)
	r.send(event, data)
}

func (r *run) broadcast(event string, data map[string]any) {
	r.keep(event, data)
	if r.job.fault != Silent {
		r.s.emit(event, data, "")
	}
}

func (r *run) keep(event string, data map[string]any) {
	data["prompt_id"], data["timestamp"] = r.job.id, time.Now().UnixMilli()
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.job.messages = append(r.job.messages, []any{event, data})
}

// send sends an event to the one who submitted the job.
func (r *run) send(event string, data map[string]any) {
	data["prompt_id"] = r.job.id
	if r.job.fault != Silent && r.job.client != "" {
		r.s.emit(event, data, r.job.client)
	}
}

// preview sends a small picture as a binary frame.
func (r *run) preview() {
	if r.job.fault == Silent || r.job.client == "" {
		return
	}
	frame := binary.BigEndian.AppendUint32(nil, 1)
	frame = binary.BigEndian.AppendUint32(frame, 2)
	r.s.emitBinary(append(frame, previewPicture...), r.job.client)
}

var previewPicture = loopback.Picture("preview", 16, 16)
