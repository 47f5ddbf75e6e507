// Package assets remembers what was asked for and what came back: the ledger
// of every call.
package assets

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/GaboBase/arch-genops/internal/database"
)

//go:embed migrations/*.sql
var migrations embed.FS

// State is how far a call got. A request without a record was never sent.
type State int

const (
	NeverSent State = iota // no record
	Sent                   // durable before the call went out; ambiguous once its process is gone
	Done                   // the result is in the record
)

// Call is one record of the ledger.
type Call struct {
	Seq    int64  // position in the order of drawing, unique in the run
	ID     string // the request's ID, unique in the run
	Key    string // SHA-256 of the request's canonical form, hexadecimal
	State  State
	Sends  int    // how often it was sent, all attempts and restarts together
	Result []byte // JSON, only when Done
}

// Ledger is the durable record of one run's calls, in a SQLite file of its
// own that one process holds at a time. A commit takes all that is known by
// then: the calls that go out together, and the results that came in since the
// last one. Its methods are safe for concurrent use.
type Ledger struct {
	db   *sql.DB
	sent rowStmt
	done rowStmt

	writing sync.Mutex // held during a commit, and around err and closed
	err     error      // the first failed commit; nothing is written after it
	closed  bool

	mu      sync.Mutex
	pending []Call      // Done records that wait for the next commit
	timer   *time.Timer // runs while results wait; nil = none do
}

// OpenLedger opens or creates the ledger at path. The error is
// database.ErrInUse when another process is writing it.
func OpenLedger(ctx context.Context, path string) (*Ledger, error) {
	db, err := database.OpenExclusive(ctx, path)
	if err != nil {
		return nil, err
	}
	l := &Ledger{db: db}
	if err := l.prepare(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("opening ledger %s: %w", path, err)
	}
	return l, nil
}

func (l *Ledger) prepare(ctx context.Context) error {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	if err := database.Migrate(ctx, l.db, sub); err != nil {
		return err
	}
	l.sent, err = prepareRows(ctx, l.db, "INSERT INTO calls (seq, id, key, state, sends) VALUES", "(?, ?, ?, 1, ?)",
		"ON CONFLICT (seq) DO UPDATE SET sends = excluded.sends")
	if err != nil {
		return err
	}
	l.done, err = prepareRows(ctx, l.db, "INSERT INTO calls (seq, id, key, state, sends, result) VALUES", "(?, ?, ?, 2, ?, ?)",
		"ON CONFLICT (seq) DO UPDATE SET state = 2, sends = excluded.sends, result = excluded.result")
	return err
}

// Sent records that the calls are about to go out, and returns when that is
// durable. Call.Sends counts the send that follows.
func (l *Ledger) Sent(calls []Call) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.closed {
		return errors.New("ledger is closed")
	}
	return l.write(calls)
}

// Done records a result. It returns at once; the record is durable with the
// next Sent, at the latest after doneWithin, Flush or Close. The call must have
// been Sent. A record that can't be written is reported by these.
func (l *Ledger) Done(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = append(l.pending, c)
	if l.timer == nil {
		l.timer = time.AfterFunc(doneWithin, func() { l.Flush() }) // an error stays for the next Sent
	}
}

// doneWithin bounds how long a result waits for a commit: usually it goes with
// the request that takes its place, which would else queue behind it.
const doneWithin = 100 * time.Millisecond

// Flush returns when everything recorded so far is durable.
func (l *Ledger) Flush() error { return l.Sent(nil) }

// Close flushes and releases the file.
func (l *Ledger) Close() error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.closed {
		return nil
	}
	err := l.write(nil)
	l.closed = true
	return errors.Join(err, l.sent.close(), l.done.close(), l.db.Close())
}

// write commits the calls together with the results that wait.
func (l *Ledger) write(sent []Call) error {
	done := l.waiting()
	if l.err != nil || len(sent)+len(done) == 0 {
		return l.err
	}
	if err := l.commit(sent, done); err != nil {
		l.err = fmt.Errorf("writing the ledger: %w", err)
	}
	return l.err
}

// waiting takes the results that wait for a commit.
func (l *Ledger) waiting() []Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	done := l.pending
	l.pending = nil
	return done
}

func (l *Ledger) commit(sent, done []Call) error {
	tx, err := l.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := l.sent.exec(tx, sent, func(c *Call) []any { return []any{c.Seq, c.ID, c.Key, c.Sends} }); err != nil {
		return err
	}
	if err := l.done.exec(tx, done, func(c *Call) []any { return []any{c.Seq, c.ID, c.Key, c.Sends, string(c.Result)} }); err != nil {
		return err
	}
	return tx.Commit()
}

// Calls yields every record in the order of Seq.
func (l *Ledger) Calls(ctx context.Context, yield func(Call) error) error {
	return readCalls(ctx, l.db, yield)
}

// ReadLedger yields every record of the ledger at path without changing it.
// The error is database.ErrInUse while a run is writing it.
func ReadLedger(ctx context.Context, path string, yield func(Call) error) error {
	db, err := database.OpenReadOnly(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	return readCalls(ctx, db, yield)
}

func readCalls(ctx context.Context, db *sql.DB, yield func(Call) error) error {
	rows, err := db.QueryContext(ctx, "SELECT seq, id, key, state, sends, result FROM calls ORDER BY seq")
	if err != nil {
		return fmt.Errorf("reading the ledger: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c Call
		var result sql.NullString
		if err := rows.Scan(&c.Seq, &c.ID, &c.Key, &c.State, &c.Sends, &result); err != nil {
			return fmt.Errorf("reading the ledger: %w", err)
		}
		c.Result = []byte(result.String)
		if err := yield(c); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading the ledger: %w", err)
	}
	return nil
}
