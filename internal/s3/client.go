// Package s3 puts objects into a bucket of S3, or of a server that speaks its
// protocol, and gets them back: signed HTTP (Signature Version 4), uploads in
// parts, writes that never replace. The SDKs weigh more than a start of genops may.
package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Client is one bucket, below a prefix. It is safe for concurrent use.
type Client struct {
	Endpoint  *url.URL // of the server, without the bucket
	Region    string
	Bucket    string
	Prefix    string // of all keys; "" or ends with "/"
	PathStyle bool   // http://HOST/BUCKET/KEY, not http://BUCKET.HOST/KEY
	AccessKey string
	Secret    string
	Token     string // of temporary keys; "" = none
	Retries   int    // after outages and 429, 500, 502, 503, 504
	HTTP      *http.Client
}

// Failure is an answer of the server that is no success. It holds no key.
type Failure struct {
	Status        int
	Code, Message string
	Did           string // "PUT KEY"
}

func (e *Failure) Error() string {
	text := fmt.Sprintf("S3: %s: %d %s", e.Did, e.Status, e.Code)
	if e.Message != "" {
		text += ": " + e.Message
	}
	switch {
	case e.Code == "InvalidAccessKeyId" || e.Code == "SignatureDoesNotMatch" || e.Status == http.StatusForbidden:
		text += " (are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY right, and may they do this?)"
	case e.Code == "NoSuchBucket":
		text += " (it has to be made first)"
	}
	return text
}

// Is makes an object that is not there fs.ErrNotExist, and one that is there
// already fs.ErrExist.
func (e *Failure) Is(target error) bool {
	switch target {
	case fs.ErrNotExist:
		return e.Status == http.StatusNotFound && e.Code != "NoSuchBucket"
	case fs.ErrExist:
		return e.Status == http.StatusPreconditionFailed
	}
	return false
}

// call is one request; its body can be sent again.
type call struct {
	method, key string
	query       url.Values
	header      http.Header
	body        []byte
	limit       int64 // of the answer's body
}

// maxAnswer bounds answers that are no object.
const maxAnswer = 1 << 20

// do sends a request until it is answered, and returns the answer of a success.
func (c *Client) do(ctx context.Context, q call) (body []byte, header http.Header, err error) {
	for try := 0; ; try++ {
		var again bool
		body, header, again, err = c.once(ctx, q)
		if err == nil || !again || try >= c.Retries || ctx.Err() != nil {
			return body, header, err
		}
		pause := min(100*time.Millisecond<<try, 5*time.Second)
		select {
		case <-time.After(pause/2 + rand.N(pause)):
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
	}
}

func (c *Client) once(ctx context.Context, q call) (body []byte, header http.Header, again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, q.method, c.address(q.key, q.query), bytes.NewReader(q.body))
	if err != nil {
		return nil, nil, false, err
	}
	for name, values := range q.header {
		r.Header[name] = values
	}
	c.sign(r, q.body, time.Now())
	answer, err := c.HTTP.Do(r)
	if err != nil {
		var wrapped *url.Error // its text would be the whole address
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return nil, nil, true, fmt.Errorf("S3: %s %s: %w", q.method, q.key, err)
	}
	defer answer.Body.Close()
	limit := max(q.limit, maxAnswer)
	body, err = io.ReadAll(io.LimitReader(answer.Body, limit+1))
	switch {
	case err != nil:
		return nil, nil, true, fmt.Errorf("S3: %s %s: %w", q.method, q.key, err)
	case int64(len(body)) > limit:
		return nil, nil, false, fmt.Errorf("S3: %s %s: the answer has more than %d bytes", q.method, q.key, limit)
	}
	// The end of an upload in parts may be a failure that comes as a 200.
	failed := answer.StatusCode/100 != 2 || q.method == http.MethodPost && bytes.Contains(body, []byte("<Error>"))
	if !failed {
		return body, answer.Header, false, nil
	}
	f := &Failure{Status: answer.StatusCode, Did: q.method + " " + q.key}
	var said struct{ Code, Message string }
	if xml.Unmarshal(body, &said) == nil {
		f.Code, f.Message = said.Code, said.Message
	}
	switch answer.StatusCode {
	case 200, 409, 429, 500, 502, 503, 504: // 409: somebody else writes it just now
		again = true
	}
	return nil, nil, again, f
}

// address is the URL of a key, escaped as the signature wants it.
func (c *Client) address(key string, query url.Values) string {
	u := *c.Endpoint
	path := "/" + c.Prefix + key
	if c.PathStyle {
		path = "/" + c.Bucket + path
	} else {
		u.Host = c.Bucket + "." + u.Host
	}
	u.Path, u.RawPath = path, escape(path, true)
	u.RawQuery = canonicalQuery(query)
	return u.String()
}

// Head returns the size of an object.
func (c *Client) Head(ctx context.Context, key string) (int64, error) {
	_, h, err := c.do(ctx, call{method: http.MethodHead, key: key})
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(h.Get("Content-Length"), 10, 64)
}

// Get returns an object of at most limit bytes.
func (c *Client) Get(ctx context.Context, key string, limit int64) ([]byte, error) {
	body, _, err := c.do(ctx, call{method: http.MethodGet, key: key, limit: limit})
	return body, err
}

// Delete removes an object; one that is not there is no error.
func (c *Client) Delete(ctx context.Context, key string) error {
	_, _, err := c.do(ctx, call{method: http.MethodDelete, key: key})
	return err
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}
