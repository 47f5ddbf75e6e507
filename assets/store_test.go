package assets

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
)

func TestDir(t *testing.T) {
	d := Dir{Path: t.TempDir() + "/store"}
	digest, err := d.Put([]byte("one"))
	if err != nil {
		t.Fatal(err)
	}
	if data, err := d.Get(digest); err != nil || string(data) != "one" {
		t.Errorf("%q, %v", data, err)
	}
	absent := Digest([]byte("absent"))
	if _, err := d.Get(absent); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	for _, bad := range []string{"", "sha256:", "../../etc/passwd", "sha256:" + strings.Repeat("/", 64), strings.ToUpper(digest)} {
		if _, err := d.Get(bad); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := os.WriteFile(d.File(digest), []byte("two"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Get(digest); err == nil || !strings.Contains(err.Error(), "was changed") {
		t.Errorf("a changed file: %v", err)
	}
}

func TestDirAdopts(t *testing.T) {
	shared, run := Dir{Path: t.TempDir()}, Dir{Path: t.TempDir()}
	run.Also = shared.Path
	digest, err := shared.Put([]byte("picture"))
	if err != nil {
		t.Fatal(err)
	}
	if data, err := run.Get(digest); err != nil || string(data) != "picture" {
		t.Fatalf("%q, %v", data, err)
	}
	run.Also = "" // it is whole without
	if _, err := run.Get(digest); err != nil {
		t.Error(err)
	}
}

func TestDirConcurrently(t *testing.T) {
	d := Dir{Path: t.TempDir()}
	var wait sync.WaitGroup
	for i := range 32 {
		wait.Go(func() {
			data := bytes.Repeat([]byte{byte(i % 4)}, 10_000)
			digest, err := d.Put(data)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := d.Get(digest); err != nil || !bytes.Equal(got, data) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}
