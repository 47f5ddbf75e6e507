package generators

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/GaboBase/arch-genops/pipeline"
)

// form is the multipart body of an edit.
func (o *OpenAIImages) form(ctx context.Context, job openAIImage, refs []pipeline.Reference) (kind string, body []byte, err error) {
	var buf bytes.Buffer
	form := multipart.NewWriter(&buf)
	for _, f := range job.fields() {
		if err := form.WriteField(f[0], f[1]); err != nil {
			return "", nil, err
		}
	}
	add := func(field, digest string, limit int, kinds ...string) error {
		i := slices.IndexFunc(refs, func(r pipeline.Reference) bool { return r.Digest == digest })
		if i < 0 {
			return fmt.Errorf("the lowered job takes the image %s, which is not among the job's references", digest)
		}
		data, err := o.cfg.Reference(ctx, refs[i])
		if err != nil {
			return err
		}
		blob, err := mediaBlob(data)
		switch {
		case err != nil:
			return fmt.Errorf("reference image %s: %w", refs[i].Path, err)
		case !slices.Contains(kinds, blob.Type):
			return fmt.Errorf("reference image %s is %s: a %s must be %s", refs[i].Path, blob.Type, strings.TrimSuffix(field, "[]"), strings.Join(kinds, ", "))
		case len(data) >= limit:
			return fmt.Errorf("reference image %s has %d bytes: it must be smaller than %d MB", refs[i].Path, len(data), limit>>20)
		}
		head := textproto.MIMEHeader{}
		name := field[:1] + digest[len("sha256:"):][:8] + "." + strings.TrimPrefix(blob.Type, "image/")
		head.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q; filename=%q", field, name))
		head.Set("Content-Type", blob.Type)
		part, err := form.CreatePart(head)
		if err == nil {
			_, err = part.Write(data)
		}
		return err
	}
	field := "image"
	if len(job.Image) > 1 {
		field = "image[]"
	}
	for _, digest := range job.Image {
		if err := add(field, digest, 50<<20, "image/png", "image/jpeg", "image/webp"); err != nil {
			return "", nil, err
		}
	}
	if job.Mask != "" {
		if err := add("mask", job.Mask, 4<<20, "image/png"); err != nil {
			return "", nil, err
		}
	}
	if err := form.Close(); err != nil {
		return "", nil, err
	}
	return form.FormDataContentType(), buf.Bytes(), nil
}

// fields are the texts of a form, in a fixed order.
func (b *openAIImage) fields() (fields [][2]string) {
	for _, f := range [][2]string{
		{"model", b.Model}, {"prompt", b.Prompt}, {"n", strconv.Itoa(b.N)}, {"size", b.Size}, {"quality", b.Quality}, {"background", b.Background},
		{"output_format", b.Format}, {"moderation", b.Moderation}, {"complexity", b.Complexity}, {"input_fidelity", b.Fidelity}, {"safety_identifier", b.Safety},
	} {
		if f[1] != "" {
			fields = append(fields, f)
		}
	}
	if b.Compression != nil {
		fields = append(fields, [2]string{"output_compression", strconv.Itoa(*b.Compression)})
	}
	return fields
}
