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
// own that one process holds at a time. Writes are group-committed by one
// goroutine. Its methods are safe for concurrent use.
type Ledger struct {
	db      *sql.DB
	sent    *sql.Stmt
	done    *sql.Stmt
	mu      sync.Mutex
	wake    *sync.Cond
	pending []Call      // Done records that wait for the next commit
	groups  []sentGroup // Sent records with somebody waiting
	err     error       // the first failed commit; nothing is written after it
	closing bool
	due     bool          // pending has waited long enough
	timer   *time.Timer   // runs while results wait; nil = none do
	idle    chan struct{} // closed when the committer has ended
}

type sentGroup struct {
	calls []Call
	reply chan error
}

// OpenLedger opens or creates the ledger at path. The error is
// database.ErrInUse when another process is writing it.
func OpenLedger(ctx context.Context, path string) (*Ledger, error) {
	db, err := database.OpenExclusive(ctx, path)
	if err != nil {
		return nil, err
	}
	l := &Ledger{db: db, idle: make(chan struct{})}
	l.wake = sync.NewCond(&l.mu)
	if err := l.prepare(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("opening ledger %s: %w", path, err)
	}
	go l.commitLoop()
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
	l.sent, err = l.db.PrepareContext(ctx, `INSERT INTO calls (seq, id, key, state, sends) VALUES ($1, $2, $3, 1, $4)
		ON CONFLICT (seq) DO UPDATE SET sends = excluded.sends`)
	if err != nil {
		return err
	}
	l.done, err = l.db.PrepareContext(ctx, `UPDATE calls SET state = 2, sends = $2, result = $3 WHERE seq = $1`)
	return err
}

// Sent records that the calls are about to go out, and returns when that is
// durable. Call.Sends counts the send that follows.
func (l *Ledger) Sent(calls []Call) error {
	reply := make(chan error, 1)
	l.mu.Lock()
	if l.err != nil || l.closing {
		defer l.mu.Unlock()
		return l.failure()
	}
	l.groups = append(l.groups, sentGroup{calls, reply})
	l.wake.Signal()
	l.mu.Unlock()
	return <-reply
}

// Done records a result. It returns at once; the record is durable with the next
// Sent, at the latest after doneWithin, Flush or Close. The call must have been Sent. A
// record that can't be written is reported by these.
func (l *Ledger) Done(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = append(l.pending, c)
	if l.timer == nil {
		l.timer = time.AfterFunc(doneWithin, l.hurry)
	}
}

// doneWithin bounds how long a result waits for a commit: usually it goes with
// the request that takes its place, which would else queue behind it.
const doneWithin = 100 * time.Millisecond

// hurry asks for a commit of results that nothing else has committed.
func (l *Ledger) hurry() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.due = len(l.pending) > 0
	l.wake.Signal()
}

// Flush returns when everything recorded so far is durable.
func (l *Ledger) Flush() error { return l.Sent(nil) }

func (l *Ledger) failure() error {
	if l.err != nil {
		return l.err
	}
	return errors.New("ledger is closed")
}

// Close flushes and releases the file.
func (l *Ledger) Close() error {
	l.mu.Lock()
	l.closing = true
	l.wake.Signal()
	l.mu.Unlock()
	<-l.idle
	return errors.Join(l.err, l.sent.Close(), l.done.Close(), l.db.Close())
}

// commitLoop writes whatever has gathered while the last commit ran.
func (l *Ledger) commitLoop() {
	defer close(l.idle)
	for {
		l.mu.Lock()
		for !l.due && len(l.groups) == 0 && !l.closing {
			l.wake.Wait()
		}
		done, groups := l.pending, l.groups
		l.pending, l.groups, l.due = nil, nil, false
		if l.timer != nil {
			l.timer.Stop()
			l.timer = nil
		}
		failed, closing := l.err, l.closing
		l.mu.Unlock()
		if len(done) == 0 && len(groups) == 0 && closing {
			return
		}
		err := failed
		if err == nil {
			if err = l.commit(done, groups); err != nil {
				err = fmt.Errorf("writing the ledger: %w", err)
				l.mu.Lock()
				l.err = err
				l.mu.Unlock()
			}
		}
		for _, g := range groups {
			g.reply <- err
		}
	}
}

func (l *Ledger) commit(done []Call, groups []sentGroup) error {
	tx, err := l.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	sentStmt, doneStmt := tx.Stmt(l.sent), tx.Stmt(l.done)
	for _, g := range groups {
		for _, c := range g.calls {
			if _, err := sentStmt.Exec(c.Seq, c.ID, c.Key, c.Sends); err != nil {
				return err
			}
		}
	}
	for _, c := range done {
		if _, err := doneStmt.Exec(c.Seq, c.Sends, string(c.Result)); err != nil {
			return err
		}
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
