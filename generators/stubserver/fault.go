package stubserver

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Fault is something that goes wrong with a call.
type Fault int

const (
	None        Fault = iota
	TooMany           // 429 with Retry-After
	NoQuota           // 429 insufficient_quota
	Unavailable       // 503 with Retry-After
	Overloaded        // 529
	Internal          // 500
	BadGateway        // 502
	BadRequest        // 400
	Denied            // 401
	Redirect          // 307
	Cut               // the connection breaks after the request was read
	CutBody           // the connection breaks in the middle of the answer
	Drip              // the answer comes in small pieces, 20 ms apart
	Hang              // no answer until the caller gives up
	WrongType         // 200 with an HTML page
	ErrorBody         // 200 with an error object: overloaded
	Filtered          // 200, withheld by the content filter
	Refused           // 200, refused by the model
	NullContent       // 200, content is null; of labels, there are none
	Empty             // 200 without a body
	TooLong           // 400, more than the model's context
	Moderated         // 400, the input is refused by the content filter
	NoModel           // 404, there is no such model
	Forbidden         // 403
	EndEarly          // streams: the end, in good order, in the middle
	NoDone            // streams: no [DONE] at the end
	BadEvent          // streams: an event that is broken JSON
	ErrorEvent        // streams: an error in the middle: overloaded
)

// Every returns a chooser for Options.Fault: each nth call has the fault.
func Every(n int64, f Fault) func(int64) Fault {
	return func(call int64) Fault {
		if call%n == 0 {
			return f
		}
		return None
	}
}

// First returns a chooser for Options.Fault: the first n calls have the fault.
func First(n int64, f Fault) func(int64) Fault {
	return func(call int64) Fault {
		if call <= n {
			return f
		}
		return None
	}
}

// refusals are the faults that are a status and an error object.
var refusals = map[Fault]struct {
	status     int
	kind, text string
}{
	TooMany:     {429, "rate_limit_exceeded", "Rate limit reached"},
	NoQuota:     {429, "insufficient_quota", "You exceeded your current quota"},
	Unavailable: {503, "service_unavailable", "The server is starting"},
	Overloaded:  {529, "overloaded_error", "Overloaded"},
	Internal:    {500, "server_error", "The server had an error"},
	BadGateway:  {502, "bad_gateway", "Bad gateway"},
	BadRequest:  {400, "invalid_request_error", "Unknown parameter"},
	Denied:      {401, "invalid_api_key", "Incorrect API key provided"},
	TooLong: {400, "context_length_exceeded", "This model's maximum context length is 8192 tokens. " +
		"However, your messages resulted in 9000 tokens. Please reduce the length of the messages."},
	Moderated: {400, "content_filter", "The response was filtered due to the prompt triggering the content management policy"},
	NoModel:   {404, "model_not_found", "The model does not exist or you do not have access to it."},
	Forbidden: {403, "permission_denied", "Your project does not have access"},
	ErrorBody: {200, "overloaded_error", "Overloaded"},
}

// fail does what f says; false when the call goes on to an answer.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, key string, f Fault) bool {
	if refusal, ok := refusals[f]; ok {
		s.refuse(w, refusal.status, refusal.kind, refusal.text, key)
		return true
	}
	switch f {
	case Redirect:
		http.Redirect(w, r, "/elsewhere?token=secret", http.StatusTemporaryRedirect)
	case Cut:
		cut(w)
	case Hang:
		<-r.Context().Done()
	case WrongType:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte("<html><body>Please sign in</body></html>"))
	case Empty:
	default:
		return false
	}
	return true
}

// refuse answers with an error. A careless server shows the caller's key in it.
func (s *Server) refuse(w http.ResponseWriter, status int, kind, text, key string) {
	h := w.Header()
	if s.opts.ShowKey {
		text += " (key " + key + ")"
	}
	if s.opts.RetryAfter > 0 && (status == 429 || status == 503) {
		h.Set("Retry-After", strconv.Itoa(int((s.opts.RetryAfter+time.Second-1)/time.Second)))
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	body := appendJSON([]byte(`{"error":{"message":`), text)
	body = appendJSON(append(body, `,"type":`...), kind)
	body = appendJSON(append(body, `,"code":`...), kind)
	w.Write(append(body, "}}\n"...))
}

// cut resets the caller's connection.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

const (
	dripPieces = 5
	dripPause  = 20 * time.Millisecond
)

// drip writes body in pieces.
func drip(ctx context.Context, w http.ResponseWriter, body []byte) {
	size := len(body)/dripPieces + 1
	for len(body) > 0 {
		n := min(size, len(body))
		w.Write(body[:n])
		http.NewResponseController(w).Flush()
		body = body[n:]
		if !sleep(ctx, dripPause) {
			return
		}
	}
}

// sleep waits for d; false when ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
