// Package resident keeps the program's share of the memory small.
package resident

import (
	"bufio"
	"io"
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

// Trim gives back the pages of the program's own code and constants: most of what
// starting touched, such as the initialisation of libraries that this command will
// not use, is never needed again, and what is comes back from the page cache. Large
// pages, which the kernel maps whole for one instruction or constant on them, are
// refused from then on. `go run ./bench/weight` tells what is left. Where the kernel
// does not say what is mapped, nothing happens.
func Trim() {
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer smaps.Close()
	self, err := os.Executable()
	if err != nil {
		return
	}
	for _, m := range unwritten(smaps, self) {
		advise(m, noHugePage)
		advise(m, dontNeed)
	}
}

// mapping is a range of addresses.
type mapping struct{ start, end uintptr }

// unwritten lists what is mapped of the file to be read, and was written by nobody,
// not even the loader: nothing is lost with its pages.
func unwritten(smaps io.Reader, file string) (found []mapping) {
	var m mapping
	ours := false
	for lines := bufio.NewScanner(smaps); lines.Scan(); {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "Anonymous:"): // pages that are not the file's
			if ours && strings.TrimSpace(strings.TrimPrefix(line, "Anonymous:")) == "0 kB" {
				found = append(found, m)
			}
		case line != "" && (line[0] < 'A' || line[0] > 'Z'):
			m, ours = mapped(line, file)
		}
	}
	return found
}

// mapped reads a line such as "00400000-018b1000 r-xp 00000000 fe:00 7 /bin/genops",
// and tells whether it is of the file and can't be written.
func mapped(line, file string) (m mapping, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 6 || fields[1] != "r-xp" && fields[1] != "r--p" || !strings.HasSuffix(line, " "+file) {
		return m, false
	}
	from, to, _ := strings.Cut(fields[0], "-")
	a, err1 := strconv.ParseUint(from, 16, 64)
	b, err2 := strconv.ParseUint(to, 16, 64)
	return mapping{uintptr(a), uintptr(b)}, err1 == nil && err2 == nil && a < b
}

// advise may be ignored by the kernel, and that is no error.
func advise(m mapping, what int) {
	syscall.Syscall(syscall.SYS_MADVISE, m.start, m.end-m.start, uintptr(what))
}
