package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// OpenPostgres opens the database at a URL (postgres://USER:PASSWORD@HOST/NAME).
// A connection that can't be made is the error, which names host and database
// but no password. No statement may take longer than half a minute, so that a
// network that swallows everything is noticed.
func OpenPostgres(ctx context.Context, url string) (*sql.DB, error) {
	c, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the database's URL can't be read; expected postgres://USER:PASSWORD@HOST:PORT/NAME")
	}
	c.ConnectTimeout = 10 * time.Second
	c.DialFunc = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 5 * time.Second}).DialContext
	db := stdlib.OpenDB(*c)
	db.SetConnMaxIdleTime(time.Minute)
	db.SetMaxOpenConns(16)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("opening the database %s at %s:%d: %w", c.Database, c.Host, c.Port, err)
	}
	return db, nil
}

// migrationLock is the advisory lock under which one process at a time migrates.
const migrationLock = 0x67656e6f7073 // "genops"

// MigratePostgres is Migrate on Postgres, for processes that start together.
func MigratePostgres(ctx context.Context, db *sql.DB, files fs.FS) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrationLock))
	return Migrate(ctx, db, files)
}

// Refused says that Postgres understood a statement and refused it, so that the
// same again is refused again. Everything else (no connection, a server that
// starts or stops, a deadlock) may succeed when it is tried again.
func Refused(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	switch class := e.Code[:min(2, len(e.Code))]; class {
	case "08", "40", "53", "55", "57", "58":
		return false
	}
	return !strings.HasPrefix(e.Code, "25") // a transaction that broke off before
}
