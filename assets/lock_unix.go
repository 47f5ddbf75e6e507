//go:build unix

package assets

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lock takes the file for this handle until it is closed: alone, or together
// with other readers. It never waits.
func lock(file *os.File, alone bool) error {
	how := unix.LOCK_SH
	if alone {
		how = unix.LOCK_EX
	}
	err := unix.Flock(int(file.Fd()), how|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return ErrInUse
	}
	return err
}
