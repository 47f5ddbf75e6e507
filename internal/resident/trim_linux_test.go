package resident

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestTrim(t *testing.T) {
	before := codeKB(t)
	Trim()
	after := codeKB(t)
	if after >= before {
		t.Errorf("%d kB of code were resident, and %d after it", before, after)
	}
	if got := strings.Repeat("ab", 3); got != "ababab" { // code that is gone comes back
		t.Error(got)
	}
}

// codeKB is how much of the program's code is in memory.
func codeKB(t *testing.T) (sum int) {
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
	inside := false
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) >= 5 && strings.Contains(fields[0], "-"):
			_, _, inside = code(lines.Text(), self)
		case inside && fields[0] == "Rss:":
			kb, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			sum += kb
		}
	}
	return sum
}

func TestCode(t *testing.T) {
	const file = "/bin/genops"
	for line, want := range map[string]bool{
		"00400000-018b1000 r-xp 00000000 fe:00 7 /bin/genops":    true,
		"00400000-018b1000 r-xp 00000000 fe:00 7 /my/bin/genops": false,
		"018b1000-034eb000 r--p 014b1000 fe:00 7 /bin/genops":    false, // may hold addresses that the loader wrote
		"034eb000-0375b000 rw-p 030eb000 fe:00 7 /bin/genops":    false,
		"7f00-7f10 r-xp 00000000 fe:00 9 /lib/libc.so.6":         false,
		"7f00-7f10 r-xp 00000000 00:00 0 [vdso]":                 false,
		"00400000 r-xp 00000000 fe:00 7 /bin/genops":             false,
		"": false,
	} {
		if _, _, got := code(line, file); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}
