package resident

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

const mb = 1 << 20

func TestPercent(t *testing.T) {
	h := &heap{floor: 12 * mb, least: 70}
	for live, want := range map[uint64]int{
		0:        300, // 4 MB times it is the floor
		2 * mb:   300,
		4 * mb:   200,
		6 * mb:   100,
		8 * mb:   70,
		12 * mb:  70,
		100 * mb: 70,
	} {
		if got := h.percent(live); got != want {
			t.Errorf("%d MB in use: %d %%, want %d", live/mb, got, want)
		}
	}
}

// What lives grows to four fifths of the floor, and garbage beside it.
func TestHeap(t *testing.T) {
	const before = 137
	defer debug.SetGCPercent(debug.SetGCPercent(before))
	runtime.GC()
	end := Heap(40*mb, 50)
	var kept [][]byte
	collected := collections()
	for range 20 {
		kept = append(kept, make([]byte, mb))
	}
	if n := collections() - collected; n > 0 {
		t.Errorf("%d collections below the floor", n)
	}
	for range 12 {
		kept = append(kept, make([]byte, mb))
	}
	runtime.GC()
	for gogc() != 50 { // the runtime adapts it in its own time
		runtime.Gosched()
	}
	runtime.KeepAlive(kept)
	end()
	runtime.GC()
	if got := gogc(); got != before {
		t.Errorf("%d %% after the end, want %d", got, before)
	}
}

func collections() uint32 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NumGC
}

func gogc() int {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	return int(sample[0].Value.Uint64())
}
