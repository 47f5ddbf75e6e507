package registry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// errInUse means that another handle, here or in another process, holds a lock.
var errInUse = errors.New("in use")

// lock takes the file at path for this handle and waits while another has it.
// The system gives it back when the process dies. what is what the other one
// does, for the user who waits.
func (g Registry) lock(ctx context.Context, path, what string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for told := false; ; {
		err := lockFile(file)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if !errors.Is(err, errInUse) {
			file.Close()
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		if !told {
			g.say("waiting: another process " + what)
			told = true
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
