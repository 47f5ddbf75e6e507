package subprocess

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// ErrLineTooLong says that a line exceeds the limit; ErrEndlessLine that it
// exceeds it many times over and is not worth waiting for.
var (
	ErrLineTooLong = errors.New("line too long")
	ErrEndlessLine = errors.New("line without end")
)

const (
	prefixBytes   = 4 << 10 // of a line that is too long
	endlessFactor = 16      // times the limit
)

// lineReader reads lines of bounded length.
type lineReader struct {
	r        *bufio.Reader
	max      int
	long     []byte // a line that does not fit the reader's buffer
	skipping bool
}

func newLineReader(r io.Reader, max int) *lineReader {
	if max <= 0 {
		max = DefaultMaxLine
	}
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10), max: max}
}

// next returns a line without its end; a last line without newline counts.
func (l *lineReader) next() ([]byte, error) {
	if l.skipping {
		if err := l.skip(); err != nil {
			return nil, err
		}
		l.skipping = false
	}
	if cap(l.long) > keepBuffer {
		l.long = nil
	}
	l.long = l.long[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		size := len(l.long) + len(bytes.TrimRight(part, "\r\n"))
		if size > l.max {
			l.skipping = err == bufio.ErrBufferFull
			l.long = append(l.long, part...)
			return l.long[:min(prefixBytes, len(l.long))], ErrLineTooLong
		}
		if err == nil && len(l.long) == 0 {
			return bytes.TrimRight(part, "\r\n"), nil
		}
		l.long = append(l.long, part...)
		if err == nil || err != bufio.ErrBufferFull && len(l.long) > 0 {
			return bytes.TrimRight(l.long, "\r\n"), nil
		}
		if err != bufio.ErrBufferFull {
			return nil, err
		}
	}
}

func (l *lineReader) skip() error {
	for skipped := 0; skipped < endlessFactor*l.max; {
		part, err := l.r.ReadSlice('\n')
		skipped += len(part)
		if err == nil {
			return nil
		}
		if err != bufio.ErrBufferFull {
			return err
		}
	}
	return ErrEndlessLine
}
