package conversation

import (
	"sync"

	"github.com/GaboBase/arch-genops/assets"
)

// committer makes calls durable before they go out. Those that come while a
// commit is under way share the next one: a commit waits for the disk.
type committer struct {
	ledger  *assets.Ledger
	writing sync.Mutex // held during a commit

	mu   sync.Mutex
	next *commit // that still takes calls; nil = none does
}

type commit struct {
	calls []assets.Call
	err   error
	done  chan struct{}
}

// sent returns when the call is durable.
func (c *committer) sent(call assets.Call) error {
	c.mu.Lock()
	mine, leads := c.next, c.next == nil
	if leads {
		mine = &commit{done: make(chan struct{})}
		c.next = mine
	}
	mine.calls = append(mine.calls, call)
	c.mu.Unlock()
	if leads {
		c.writing.Lock()
		c.mu.Lock()
		c.next = nil
		c.mu.Unlock()
		mine.err = c.ledger.Sent(mine.calls)
		c.writing.Unlock()
		close(mine.done)
	}
	<-mine.done
	return mine.err
}
