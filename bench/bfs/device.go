package main

import "time"

// kinds of models that the accelerator can hold, one at a time.
const (
	nothing = iota
	maker
	judge
)

// device is the accelerator: it holds one model, or both where they fit, and
// does one job at a time. What is loaded stays, until the other model needs its
// place or idle is over.
type device struct {
	clock   *clock
	load    [3]time.Duration // of each kind
	idle    time.Duration    // after which a model that is not used is evicted; 0 = never
	inARow  int              // jobs of the loaded model before one for the other that waits
	queue   [3][]job
	fits    bool // both models
	held    [3]bool
	loaded  int // used last
	row     int
	busy    bool
	usedAt  time.Duration
	loads   int // of any kind
	working time.Duration
}

// add lets a job run that needs a model.
func (d *device) add(kind int, takes time.Duration, done func()) {
	d.queue[kind] = append(d.queue[kind], job{takes, done})
	d.next()
}

// choose says whose turn it is; nothing when no job waits.
func (d *device) choose() int {
	other := maker + judge - d.loaded
	if d.loaded == nothing {
		other = maker
		if len(d.queue[maker]) == 0 {
			other = judge
		}
	}
	mine := len(d.queue[d.loaded]) > 0
	switch {
	case mine && (d.row < d.inARow || len(d.queue[other]) == 0):
		return d.loaded
	case len(d.queue[other]) > 0:
		return other
	}
	return nothing
}

func (d *device) next() {
	if d.busy {
		return
	}
	if d.idle > 0 && d.clock.now-d.usedAt > d.idle {
		d.loaded, d.held = nothing, [3]bool{}
	}
	kind := d.choose()
	if kind == nothing {
		return
	}
	d.busy = true
	wait := time.Duration(0)
	if kind != d.loaded {
		d.loaded, d.row = kind, 0
	}
	if !d.held[kind] {
		if !d.fits {
			d.held = [3]bool{}
		}
		d.held[kind] = true
		d.loads++
		wait = d.load[kind]
	}
	j := d.queue[kind][0]
	d.queue[kind] = d.queue[kind][1:]
	d.row++
	d.working += j.takes
	d.clock.after(wait+j.takes, func() {
		d.busy, d.usedAt = false, d.clock.now
		j.done()
		d.next()
	})
}
