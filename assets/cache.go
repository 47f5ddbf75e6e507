package assets

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/internal/database"
)

const (
	// DefaultCacheBytes is the size that a cache is kept to when none is named.
	DefaultCacheBytes = 1 << 30

	// MaxCachedResult is the longest result, in bytes, that a cache keeps.
	MaxCachedResult = 1 << 20
)

// cacheWait bounds how long an operation waits for another process. Writes of
// others take a fraction of it.
const cacheWait = 2 * time.Second

//go:embed migrations/cache_*.sql
var migrations embed.FS

// CachePath is where the cache of the project at root is.
func CachePath(root string) string { return filepath.Join(root, ".genops", "cache.db") }

// Cache keeps the answers of calls by what was asked, in one file that all the
// runs of a project share. It only saves calls: losing it loses nothing else.
// So an error of its methods is one to warn of, and to go on without answers.
// An error is ErrInUse when other processes hold the file for too long.
//
// Its methods are safe for concurrent use, also by several processes.
type Cache struct {
	path     string
	maxBytes int64
	now      func() time.Time

	mu       sync.Mutex // held by each operation
	db       *sql.DB
	file     os.FileInfo        // that db opened
	users    *os.File           // locked, together with the other users of the file
	touched  map[int64]struct{} // rows that were used since their used_at
	replaced string
}

// OpenCache opens or creates the cache at path, and its folder. It is kept to
// maxBytes on the disk, or DefaultCacheBytes when maxBytes is 0 or less; the log
// of writes beside it may take 16 MiB more. A file that can't be read is moved
// aside, and a new one takes its place; see Replaced.
func OpenCache(ctx context.Context, path string, maxBytes int64) (*Cache, error) {
	if maxBytes <= 0 {
		maxBytes = DefaultCacheBytes
	}
	c := &Cache{path: path, maxBytes: maxBytes, now: time.Now, touched: map[int64]struct{}{}}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("opening the cache: %w", err)
	}
	if err := c.do(ctx, func(*sql.DB) error { return nil }); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Get returns the release's answers to those of the keys that have one, by key.
// What is returned counts as used now.
func (c *Cache) Get(ctx context.Context, release string, keys []string) (map[string]Answer, error) {
	found := map[string]Answer{}
	if len(keys) == 0 {
		return found, nil
	}
	list, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	err = c.do(ctx, func(db *sql.DB) error {
		clear(found)
		rows, err := db.QueryContext(ctx, `SELECT id, key, called_at, used_at, cost_usd, result FROM answers
			WHERE release = $1 AND key IN (SELECT value FROM json_each($2))`, release, string(list))
		if err != nil {
			return err
		}
		defer rows.Close()
		stale := c.now().Add(-usedEvery).Unix()
		for rows.Next() {
			a := Answer{Release: release}
			var id, called, used int64
			if err := rows.Scan(&id, &a.Key, &called, &used, &a.CostUSD, &a.Result); err != nil {
				return err
			}
			a.CalledAt = time.Unix(0, called).UTC()
			found[a.Key] = a
			if used < stale {
				c.touched[id] = struct{}{}
			}
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Put keeps the answers, all or none, in the place of older ones of the same
// keys; a newer one stays. Results beyond MaxCachedResult are left out. Then the
// least recently used answers are removed if the cache has grown beyond its
// size, until it is at 90 % of it.
func (c *Cache) Put(ctx context.Context, answers []Answer) error {
	for _, a := range answers {
		if err := checkAnswer(a); err != nil {
			return fmt.Errorf("cache: %w", err)
		}
	}
	return c.do(ctx, func(db *sql.DB) error {
		return c.write(ctx, db, func(tx *sql.Tx) error {
			if err := c.insert(ctx, tx, answers); err != nil {
				return err
			}
			return c.trim(ctx, tx)
		})
	})
}

// checkAnswer finds what can't be kept.
func checkAnswer(a Answer) error {
	cost := a.CostUSD
	if a.Key == "" || len(a.Result) == 0 || a.CalledAt.IsZero() || math.IsNaN(cost) || math.IsInf(cost, 0) || cost < 0 {
		return fmt.Errorf("not an answer: key %q, %d bytes, called at %s for $%v: %w", a.Key, len(a.Result), a.CalledAt, cost, fs.ErrInvalid)
	}
	return nil
}

// rowsAtOnce is how many rows one statement writes: half of what a row costs is
// the statement around it.
const rowsAtOnce = 16

func (c *Cache) insert(ctx context.Context, tx *sql.Tx, answers []Answer) error {
	short := slices.DeleteFunc(slices.Clone(answers), func(a Answer) bool { return len(a.Result) > MaxCachedResult })
	now := c.now().Unix()
	for rows := rowsAtOnce; len(short) > 0; {
		rows = min(rows, len(short))
		stmt, err := tx.PrepareContext(ctx, insertRows(rows))
		if err != nil {
			return err
		}
		for ; len(short) >= rows; short = short[rows:] {
			var args []any
			for _, a := range short[:rows] {
				args = append(args, a.Key, a.Release, a.CalledAt.UnixNano(), now, a.CostUSD, len(a.Result), a.Result)
			}
			if _, err := stmt.ExecContext(ctx, args...); err != nil {
				return errors.Join(err, stmt.Close())
			}
		}
		if err := stmt.Close(); err != nil {
			return err
		}
	}
	return nil
}

func insertRows(n int) string {
	return `INSERT INTO answers (key, release, called_at, used_at, cost_usd, bytes, result) VALUES (?, ?, ?, ?, ?, ?, ?)` +
		strings.Repeat(", (?, ?, ?, ?, ?, ?, ?)", n-1) + `
		ON CONFLICT (key) DO UPDATE SET release = excluded.release, called_at = excluded.called_at, used_at = excluded.used_at,
			cost_usd = excluded.cost_usd, bytes = excluded.bytes, result = excluded.result
		WHERE excluded.called_at >= answers.called_at`
}

// write runs f in a transaction that also records what was used.
func (c *Cache) write(ctx context.Context, db *sql.DB, f func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := c.touch(ctx, tx); err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	clear(c.touched)
	return nil
}

// Replaced says where a damaged file was moved to, in whose place a new cache
// was made; "" when there was none.
func (c *Cache) Replaced() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.replaced
}

// Close records what was used and releases the file. The cache can't be used
// any more.
func (c *Cache) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.db != nil && len(c.touched) > 0 {
		// Only the order of removal suffers when this fails.
		c.write(context.Background(), c.db, func(*sql.Tx) error { return nil })
	}
	err := c.release()
	c.path = ""
	return err
}

// do runs an operation on the open file. When that turns out to be damaged, the
// operation is run once more on a new one.
func (c *Cache) do(ctx context.Context, f func(*sql.DB) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.path == "" {
		return fmt.Errorf("cache: %w", fs.ErrClosed)
	}
	err := c.try(ctx, f)
	if errors.Is(err, database.ErrDamaged) {
		if err = c.replace(ctx); err == nil {
			err = c.try(ctx, f)
		}
	}
	switch {
	case errors.Is(err, database.ErrInUse), errors.Is(err, ErrInUse):
		return fmt.Errorf("cache %s: %w", c.path, ErrInUse)
	case err != nil:
		return fmt.Errorf("cache %s: %w", c.path, err)
	}
	return nil
}

func (c *Cache) try(ctx context.Context, f func(*sql.DB) error) error {
	if err := c.acquire(ctx); err != nil {
		return err
	}
	return database.Explain(f(c.db))
}
