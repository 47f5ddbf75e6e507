package assets_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/assets"
	"github.com/GaboBase/arch-genops/internal/s3"
	"github.com/GaboBase/arch-genops/internal/s3/s3test"
)

func TestBucket(t *testing.T) {
	s := s3test.Need(t)
	c, err := s3.Open("s3://genops/assets", s.Environment)
	if err != nil {
		t.Fatal(err)
	}
	b := assets.Bucket{Client: c}
	for _, data := range [][]byte{[]byte("bytes"), bytes.Repeat([]byte("large "), 4<<20)} {
		digest := assets.Digest(data)
		if _, err := b.Get(digest); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("before: %v", err)
		}
		for range 2 { // again changes nothing
			if got, err := b.Put(data); err != nil || got != digest {
				t.Fatal(got, err)
			}
		}
		if back, err := b.Get(digest); err != nil || !bytes.Equal(back, data) {
			t.Error(len(back), err)
		}
		name := strings.TrimPrefix(digest, "sha256:")
		if err := os.WriteFile(filepath.Join(s.Folder, "assets", name[:2], name), []byte("spoilt"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Get(digest); err == nil || !strings.Contains(err.Error(), "was changed") {
			t.Errorf("spoilt: %v", err)
		}
		if _, err := b.Put(data); err == nil || !strings.Contains(err.Error(), "was changed") {
			t.Errorf("put on a spoilt one: %v", err)
		}
	}
	for _, bad := range []string{"", "sha256:../../x", "sha256:" + strings.Repeat("A", 64)} {
		if _, err := b.Get(bad); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// What one machine puts, another one finds.
func TestDirWithRemote(t *testing.T) {
	shared := assets.Dir{Path: t.TempDir()}
	one, other := assets.Dir{Path: t.TempDir(), Remote: shared}, assets.Dir{Path: t.TempDir(), Also: t.TempDir(), Remote: shared}
	digest, err := one.Put([]byte("bytes"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(one.File(digest)); err != nil {
		t.Fatal(err)
	}
	for _, d := range []assets.Dir{one, other} {
		if data, err := d.Get(digest); err != nil || string(data) != "bytes" {
			t.Error(string(data), err)
		}
		if _, err := os.Stat(d.File(digest)); err != nil {
			t.Error("it was not kept:", err)
		}
		if err := d.Adopt(assets.Digest([]byte("unknown"))); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
}
