package registry

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockFile takes the file for this handle until it is closed, or returns
// errInUse at once.
func lockFile(file *os.File) error {
	how := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY | windows.LOCKFILE_EXCLUSIVE_LOCK)
	err := windows.LockFileEx(windows.Handle(file.Fd()), how, 0, 1, 0, &windows.Overlapped{})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return errInUse
	}
	return err
}
