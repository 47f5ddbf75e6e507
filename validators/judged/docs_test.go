package judged_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/GaboBase/arch-genops/validators/judged"
)

var update = flag.Bool("update", false, "write the tables into the documentation")

// TestDocumented keeps the tables of the documentation as the code has them.
func TestDocumented(t *testing.T) {
	for _, d := range []struct{ document, name, table string }{
		{"../../docs/judged-metrics.md", "metrics", metricsTable()},
		{"../../docs/deviations.md", "deepeval", deviationsTable()},
	} {
		data, err := os.ReadFile(d.document)
		if err != nil {
			t.Fatal(err)
		}
		begin, end := "<!-- "+d.name+" -->\n", "<!-- end of "+d.name+" -->"
		head, rest, ok := strings.Cut(string(data), begin)
		_, tail, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("%s has no place for the table of %s", d.document, d.name)
		}
		text := head + begin + d.table + end + tail
		if *update {
			if err := os.WriteFile(d.document, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if text != string(data) {
			t.Errorf("%s is not what the tables say; run: go test ./validators/judged -run Documented -update", d.document)
		}
	}
}

func metricsTable() string {
	var b strings.Builder
	b.WriteString("| metric | what it measures | needs | steps | judge calls a case |\n|---|---|---|---|---|\n")
	for _, m := range judged.Known() {
		needs := make([]string, len(m.Needs))
		for i, f := range m.Needs {
			needs[i] = string(f)
		}
		about := m.About
		if m.LowerIn41 {
			about += " (lower is better in DeepEval 4.1)"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", m.Name, about, dashes(needs), dashes(m.Steps), m.Calls)
	}
	return b.String()
}

func dashes(list []string) string {
	if len(list) == 0 {
		return "–"
	}
	return strings.Join(list, ", ")
}

func deviationsTable() string {
	var b strings.Builder
	b.WriteString("| what | DeepEval 4.3.1 | here | class | metrics |\n|---|---|---|---|---|\n")
	for _, d := range judged.Deviations {
		class, of := "–", "all"
		if d.Class != "" {
			class = "`" + string(d.Class) + "`"
		}
		if d.Of != nil {
			of = strings.Join(d.Of, ", ")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", d.Name, d.Peer, d.Here, class, of)
	}
	return b.String()
}
