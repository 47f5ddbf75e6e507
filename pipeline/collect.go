package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // formats that providers deliver
	_ "image/jpeg" // formats that providers deliver
	_ "image/png"  // formats that providers deliver
	"net/http"
	"strings"

	_ "golang.org/x/image/webp" // formats that providers deliver

	"github.com/GaboBase/arch-genops/assets"
)

// MaxPixels bounds the images that are decoded: larger ones are refused by
// their header, before memory is taken for them.
const MaxPixels = 100 << 20

// MaxAssetBytes bounds what one request may bring.
const MaxAssetBytes = 512 << 20

// collecting checks what a generator brings and puts it into the store, before
// anyone says that it is done. The Blob of its assets has a Digest and no Data.
type collecting struct {
	Generator
	store assets.Store
}

// Generate makes a call and keeps its bytes. Broken bytes are an error: they
// are no asset.
func (g *collecting) Generate(ctx context.Context, r Request) (Asset, error) {
	a, err := g.Generator.Generate(ctx, r)
	if a.Blob == nil {
		return a, err
	}
	b := *a.Blob
	a.Blob = &b
	if err != nil {
		b.Data = nil
		return a, err
	}
	err = Verify(&b)
	if err == nil {
		b.Digest, err = g.store.Put(b.Data)
		b.Bytes = int64(len(b.Data))
		if err != nil {
			err = &Unusable{Reason: "the asset store can't be written: " + err.Error(), Err: err}
		}
	}
	b.Data = nil
	return a, err
}

// ErrBroken says that what a provider delivered is no whole asset.
var ErrBroken = errors.New("the provider delivered a broken asset")

// Verify checks that a blob is whole and what it says it is, and fills in the
// type and size that its bytes really have. An image is decoded to its last
// pixel; of audio and video only the type is looked at. Errors are ErrBroken.
func Verify(b *Blob) error {
	if len(b.Data) == 0 {
		return fmt.Errorf("%w: it is empty", ErrBroken)
	}
	if len(b.Data) > MaxAssetBytes {
		return fmt.Errorf("%w: %d bytes, more than the %d that one asset may have", ErrBroken, len(b.Data), MaxAssetBytes)
	}
	declared, _, _ := strings.Cut(strings.ToLower(b.Type), ";")
	real := sniff(b.Data)
	switch {
	case declared == "" || declared == "application/octet-stream" || declared == "binary/octet-stream":
		b.Type = real
	case family(declared) == "image" && family(real) != "image":
		return fmt.Errorf("%w: it is declared as %s, but its bytes are %s%s", ErrBroken, declared, real, glimpse(b.Data, real))
	case family(real) == "image":
		b.Type = real
	default:
		b.Type = declared
	}
	if !decodable[b.Type] {
		return nil
	}
	return decodes(b)
}

// decodable are the types that are decoded here. Of others only the beginning
// is known, and layer 3 says so.
var decodable = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// decodes reads an image whole.
func decodes(b *Blob) error {
	c, format, err := image.DecodeConfig(bytes.NewReader(b.Data))
	if err != nil {
		return fmt.Errorf("%w: %s header: %v", ErrBroken, b.Type, err)
	}
	if c.Width < 1 || c.Height < 1 || int64(c.Width)*int64(c.Height) > MaxPixels {
		return fmt.Errorf("%w: its header says %d×%d pixels; at most %d are decoded", ErrBroken, c.Width, c.Height, MaxPixels)
	}
	b.Width, b.Height = c.Width, c.Height
	if _, _, err := image.Decode(bytes.NewReader(b.Data)); err != nil {
		return fmt.Errorf("%w: the %s does not decode: %v", ErrBroken, format, err)
	}
	return nil
}

// sniff is the MIME type of bytes, by their beginning.
func sniff(data []byte) string {
	head := bytes.TrimLeft(data[:min(len(data), 512)], " \t\r\n\ufeff")
	if bytes.HasPrefix(head, []byte("<svg")) || bytes.HasPrefix(head, []byte("<?xml")) && bytes.Contains(head, []byte("<svg")) {
		return "image/svg+xml"
	}
	if len(data) > 12 && string(data[4:8]) == "ftyp" {
		switch string(data[8:12]) {
		case "avif", "avis":
			return "image/avif"
		case "heic", "heix", "mif1":
			return "image/heic"
		}
	}
	t, _, _ := strings.Cut(http.DetectContentType(data), ";")
	return t
}

func family(mime string) string {
	f, _, _ := strings.Cut(mime, "/")
	return f
}

// glimpse shows the beginning of a text that stands where an image should be:
// mostly a provider's error.
func glimpse(data []byte, mime string) string {
	if family(mime) != "text" && mime != "application/json" {
		return ""
	}
	return fmt.Sprintf(" (%.120q)", data)
}
