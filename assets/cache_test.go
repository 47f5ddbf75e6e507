package assets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 123456789, time.UTC)

// patiently does again what another process kept from being done in the time that
// a run has for it: a test has more.
func patiently[T any](t testing.TB, do func() (T, error)) T {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; {
		v, err := do()
		if err == nil {
			return v
		}
		if !errors.Is(err, ErrInUse) || time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func openCache(t testing.TB, path string, maxBytes int64) *Cache {
	t.Helper()
	c := patiently(t, func() (*Cache, error) { return OpenCache(t.Context(), path, maxBytes) })
	t.Cleanup(func() { c.Close() })
	return c
}

func cacheFile(t testing.TB) string { return filepath.Join(t.TempDir(), ".genops", "cache.db") }

func key(i int) string { return fmt.Sprintf("%064x", i) }

func answer(i int, text string) Answer {
	return Answer{Key: key(i), Release: "sha256:a", CalledAt: noon.Add(time.Duration(i) * time.Second), Result: []byte(text), CostUSD: 0.5}
}

func put(t testing.TB, c *Cache, answers ...Answer) {
	t.Helper()
	patiently(t, func() (any, error) { return nil, c.Put(t.Context(), answers) })
}

func get(t testing.TB, c *Cache, release string, keys ...string) map[string]Answer {
	t.Helper()
	return patiently(t, func() (map[string]Answer, error) { return c.Get(t.Context(), release, keys) })
}

func TestCacheKeepsAnswers(t *testing.T) {
	path := cacheFile(t)
	c := openCache(t, path, 0)
	put(t, c, answer(1, `{"text":"one"}`), answer(2, "\x00\xff'"))
	want := map[string]Answer{key(1): answer(1, `{"text":"one"}`), key(2): answer(2, "\x00\xff'")}
	if got := get(t, c, "sha256:a", key(1), key(2), key(3), "it's", ""); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if got := get(t, c, "sha256:b", key(1)); len(got) != 0 {
		t.Errorf("another release got %v", got)
	}
	if got := get(t, c, "sha256:a"); got == nil || len(got) != 0 {
		t.Errorf("no key got %v", got)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(t.Context(), "sha256:a", []string{key(1)}); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a closed cache: %v", err)
	}
	if got := get(t, openCache(t, path, 0), "sha256:a", key(1), key(2)); !reflect.DeepEqual(got, want) {
		t.Errorf("after opening again %v", got)
	}
}

func TestCacheNewerAnswerWins(t *testing.T) {
	c := openCache(t, cacheFile(t), 0)
	older, newer := answer(1, `"old"`), answer(1, `"new"`)
	newer.CalledAt, newer.Release = older.CalledAt.Add(1), "sha256:b"
	for _, order := range [][]Answer{{older, newer}, {newer, older}, {older}} {
		put(t, c, order...)
		if got := get(t, c, "sha256:b", key(1)); string(got[key(1)].Result) != `"new"` {
			t.Errorf("got %v", got)
		}
	}
}

func TestCachePutRefuses(t *testing.T) {
	c := openCache(t, cacheFile(t), 0)
	for name, spoil := range map[string]func(*Answer){
		"no key":        func(a *Answer) { a.Key = "" },
		"no result":     func(a *Answer) { a.Result = nil },
		"no time":       func(a *Answer) { a.CalledAt = time.Time{} },
		"NaN":           func(a *Answer) { a.CostUSD = math.NaN() },
		"infinite":      func(a *Answer) { a.CostUSD = math.Inf(1) },
		"negative cost": func(a *Answer) { a.CostUSD = -1 },
	} {
		bad := answer(2, "2")
		spoil(&bad)
		if err := c.Put(t.Context(), []Answer{answer(1, "1"), bad}); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := get(t, c, "sha256:a", key(1)); len(got) != 0 {
		t.Errorf("of a refused Put stayed %v", got)
	}
	long := answer(3, strings.Repeat("x", MaxCachedResult+1))
	put(t, c, long, answer(4, long.Key), answer(5, string(long.Result[1:])))
	if got := get(t, c, "sha256:a", key(3), key(4), key(5)); len(got) != 2 || got[key(3)].Key != "" {
		t.Errorf("%d answers, want all but the one that is too long", len(got))
	}
}

func TestCacheSizeBound(t *testing.T) {
	const size, each, n = 1 << 20, 4000, 500
	path := cacheFile(t)
	c := openCache(t, path, size)
	now := noon
	c.now = func() time.Time { return now }
	for i := range n { // twice as much as there is place for
		put(t, c, answer(i, fmt.Sprintf("%0*d", each, i)))
		now = now.Add(2 * time.Hour)
		if got := get(t, c, "sha256:a", key(0)); len(got) != 1 {
			t.Fatalf("the answer that is used all the time went after %d", i)
		}
		if i > 0 && len(get(t, c, "sha256:a", key(i))) != 1 {
			t.Fatalf("the newest answer %d went", i)
		}
	}
	var kept []int
	for i := range n {
		if len(get(t, c, "sha256:a", key(i))) == 1 {
			kept = append(kept, i)
		}
	}
	if first, last := kept[1], kept[len(kept)-1]; last != n-1 || last-first != len(kept)-2 {
		t.Errorf("kept %v: not the most recently used", kept)
	}
	if bytes := len(kept) * each; bytes < size*7/10 || bytes > size {
		t.Errorf("%d bytes are left of %d", bytes, size)
	}
	c.Close()
	if info, err := os.Stat(path); err != nil || info.Size() > size+size/20 {
		t.Errorf("%d bytes on the disk, error %v", info.Size(), err)
	}
}

func TestCacheSmallerThanOneAnswer(t *testing.T) {
	c := openCache(t, cacheFile(t), 1)
	put(t, c, answer(1, strings.Repeat("x", 100_000)))
	if got := get(t, c, "sha256:a", key(1)); len(got) != 0 {
		t.Error("an answer larger than the cache stayed")
	}
}

// Reading alone must also count as use.
func TestCacheCloseRecordsUse(t *testing.T) {
	path := cacheFile(t)
	c := openCache(t, path, 0)
	c.now = func() time.Time { return noon }
	put(t, c, answer(1, "1"), answer(2, "2"))
	c.Close()
	c = openCache(t, path, 0)
	c.now = func() time.Time { return noon.Add(usedEvery + time.Minute) }
	get(t, c, "sha256:a", key(1))
	c.Close()
	c = openCache(t, path, 0)
	var used int64
	if err := c.db.QueryRow("SELECT used_at FROM answers WHERE key = $1", key(1)).Scan(&used); err != nil || used != noon.Add(usedEvery+time.Minute).Unix() {
		t.Errorf("used at %v, error %v", time.Unix(used, 0), err)
	}
}

func TestCacheStatsAndClear(t *testing.T) {
	path := cacheFile(t)
	c := openCache(t, path, 0)
	c.now = func() time.Time { return noon.Add(time.Hour) }
	if s, err := c.Stats(t.Context()); err != nil || !reflect.DeepEqual(s.Total, CachedAnswers{}) || len(s.Releases) != 0 || s.MaxBytes != DefaultCacheBytes {
		t.Fatalf("%+v, error %v", s, err)
	}
	b := answer(3, `"33"`)
	b.Release, b.CalledAt = "sha256:b", noon.Add(30*time.Minute)
	put(t, c, answer(1, `"1"`), answer(2, strings.Repeat("2", 500_000)), b)
	s, err := c.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []CachedAnswers{
		{Release: "sha256:b", Answers: 1, Bytes: 4, Oldest: b.CalledAt, Newest: b.CalledAt, CostUSD: 0.5},
		{Release: "sha256:a", Answers: 2, Bytes: 500_003, Oldest: noon.Add(time.Second), Newest: noon.Add(2 * time.Second), CostUSD: 1},
	}
	total := CachedAnswers{Answers: 3, Bytes: 500_007, Oldest: noon.Add(time.Second), Newest: b.CalledAt, CostUSD: 1.5}
	if !reflect.DeepEqual(s.Releases, want) || s.Total != total || s.FileBytes < 500_000 || s.Path != path {
		t.Errorf("%+v", s)
	}
	for _, step := range []struct {
		filter  CacheFilter
		removed int
		bytes   int64
	}{
		{CacheFilter{Release: "sha256:c"}, 0, 0},
		{CacheFilter{OlderThan: time.Hour}, 0, 0},
		{CacheFilter{OlderThan: 45 * time.Minute, Release: "sha256:b"}, 0, 0},
		{CacheFilter{OlderThan: time.Hour - 1500*time.Millisecond}, 1, 3},
		{CacheFilter{Release: "sha256:a"}, 1, 500_000},
		{CacheFilter{}, 1, 4},
		{CacheFilter{}, 0, 0},
	} {
		removed, bytes, err := c.Clear(t.Context(), step.filter)
		if err != nil || removed != step.removed || bytes != step.bytes {
			t.Errorf("%+v: removed %d, %d bytes, error %v", step.filter, removed, bytes, err)
		}
	}
	if s, err := c.Stats(t.Context()); err != nil || s.FileBytes > 100_000 {
		t.Errorf("%d bytes are left on the disk, error %v", s.FileBytes, err)
	}
}

// writerCache makes the test program a writer of the cache that it names.
const writerCache = "GENOPS_TEST_CACHE"

// TestCacheWriter is what the processes of TestCacheProcesses run.
func TestCacheWriter(t *testing.T) {
	path := os.Getenv(writerCache)
	if path == "" {
		return
	}
	c := openCache(t, path, 0)
	fmt.Println("open")
	for i := range 40 {
		put(t, c, answer(os.Getpid()*1000+i, `"mine"`), answer(i, `"shared"`))
		if got := get(t, c, "sha256:a", key(i), key(os.Getpid()*1000+i)); len(got) != 2 {
			t.Errorf("%d answers of 2", len(got))
		}
	}
}

// Processes make the file at the same time, write and read; one is killed.
func TestCacheProcesses(t *testing.T) {
	path := cacheFile(t)
	var wg sync.WaitGroup
	for n := range 4 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCacheWriter$", "-test.v")
		cmd.Env = append(os.Environ(), writerCache+"="+path)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			time.Sleep(30 * time.Millisecond)
			cmd.Process.Kill()
			cmd.Wait()
			continue
		}
		wg.Go(func() {
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v\n%s", err, &out)
			}
		})
	}
	wg.Wait()
	c := openCache(t, path, 0)
	s, err := c.Stats(t.Context())
	if err != nil || s.Total.Answers < 4*40 || c.Replaced() != "" {
		t.Errorf("%d answers, replaced %q, error %v", s.Total.Answers, c.Replaced(), err)
	}
	var whole string
	if err := c.db.QueryRow("PRAGMA integrity_check").Scan(&whole); err != nil || whole != "ok" {
		t.Errorf("integrity %s, error %v", whole, err)
	}
}

func TestCacheConcurrentUse(t *testing.T) {
	c := openCache(t, cacheFile(t), 0)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for i := range 20 {
				if err := c.Put(t.Context(), []Answer{answer(n*100+i, "1")}); err != nil {
					t.Error(err)
				}
				if _, err := c.Get(t.Context(), "sha256:a", []string{key(i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if s, err := c.Stats(t.Context()); err != nil || s.Total.Answers != 160 {
		t.Errorf("%d answers, error %v", s.Total.Answers, err)
	}
}

// A writer that holds the file for long does not block readers, and other
// writers not for long.
func TestCacheBusy(t *testing.T) {
	path := cacheFile(t)
	c, other := openCache(t, path, 0), openCache(t, path, 0)
	put(t, c, answer(1, "1"))
	tx, err := other.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if got := get(t, c, "sha256:a", key(1)); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	third := openCache(t, path, 0)
	if got := get(t, third, "sha256:a", key(1)); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	if err := c.Put(t.Context(), []Answer{answer(2, "2")}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second writer: %v", err)
	}
	tx.Rollback()
	put(t, c, answer(2, "2"))
}

func TestCacheCancelled(t *testing.T) {
	c := openCache(t, cacheFile(t), 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Put(ctx, []Answer{answer(1, "1")}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	put(t, c, answer(1, "1"))
}

func TestCacheKnowsWhatCallsCost(t *testing.T) {
	c := openCache(t, cacheFile(t), 0)
	other := answer(9, "x")
	other.Release, other.CostUSD = "sha256:b", 0.25
	put(t, c, answer(1, "x"), answer(2, "x"), answer(3, "x"), other)
	got, err := c.Costs(t.Context())
	if want := (map[string]CallCost{"sha256:a": {3, 1.5}, "sha256:b": {1, 0.25}}); err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}
