package resident

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestTrim(t *testing.T) {
	code, constants := resident(t)
	Trim()
	lessCode, lessConstants := resident(t)
	if lessCode >= code {
		t.Errorf("%d kB of code were resident, and %d after it", code, lessCode)
	}
	if lessConstants >= constants {
		t.Errorf("%d kB of constants were resident, and %d after it", constants, lessConstants)
	}
	if got := strings.Repeat("ab", 3); got != "ababab" { // what is gone comes back
		t.Error(got)
	}
}

// resident is how much of the program is in memory, in kB.
func resident(t *testing.T) (code, constants int) {
	t.Helper()
	file, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Skip("this kernel does not tell:", err)
	}
	defer file.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var sum *int
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) >= 5 && strings.Contains(fields[0], "-"):
			sum = nil
			if _, ours := mapped(lines.Text(), self); ours {
				sum = map[string]*int{"r-xp": &code, "r--p": &constants}[fields[1]]
			}
		case sum != nil && fields[0] == "Rss:":
			kb, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			*sum += kb
		}
	}
	return code, constants
}

func TestUnwritten(t *testing.T) {
	const file = "/bin/genops"
	smaps := ""
	for _, m := range []struct{ line, anonymous string }{
		{"00400000-00500000 r-xp 00000000 fe:00 7 /bin/genops", "0 kB"},
		{"00500000-00600000 r-xp 00000000 fe:00 7 /my/bin/genops", "0 kB"},
		{"00600000-00700000 r-xp 00000000 fe:00 7 /bin/genops", "4 kB"}, // a breakpoint
		{"00700000-00800000 r--p 00100000 fe:00 7 /bin/genops", "0 kB"},
		{"00800000-00900000 r--p 00200000 fe:00 7 /bin/genops", "8 kB"}, // addresses that the loader wrote
		{"00900000-00a00000 rw-p 00300000 fe:00 7 /bin/genops", "0 kB"},
		{"7f00-7f10 r-xp 00000000 fe:00 9 /lib/libc.so.6", "0 kB"},
		{"7f10-7f20 r-xp 00000000 00:00 0 [vdso]", "0 kB"},
		{"00400000 r-xp 00000000 fe:00 7 /bin/genops", "0 kB"},
	} {
		smaps += fmt.Sprintf("%s\nSize: 1024 kB\nRss: 512 kB\nAnonymous:             %s\nVmFlags: rd ex mr\n", m.line, m.anonymous)
	}
	want := []mapping{{0x400000, 0x500000}, {0x700000, 0x800000}}
	if got := unwritten(strings.NewReader(smaps), file); !slices.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
	if got := unwritten(strings.NewReader(""), file); got != nil {
		t.Errorf("%x of nothing", got)
	}
}
