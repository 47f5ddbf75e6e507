package assets

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/GaboBase/arch-genops/internal/s3"
)

// Bucket is a store in S3: objects named as the files of a Dir. Nothing that is
// there is ever replaced, and what was put is read back before Put returns.
type Bucket struct{ Client *s3.Client }

const (
	bucketWait = 10 * time.Minute // for one asset, retries included
	maxObject  = 1 << 30
)

// Put implements Store.
func (b Bucket) Put(data []byte) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), bucketWait)
	defer cancel()
	digest := Digest(data)
	err := b.Client.Put(ctx, objectKey(digest), http.DetectContentType(data), data)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("asset %.19s: %w", digest, err)
	}
	_, err = b.get(ctx, digest)
	return digest, err
}

// Get implements Store.
func (b Bucket) Get(digest string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), bucketWait)
	defer cancel()
	return b.get(ctx, digest)
}

func (b Bucket) get(ctx context.Context, digest string) ([]byte, error) {
	if !isDigest(digest) {
		return nil, fmt.Errorf("%q is no digest: %w", digest, fs.ErrInvalid)
	}
	data, err := b.Client.Get(ctx, objectKey(digest), maxObject)
	if err != nil {
		return nil, fmt.Errorf("asset %.19s: %w", digest, err)
	}
	if got := Digest(data); got != digest {
		return nil, fmt.Errorf("asset %s: the object %s in bucket %s was changed: its digest is now %s", digest, objectKey(digest), b.Client.Bucket, got)
	}
	return data, nil
}

func objectKey(digest string) string {
	name := strings.TrimPrefix(digest, "sha256:")
	return name[:2] + "/" + name
}

func isDigest(digest string) bool {
	name, ok := strings.CutPrefix(digest, "sha256:")
	_, err := hex.DecodeString(name)
	return ok && len(name) == 64 && err == nil && strings.ToLower(name) == name
}
