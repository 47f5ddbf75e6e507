// Package database opens the databases that packages keep their state in, and
// brings them up to date.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"time"

	"modernc.org/sqlite"
)

// ErrInUse says that another process held the database for longer than was
// waited.
var ErrInUse = errors.New("in use by another process")

// ErrDamaged says that a file is no database, or no longer a whole one.
var ErrDamaged = errors.New("the file is damaged")

// OpenShared opens (and creates, if absent) a SQLite file that several
// processes may use at once, in WAL mode with synchronous=NORMAL: a crash of the
// machine may take the last transactions, never the file. Every statement and
// transaction waits up to wait for others; transactions take the right to write
// when they begin. Freed pages are given back by PRAGMA incremental_vacuum. The
// handle has one connection. Errors are kinds of Explain.
func OpenShared(ctx context.Context, path string, wait time.Duration) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, wait))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	// The connection is made now. Two processes that make the same file get in
	// each other's way without SQLite waiting, so this waits for it.
	for deadline := time.Now().Add(wait); ; time.Sleep(10 * time.Millisecond) {
		_, err = db.ExecContext(ctx, "SELECT count(*) FROM sqlite_master")
		if err = Explain(err); !errors.Is(err, ErrInUse) || time.Now().After(deadline) || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	return db, nil
}

func dsn(path string, wait time.Duration) string {
	q := url.Values{
		"_busy_timeout": {strconv.FormatInt(wait.Milliseconds(), 10)},
		"_txlock":       {"immediate"},
		"_pragma":       {"journal_mode(WAL)", "synchronous(NORMAL)", "temp_store(MEMORY)", "journal_size_limit(16777216)"},
	}
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		q.Set("_auto_vacuum", "incremental") // later it would be a write, which waits for others
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	return u.String()
}

// SQLite's primary result codes.
const (
	sqliteBusy    = 5
	sqliteLocked  = 6
	sqliteCorrupt = 11
	sqliteNotADB  = 26
)

// Explain makes an error of SQLite an ErrInUse or ErrDamaged where it is one;
// others stay as they are.
func Explain(err error) error {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return err
	}
	switch se.Code() & 0xff {
	case sqliteBusy, sqliteLocked:
		return fmt.Errorf("%w (%v)", ErrInUse, err)
	case sqliteCorrupt, sqliteNotADB:
		return fmt.Errorf("%w (%v)", ErrDamaged, err)
	}
	return err
}

// Migrate applies the *.sql files at the top of files, in the order of their
// names, each once and each in a transaction of its own. Applied files are
// remembered in the table schema_migrations; a file must never change after a
// release.
func Migrate(ctx context.Context, db *sql.DB, files fs.FS) error {
	const table = "CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY)"
	if _, err := db.ExecContext(ctx, table); err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return err
	}
	sort.Strings(names)
	done, err := applied(ctx, db)
	if err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	for _, name := range names {
		if done[name] { // the usual case takes no lock
			continue
		}
		if err := migrateOne(ctx, db, files, name); err != nil {
			return fmt.Errorf("migrating %s: %w", name, err)
		}
	}
	return nil
}

func applied(ctx context.Context, db *sql.DB) (map[string]bool, error) {
	rows, err := db.QueryContext(ctx, "SELECT name FROM schema_migrations")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	done := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		done[name] = true
	}
	return done, rows.Err()
}

// migrateOne applies a file unless another process just did.
func migrateOne(ctx context.Context, db *sql.DB, files fs.FS, name string) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM schema_migrations WHERE name = $1", name).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO schema_migrations (name) VALUES ($1)", name); err != nil {
		return err
	}
	return tx.Commit()
}
