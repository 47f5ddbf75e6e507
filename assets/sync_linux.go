package assets

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncData makes what was written durable; other times of the file may not be.
func syncData(file *os.File) error { return unix.Fdatasync(int(file.Fd())) }
