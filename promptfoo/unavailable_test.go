package promptfoo

import (
	"slices"
	"testing"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// What can't be judged is told in the order of the rows, each time.
func TestUnavailableInOrder(t *testing.T) {
	const n = 8
	tests := make([]project.Test, n)
	var rows []project.Row
	judge := &project.Provider{ID: "openai:embedding:x", Call: project.Call{Kind: project.CallEmbed}}
	for i := range tests {
		a := project.Assertion{Place: project.Place{File: "c.yaml", Line: i + 1}, Type: "similar"}
		if i%2 == 0 {
			a.Type, a.Provider = "llm-rubric", judge
		}
		tests[i] = project.Test{Vars: &jsvalue.Object{}, Assert: []project.Assertion{a}}
		rows = append(rows, project.Row{TestIndex: i, Test: &tests[i], Provider: &project.Provider{Call: project.Call{Kind: project.CallEcho}}})
	}
	r, err := New(&Runner{Project: &project.Project{Tests: tests}, Rows: rows, Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var lines []int
	for _, p := range r.Unavailable() {
		lines = append(lines, p.Line)
	}
	if want := []int{0, 1, 3, 5, 7, 2}; !slices.Equal(lines, want) { // the judge itself has no place
		t.Errorf("told of lines %v", lines)
	}
}
