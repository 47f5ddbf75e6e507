package script

import (
	"sync"
	"testing"
	"time"
)

// Calls that are not quick do not wait behind each other while another child could
// take them; quick ones share one child's pipe.
func TestPace(t *testing.T) {
	e := newEngine(t, Config{Workers: 1})
	w := newWorker(e)
	if w.window != 1 {
		t.Errorf("a new child gets %d calls at once", w.window)
	}
	w.since = time.Now().Add(time.Hour) // answered in no time
	if w.pace(); w.window != window {
		t.Errorf("after a quick answer it gets %d", w.window)
	}
	w.since = time.Now().Add(-time.Second)
	if w.pace(); w.window != 1 {
		t.Errorf("after a slow answer it gets %d", w.window)
	}
}

func TestSlowCallsGetChildren(t *testing.T) {
	e := newEngine(t, Config{Workers: 3})
	e.Warm()
	slow := Assertion("const end = Date.now() + 100;\nfor (; Date.now() < end;);\nreturn 1")
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if _, err := run(t, e, slow, nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.started < 2 {
		t.Errorf("%d child for five slow calls", e.started)
	}
}
