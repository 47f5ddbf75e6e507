package script

import (
	"bytes"
	"io"
	"strings"
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

// maxPrinted is how much of what a program of the user's prints is passed on from
// one reply of it to the next.
const maxPrinted = 64 << 10

// printed passes on what a program prints, up to that. nil log = dropped.
type printed struct {
	log io.Writer

	mu   sync.Mutex
	left int // negative once it was said that there is more
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(b)
	if p.log == nil || p.left < 0 {
		return n, nil
	}
	if n > p.left {
		b = append(b[:p.left:p.left], "\n… (a call printed more than is shown)\n"...)
	}
	if p.left -= n; len(b) > 0 {
		p.log.Write(b)
	}
	return n, nil
}

// again begins anew.
func (p *printed) again() {
	p.mu.Lock()
	p.left = maxPrinted
	p.mu.Unlock()
}

// consoleMark begins each line of a child's stderr that a script logged; the
// others are what the child itself says, at its end.
const consoleMark = "\x01"

// childLog takes a child's stderr apart.
type childLog struct {
	log  io.Writer // of the console; nil = dropped
	rest []byte

	mu    sync.Mutex
	words []string // the first lines of the child's own
}

const (
	maxOwnLines = 6
	maxLogLine  = 64 << 10
)

func (l *childLog) Write(p []byte) (int, error) {
	n := len(p)
	for {
		line, rest, ok := bytes.Cut(p, []byte{'\n'})
		l.rest = append(l.rest, line...)
		if !ok {
			break
		}
		l.line(l.rest)
		l.rest, p = l.rest[:0], rest
	}
	if len(l.rest) > maxLogLine {
		l.line(l.rest)
		l.rest = l.rest[:0]
	}
	return n, nil
}

func (l *childLog) line(line []byte) {
	if logged, ok := bytes.CutPrefix(line, []byte(consoleMark)); ok {
		if l.log != nil {
			l.log.Write(append(logged[:len(logged):len(logged)], '\n'))
		}
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.words) < maxOwnLines {
		l.words = append(l.words, string(line))
	}
}

// own is what the child itself said first.
func (l *childLog) own() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.words, " | ")
}
