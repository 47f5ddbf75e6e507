package generators

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // the formats whose header is read
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"os"
	"strings"

	_ "golang.org/x/image/webp"

	"github.com/GaboBase/arch-genops/pipeline"
)

// Inventory is what a media generator has to offer, as far as it says so.
type Inventory struct {
	Server        string   `json:"server,omitempty"` // product, version, device
	Models        []string `json:"models,omitempty"`
	LoRAs         []string `json:"loras,omitempty"`
	Hypernetworks []string `json:"hypernetworks,omitempty"`
	Embeddings    []string `json:"embeddings,omitempty"`
	Samplers      []string `json:"samplers,omitempty"`
	Schedulers    []string `json:"schedulers,omitempty"`
	Sizes         []string `json:"sizes,omitempty"`
	Qualities     []string `json:"qualities,omitempty"`
	Formats       []string `json:"formats,omitempty"`
	Params        []string `json:"params,omitempty"` // that --param takes
}

// ReadReference returns the bytes of a reference image. The bytes must have the
// reference's digest, where it has one.
type ReadReference func(context.Context, pipeline.Reference) ([]byte, error)

// referenceFile reads a reference from its path.
func referenceFile(_ context.Context, ref pipeline.Reference) ([]byte, error) {
	data, err := os.ReadFile(ref.Path)
	if err != nil {
		return nil, fmt.Errorf("reading reference image: %w", err)
	}
	sum := sha256.Sum256(data)
	if want, ok := strings.CutPrefix(ref.Digest, "sha256:"); ok && want != hex.EncodeToString(sum[:]) {
		return nil, fmt.Errorf("reference image %s is not what it was: its SHA-256 is no longer %s", ref.Path, want)
	}
	return data, nil
}

// role is a reference's role; none means init.
func role(ref pipeline.Reference) string {
	if ref.Role == "" {
		return "init"
	}
	return ref.Role
}

var errNoMedia = errors.New("a media generator was asked for text: the request has no media job")

// mediaBlob looks at bytes that a provider sent as an image, a video or a
// sound: they have a known type, and an image is there to its end. It does not
// decode them.
func mediaBlob(data []byte) (*pipeline.Blob, error) {
	if len(data) == 0 {
		return nil, errors.New("the file is empty")
	}
	kind, _, _ := strings.Cut(http.DetectContentType(data), ";")
	b := &pipeline.Blob{Type: kind, Data: data}
	switch {
	case strings.HasPrefix(kind, "video/"), strings.HasPrefix(kind, "audio/"), kind == "application/ogg":
		return b, nil
	case !strings.HasPrefix(kind, "image/"):
		return nil, fmt.Errorf("it is no image but %s, and begins: %q", kind, excerpt(data, 60))
	}
	if err := wholeImage(kind, data); err != nil {
		return nil, err
	}
	if cfg, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil {
		b.Width, b.Height = cfg.Width, cfg.Height
	}
	if b.Width <= 0 || b.Height <= 0 {
		return nil, fmt.Errorf("its header of %s can't be read", kind)
	}
	return b, nil
}

var errTruncated = errors.New("the image is cut off before its end")

// wholeImage looks for the end of an image.
func wholeImage(kind string, data []byte) error {
	whole := true
	switch kind {
	case "image/png":
		tail := data[max(0, len(data)-64):]
		whole = bytes.Contains(tail, []byte("IEND\xaeB`\x82"))
	case "image/jpeg":
		whole = bytes.Contains(data[max(0, len(data)-64):], []byte{0xff, 0xd9})
	case "image/gif":
		whole = bytes.HasSuffix(bytes.TrimRight(data, "\x00"), []byte{0x3b})
	case "image/webp":
		whole = len(data) >= 12 && uint64(binary.LittleEndian.Uint32(data[4:]))+8 <= uint64(len(data))
	}
	if !whole {
		return errTruncated
	}
	return nil
}

// isUUID reports a UUID in its canonical form, in small letters.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') || !dash && !strings.ContainsRune("0123456789abcdef", rune(s[i])) {
			return false
		}
	}
	return true
}

// jobID is a request's ID for the provider in canonical form, a random one when
// the request has none.
func jobID(given string) (string, error) {
	if given == "" {
		var b [16]byte
		rand.Read(b[:])
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
		return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
	}
	if id := strings.ToLower(given); isUUID(id) {
		return id, nil
	}
	return "", fmt.Errorf("job id %q is no UUID", given)
}

// plainJSON is JSON with < and > as they are.
func plainJSON(v any) (json.RawMessage, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// fewOf lists names for an error, at most n of them.
func fewOf(names []string, n int) string {
	switch {
	case len(names) == 0:
		return "none"
	case len(names) <= n:
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s … (%d in all)", strings.Join(names[:n], ", "), len(names))
}
