package assets

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// temporary begins the names of files that are not whole yet.
const temporary = ".tmp-"

// WriteFile writes all of data under path or nothing: to a temporary file in the
// same folder, synced, then renamed.
func WriteFile(path string, data []byte) error {
	_, err := WriteStream(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	return err
}

// WriteStream is WriteFile for what is written piece by piece; it returns the
// digest of what was written, "sha256:…".
func WriteStream(path string, write func(io.Writer) error) (digest string, err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), temporary+"*")
	if err != nil {
		return "", err
	}
	defer os.Remove(tmp.Name())
	h := sha256.New()
	err = write(io.MultiWriter(tmp, h))
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return "", fmt.Errorf("writing %s: %w", path, err)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), os.Rename(tmp.Name(), path)
}
