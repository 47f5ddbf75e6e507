package assets

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// usedEvery is how exact used_at is: without it, each Get would write.
const usedEvery = time.Hour

// touch records what was used.
func (c *Cache) touch(ctx context.Context, tx *sql.Tx) error {
	if len(c.touched) == 0 {
		return nil
	}
	ids, err := json.Marshal(slices.Collect(maps.Keys(c.touched)))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE answers SET used_at = $1 WHERE id IN (SELECT value FROM json_each($2))", c.now().Unix(), string(ids))
	return err
}

// rowBytes is what a row takes beside its result, about.
const rowBytes = 300

// trim removes the least recently used answers of a file that has grown too
// large. Its pages are used again by what comes later.
func (c *Cache) trim(ctx context.Context, tx *sql.Tx) error {
	size, err := used(ctx, tx)
	if err != nil || size <= c.maxBytes {
		return err
	}
	target := c.maxBytes / 10 * 9
	for size > target {
		last, err := c.oldest(ctx, tx, size-target)
		if err != nil || last == nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM answers WHERE (used_at, id) <= ($1, $2)", last...); err != nil {
			return err
		}
		if size, err = used(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// oldest is the place, in the order of use, up to which answers must go to free
// so many bytes; nil when there is none.
func (c *Cache) oldest(ctx context.Context, tx *sql.Tx, excess int64) ([]any, error) {
	rows, err := tx.QueryContext(ctx, "SELECT used_at, id, bytes FROM answers ORDER BY used_at, id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var last []any
	for excess > 0 && rows.Next() {
		var at, id, bytes int64
		if err := rows.Scan(&at, &id, &bytes); err != nil {
			return nil, err
		}
		last = []any{at, id}
		excess -= bytes + rowBytes
	}
	return last, rows.Err()
}

// used is the size of the file without the pages that are free.
func used(ctx context.Context, tx *sql.Tx) (int64, error) {
	var pages, free, size int64
	for pragma, to := range map[string]*int64{"page_count": &pages, "freelist_count": &free, "page_size": &size} {
		if err := tx.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(to); err != nil {
			return 0, err
		}
	}
	return (pages - free) * size, nil
}
