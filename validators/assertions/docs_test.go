package assertions_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/validators/assertions"
)

var update = flag.Bool("update", false, "write the table into the documentation")

const document = "../../docs/deviations.md"

// TestDocumented keeps the table of the documentation as the code has it.
func TestDocumented(t *testing.T) {
	data, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- promptfoo -->\n", "<!-- end of promptfoo -->"
	head, rest, ok := strings.Cut(string(data), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", document)
	}
	var table strings.Builder
	table.WriteString("| | where | promptfoo | why here not |\n|---|---|---|---|\n")
	for _, d := range assertions.Deviations() {
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", d.ID, d.Types, d.Exact, d.Why)
	}
	text := head + begin + table.String() + end + tail
	if *update {
		if err := os.WriteFile(document, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text != string(data) {
		t.Errorf("%s is not what the table says; run: go test ./validators/assertions -run Documented -update", document)
	}
}
