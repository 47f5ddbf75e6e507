package generators

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// failure explains an attempt without a complete reply. sent says that the
// request may have arrived.
func (e *endpoint) failure(ctx context.Context, err error, took time.Duration, sent bool) error {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		took = max(took.Round(10*time.Millisecond), 10*time.Millisecond)
		err = fmt.Errorf("no answer from %s within %s; raise --timeout: %w", e.name, seconds(took), context.DeadlineExceeded)
		return &pipeline.Transient{Err: err, Ambiguous: sent}
	case ctx.Err() != nil:
		return fmt.Errorf("calling %s: %w", e.name, context.Cause(ctx))
	}
	var dns *net.DNSError
	var proxied *url.Error
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		err = fmt.Errorf("calling %s: there is no host %s", e.name, dns.Name)
	case errors.As(err, &proxied): // its text holds the URL
		err = fmt.Errorf("calling %s: %w", e.name, proxied.Err)
	case sent:
		err = fmt.Errorf("calling %s: the connection broke before the answer was complete: %w", e.name, err)
	default:
		err = fmt.Errorf("calling %s: %w", e.name, err)
	}
	return &pipeline.Transient{Err: err, Ambiguous: sent}
}

// refusal explains a reply whose status is not 2xx.
func (e *endpoint) refusal(resp *http.Response, body []byte) error {
	in := errorOf(body)
	if in.text == "" {
		in.text = excerpt(body, 200)
	}
	text := fmt.Sprintf("%s answered %d %s", e.name, resp.StatusCode, http.StatusText(resp.StatusCode))
	if in.text != "" {
		text += ": " + e.redact(in.text)
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		text += ": it redirects to " + redactURL(resp.Header.Get("Location"))
	}
	return e.explain(resp, resp.StatusCode, in, text)
}

// errorInBody explains an error object in a reply with status 2xx. Its code
// may be the status that the reply should have had.
func (e *endpoint) errorInBody(resp *http.Response, in *replyError) error {
	text := fmt.Sprintf("%s answered with an error: %s", e.name, e.redact(in.text))
	return e.explain(resp, in.status, *in, text)
}

func (e *endpoint) explain(resp *http.Response, status int, in replyError, text string) error {
	wait := retryAfter(resp.Header, in, time.Now())
	kind := in.trouble(status, wait > 0)
	err := errors.New(text)
	switch kind {
	case limited:
		return &pipeline.Transient{Err: err, Limited: true, RetryAfter: wait}
	case overloaded:
		return &pipeline.Transient{Err: err, Overload: true, RetryAfter: wait}
	case outage:
		return &pipeline.Transient{Err: err, RetryAfter: wait}
	case gateway:
		return &pipeline.Transient{Err: err, RetryAfter: wait, Ambiguous: true}
	}
	r, known := e.remedies[kind]
	switch {
	case !known:
		return err
	case r.unusable:
		return &pipeline.Unusable{Reason: text + "; " + r.advice}
	}
	return errors.New(text + "; " + r.advice)
}
