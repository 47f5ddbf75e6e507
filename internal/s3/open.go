package s3

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Open reads "s3://BUCKET/PREFIX", with the options endpoint, region and
// path-style in its query, and takes what is not said there, and the keys, from
// the environment: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION,
// AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
// With an endpoint the path style is the default. Nothing is sent.
func Open(text string, getenv func(string) string) (*Client, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.Fragment != "" {
		return nil, errors.New("expected s3://BUCKET or s3://BUCKET/PREFIX")
	}
	if u.User != nil {
		return nil, errors.New("the address holds a key; keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	options := u.Query()
	for name := range options {
		if known := []string{"endpoint", "path-style", "region"}; !slices.Contains(known, name) {
			return nil, fmt.Errorf("unknown option %q (known: %s)", name, strings.Join(known, ", "))
		}
	}
	c := &Client{Bucket: u.Host, Prefix: strings.Trim(u.Path, "/"), Retries: 5, AccessKey: getenv("AWS_ACCESS_KEY_ID"), Secret: getenv("AWS_SECRET_ACCESS_KEY"), Token: getenv("AWS_SESSION_TOKEN"),
		Region: cmp.Or(options.Get("region"), getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION"), "us-east-1"), HTTP: client()}
	if c.Prefix != "" {
		c.Prefix += "/"
	}
	if c.AccessKey == "" || c.Secret == "" {
		return nil, errors.New("AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set")
	}
	endpoint := cmp.Or(options.Get("endpoint"), getenv("AWS_ENDPOINT_URL_S3"), getenv("AWS_ENDPOINT_URL"))
	c.PathStyle = endpoint != "" || strings.Contains(c.Bucket, ".") // no certificate is for a bucket with dots
	if endpoint == "" {
		endpoint = "https://s3." + c.Region + ".amazonaws.com"
	}
	if c.Endpoint, err = url.Parse(endpoint); err != nil || c.Endpoint.Host == "" || c.Endpoint.Scheme != "http" && c.Endpoint.Scheme != "https" || c.Endpoint.User != nil || strings.Trim(c.Endpoint.Path, "/") != "" || c.Endpoint.RawQuery != "" {
		return nil, errors.New("the endpoint must be http://HOST:PORT or https://HOST")
	}
	switch options.Get("path-style") {
	case "":
	case "true":
		c.PathStyle = true
	case "false":
		c.PathStyle = false
	default:
		return nil, fmt.Errorf("path-style=%s: must be true or false", options.Get("path-style"))
	}
	return c, nil
}

// client follows no redirects: what is signed is for one host.
func client() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.ResponseHeaderTimeout = 64, time.Minute
	return &http.Client{Transport: t, Timeout: 10 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
