package registry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/GaboBase/arch-genops/internal/filelock"
)

// lock takes the file at path for this handle and waits while another has it.
// The system gives it back when the process dies. what is what the other one
// does, for the user who waits.
func (g Registry) lock(ctx context.Context, path, what string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for told := false; ; {
		err := filelock.Lock(file, true)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if !errors.Is(err, filelock.ErrInUse) {
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
