package generators

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// maxEvent bounds one event of a stream in bytes.
const maxEvent = 16 << 20

var errBigEvent = fmt.Errorf("an event of the stream is larger than %d MiB", maxEvent>>20)

// eventStream reads server-sent events (HTML standard, section 9.2): lines end
// with LF, CR or CRLF, data may take several lines, lines that begin with a
// colon are comments, often sent to keep the connection alive.
type eventStream struct {
	r       *bufio.Reader
	read    int  // bytes so far
	started bool // the byte order mark is behind us
	cr      bool // the last line ended with CR, of which a LF may follow
	line    []byte
	data    []byte
}

const bom = "\uFEFF" // byte order mark

func newEventStream(r io.Reader) *eventStream {
	return &eventStream{r: bufio.NewReaderSize(r, 8<<10)}
}

// next returns an event, whose data is valid until the next call. io.EOF is
// the end of the stream; an event that the end cuts off counts only when its
// data is visibly whole.
func (s *eventStream) next() (name string, data []byte, err error) {
	s.data = s.data[:0]
	some := false
	for {
		line, err := s.nextLine()
		switch {
		case err == io.EOF && some && (string(s.data) == "[DONE]" || json.Valid(s.data)):
			return name, s.data, nil
		case err != nil:
			return "", nil, err
		case len(line) == 0 && some:
			return name, s.data, nil
		case len(line) == 0: // an event without data is none
			name = ""
			continue
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "event":
			name = string(value)
		case "data":
			if some {
				s.data = append(s.data, '\n')
			}
			some = true
			if s.data = append(s.data, value...); len(s.data) > maxEvent {
				return "", nil, errBigEvent
			}
		}
	}
}

// nextLine returns a line without its end. The last one, which nothing ends,
// comes before io.EOF.
func (s *eventStream) nextLine() ([]byte, error) {
	s.line = s.line[:0]
	for {
		first, err := s.r.Peek(1)
		if err != nil {
			if err == io.EOF && len(s.line) > 0 {
				return s.line, nil
			}
			return nil, err
		}
		if !s.started {
			s.started = true
			if first[0] == bom[0] {
				if mark, _ := s.r.Peek(len(bom)); string(mark) == bom {
					s.skip(len(bom))
					continue
				}
			}
		}
		chunk, _ := s.r.Peek(s.r.Buffered())
		if s.cr {
			s.cr = false
			if chunk[0] == '\n' {
				s.skip(1)
				continue
			}
		}
		end := bytes.IndexAny(chunk, "\r\n")
		if end < 0 {
			s.line = append(s.line, chunk...)
			s.skip(len(chunk))
		} else {
			s.line = append(s.line, chunk[:end]...)
			s.cr = chunk[end] == '\r'
			s.skip(end + 1)
		}
		switch {
		case s.read > maxBody:
			return nil, errTooBig
		case len(s.line) > maxEvent:
			return nil, errBigEvent
		case end >= 0:
			return s.line, nil
		}
	}
}

func (s *eventStream) skip(n int) {
	discarded, _ := s.r.Discard(n) // buffered, as Peek has shown
	s.read += discarded
}

// lastBytes is how long a stream may take to end after its last event. One
// that ends in time leaves a connection that can be used again.
const lastBytes = 50 * time.Millisecond

// readStream puts a streamed reply together. A stream that stops before its
// answer is whole is a *brokenReply.
func readStream(body io.ReadCloser, to eventReader) (pipeline.Asset, error) {
	s := newEventStream(body)
	for {
		name, data, err := s.next()
		switch {
		case err == io.EOF:
			a, err := to.asset()
			if errors.Is(err, errUnfinished) {
				err = &brokenReply{err}
			}
			return a, err
		case err == errTooBig || err == errBigEvent:
			return pipeline.Asset{}, err
		case err != nil:
			return pipeline.Asset{}, &brokenReply{err}
		}
		done, err := to.event(name, data)
		switch {
		case err != nil:
			return pipeline.Asset{}, err
		case done:
			late := time.AfterFunc(lastBytes, func() { body.Close() })
			_, _ = io.CopyN(io.Discard, s.r, 4<<10)
			late.Stop()
			return to.asset()
		}
	}
}
