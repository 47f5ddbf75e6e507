// Package filelock takes files for one process, or for several that only read.
// The system gives a lock back when its process dies.
package filelock

import "errors"

// ErrInUse says that another handle, here or in another process, holds the file.
var ErrInUse = errors.New("in use by another process")
