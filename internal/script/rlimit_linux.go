package script

import "golang.org/x/sys/unix"

// limitData bounds the private writable memory of this process, so that one
// huge allocation fails at once. What only reserves addresses is not counted.
func limitData(bytes int64) {
	l := unix.Rlimit{Cur: uint64(bytes), Max: uint64(bytes)}
	unix.Setrlimit(unix.RLIMIT_DATA, &l) // else the meter stands alone
}
