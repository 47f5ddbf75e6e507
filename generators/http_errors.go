package generators

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// failure explains an attempt without a complete reply. sent says that the
// request may have arrived.
func (h *HTTP) failure(ctx context.Context, err error, took time.Duration, sent bool) error {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		took = max(took.Round(10*time.Millisecond), 10*time.Millisecond)
		err = fmt.Errorf("no answer from %s within %s; raise --timeout: %w", h.name, seconds(took), context.DeadlineExceeded)
		return &pipeline.Transient{Err: err, Ambiguous: sent}
	case ctx.Err() != nil:
		return fmt.Errorf("calling %s: %w", h.name, context.Cause(ctx))
	}
	var dns *net.DNSError
	var proxied *url.Error
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		err = fmt.Errorf("calling %s: there is no host %s", h.name, dns.Name)
	case errors.As(err, &proxied): // its text holds the URL
		err = fmt.Errorf("calling %s: %w", h.name, proxied.Err)
	case sent:
		err = fmt.Errorf("calling %s: the connection broke before the answer was complete: %w", h.name, err)
	default:
		err = fmt.Errorf("calling %s: %w", h.name, err)
	}
	return &pipeline.Transient{Err: err, Ambiguous: sent}
}

// refusal explains a reply whose status is not 2xx.
func (h *HTTP) refusal(resp *http.Response, body []byte) error {
	in := errorOf(body)
	if in.text == "" {
		in.text = excerpt(body, 200)
	}
	text := fmt.Sprintf("%s answered %d %s", h.name, resp.StatusCode, http.StatusText(resp.StatusCode))
	if in.text != "" {
		text += ": " + h.redact(in.text)
	}
	err := errors.New(text)
	transient := &pipeline.Transient{Err: err, RetryAfter: retryAfter(resp.Header, in, time.Now())}
	switch code := resp.StatusCode; {
	case code == 401, code == 403 && !in.moderation():
		return h.denied(text)
	case code == 402, in.quota():
		return fmt.Errorf("%s; the account has no credit left: add some, or use another key", text)
	case code == 429, code == 503, code == 529:
		transient.Overload = true
		return transient
	case code == 501, code == 505:
		return err
	case code == 408, code == 425, code == 500:
		return transient
	case code > 500: // a gateway speaks, and does not know what became of the call
		transient.Ambiguous = true
		return transient
	case code == 404:
		return fmt.Errorf("%s; check runtime.http.url and model", text)
	case code >= 300 && code < 400:
		to := redactURL(resp.Header.Get("Location"))
		return fmt.Errorf("%s: it redirects to %s; write that address into runtime.http.url", text, to)
	}
	return err
}

func (h *HTTP) denied(text string) error {
	advice := "; it wants a key: name its environment variable in runtime.http.api_key_env"
	if h.keyEnv != "" {
		advice = fmt.Sprintf("; check the key in environment variable %s (runtime.http.api_key_env)", h.keyEnv)
	}
	return &pipeline.Unusable{Reason: text + advice}
}

// errorInBody explains an error object in a 2xx reply.
func (h *HTTP) errorInBody(resp *http.Response, in *replyError) error {
	err := fmt.Errorf("%s answered with an error: %s", h.name, h.redact(in.text))
	switch {
	case in.quota():
		return fmt.Errorf("%w; the account has no credit left: add some, or use another key", err)
	case in.overload():
		return &pipeline.Transient{Err: err, Overload: true, RetryAfter: retryAfter(resp.Header, *in, time.Now())}
	}
	return err
}

// replyError is the error that a reply's body describes.
type replyError struct {
	kind string // type and code, as far as given
	text string // for people
	wait time.Duration
}

func (e *replyError) Error() string { return e.text }

func (e *replyError) has(words ...string) bool {
	for _, w := range words {
		if strings.Contains(e.kind, w) {
			return true
		}
	}
	return false
}

func (e *replyError) quota() bool {
	return e.has("insufficient_quota", "insufficient_credits", "billing")
}
func (e *replyError) overload() bool {
	return e.has("overloaded", "rate_limit", "too_many_requests", "slow_down")
}
func (e *replyError) moderation() bool {
	return e.has("content_policy", "content_filter", "moderation", "safety") ||
		strings.Contains(strings.ToLower(e.text), "flagged")
}

// errorOf reads the common shapes: {"error":{"type","code","message"}},
// {"error":"text"}, {"message":"text"}, {"detail":…}.
func errorOf(body []byte) replyError {
	var raw struct {
		Error      json.RawMessage `json:"error"`
		Message    json.RawMessage `json:"message"`
		Detail     json.RawMessage `json:"detail"`
		RetryAfter float64         `json:"retry_after"`
	}
	var e replyError
	if json.Unmarshal(body, &raw) != nil {
		return e
	}
	e.wait = fromSeconds(raw.RetryAfter)
	var inner struct {
		Type    json.RawMessage `json:"type"`
		Code    json.RawMessage `json:"code"`
		Message string          `json:"message"`
	}
	for _, field := range []json.RawMessage{raw.Error, raw.Message, raw.Detail} {
		if isNull(field) {
			continue
		}
		if field[0] == '{' && json.Unmarshal(field, &inner) == nil && inner.Message != "" {
			e.text = inner.Message
			e.kind = strings.ToLower(string(inner.Type) + " " + string(inner.Code))
		} else {
			e.text, _ = textOf(field)
			e.kind = strings.ToLower(e.text)
		}
		break
	}
	e.text = excerpt([]byte(e.text), 300)
	return e
}

// maxWait bounds what a server may ask for; a date in a far year is a mistake.
const maxWait = 24 * time.Hour

func fromSeconds(s float64) time.Duration {
	switch {
	case !(s > 0):
		return 0
	case s > maxWait.Seconds():
		return maxWait
	}
	return time.Duration(s * float64(time.Second))
}

// retryAfter is how long the server asks to wait, 0 when it does not say:
// Retry-After-Ms, Retry-After in seconds or as a date, retry_after in the body,
// else the reset of an exhausted rate limit.
func retryAfter(header http.Header, in replyError, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil {
		return fromSeconds(ms / 1000)
	}
	if after := header.Get("Retry-After"); after != "" {
		if s, err := strconv.ParseFloat(after, 64); err == nil {
			return fromSeconds(s)
		}
		if at, err := http.ParseTime(after); err == nil {
			if sent, err := http.ParseTime(header.Get("Date")); err == nil {
				now = sent // the server's clock
			}
			return fromSeconds(at.Sub(now).Seconds())
		}
	}
	if in.wait > 0 {
		return in.wait
	}
	var wait time.Duration
	for name, values := range header {
		kind, ok := strings.CutPrefix(strings.ToLower(name), "x-ratelimit-reset")
		if !ok || len(values) == 0 {
			continue
		}
		// Where a limit says what remains, only an exhausted one counts.
		if left := header.Get("X-Ratelimit-Remaining" + kind); left != "" && left != "0" {
			continue
		}
		wait = max(wait, resetIn(values[0], now))
	}
	return wait
}

// resetIn reads "1s", "6m0s", "20ms", seconds, or a Unix time in seconds.
func resetIn(value string, now time.Time) time.Duration {
	if d, err := time.ParseDuration(value); err == nil {
		return fromSeconds(d.Seconds())
	}
	s, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return 0
	}
	if s > 1e9 {
		s -= float64(now.UnixMilli()) / 1000
	}
	return fromSeconds(s)
}
