package measure

import (
	"os"
	"syscall"
)

// PeakRSS is the peak of a process that has ended, in bytes.
func PeakRSS(s *os.ProcessState) int64 {
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss * 1024
	}
	return 0
}
