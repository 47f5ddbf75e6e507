package deployers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/pipeline"
)

// HTTPPut delivers to an address that takes files by PUT, as storage zones of
// CDNs do: the asset by its digest, and once more under a name for people
// with its lineage beside it. Each is read back by GET. It is safe for
// concurrent use.
type HTTPPut struct {
	Endpoint string // where paths are appended; without user and password
	Key      string // sent as a bearer token, to this host alone; "" = none
	Origin   Origin
	Client   *http.Client // nil = one with a timeout of a minute that follows no redirect to another host
	Retries  int          // further attempts after a failure that may pass; PUT of the same bytes is safe to repeat
}

// NewHTTPPut checks the address.
func NewHTTPPut(endpoint, key string, o Origin) (*HTTPPut, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("CDN_ENDPOINT is no address that begins with https://")
	}
	if u.User != nil {
		return nil, errors.New("CDN_ENDPOINT holds a user or password; give the key in CDN_KEY")
	}
	return &HTTPPut{Endpoint: endpoint, Key: key, Origin: o, Retries: 3, Client: &http.Client{Timeout: time.Minute, CheckRedirect: sameHost}}, nil
}

// sameHost keeps the key, which redirects carry along, with its host.
func sameHost(r *http.Request, via []*http.Request) error {
	if r.URL.Host != via[0].URL.Host || r.URL.Scheme != via[0].URL.Scheme {
		return fmt.Errorf("it redirects to another host, %s: that is not followed", r.URL.Host)
	}
	if len(via) > 5 {
		return errors.New("it redirects too often")
	}
	return nil
}

// Deploy implements pipeline.Deployer.
func (d *HTTPPut) Deploy(ctx context.Context, a pipeline.Delivery) (pipeline.Receipt, error) {
	digest := assets.Digest(a.Data)
	a.Record.Digest = digest
	at, name := contentPath(a, digest), d.Origin.aliasOf(a)
	alias := name + ending(a.Record.Type)
	lineage, err := assets.PlainJSON(d.Origin.lineage(a, at))
	if err != nil {
		return pipeline.Receipt{}, err
	}
	for _, f := range []struct {
		path, kind, cache string
		data              []byte
	}{
		{at, a.Record.Type, "public, max-age=31536000, immutable", a.Data},
		{alias, a.Record.Type, "public, max-age=60", a.Data},
		{name + ".json", "application/json", "public, max-age=60", lineage}, // by name: equal bytes may have come about in several ways
	} {
		if err := d.put(ctx, f.path, f.kind, f.cache, f.data); err != nil {
			return pipeline.Receipt{}, fmt.Errorf("%s: %w", f.path, err)
		}
	}
	return pipeline.Receipt{Target: d.Endpoint, Path: at, Alias: alias, URL: d.url(at), Digest: digest, Bytes: int64(len(a.Data)), At: time.Now().Unix()}, nil
}

func (d *HTTPPut) url(path string) string {
	u, err := url.JoinPath(d.Endpoint, path)
	if err != nil {
		return d.Endpoint // its form was checked
	}
	return u
}

// put writes one file and reads it back.
func (d *HTTPPut) put(ctx context.Context, path, kind, cache string, data []byte) (err error) {
	for attempt := 0; ; attempt++ {
		var again bool
		var after time.Duration
		if again, after, err = d.once(ctx, path, kind, cache, data); err == nil || !again || attempt >= d.Retries {
			return err
		}
		select {
		case <-time.After(max(after, 250*time.Millisecond<<attempt)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// once is one attempt; again says whether another one may succeed.
func (d *HTTPPut) once(ctx context.Context, path, kind, cache string, data []byte) (again bool, after time.Duration, err error) {
	_, again, after, err = d.do(ctx, http.MethodPut, path, data, map[string]string{"Content-Type": kind, "Cache-Control": cache})
	if err != nil {
		return again, after, err
	}
	back, again, after, err := d.do(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return again, after, fmt.Errorf("reading back: %w", err)
	}
	if !bytes.Equal(back, data) {
		return true, 0, fmt.Errorf("it reads back as other bytes (%d, not %d): something on the way changes files", len(back), len(data))
	}
	return false, 0, nil
}

func (d *HTTPPut) do(ctx context.Context, method, path string, data []byte, header map[string]string) (body []byte, again bool, after time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, method, d.url(path), bytes.NewReader(data))
	if err != nil {
		return nil, false, 0, err
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	if d.Key != "" {
		r.Header.Set("Authorization", "Bearer "+d.Key)
	}
	resp, err := d.Client.Do(r)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err // the address is known, and may be long
		}
		return nil, ctx.Err() == nil, 0, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, pipeline.MaxAssetBytes+1))
	switch {
	case err != nil:
		return nil, true, 0, err
	case resp.StatusCode/100 == 2:
		return body, false, 0, nil
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		return nil, false, 0, fmt.Errorf("%s: the key in CDN_KEY is refused", resp.Status)
	}
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
	again = resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests
	return nil, again, min(time.Duration(seconds)*time.Second, time.Minute), fmt.Errorf("%s: %.200q", resp.Status, body)
}
