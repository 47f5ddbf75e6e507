package resident

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// Heap lets garbage pile up until the heap holds floor bytes, and in a larger one
// up to percent of what is in use: to collect a heap over and over while it is
// smaller than it is going to be costs cycles and saves no memory. end puts the
// percentage of before back.
func Heap(floor uint64, percent int) (end func()) {
	h := &heap{floor: floor, least: percent}
	before := debug.SetGCPercent(h.percent(live()))
	h.adaptNext()
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.ended = true
		debug.SetGCPercent(before)
	}
}

// heap is such a policy in force.
type heap struct {
	floor uint64
	least int

	mu    sync.Mutex
	ended bool
}

// smallest times the percentage is the least heap that the runtime collects.
const smallest = 4 << 20

// percent is how much garbage there may be, in percent of what is in use.
func (h *heap) percent(live uint64) int {
	if live >= h.floor {
		return h.least
	}
	share := min((h.floor-live)*100/max(live, 1), h.floor*100/smallest)
	return max(h.least, int(share))
}

// live is how much the last collection found in use, in bytes.
func live() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// adaptNext adapts the percentage after the next collection, and from then on after
// each one: it finds an object that nobody uses.
func (h *heap) adaptNext() {
	type unused struct{ *heap }
	runtime.SetFinalizer(&unused{h}, func(*unused) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if !h.ended {
			debug.SetGCPercent(h.percent(live()))
			h.adaptNext()
		}
	})
}
