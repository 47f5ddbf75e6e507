package assets

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// chunk is how many rows one statement writes at once: half of what a row costs
// is the statement around it.
const chunk = 8

// rowStmt writes rows, a chunk at a time and the rest one by one.
type rowStmt struct{ one, many *sql.Stmt }

// prepareRows prepares head, one or several rows, and tail.
func prepareRows(ctx context.Context, db *sql.DB, head, row, tail string) (s rowStmt, err error) {
	if s.one, err = db.PrepareContext(ctx, head+" "+row+" "+tail); err != nil {
		return s, err
	}
	s.many, err = db.PrepareContext(ctx, head+" "+row+strings.Repeat(", "+row, chunk-1)+" "+tail)
	return s, err
}

func (s rowStmt) exec(tx *sql.Tx, calls []Call, columns func(*Call) []any) error {
	for len(calls) > 0 {
		n, stmt := 1, s.one
		if len(calls) >= chunk {
			n, stmt = chunk, s.many
		}
		var args []any
		for i := range calls[:n] {
			args = append(args, columns(&calls[i])...)
		}
		if _, err := tx.Stmt(stmt).Exec(args...); err != nil {
			return err
		}
		calls = calls[n:]
	}
	return nil
}

func (s rowStmt) close() error { return errors.Join(s.one.Close(), s.many.Close()) }
