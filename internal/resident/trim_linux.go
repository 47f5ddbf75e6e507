// Package resident keeps the program's share of the memory small.
package resident

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// What the kernel is told about pages; the same on every architecture but alpha,
// hppa and xtensa, for which there is no Go.
const (
	dontNeed   = 4  // MADV_DONTNEED: they may go, and are read again when needed
	noHugePage = 15 // MADV_NOHUGEPAGE: small ones only
)

// Trim gives back the pages of the program's own code: most of what starting
// touched, such as the initialisation of libraries that this command will not
// use, is never needed again, and what is comes back from the page cache. Pages of
// 2 MB, which the kernel maps whole for one instruction on them, are refused from
// then on. `go run ./bench/weight` tells what is left. Where the kernel does not say
// what is mapped, nothing happens.
func Trim() {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer maps.Close()
	self, err := os.Executable()
	if err != nil {
		return
	}
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		if start, end, ok := code(lines.Text(), self); ok {
			advise(start, end, noHugePage)
			advise(start, end, dontNeed)
		}
	}
}

// code reads a line such as "00400000-018b1000 r-xp 00000000 fe:00 7 /bin/genops",
// and tells whether it is code of the file: read from it and never written, so
// that nothing is lost.
func code(line, file string) (start, end uintptr, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 6 || fields[1] != "r-xp" || !strings.HasSuffix(line, " "+file) {
		return 0, 0, false
	}
	from, to, _ := strings.Cut(fields[0], "-")
	a, err1 := strconv.ParseUint(from, 16, 64)
	b, err2 := strconv.ParseUint(to, 16, 64)
	return uintptr(a), uintptr(b), err1 == nil && err2 == nil && a < b
}

// advise may be ignored by the kernel, and that is no error.
func advise(start, end uintptr, what int) {
	syscall.Syscall(syscall.SYS_MADVISE, start, end-start, uintptr(what))
}
