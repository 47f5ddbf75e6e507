package s3

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
)

const (
	wholeBytes = 16 << 20 // larger objects go in parts
	partBytes  = 8 << 20
)

// Put writes an object unless one is there under its key: that is fs.ErrExist,
// and it stays as it is. A server that can't write so is asked first, which
// leaves a moment in which two writers meet: keys that are digests bear that. The
// server compares the SHA-256 of what arrives.
func (c *Client) Put(ctx context.Context, key, mime string, data []byte) error {
	err := c.put(ctx, key, mime, data, true)
	var f *Failure
	if errors.As(err, &f) && (f.Status == http.StatusNotImplemented || f.Code == "NotImplemented") {
		switch _, err := c.Head(ctx, key); {
		case err == nil:
			return &Failure{Status: http.StatusPreconditionFailed, Code: "PreconditionFailed", Did: "PUT " + key}
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
		return c.put(ctx, key, mime, data, false)
	}
	return err
}

func (c *Client) put(ctx context.Context, key, mime string, data []byte, absent bool) error {
	header := http.Header{}
	if mime != "" {
		header.Set("Content-Type", mime)
	}
	if len(data) > wholeBytes {
		return c.parts(ctx, key, header, data, absent)
	}
	header.Set("X-Amz-Checksum-Sha256", checksum(data))
	if absent {
		header.Set("If-None-Match", "*")
	}
	_, _, err := c.do(ctx, call{method: http.MethodPut, key: key, header: header, body: data})
	return err
}

func checksum(data []byte) string {
	h := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(h[:])
}

// part is one of an upload, as its end lists it.
type part struct {
	PartNumber     int
	ETag           string
	ChecksumSHA256 string
}

// parts uploads piece by piece. What fails leaves nothing behind, as far as the
// server can be reached to say so.
func (c *Client) parts(ctx context.Context, key string, header http.Header, data []byte, absent bool) (err error) {
	header.Set("X-Amz-Checksum-Algorithm", "SHA256")
	body, _, err := c.do(ctx, call{method: http.MethodPost, key: key, query: url.Values{"uploads": {""}}, header: header})
	if err != nil {
		return err
	}
	var begun struct {
		UploadID string `xml:"UploadId"`
	}
	if err := xml.Unmarshal(body, &begun); err != nil || begun.UploadID == "" {
		return fmt.Errorf("S3: POST %s: the answer names no upload", key)
	}
	id := begun.UploadID
	defer func() {
		if err != nil {
			c.do(context.WithoutCancel(ctx), call{method: http.MethodDelete, key: key, query: url.Values{"uploadId": {id}}})
		}
	}()
	var all struct {
		XMLName xml.Name `xml:"CompleteMultipartUpload"`
		Part    []part
	}
	for n := 1; len(data) > 0; n++ {
		piece := data[:min(partBytes, len(data))]
		data = data[len(piece):]
		_, h, err := c.do(ctx, call{method: http.MethodPut, key: key, body: piece,
			query:  url.Values{"partNumber": {strconv.Itoa(n)}, "uploadId": {id}},
			header: http.Header{"X-Amz-Checksum-Sha256": {checksum(piece)}}})
		if err != nil {
			return err
		}
		all.Part = append(all.Part, part{n, h.Get("ETag"), checksum(piece)})
	}
	end, err := xml.Marshal(all)
	if err != nil {
		return err
	}
	last := http.Header{"Content-Type": {"application/xml"}}
	if absent {
		last.Set("If-None-Match", "*")
	}
	_, _, err = c.do(ctx, call{method: http.MethodPost, key: key, query: url.Values{"uploadId": {id}}, header: last, body: end})
	return err
}
