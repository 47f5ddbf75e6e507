package assets

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// fullCache makes a cache of a few hundred pages.
func fullCache(t testing.TB) (path string, keys []string) {
	path = cacheFile(t)
	c := openCache(t, path, 0)
	var all []Answer
	for i := range 500 {
		all = append(all, answer(i, fmt.Sprintf("%02000d", i)))
		keys = append(keys, key(i))
	}
	put(t, c, all...)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return path, keys
}

func change(t testing.TB, path string, f func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, f(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

var damages = map[string]func([]byte) []byte{
	"another file": func([]byte) []byte { return bytes.Repeat([]byte("this is no database. "), 100) },
	"short":        func([]byte) []byte { return []byte("SQLite") },
	"cut in half":  func(b []byte) []byte { return b[:len(b)/2] },
	"odd length":   func(b []byte) []byte { return b[:len(b)/3+17] },
	"noise inside": func(b []byte) []byte {
		for i := 100; i < len(b); i += 3 {
			b[i] ^= 0x5a
		}
		return b
	},
	"zeros inside": func(b []byte) []byte {
		clear(b[4096*4:])
		return b
	},
}

// Whatever happened to the file: no error, a working cache, the damaged file
// beside it, and never a wrong answer.
func TestCacheDamaged(t *testing.T) {
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			path, keys := fullCache(t)
			change(t, path, damage)
			c := openCache(t, path, 0)
			for k, a := range get(t, c, "sha256:a", keys...) {
				if want := fmt.Sprintf("%02000d", a.CalledAt.Unix()-noon.Unix()); string(a.Result) != want && name != "noise inside" {
					t.Fatalf("%s got %.20q…", k, a.Result)
				}
			}
			put(t, c, answer(1000, "new"))
			if got := get(t, c, "sha256:a", key(1000)); len(got) != 1 {
				t.Error("the new cache does not work")
			}
			if _, err := os.Stat(path + ".damaged"); err != nil || c.Replaced() != path+".damaged" {
				t.Errorf("replaced %q, %v", c.Replaced(), err)
			}
			c.Close()
			if c = openCache(t, path, 0); c.Replaced() != "" || len(get(t, c, "sha256:a", key(1000))) != 1 {
				t.Error("the new cache did not stay")
			}
		})
	}
}

func TestCacheEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	c := openCache(t, path, 0)
	put(t, c, answer(1, "1"))
	if c.Replaced() != "" {
		t.Error("an empty file is a new one")
	}
}

// A damaged file in use is not moved from under its users.
func TestCacheDamagedInUse(t *testing.T) {
	path, keys := fullCache(t)
	other := openCache(t, path, 0)
	change(t, path, damages["noise inside"])
	c, err := OpenCache(t.Context(), path, 0)
	if err == nil {
		_, err = c.Get(t.Context(), "sha256:a", keys)
	}
	if err == nil || !strings.Contains(err.Error(), "damaged, and other processes are using it") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(path + ".damaged"); err == nil {
		t.Error("the file was moved")
	}
	other.Close()
	if c != nil {
		c.Close()
	}
	c = openCache(t, path, 0)
	get(t, c, "sha256:a", keys...)
	if c.Replaced() == "" {
		t.Error("the file was not replaced when it was free")
	}
}

// Several find the same damage: one moves the file, none moves the new one.
func TestCacheDamagedFoundByMany(t *testing.T) {
	path, _ := fullCache(t)
	change(t, path, damages["another file"])
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			c, err := OpenCache(t.Context(), path, 0)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			if err := c.Put(t.Context(), []Answer{answer(i, "1")}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if s, err := openCache(t, path, 0).Stats(t.Context()); err != nil || s.Total.Answers != 6 {
		t.Errorf("%d answers, error %v", s.Total.Answers, err)
	}
}

func TestCacheCantOpen(t *testing.T) {
	dir := t.TempDir()
	blocked := filepath.Join(dir, "file")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(blocked, "cache.db"), dir} {
		if c, err := OpenCache(t.Context(), path, 0); err == nil || c != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func benchmarkAnswers() (all []Answer, keys []string) {
	for i := range 5000 {
		all = append(all, answer(i*2654435761, fmt.Sprintf(`{"text":"%0600d"}`, i)))
		keys = append(keys, all[i].Key)
	}
	return all, keys
}

func BenchmarkCachePut(b *testing.B) {
	all, _ := benchmarkAnswers()
	c := openCache(b, cacheFile(b), 0)
	for b.Loop() {
		put(b, c, all...)
	}
}

func BenchmarkCachePutNew(b *testing.B) {
	all, _ := benchmarkAnswers()
	for b.Loop() {
		b.StopTimer()
		c := openCache(b, cacheFile(b), 0)
		b.StartTimer()
		put(b, c, all...)
	}
}

func BenchmarkCacheGet(b *testing.B) {
	all, keys := benchmarkAnswers()
	c := openCache(b, cacheFile(b), 0)
	put(b, c, all...)
	for b.Loop() {
		if len(get(b, c, "sha256:a", keys...)) != 5000 {
			b.Fatal("answers are missing")
		}
	}
}

func BenchmarkCacheOpen(b *testing.B) {
	path, _ := fullCache(b)
	for b.Loop() {
		openCache(b, path, 0).Close()
	}
}
