package script

import (
	"io"
	"sync"
)

// lockedLog lets several children write to one log; each write is whole.
type lockedLog struct {
	mu sync.Mutex
	w  io.Writer
}

// locked is nil for nil.
func locked(w io.Writer) io.Writer {
	if w == nil {
		return nil
	}
	return &lockedLog{w: w}
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
