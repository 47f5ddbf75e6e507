package genops

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDependenciesAreTold: every module that go.mod asks for by itself has its
// line in docs/dependencies.md.
func TestDependenciesAreTold(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	told, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(string(mod), -1) {
		n++
		if !strings.Contains(string(told), "`"+m[1]+"`") {
			t.Errorf("docs/dependencies.md does not say what %s is for", m[1])
		}
	}
	if n < 10 {
		t.Errorf("go.mod has %d direct dependencies; is it read right?", n)
	}
}
