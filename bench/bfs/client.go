package main

import "time"

// client sends one provider's calls as pipeline.Sweep does: so many at once, as
// many a minute as it was told, and after a 429 that half of the calls under
// way met, nothing until the announced wait is over.
type client struct {
	sim      *sim
	server   *server
	pace     bucket
	queue    []int // items
	held     int   // items that were sent and have no result
	active   int   // attempts under way
	refused  int   // 429s since the last answer
	resumeAt time.Duration
	wakeAt   time.Duration // an event that looks again; 0 = none
}

func newClient(s *sim, v *server) *client {
	c := &client{sim: s, server: v}
	if v.told {
		c.pace = newBucket(v.perMinute)
	}
	return c
}

func (c *client) add(item int) {
	c.queue = append(c.queue, item)
	c.next()
}

// next sends what may go out now.
func (c *client) next() {
	now := c.sim.now
	for len(c.queue) > 0 && c.held < c.server.width && !c.sim.stopped {
		if wait := max(c.resumeAt-now, c.pace.wait(now)); wait > 0 {
			if c.wakeAt <= now || c.wakeAt > now+wait {
				c.wakeAt = now + wait
				c.sim.after(wait, c.next)
			}
			return
		}
		item := c.queue[0]
		c.queue = c.queue[1:]
		if c.sim.known(item) {
			c.sim.made(item, true)
			continue
		}
		c.pace.take()
		c.held++
		c.attempt(item)
	}
}

// attempt makes one call of an item that holds a place.
func (c *client) attempt(item int) {
	c.active++
	c.sim.call(item, func(r reply) {
		if r.limited {
			c.refused++
			if 2*c.refused >= c.active+1 {
				c.resumeAt = max(c.resumeAt, c.sim.now+r.retryAfter)
			}
		} else if r.ok {
			c.refused = 0
		}
		c.active--
		if r.ok || c.sim.gaveUp(item) || c.sim.stopped {
			c.held--
			c.sim.made(item, r.ok)
			c.next()
			return
		}
		c.again(item, c.sim.backoff(item, r.retryAfter))
	})
}

// again is the next attempt; it waits as long as everyone does.
func (c *client) again(item int, wait time.Duration) {
	c.sim.after(wait, func() {
		if left := c.resumeAt - c.sim.now; left > 0 && !c.sim.stopped {
			c.again(item, left)
			return
		}
		if c.sim.stopped {
			c.held--
			return
		}
		c.attempt(item)
	})
}
