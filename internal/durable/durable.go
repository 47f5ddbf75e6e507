// Package durable spreads a layer of a media run over several processes that
// share one Postgres and one asset store. A layer's requests are cut into
// chunks; a worker takes a chunk under a lease, makes, judges or delivers its
// items, and lets go of it. A chunk whose worker died is taken over when its lease
// has ended; what the dead one still writes then is refused. Requests, calls,
// findings and receipts are handed over by the database, bytes by the store.
package durable

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/google/uuid"

	"github.com/GaboBase/arch-genops/internal/database"
)

// Lease is for how long a worker that is not heard of keeps its chunk.
const Lease = 5 * time.Second

// ErrTakenOver says that another worker has the chunk now: the lease had ended.
var ErrTakenOver = errors.New("the chunk was taken over by another worker")

//go:embed migrations/*.sql
var migrations embed.FS

// ErrNoBudget says that what is left of the budget allows no further call.
var ErrNoBudget = errors.New("the budget allows no further call")

// Cluster is what the processes share. Its methods are safe for concurrent use.
type Cluster struct {
	db    *sql.DB
	name  string // of this process; no other one has it
	lease time.Duration
}

// Open opens the database and brings it up to date.
func Open(ctx context.Context, url string) (*Cluster, error) {
	db, err := database.OpenPostgres(ctx, url)
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err == nil {
		err = database.MigratePostgres(ctx, db, files)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &Cluster{db: db, name: fmt.Sprintf("%s:%d/%s", host, os.Getpid(), uuid.NewString()[:8]), lease: Lease}, nil
}

// Close lets go of the database.
func (c *Cluster) Close() error { return c.db.Close() }

// patience is for how long a database that can't be reached is waited for.
const patience = 10 * time.Minute

// insist calls do until it succeeds, is refused, or patience or ctx ends.
func insist(ctx context.Context, do func(context.Context) error) error {
	until := time.Now().Add(patience)
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		try, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := do(try)
		cancel()
		switch {
		case err == nil || errors.Is(err, ErrTakenOver) || errors.Is(err, ErrOtherRun) || errors.Is(err, sql.ErrNoRows) || database.Refused(err):
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case time.Now().After(until):
			return fmt.Errorf("the database can't be reached: %w", err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
