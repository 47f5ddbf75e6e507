package s3

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// sign adds the headers of Signature Version 4.
func (c *Client) sign(r *http.Request, body []byte, now time.Time) {
	Signer{c.AccessKey, c.Secret, c.Token, c.Region, "s3"}.Sign(r, body, now)
}

// Signer signs requests to a service of AWS. Token is "" for keys that do not expire.
type Signer struct{ AccessKey, Secret, Token, Region, Service string }

// Sign adds the headers of Signature Version 4 (AWS, "Signature Calculations for
// the Authorization Header: Transferring Payload in a Single Chunk"). Services other
// than S3 sign a path that is escaped once more.
func (s Signer) Sign(r *http.Request, body []byte, now time.Time) {
	stamp := now.UTC().Format("20060102T150405Z")
	day := stamp[:8]
	hash := sum(body)
	r.Header.Set("X-Amz-Date", stamp)
	r.Header.Set("X-Amz-Content-Sha256", hash)
	if s.Token != "" {
		r.Header.Set("X-Amz-Security-Token", s.Token)
	}
	names := []string{"host"}
	values := map[string]string{"host": r.URL.Host}
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") || lower == "content-type" || lower == "if-none-match" || lower == "range" {
			names = append(names, lower)
			values[lower] = strings.TrimSpace(r.Header.Get(name))
		}
	}
	slices.Sort(names)
	var headers strings.Builder
	for _, name := range names {
		fmt.Fprintf(&headers, "%s:%s\n", name, values[name])
	}
	path := r.URL.EscapedPath()
	if s.Service != "s3" {
		path = escape(path, true)
	}
	signed := strings.Join(names, ";")
	canonical := strings.Join([]string{r.Method, path, r.URL.RawQuery, headers.String(), signed, hash}, "\n")
	scope := strings.Join([]string{day, s.Region, s.Service, "aws4_request"}, "/")
	text := strings.Join([]string{"AWS4-HMAC-SHA256", stamp, scope, sum([]byte(canonical))}, "\n")
	key := []byte("AWS4" + s.Secret)
	for _, part := range []string{day, s.Region, s.Service, "aws4_request"} {
		key = mac(key, part)
	}
	r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s", s.AccessKey, scope, signed, hex.EncodeToString(mac(key, text))))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// escape is the URI encoding of the signature: all but the unreserved
// characters of RFC 3986, and slashes where they part a path.
func escape(s string, path bool) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', strings.IndexByte("-_.~", c) >= 0, path && c == '/':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// canonicalQuery is a query, sorted and escaped.
func canonicalQuery(q url.Values) string {
	var parts []string
	for name, values := range q {
		for _, v := range values {
			parts = append(parts, escape(name, false)+"="+escape(v, false))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "&")
}
