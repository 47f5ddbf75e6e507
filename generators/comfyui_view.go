package generators

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"

	"github.com/GaboBase/arch-genops/pipeline"
)

// fetch reads an image. Asking again costs nothing, so a broken or damaged reply
// is asked for again, twice.
func (c *ComfyUI) fetch(ctx context.Context, file comfyFile) (*pipeline.Blob, error) {
	query := url.Values{"filename": {file.Name}, "subfolder": {file.Subfolder}, "type": {file.Type}}
	for try := 1; ; try++ {
		data, err := c.ask(ctx, http.MethodGet, "/view", query, nil)
		var blob *pipeline.Blob
		var transient *pipeline.Transient
		again := errors.As(err, &transient)
		if err == nil {
			blob, err = mediaBlob(data)
			again = err != nil
		}
		if err == nil || !again || try == 3 || !pause(ctx, time.Duration(try)*100*time.Millisecond) {
			return blob, err
		}
	}
}

// upload puts reference images into the server's input folder, under the names
// that Lower gave them. The same image twice changes nothing.
func (c *ComfyUI) upload(ctx context.Context, refs []pipeline.Reference) error {
	for _, ref := range refs {
		name, err := uploadName(ref)
		if err != nil {
			return err
		}
		data, err := c.cfg.Reference(ctx, ref)
		if err != nil {
			return err
		}
		if err := c.uploadOne(ctx, name, data); err != nil {
			return fmt.Errorf("uploading %s: %w", ref.Path, err)
		}
	}
	return nil
}

func (c *ComfyUI) uploadOne(ctx context.Context, name string, data []byte) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("image", name)
	if err != nil {
		return err
	}
	part.Write(data) // into memory: can't fail
	form.WriteField("type", "input")
	form.WriteField("overwrite", "true")
	if err := form.Close(); err != nil {
		return err
	}
	req := c.route(http.MethodPost, "/upload/image", nil)
	req.Header = req.Header.Clone()
	req.Header.Set("Content-Type", form.FormDataContentType())
	_, err = c.sendAs(ctx, req, body.Bytes(), func(resp *http.Response, buf *bytes.Buffer) (pipeline.Asset, error) {
		if err := readBody(buf, resp); err != nil {
			return pipeline.Asset{}, err
		}
		if resp.StatusCode != http.StatusOK {
			return pipeline.Asset{}, c.refusal(resp, buf.Bytes())
		}
		var said struct {
			Name string `json:"name"`
		}
		if json.Unmarshal(buf.Bytes(), &said) != nil || said.Name != name {
			return pipeline.Asset{}, fmt.Errorf("the server stored it as %q, not as %q", said.Name, name)
		}
		return pipeline.Asset{}, nil
	})
	var tr *pipeline.Transient
	if errors.As(err, &tr) {
		return &pipeline.Transient{Err: err, RetryAfter: tr.RetryAfter, Overload: tr.Overload, Limited: tr.Limited} // nothing was queued: never ambiguous
	}
	return err
}
