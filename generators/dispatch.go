package generators

import (
	"container/list"
	"math"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// Limits of the process protocol.
const (
	maxFruitless = 3  // starts in a row that end without one answer
	maxOddLines  = 20 // lines that are not answers, and not one that is
	suspectAfter = 2  // crashes after which a request is sent alone
	guiltyAfter  = 3  // crashes after which it is given up
)

// job is one request on its way through a program.
type job struct {
	id      string // on the wire; unique among the jobs of a dispatch
	line    []byte
	sends   int
	crashes int       // how often the program ended while this was in flight
	sentAt  time.Time // last
	at      *list.Element
	in      *list.List // the queue that holds at; nil when done

	asset pipeline.Asset
	err   error
	done  chan struct{}
}

// dispatch decides which request goes to the program when, and what the end of
// the program means for those in flight. It does no IO, reads no clock and is
// not safe for concurrent use.
//
// A request that was in flight at two crashes is a suspect: it is sent alone,
// and a third crash makes it the culprit. A program that ends three times in a
// row without one answer is broken. The two rules meet when a suspect brings
// down a program that has not answered since: one such crash in a row is held
// against the suspect and not against the program.
type dispatch struct {
	timeout time.Duration // of one request; <= 0 = none

	jobs     map[string]*job
	waiting  list.List // to be sent, in order
	suspects list.List // to be sent alone
	inFlight list.List // in the order they were sent
	recent   recentIDs

	up        bool // a program runs and takes requests
	limit     int  // requests in flight; 0 = no limit
	sent      int  // by the present start
	answered  int  // by the present start
	alone     *job // the suspect that the present start is tried with
	fruitless int  // starts in a row that ended without an answer
	spared    bool // one crash of that row was held against a suspect
	ever      bool // the program has answered at least once
	odd       int  // lines that are not answers

	silentSince time.Time // last answer, or first request after none was in flight
	overtaken   bool      // an answer came before that of an older request: it works in parallel
	expired     bool      // a request met its deadline in the present silence
}

func newDispatch(timeout time.Duration) *dispatch {
	return &dispatch{timeout: timeout, jobs: map[string]*job{}, recent: newRecentIDs()}
}

func (d *dispatch) put(j *job, l *list.List) {
	j.in, j.at = l, l.PushBack(j)
}

func (d *dispatch) putFirst(j *job, l *list.List) {
	j.in, j.at = l, l.PushFront(j)
}

func (d *dispatch) take(j *job) {
	if j.in != nil {
		j.in.Remove(j.at)
		j.in, j.at = nil, nil
	}
}

// add takes a request; its id must not be in jobs.
func (d *dispatch) add(j *job) {
	d.jobs[j.id] = j
	d.put(j, &d.waiting)
}

// drop forgets a request whose caller has gone.
func (d *dispatch) drop(j *job) {
	if j.in == &d.inFlight {
		d.recent.add(j.id, late)
	}
	if d.alone == j {
		d.alone = nil
	}
	d.take(j)
	delete(d.jobs, j.id)
}

// idle reports that a program is needed: none runs, and requests wait.
func (d *dispatch) idle() bool {
	return !d.up && d.waiting.Len()+d.suspects.Len() > 0
}

// backoff is the pause before the next start.
func (d *dispatch) backoff() time.Duration {
	return 50 * time.Millisecond << d.fruitless
}

// started says that a program runs now.
func (d *dispatch) started() {
	d.up, d.sent, d.answered, d.alone, d.expired = true, 0, 0, nil, false
}

// next returns the request to be written now, nil when none may go yet.
func (d *dispatch) next(now time.Time) *job {
	n := d.inFlight.Len()
	if !d.up || d.alone != nil || d.limit > 0 && n >= d.limit {
		return nil
	}
	var e *list.Element
	switch {
	case d.fruitless >= maxFruitless-1:
		// The last chance of the program: one request, best one that was never
		// suspected, else the suspect least likely to be the culprit, which in
		// a program that answers in order is the last.
		if n > 0 {
			return nil
		}
		if e = d.waiting.Front(); e == nil {
			e = d.suspects.Back()
		}
	case d.suspects.Len() > 0:
		if n > 0 {
			return nil
		}
		e = d.suspects.Front()
	default:
		e = d.waiting.Front()
	}
	if e == nil {
		return nil
	}
	j := e.Value.(*job)
	if j.in == &d.suspects {
		d.alone = j
	}
	if n == 0 {
		d.silentSince, d.expired = now, false
	}
	d.take(j)
	d.put(j, &d.inFlight)
	j.sends++
	j.sentAt = now
	d.sent++
	return j
}

// unsend takes back a request that next returned, because the program has ended
// before it could be written: it is not to blame.
func (d *dispatch) unsend(j *job) {
	d.up = false
	d.sent--
	j.sends--
	d.take(j)
	queue := &d.waiting
	if d.alone == j {
		d.alone, queue = nil, &d.suspects
	}
	d.putFirst(j, queue)
}

// answer says that an answer to id came, and returns its request when it is in
// flight. Else it says what is known about the id.
func (d *dispatch) answer(id string, now time.Time) (*job, idState) {
	j := d.jobs[id]
	if j == nil || j.in != &d.inFlight {
		state := d.recent.state(id)
		switch state {
		case late:
			d.recent.add(id, answered)
			d.progress(now)
		case unknown:
			d.odd++
		}
		return nil, state
	}
	if j.at.Prev() != nil {
		d.overtaken = true
	}
	d.progress(now)
	d.finish(j, answered)
	if d.limit > 0 {
		d.limit++ // the window opens again, doubling with each round
	}
	return j, answered
}

func (d *dispatch) progress(now time.Time) {
	d.answered++
	d.ever, d.fruitless, d.spared = true, 0, false
	d.silentSince, d.expired = now, false
}

// finish takes a request that is done out of the books.
func (d *dispatch) finish(j *job, state idState) {
	if d.alone == j && state == answered {
		d.alone = nil
	}
	d.take(j)
	delete(d.jobs, j.id)
	d.recent.add(j.id, state)
}

// oddLine counts a line that is not an answer.
func (d *dispatch) oddLine() { d.odd++ }

// noise reports that the program writes lines, and never an answer.
func (d *dispatch) noise() bool { return !d.ever && d.odd >= maxOddLines }

// expire returns the requests whose deadline has passed, and whether the
// program hangs: a full timeout without any answer. A program that has only
// ever answered in order works on one request at a time; there the oldest
// request holds up the others, so it alone pays for a silence.
func (d *dispatch) expire(now time.Time) (failed []*job, hung bool) {
	if d.timeout <= 0 || d.inFlight.Len() == 0 {
		return nil, false
	}
	hung = now.Sub(d.silentSince) >= d.timeout
	for e := d.inFlight.Front(); e != nil; e = d.inFlight.Front() {
		j := e.Value.(*job)
		if now.Sub(j.sentAt) < d.timeout || d.expired && !d.overtaken {
			break
		}
		d.expired = true
		d.finish(j, late)
		failed = append(failed, j)
	}
	switch {
	case hung:
		d.up = false
	case d.inFlight.Len() == 0:
		d.alone = nil // given up, while the program still answered earlier requests
	}
	return failed, hung
}

// nextCheck is when expire may have something to say; zero = not before the
// next request.
func (d *dispatch) nextCheck() time.Time {
	e := d.inFlight.Front()
	if d.timeout <= 0 || e == nil {
		return time.Time{}
	}
	check := d.silentSince.Add(d.timeout)
	if first := e.Value.(*job).sentAt.Add(d.timeout); first.Before(check) && (!d.expired || d.overtaken) {
		return first
	}
	return check
}

// ended says that the program has ended or was stopped because it hung. It
// returns the request that is given up, if any, and whether the program is
// broken. The others in flight will be sent again. An end that is clean (exit
// status 0, not stopped) after answers is held against nobody: some programs
// answer once and end.
func (d *dispatch) ended(clean bool) (culprit *job, broken bool) {
	crash := 1
	if clean && d.answered > 0 {
		crash = 0
	}
	switch {
	case d.sent == 0 || d.answered > 0:
	case d.alone != nil && !d.spared:
		d.spared = true
	default:
		d.fruitless++
	}
	d.up, d.alone = false, nil
	if n := d.inFlight.Len(); n > 0 {
		// Few at a time at first, so that a second crash has few suspects.
		d.limit = int(math.Sqrt(float64(n)))
	}
	// From the last to the first, to put them in front of the line in order.
	for e := d.inFlight.Back(); e != nil; e = d.inFlight.Back() {
		j := e.Value.(*job)
		d.take(j)
		j.crashes += crash
		switch {
		case j.crashes >= guiltyAfter:
			d.finish(j, late)
			culprit = j
		case j.crashes >= suspectAfter:
			d.putFirst(j, &d.suspects)
		default:
			d.putFirst(j, &d.waiting)
		}
	}
	return culprit, d.fruitless >= maxFruitless
}

// notStarted says that the system did not start the program.
func (d *dispatch) notStarted() (broken bool) {
	d.fruitless++
	return d.fruitless >= maxFruitless
}

// idState is what is known about an id that is not in flight.
type idState int

const (
	unknown idState = iota
	answered
	late // given up before its answer came
)

// recentIDs remembers the ids that were done last.
type recentIDs struct {
	states map[string]idState
	ring   []string
	next   int
}

const recentSize = 4096

func newRecentIDs() recentIDs { return recentIDs{states: map[string]idState{}} }

func (r *recentIDs) state(id string) idState { return r.states[id] }

func (r *recentIDs) add(id string, s idState) {
	if _, ok := r.states[id]; !ok {
		if len(r.ring) < recentSize {
			r.ring = append(r.ring, id)
		} else {
			delete(r.states, r.ring[r.next])
			r.ring[r.next] = id
			r.next = (r.next + 1) % recentSize
		}
	}
	r.states[id] = s
}
