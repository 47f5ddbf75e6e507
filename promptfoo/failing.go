package promptfoo

import (
	"errors"
	"fmt"

	"github.com/GaboBase/arch-genops/internal/jsvalue"
	"github.com/GaboBase/arch-genops/promptfoo/project"
)

// Failing says which rows of an earlier run are wanted again.
type Failing int

const (
	NotPassed    Failing = iota // failures and errors
	OnlyFailures                // without errors
	OnlyErrors
)

// Earlier knows the tests of an earlier run that did not pass, by their variables.
type Earlier struct {
	tests map[string]bool
	Rows  int // that were looked at
}

// Add notes a row of an earlier run, as results and records hold it.
func (e *Earlier) Add(row any, which Failing) {
	e.Rows++
	ended := number(row, "failureReason") == failureError
	switch {
	case truthy(row, "success"), which == OnlyFailures && ended, which == OnlyErrors && !ended:
		return
	}
	if e.tests == nil {
		e.tests = map[string]bool{}
	}
	vars, _ := jsvalue.Field(row, "vars")
	e.tests[varsKey(vars)] = true
	test, _ := jsvalue.Field(row, "testCase")
	if own, ok := jsvalue.Field(test, "vars"); ok {
		e.tests[varsKey(own)] = true
	}
}

// Read adds the rows of a results file.
func (e *Earlier) Read(data []byte, which Failing) error {
	v, err := jsvalue.Parse(string(data))
	if err != nil {
		return fmt.Errorf("not valid JSON: %w", err)
	}
	results, _ := jsvalue.Field(v, "results")
	list, _ := jsvalue.Field(results, "results")
	rows, ok := list.([]any)
	if !ok {
		return errors.New("it has no results.results: name a file that -o results.json wrote")
	}
	for _, row := range rows {
		e.Add(row, which)
	}
	return nil
}

// Has says whether a test did not pass then.
func (e *Earlier) Has(t *project.Test) bool { return e.tests[varsKey(t.Vars)] }

// None says that no test did not pass.
func (e *Earlier) None() bool { return len(e.tests) == 0 }

// varsKey is variables by value, without those that a run itself sets.
func varsKey(vars any) string {
	o := objectOf(vars).Clone()
	for _, k := range append(runtimeKeys[:], "_conversation", "sessionId") {
		o.Delete(k)
	}
	text, _ := jsvalue.Stringify(jsvalue.Plain(o), "") // whose keys are in order
	return text
}
