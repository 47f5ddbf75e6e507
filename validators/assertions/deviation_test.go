package assertions

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestDeviationsAreTold: the table in docs/ is that of the package.
func TestDeviationsAreTold(t *testing.T) {
	const file = "../../docs/deviations.md"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	want.WriteString("| assertions | when | promptfoo 0.123.1 | here |\n|---|---|---|---|\n")
	for _, d := range Deviations() {
		of := "all"
		if d.Of != nil {
			of = strings.Join(d.Of, ", ")
		}
		here := "could not judge: " + d.Why
		if strings.HasPrefix(d.Why, "here ") && d.ID != UnreadSQL {
			here = strings.TrimPrefix(d.Why, "here ")
		}
		fmt.Fprintf(&want, "| %s | %s | %s | %s |\n", of, d.When, d.Exact, here)
		for _, name := range d.Of {
			if !Known(name) {
				t.Errorf("%s is of %q, which is no type", d.ID, name)
			}
		}
	}
	_, rest, _ := strings.Cut(string(data), "<!-- promptfoo -->\n")
	if table, _, ok := strings.Cut(rest, "<!-- end of promptfoo -->"); !ok || table != want.String() {
		t.Errorf("%s: the table must be\n%s", file, want.String())
	}
}
