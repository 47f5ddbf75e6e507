package project

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestProblems wants every problem of one bad project at once, each at its place.
// UPDATE=1 writes the list anew.
func TestProblems(t *testing.T) {
	p, problems := Load(t.Context(), "testdata/problems/promptfooconfig.yaml", Options{})
	if p == nil {
		t.Fatal("no project")
	}
	var b strings.Builder
	for _, x := range problems {
		kind := "note "
		if x.Fatal {
			kind = "FATAL"
		}
		msg, _, _ := strings.Cut(x.Message, " known: ")
		fmt.Fprintf(&b, "%s %s:%d %s: %s\n", kind, filepath.Base(x.File), x.Line, x.Key, msg)
	}
	const golden = "testdata/problems/want.txt"
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("got:\n%s", b.String())
	}
}
