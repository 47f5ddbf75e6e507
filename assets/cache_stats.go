package assets

import (
	"context"
	"database/sql"
	"os"
	"time"
)

// CacheStats is what a cache holds.
type CacheStats struct {
	Path      string          `json:"path"`
	FileBytes int64           `json:"file_bytes"` // on the disk
	MaxBytes  int64           `json:"max_bytes"`
	Total     CachedAnswers   `json:"total"`
	Releases  []CachedAnswers `json:"releases"` // the one with the newest answer first
}

// CachedAnswers sums up answers. Times are zero when there are none.
type CachedAnswers struct {
	Release string    `json:"release,omitempty"` // digest of what answered
	Answers int       `json:"answers"`
	Bytes   int64     `json:"bytes"` // of the results
	Oldest  time.Time `json:"oldest,omitzero"`
	Newest  time.Time `json:"newest,omitzero"`
	CostUSD float64   `json:"cost_usd"` // that the calls cost; using all of them once saves it
}

// Stats says what the cache holds.
func (c *Cache) Stats(ctx context.Context) (CacheStats, error) {
	var s CacheStats
	err := c.do(ctx, func(db *sql.DB) error {
		s = CacheStats{Path: c.path, MaxBytes: c.maxBytes, Releases: []CachedAnswers{}}
		rows, err := db.QueryContext(ctx, `SELECT release, count(*), sum(bytes), min(called_at), max(called_at), sum(cost_usd)
			FROM answers GROUP BY release ORDER BY max(called_at) DESC, release`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r CachedAnswers
			var oldest, newest int64
			if err := rows.Scan(&r.Release, &r.Answers, &r.Bytes, &oldest, &newest, &r.CostUSD); err != nil {
				return err
			}
			r.Oldest, r.Newest = time.Unix(0, oldest).UTC(), time.Unix(0, newest).UTC()
			s.Releases = append(s.Releases, r)
			s.Total.add(r)
		}
		return rows.Err()
	})
	for _, ending := range []string{"", "-wal"} {
		if info, err := os.Stat(s.Path + ending); err == nil {
			s.FileBytes += info.Size()
		}
	}
	return s, err
}

// recentAnswers is how many answers Costs looks at, the newest: enough to know what
// a call costs, and few enough to be read at every start.
const recentAnswers = 5_000

// CallCost is what calls of one release cost.
type CallCost struct {
	Calls int
	USD   float64 // of all of them
}

// Costs says what recent calls of each release cost, by release.
func (c *Cache) Costs(ctx context.Context) (map[string]CallCost, error) {
	found := map[string]CallCost{}
	err := c.do(ctx, func(db *sql.DB) error {
		clear(found)
		rows, err := db.QueryContext(ctx, `SELECT release, count(*), sum(cost_usd) FROM (SELECT release, cost_usd FROM answers ORDER BY id DESC LIMIT $1)
			GROUP BY release`, recentAnswers)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var release string
			var cost CallCost
			if err := rows.Scan(&release, &cost.Calls, &cost.USD); err != nil {
				return err
			}
			found[release] = cost
		}
		return rows.Err()
	})
	return found, err
}

func (t *CachedAnswers) add(r CachedAnswers) {
	if t.Answers == 0 || r.Oldest.Before(t.Oldest) {
		t.Oldest = r.Oldest
	}
	if r.Newest.After(t.Newest) {
		t.Newest = r.Newest
	}
	t.Answers += r.Answers
	t.Bytes += r.Bytes
	t.CostUSD += r.CostUSD
}

// CacheFilter chooses answers: those for which all holds that is set.
type CacheFilter struct {
	OlderThan time.Duration // called longer ago than this; 0 = any age
	Release   string        // digest of what answered; "" = any
}

// Clear removes the answers that the filter chooses, and says how many and how
// many bytes their results had. The file shrinks as far as no other process is
// in the way.
func (c *Cache) Clear(ctx context.Context, f CacheFilter) (removed int, bytes int64, err error) {
	before := int64(1<<63 - 1)
	if f.OlderThan > 0 {
		before = c.now().Add(-f.OlderThan).UnixNano()
	}
	const chosen = " FROM answers WHERE called_at < $1 AND ($2 = '' OR release = $2)"
	err = c.do(ctx, func(db *sql.DB) error {
		err := c.write(ctx, db, func(tx *sql.Tx) error {
			if err := tx.QueryRowContext(ctx, "SELECT count(*), coalesce(sum(bytes), 0)"+chosen, before, f.Release).Scan(&removed, &bytes); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, "DELETE"+chosen, before, f.Release)
			return err
		})
		if err != nil {
			return err
		}
		// The answers are gone; giving the pages back may fail.
		db.ExecContext(ctx, "PRAGMA incremental_vacuum")
		db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	return removed, bytes, nil
}
