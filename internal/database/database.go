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

	"modernc.org/sqlite"
)

// ErrInUse says that another process holds the file.
var ErrInUse = errors.New("in use by another process")

// sqliteBusy and sqliteLocked are SQLite's primary result codes.
const (
	sqliteBusy   = 5
	sqliteLocked = 6
)

// OpenExclusive opens (and creates, if absent) a SQLite file for this process
// alone, in WAL mode with synchronous=FULL: a committed transaction survives a
// crash of the process and of the machine. It returns ErrInUse when another
// process has it open. The handle has one connection.
func OpenExclusive(ctx context.Context, path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path,
		"locking_mode(EXCLUSIVE)", "journal_mode(WAL)", "synchronous(FULL)", "temp_store(MEMORY)"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	// The lock is taken by the first write, so ask for it now.
	if _, err := db.ExecContext(ctx, "BEGIN IMMEDIATE; COMMIT"); err != nil {
		db.Close()
		return nil, fmt.Errorf("opening %s: %w", path, kind(err))
	}
	return db, nil
}

// OpenReadOnly opens an existing SQLite file for reading; what a crashed writer
// left beside it is taken in. It returns ErrInUse when another process holds it
// exclusively, and fs.ErrNotExist when there is none.
func OpenReadOnly(ctx context.Context, path string) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil { // SQLite would create it
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn(path, "query_only(1)"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "SELECT count(*) FROM sqlite_master"); err != nil {
		db.Close()
		return nil, fmt.Errorf("opening %s: %w", path, kind(err))
	}
	return db, nil
}

func dsn(path string, pragmas ...string) string {
	q := url.Values{"_pragma": pragmas}
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	return u.String()
}

func kind(err error) error {
	var se *sqlite.Error
	if errors.As(err, &se) && (se.Code()&0xff == sqliteBusy || se.Code()&0xff == sqliteLocked) {
		return fmt.Errorf("%w (%v)", ErrInUse, err)
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
	for _, name := range names {
		if err := migrateOne(ctx, db, files, name); err != nil {
			return fmt.Errorf("migrating %s: %w", name, err)
		}
	}
	return nil
}

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
