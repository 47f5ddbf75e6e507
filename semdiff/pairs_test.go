package semdiff

import (
	"os"
	"strings"
	"testing"
)

// pairTables are the files of testdata/pairs, and whether their pairs differ.
var pairTables = map[string]bool{"same.txt": false, "other.txt": true, "reordered.txt": false, "moved.txt": true}

func pairTable(t *testing.T, name string) (pairs [][2]string) {
	t.Helper()
	text, err := os.ReadFile("testdata/pairs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if a, b, ok := strings.Cut(strings.TrimSpace(line), " = "); ok && a[0] != '#' {
			pairs = append(pairs, [2]string{a, b})
		}
	}
	if len(pairs) == 0 {
		t.Fatal("no pairs in", name)
	}
	return pairs
}

func TestPairTables(t *testing.T) {
	for name, changed := range pairTables {
		for _, p := range pairTable(t, name) {
			for _, q := range [][2]string{p, {p[1], p[0]}} {
				if r := Text(q[0], q[1]); (r.Verdict >= Changed) != changed {
					t.Errorf("%s: %q → %q: %v (%.2f) %v", name, q[0], q[1], r.Verdict, r.Score, r.Changes)
				}
			}
		}
	}
}
