package promptfoo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// poster sends what a webhook assertion judges to the user's server.
type poster struct{ client *http.Client }

func newPoster(timeout time.Duration) poster { return poster{&http.Client{Timeout: timeout}} }

// Post sends JSON and returns the body of a reply with status 2xx. Errors name
// the host alone: an address may hold a secret.
func (p poster) Post(ctx context.Context, address string, body []byte) ([]byte, error) {
	u, err := webAddress(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("the webhook's url is no address")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("the webhook at %s: its url can't be used", u.Host)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("the webhook at %s can't be reached", u.Host)
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return nil, fmt.Errorf("reading the reply of the webhook at %s: %w", u.Host, err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, fmt.Errorf("the webhook at %s answered with status %s", u.Host, resp.Status)
	}
	return reply, nil
}
