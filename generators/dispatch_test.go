package generators

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// world plays a program and a sweep with width requests in flight against a
// dispatch, with a clock of its own.
type world struct {
	d       *dispatch
	now     time.Time
	inside  []*job // what the program works on
	done    map[string]string
	starts  int
	crashes int
	broken  bool
}

func newWorld(n int, timeout time.Duration) *world {
	w := &world{d: newDispatch(timeout), now: time.Unix(0, 0), done: map[string]string{}}
	for i := range n {
		w.d.add(&job{id: fmt.Sprint(i)})
	}
	return w
}

func (w *world) send() {
	for j := w.d.next(w.now); j != nil; j = w.d.next(w.now) {
		w.inside = append(w.inside, j)
	}
}

func (w *world) finish(t *testing.T, id, how string) {
	if was, ok := w.done[id]; ok {
		t.Fatalf("request %s ended twice: %s, %s", id, was, how)
	}
	w.done[id] = how
}

func (w *world) crash(t *testing.T, clean bool) {
	w.crashes++
	w.inside = nil
	culprit, broken := w.d.ended(clean)
	if culprit != nil {
		if culprit.crashes != guiltyAfter {
			t.Fatalf("%s was given up after %d crashes", culprit.id, culprit.crashes)
		}
		w.finish(t, culprit.id, "errored")
	}
	w.broken = broken
}

// play runs until nothing is left: the program takes its requests in random
// order (or in order), and dies of those in poison.
func (w *world) play(t *testing.T, r *rand.Rand, poison map[string]bool, inOrder bool) {
	for !w.broken && len(w.d.jobs) > 0 {
		if w.starts++; w.starts > 2000 {
			t.Fatal("it does not end")
		}
		w.d.started()
		for w.send(); len(w.inside) > 0; w.send() {
			if w.inside[0].crashes >= suspectAfter && len(w.inside) > 1 {
				t.Fatalf("the suspect %s is not alone", w.inside[0].id)
			}
			i := 0
			if !inOrder {
				i = r.IntN(len(w.inside))
			}
			j := w.inside[i]
			if poison[j.id] {
				break
			}
			w.now = w.now.Add(time.Millisecond)
			w.inside = append(w.inside[:i:i], w.inside[i+1:]...)
			if got, _ := w.d.answer(j.id, w.now); got != j {
				t.Fatalf("the answer to %s was not taken", j.id)
			}
			w.finish(t, j.id, "answered")
		}
		if len(w.inside) > 0 {
			w.crash(t, false)
		}
	}
}

// With one poisonous request anywhere, in any order of work, exactly that one
// fails, and never the run.
func TestDispatchOnePoison(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := 1; n <= 60; n++ {
		for range 40 {
			w, bad := newWorld(n, 0), fmt.Sprint(r.IntN(n))
			w.play(t, r, map[string]bool{bad: true}, r.IntN(2) == 0)
			if w.broken || w.crashes != guiltyAfter {
				t.Fatalf("n=%d, poison %s: broken %v after %d crashes", n, bad, w.broken, w.crashes)
			}
			for id, how := range w.done {
				if (how == "errored") != (id == bad) {
					t.Fatalf("n=%d, poison %s: %s was %s", n, bad, id, how)
				}
			}
			if len(w.done) != n {
				t.Fatalf("n=%d: %d ended", n, len(w.done))
			}
		}
	}
}

// Several poisonous requests: each fails alone, as long as they are not so
// many that nothing is ever answered between them.
func TestDispatchSomePoison(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	broken := 0
	for range 500 {
		n := 200
		poison := map[string]bool{}
		for range 6 {
			poison[fmt.Sprint(r.IntN(n))] = true
		}
		w := newWorld(n, 0)
		w.play(t, r, poison, r.IntN(2) == 0)
		if w.broken {
			broken++
			continue
		}
		for id, how := range w.done {
			if (how == "errored") != poison[id] {
				t.Fatalf("poison %v: %s was %s", poison, id, how)
			}
		}
	}
	if broken > 5 {
		t.Errorf("%d of 500 runs were given up", broken)
	}
}

func TestDispatchBrokenProgram(t *testing.T) {
	for _, n := range []int{2, 3, 10, 50, 1000} {
		w := newWorld(n, 0)
		for !w.broken {
			w.starts++
			w.d.started()
			w.send()
			w.crash(t, false)
		}
		if w.starts != maxFruitless || len(w.done) != 0 {
			t.Errorf("n=%d: %d starts, %d given up", n, w.starts, len(w.done))
		}
	}
}

// A single request can't tell a broken program from its own poison; two can.
func TestDispatchLoneRequests(t *testing.T) {
	w := newWorld(1, 0)
	for range guiltyAfter {
		w.d.started()
		w.send()
		w.crash(t, false)
	}
	if w.broken || w.done["0"] != "errored" {
		t.Fatalf("broken %v, %v", w.broken, w.done)
	}
	w.d.add(&job{id: "next"})
	w.d.started()
	w.send()
	if w.crash(t, false); !w.broken {
		t.Error("the second request should show that the program is broken")
	}
}

func TestDispatchSuspectsWaitForOthersToFinish(t *testing.T) {
	w := newWorld(1, 0)
	for range suspectAfter {
		w.d.started()
		w.send()
		w.d.answered = 1 // of an earlier request
		w.crash(t, false)
	}
	w.d.add(&job{id: "a"})
	w.d.add(&job{id: "b"})
	w.d.started()
	w.send()
	if len(w.inside) != 1 || w.inside[0].id != "0" {
		t.Fatalf("%d are inside, want the suspect alone", len(w.inside))
	}
	w.d.answer("0", w.now)
	w.inside = nil
	if w.send(); len(w.inside) == 0 {
		t.Error("the others do not go on")
	}
}

func TestDispatchCleanEndBlamesNobody(t *testing.T) {
	w := newWorld(9, 0)
	for len(w.d.jobs) > 0 {
		if w.starts++; w.starts > 20 {
			t.Fatal("it does not end")
		}
		w.d.started()
		w.send()
		w.d.answer(w.inside[0].id, w.now)
		w.send()
		w.inside = nil
		if culprit, broken := w.d.ended(true); culprit != nil || broken {
			t.Fatalf("%v, %v", culprit, broken)
		}
	}
	if w.starts != 9 {
		t.Errorf("%d starts", w.starts)
	}
}

func TestDispatchExpire(t *testing.T) {
	const limit = 10 * time.Second
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	step := func(w *world, s int) (failed []string, hung bool) {
		w.now = at(s)
		jobs, hung := w.d.expire(w.now)
		for _, j := range jobs {
			failed = append(failed, j.id)
		}
		return failed, hung
	}
	t.Run("in order", func(t *testing.T) {
		w := newWorld(4, limit)
		w.d.started()
		w.send()
		w.now = at(4)
		w.d.answer("0", w.now)
		if f, hung := step(w, 9); f != nil || hung {
			t.Errorf("after 9 s: %v, %v", f, hung)
		}
		if f, hung := step(w, 10); fmt.Sprint(f) != "[1]" || hung {
			t.Errorf("after 10 s only the oldest fails: %v, %v", f, hung)
		}
		if next := w.d.nextCheck(); next != at(14) {
			t.Errorf("next check at %v, want 14 s: a full timeout of silence", next)
		}
		if f, hung := step(w, 14); f != nil || !hung {
			t.Errorf("after 14 s: %v, %v", f, hung)
		}
		if _, state := w.d.answer("1", w.now); state != late {
			t.Errorf("late answer: %v", state)
		}
	})
	t.Run("in parallel", func(t *testing.T) {
		w := newWorld(4, limit)
		w.d.started()
		w.send()
		w.now = at(4)
		w.d.answer("2", w.now)
		if f, hung := step(w, 10); fmt.Sprint(f) != "[0 1 3]" || hung {
			t.Errorf("after 10 s: %v, %v", f, hung)
		}
		if next := w.d.nextCheck(); !next.IsZero() {
			t.Errorf("next check at %v, want none", next)
		}
	})
	t.Run("silent", func(t *testing.T) {
		w := newWorld(3, limit)
		w.d.started()
		w.send()
		if f, hung := step(w, 10); fmt.Sprint(f) != "[0]" || !hung {
			t.Errorf("%v, %v", f, hung)
		}
		if w.d.next(w.now) != nil {
			t.Error("a hung program gets more requests")
		}
	})
}

func TestRecentIDsAreBounded(t *testing.T) {
	r := newRecentIDs()
	for i := range 3 * recentSize {
		r.add(fmt.Sprint(i), answered)
	}
	if len(r.states) != recentSize || len(r.ring) != recentSize {
		t.Errorf("%d, %d kept", len(r.states), len(r.ring))
	}
	if r.state("0") != unknown || r.state(fmt.Sprint(3*recentSize-1)) != answered {
		t.Error("the oldest should be forgotten, the latest kept")
	}
}
