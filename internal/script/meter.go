package script

import (
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/dop251/goja"
)

const (
	meterPeriod = 10 * time.Millisecond
	// settle is how long a call that was asked to stop may take to do so.
	settle = 200 * time.Millisecond
)

// meter watches the memory of the child while a call runs. A call that needs
// too much is asked to end; one that does not hear, because it is inside of a
// built-in function, takes the child with it.
type meter struct {
	limit   uint64
	samples []metrics.Sample

	mu      sync.Mutex
	running *goja.Runtime
	over    time.Time // since when the running call is asked to end
}

// overMemory is what a call is interrupted with.
type overMemory struct{}

func newMeter(limit int64) *meter {
	return &meter{limit: uint64(limit), samples: []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}}
}

func (m *meter) begin(vm *goja.Runtime) { m.set(vm) }
func (m *meter) end()                   { m.set(nil) }

func (m *meter) set(vm *goja.Runtime) {
	m.mu.Lock()
	m.running, m.over = vm, time.Time{}
	m.mu.Unlock()
}

// used are the bytes that the system holds for this process.
func (m *meter) used() uint64 {
	metrics.Read(m.samples)
	return m.samples[0].Value.Uint64() - m.samples[1].Value.Uint64()
}

func (m *meter) watch(die func()) {
	for range time.Tick(meterPeriod) {
		m.mu.Lock()
		vm, over := m.running, m.over
		m.mu.Unlock()
		if vm == nil {
			continue
		}
		used := m.used()
		if used > m.limit*3/2 { // a collection would wait for what fills it, which goes on meanwhile
			die()
			return
		}
		if used > m.limit && over.IsZero() {
			debug.FreeOSMemory()
			used = m.used()
		}
		switch {
		case used <= m.limit && over.IsZero():
		case used > m.limit*3/2, !over.IsZero() && time.Since(over) > settle:
			die()
			return
		case over.IsZero():
			m.stop(vm)
		}
	}
}

func (m *meter) stop(vm *goja.Runtime) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.running == vm {
		m.over = time.Now()
		vm.Interrupt(overMemory{})
	}
}
