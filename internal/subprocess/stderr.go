package subprocess

import (
	"bytes"
	"io"
	"os"
	"sync"
)

func (c *Child) copyStderr(r *os.File, w io.Writer, done chan<- struct{}) {
	defer close(done)
	defer r.Close()
	buf := make([]byte, 8<<10)
	for {
		n, err := r.Read(buf)
		c.tail.add(buf[:n])
		if w != nil && n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil {
				w = nil // the child must never block on its log
			}
		}
		if err != nil {
			return
		}
	}
}

// tailLines and tailBytes bound what is kept of stderr.
const (
	tailLines = 20
	tailBytes = 8 << 10
)

// tail keeps the end of a stream.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) add(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if len(t.buf) > 2*tailBytes {
		t.buf = append(t.buf[:0], t.buf[len(t.buf)-tailBytes:]...)
	}
}

func (t *tail) last() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	buf := t.buf
	if len(buf) > tailBytes {
		buf = buf[len(buf)-tailBytes:]
	}
	buf = bytes.TrimRight(buf, "\r\n \t")
	if len(buf) == 0 {
		return nil
	}
	var lines []string
	for line := range bytes.Lines(buf) {
		lines = append(lines, string(bytes.ToValidUTF8(bytes.TrimRight(line, "\r\n"), []byte("\uFFFD"))))
	}
	return lines[max(0, len(lines)-tailLines):]
}
