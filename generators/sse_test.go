package generators

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// eventsOf reads all events as "name|data".
func eventsOf(r io.Reader) (all []string, err error) {
	s := newEventStream(r)
	for {
		name, data, err := s.next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, name+"|"+string(data))
	}
}

func TestEventStream(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"one", "data: a\n\n", "|a"},
		{"no blank after the colon", "data:a\n\n", "|a"},
		{"only one blank goes", "data:  a \n\n", "| a "},
		{"crlf", "event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n", "x|a;|b"},
		{"cr", "event: x\rdata: a\r\rdata: b\r\r", "x|a;|b"},
		{"several lines", "data: a\ndata\ndata: b\n\n", "|a\n\nb"},
		{"comments and unknown fields", ": hello\nid: 7\nretry: 10\ndata: a\n: bye\n\n:\n\n", "|a"},
		{"byte order mark", "\uFEFFdata: a\n\n", "|a"},
		{"mark later is text", "data: \uFEFFa\n\n", "|\uFEFFa"},
		{"no data is no event", "event: x\n\ndata: a\n\n", "|a"},
		{"cut line", "data: a\n\ndata: {\"b\":", "|a"},
		{"cut end", "data: a\n\ndata: {\"b\":1}\n", "|a;|{\"b\":1}"},
		{"done at the very end", "data: [DONE]", "|[DONE]"},
		{"empty data", "data:\n\n", "|"},
	} {
		for how, r := range map[string]io.Reader{"at once": strings.NewReader(c.in), "by bytes": iotest.OneByteReader(strings.NewReader(c.in))} {
			got, err := eventsOf(r)
			if err != nil || strings.Join(got, ";") != c.want {
				t.Errorf("%s, %s: %q, %v, want %q", c.name, how, got, err, c.want)
			}
		}
	}
}

// endless repeats a text for ever.
type endless struct{ text, rest string }

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		e.rest = e.text
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func TestEventStreamLimits(t *testing.T) {
	for text, want := range map[string]error{
		"data: " + strings.Repeat("a", 1000): errBigEvent, // one line without an end
		"data: aaaaaaaaaaaaaaaaaaaaaaaaa\n":  errBigEvent,
		": keep-alive\n\n":                   errTooBig,
		"data: {}\n\n":                       errTooBig,
	} {
		var err error
		for s := newEventStream(&endless{text: text}); err == nil; {
			_, _, err = s.next()
		}
		if !errors.Is(err, want) {
			t.Errorf("%.20q without end: %v, want %v", text, err, want)
		}
	}
	broken := io.MultiReader(strings.NewReader("data: a\n\ndata: b"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if got, err := eventsOf(broken); len(got) != 1 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a broken connection: %q, %v", got, err)
	}
}

func FuzzEventStream(f *testing.F) {
	f.Add([]byte("event: x\r\ndata: a\r\n\r\n"), 1)
	f.Add([]byte("\uFEFFdata: a\rdata: b\n\n: c\n"), 2)
	f.Add([]byte("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0}]}}]}\n\ndata: [DONE]\n\n"), 3)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		whole, err := eventsOf(bytes.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		pieces, err := eventsOf(&chunkReader{in, size})
		if err != nil || strings.Join(whole, "\x00") != strings.Join(pieces, "\x00") {
			t.Errorf("%q in pieces of %d: %q, want %q (%v)", in, size, pieces, whole, err)
		}
		for _, w := range []wire{openAIWire{}, anthropicWire{}, googleWire{}} {
			a, err := readStream(io.NopCloser(bytes.NewReader(in)), w.events())
			if err == nil && a.Text == "" && len(a.ToolCalls) == 0 && a.FinishReason == "" && len(whole) == 0 {
				t.Errorf("%q is an answer", in)
			}
		}
	})
}

// chunkReader gives a few bytes at a time.
type chunkReader struct {
	rest []byte
	size int
}

func (r *chunkReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), max(1, r.size%7))], r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// hanging is a stream that stays open after its last event.
type hanging struct {
	io.Reader
	closed chan struct{}
}

func (h *hanging) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if err == io.EOF {
		<-h.closed
		return 0, io.ErrClosedPipe
	}
	return n, err
}

func (h *hanging) Close() error {
	close(h.closed)
	return nil
}

func TestStreamThatStaysOpen(t *testing.T) {
	body := &hanging{strings.NewReader("data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"), make(chan struct{})}
	at := time.Now()
	if a, err := readStream(body, openAIWire{}.events()); err != nil || a.Text != "a" || time.Since(at) > time.Minute {
		t.Errorf("%+v, %v after %v", a, err, time.Since(at))
	}
}
