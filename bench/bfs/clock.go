package main

import (
	"container/heap"
	"time"
)

// clock is virtual time: it jumps from one event to the next. Events of the
// same moment happen in the order in which they were asked for, so equal
// programs have equal histories.
type clock struct {
	now    time.Duration // since the beginning; never goes back
	events events
	n      uint64
}

type event struct {
	at time.Duration
	n  uint64
	do func()
}

// after lets do happen when d is over; a negative d counts as 0.
func (c *clock) after(d time.Duration, do func()) {
	c.n++
	heap.Push(&c.events, event{c.now + max(d, 0), c.n, do})
}

// run lets everything happen, until nothing is left.
func (c *clock) run() {
	for len(c.events) > 0 {
		e := heap.Pop(&c.events).(event)
		if e.at < c.now {
			panic("virtual time went back")
		}
		c.now = e.at
		e.do()
	}
}

type events []event

func (h events) Len() int { return len(h) }
func (h events) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].n < h[j].n
}
func (h events) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *events) Push(x any)   { *h = append(*h, x.(event)) }
func (h *events) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = event{}
	*h = old[:len(old)-1]
	return e
}

// pool lets so many jobs run at once; the others wait in their order.
type pool struct {
	clock *clock
	width int
	busy  int
	queue []job
}

type job struct {
	takes time.Duration
	done  func()
}

// add lets a job run as soon as there is room.
func (p *pool) add(takes time.Duration, done func()) {
	p.queue = append(p.queue, job{takes, done})
	p.next()
}

func (p *pool) next() {
	for p.busy < p.width && len(p.queue) > 0 {
		j := p.queue[0]
		p.queue = p.queue[1:]
		p.busy++
		p.clock.after(j.takes, func() {
			p.busy--
			j.done()
			p.next()
		})
	}
}
