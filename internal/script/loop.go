package script

import (
	"container/heap"
	"fmt"
	"time"

	"github.com/dop251/goja"
)

// loop runs promises and timers. Nothing else can happen in the sandbox, so a
// timer is not waited for: the clock of the script moves on to it.
type loop struct {
	vm      *goja.Runtime
	limit   time.Duration
	began   time.Time
	skipped time.Duration // how far the script's clock is ahead
	timers  timerHeap
	byID    map[int64]*timer
	lastID  int64
}

type timer struct {
	id     int64
	at     time.Duration // after the beginning
	every  time.Duration // 0 = once
	repeat bool
	fn     goja.Callable
	args   []goja.Value
	index  int
	gone   bool
}

// neverSettles is a promise that nothing can settle any more.
type neverSettles struct{}

func (neverSettles) Error() string { return "the promise that it returned never settles" }

func (l *loop) start(vm *goja.Runtime, limit time.Duration) {
	l.vm, l.limit, l.began = vm, limit, time.Now()
	vm.SetTimeSource(func() time.Time { return time.Now().Add(l.skipped) })
}

func (l *loop) elapsed() time.Duration { return time.Since(l.began) + l.skipped }

// await returns what a promise settles to; other values as they are.
func (l *loop) await(v goja.Value) (goja.Value, error) {
	o, ok := v.(*goja.Object)
	if !ok {
		return v, nil
	}
	var p *goja.Promise
	if o.ClassName() == "Promise" { // Export would copy other objects
		p, _ = o.Export().(*goja.Promise)
	}
	if p == nil {
		if _, ok := goja.AssertFunction(o.Get("then")); !ok {
			return v, nil
		}
		var err error
		if p, err = l.adopt(o); err != nil {
			return nil, err
		}
	}
	for p.State() == goja.PromiseStatePending {
		if err := l.next(); err != nil {
			return nil, err
		}
	}
	if p.State() == goja.PromiseStateRejected {
		return nil, rejected{p.Result()}
	}
	return p.Result(), nil
}

// rejected is the reason of a rejected promise.
type rejected struct{ reason goja.Value }

func (rejected) Error() string { return "the promise was rejected" }

// adopt makes a promise of an object that has a then of its own, which may exceed
// a limit.
func (l *loop) adopt(o *goja.Object) (*goja.Promise, error) {
	p, resolve, _ := l.vm.NewPromise()
	if err := resolve(o); err != nil {
		return nil, err
	}
	_, err := l.vm.RunString("0") // lets the queued jobs run
	return p, err
}

// next moves the clock to the next timer and runs it.
func (l *loop) next() error {
	for l.timers.Len() > 0 {
		t := heap.Pop(&l.timers).(*timer)
		if t.gone {
			continue
		}
		if wait := t.at - l.elapsed(); wait > 0 {
			l.skipped += wait
		}
		if t.at > l.limit {
			return lateTimer(l.limit)
		}
		if t.repeat {
			t.at = l.elapsed() + max(t.every, time.Millisecond)
			heap.Push(&l.timers, t)
		} else {
			delete(l.byID, t.id)
		}
		_, err := t.fn(goja.Undefined(), t.args...)
		return err
	}
	return neverSettles{}
}

type lateTimer time.Duration

func (l lateTimer) Error() string {
	return fmt.Sprintf("no answer within %v: it waits for a timer", time.Duration(l))
}

const maxTimers = 100_000

// add plans a call, as setTimeout does.
func (l *loop) add(call goja.FunctionCall, repeat bool) goja.Value {
	fn, ok := goja.AssertFunction(call.Argument(0))
	if !ok {
		panic(l.vm.NewTypeError("The \"callback\" argument must be of type function."))
	}
	if l.timers.Len() >= maxTimers {
		panic(l.vm.NewTypeError("more than %d timers", maxTimers))
	}
	ms := call.Argument(1).ToFloat()
	if !(ms >= 1 && ms <= 1<<31-1) {
		ms = 1
	}
	l.lastID++
	delay := time.Duration(ms * float64(time.Millisecond))
	t := &timer{id: l.lastID, at: l.elapsed() + delay, every: delay, repeat: repeat, fn: fn}
	if len(call.Arguments) > 2 {
		t.args = call.Arguments[2:]
	}
	if l.byID == nil {
		l.byID = map[int64]*timer{}
	}
	l.byID[t.id] = t
	heap.Push(&l.timers, t)
	return l.vm.ToValue(t.id)
}

// soon plans a call before all timers, as process.nextTick does.
func (l *loop) soon(call goja.FunctionCall) goja.Value {
	id := l.add(goja.FunctionCall{Arguments: []goja.Value{call.Argument(0)}}, false).ToInteger()
	t := l.byID[id]
	t.at = 0
	heap.Fix(&l.timers, t.index)
	return goja.Undefined()
}

func (l *loop) clear(call goja.FunctionCall) goja.Value {
	id := call.Argument(0).ToInteger()
	if t := l.byID[id]; t != nil {
		t.gone = true
		delete(l.byID, id)
	}
	return goja.Undefined()
}

// timerHeap orders timers by time, then by age.
type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].id < h[j].id
}
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	*h = old[:len(old)-1]
	return t
}
