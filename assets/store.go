package assets

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Store keeps bytes by their digest, "sha256:…". Methods are safe for
// concurrent use, also by several processes.
type Store interface {
	// Put keeps data and returns its digest, when it is durable. The same data
	// again changes nothing.
	Put(data []byte) (digest string, err error)
	// Get returns the bytes of a digest, compared with it. Unknown digests are
	// fs.ErrNotExist.
	Get(digest string) ([]byte, error)
}

// Dir is a store in a folder: files named by their digest in folders named by
// its first two digits. The folder need not exist yet.
type Dir struct {
	Path string
	// Also, if not "", is a folder that is looked into for what Path lacks. What
	// is found there is taken over by a link, or a copy where links can't be.
	Also string
	// Remote, if not nil, is a store that others share: what is put goes there too,
	// and what is neither in Path nor in Also is fetched from it.
	Remote Store
}

// Put implements Store.
func (d Dir) Put(data []byte) (string, error) {
	digest, err := d.keep(data)
	if err == nil && d.Remote != nil {
		_, err = d.Remote.Put(data)
	}
	return digest, err
}

// keep puts data into the folder alone.
func (d Dir) keep(data []byte) (string, error) {
	digest := Digest(data)
	path, err := d.path(d.Path, digest)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil && info.Size() == int64(len(data)) {
		return digest, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return digest, WriteFile(path, data)
}

// Get implements Store.
func (d Dir) Get(digest string) ([]byte, error) {
	path, err := d.path(d.Path, digest)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && (d.Also != "" || d.Remote != nil) {
		if err := d.Adopt(digest); err != nil {
			return nil, err
		}
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("asset %.19s: %w", digest, err)
	}
	if got := Digest(data); got != digest {
		return nil, fmt.Errorf("asset %s: the file %s was changed: its digest is now %s", digest, path, got)
	}
	return data, nil
}

// Adopt brings an asset from Also, or else from Remote, into Path.
func (d Dir) Adopt(digest string) error {
	to, err := d.path(d.Path, digest)
	if err != nil {
		return err
	}
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	if d.Also != "" {
		err = d.adopt(digest, to)
	} else {
		err = fmt.Errorf("asset %.19s: %w", digest, fs.ErrNotExist)
	}
	if d.Remote == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	data, err := d.Remote.Get(digest)
	if err == nil {
		_, err = d.keep(data)
	}
	return err
}

func (d Dir) adopt(digest, to string) error {
	from, _ := d.path(d.Also, digest)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.Link(from, to); err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("asset %.19s: %w", digest, err)
	}
	defer in.Close()
	_, err = WriteStream(to, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
	return err
}

// File is where the bytes of a digest are, or would be.
func (d Dir) File(digest string) string {
	path, _ := d.path(d.Path, digest)
	return path
}

func (Dir) path(dir, digest string) (string, error) {
	hex, ok := strings.CutPrefix(digest, "sha256:")
	if !ok || len(hex) != 64 || strings.Trim(hex, "0123456789abcdef") != "" {
		return "", fmt.Errorf("%q is no digest: %w", digest, fs.ErrInvalid)
	}
	return filepath.Join(dir, hex[:2], hex), nil
}

// Digest is the SHA-256 of data as stores write it.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
